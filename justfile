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

# ten thousand ends of jobs among strangers on used-again process numbers: a quarter of an hour, as root
hunt ENDS="10000":
    cargo build --bins --examples
    PJ_HUNT={{ ENDS }} cargo test --test it hunt:: -- --nocapture

# every fuzz target for so many seconds; needs a nightly toolchain and cargo-fuzz
fuzz SECONDS="60":
    fuzz/run {{ SECONDS }}

# whole sessions with claude, codex and gemini (installs them into target/agents, 1 GB)
agents *ARGUMENTS:
    tests/agents/run {{ ARGUMENTS }}

# pj dies, stops or lacks something at each of its named points; `just crash SIGKILL kill.round` for these alone
crash *ARGUMENTS:
    tests/run crash -- {{ ARGUMENTS }}

# real terminals; `just real tmux bash` for what has these words in its name
real *ARGUMENTS:
    tests/run real -- {{ ARGUMENTS }}

# what pj costs, against its peers: a table, and benches/RESULTS.md; `just bench --quick start` for a part of it
bench *ARGUMENTS: release
    cargo bench --profile dev --bench bench -- {{ ARGUMENTS }}

# thousands of everything, where the tests take hundreds: minutes
growth:
    PJ_GROWTH=all cargo test --test it growth -- --test-threads 1

# type-check for macOS
mac:
    tests/run mac

# link for macOS, without a Mac: zig knows its system library; into target/*-apple-darwin/release
mac-build:
    python3 -m venv target/zig && target/zig/bin/pip install -q ziglang==0.17.1 cargo-zigbuild==0.24.0
    PATH="$PWD/target/zig/bin:$PATH" cargo zigbuild --locked --release --target aarch64-apple-darwin
    PATH="$PWD/target/zig/bin:$PATH" cargo zigbuild --locked --release --target x86_64-apple-darwin

# write the generated files anew
gen:
    UPDATE=1 cargo test --test it generated

[private]
release:
    tests/run release
