# For those who have `just`; nothing needs it. The steps themselves are in tests/run.

# list the recipes
default:
    @just --list

# all that takes seconds: format, lints, scripts
check:
    tests/run fmt lint scripts

# all tests; `just test wrap` for those with that in their name
test *ARGUMENTS:
    tests/run release test -- {{ ARGUMENTS }}

# whole sessions with claude, codex and gemini (installs them into target/agents, 1 GB)
agents *ARGUMENTS:
    tests/agents/run {{ ARGUMENTS }}

# pj dies, stops or lacks something at each of its named points; `just crash SIGKILL kill.round` for these alone
crash *ARGUMENTS:
    tests/run crash -- {{ ARGUMENTS }}

# real terminals; `just real tmux bash` for what has these words in its name
real *ARGUMENTS:
    tests/run real -- {{ ARGUMENTS }}

# what pj-wrap and the hook cost at the start, against their peers
bench: release
    benches/start.sh
    benches/hook.sh

# type-check for macOS
mac:
    tests/run mac

# write the generated files anew
gen:
    UPDATE=1 cargo test --test it generated

[private]
release:
    tests/run release
