#!/usr/bin/env bash
# What the hook costs a shell's start: `eval "$(pj init SHELL)"` against the floor, the same with a static binary that
# prints nothing, and against an rc file without either. Each shell starts on a terminal of its own, in rounds that take
# turns. The bar: what the hook adds is at most 1.5 times what the floor adds.
# usage: benches/hook.sh [ROUNDS]      PJ_RELEASE_DIR or the newest release build; needs bash 5, script and rustc
set -euo pipefail

rounds=${1:-40}
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
[ -n "${EPOCHREALTIME:-}" ] || { echo 'benches/hook.sh: bash 5 or later is needed' >&2 && exit 1; }
bin=${PJ_RELEASE_DIR:-}
if [ -z "$bin" ]; then
    for dir in "${CARGO_TARGET_DIR:-$here/target}"/{*-linux-musl,*,.}/release; do
        if [ -x "$dir/pj" ]; then bin=$dir && break; fi
    done
fi
if [ ! -x "$bin/pj" ]; then
    echo 'benches/hook.sh: no release build' >&2
    echo 'hint: tests/run release' >&2
    exit 1
fi

# A home and records of its own, and no job around it.
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT
unset PJ_JOB PJ_SESSION ZDOTDIR XDG_CONFIG_HOME XDG_STATE_HOME
target=$(rustc --print host-tuple 2>/dev/null || rustc -vV | sed -n 's/^host: //p')
case $target in *-linux-gnu*) static=${target/-gnu/-musl} ;; *) static=$target ;; esac
[ -d "$(rustc --print sysroot)/lib/rustlib/$static" ] || static=$target
echo 'fn main() {}' >"$dir/nothing.rs"
rustc --target "$static" -O -C panic=abort -C strip=symbols -o "$dir/nothing" "$dir/nothing.rs"
PATH=$bin:$dir:$PATH
export PATH

# rc SHELL WHICH: the settings of a home.
rc() {
    local home=$dir/$1-$2 line=
    mkdir -p "$home/.config/fish" "$home/.local/share/fish/generated_completions"
    # shellcheck disable=SC2016 # for the other shell
    case $1.$2 in
        fish.floor) line='nothing | source' ;;
        fish.hook) line='pj init fish | source' ;;
        fish.wrap) line='pj init fish --wrap claude,codex,gemini | source' ;;
        *.floor) line='eval "$(nothing)"' ;;
        *.hook) line="eval \"\$(pj init $1)\"" ;;
        *.wrap) line="eval \"\$(pj init $1 --wrap claude,codex,gemini)\"" ;;
    esac
    case $1 in
        bash) printf '%s\n' "$line" 'PROMPT_COMMAND=exit' >"$home/.bashrc" ;;
        zsh) printf '%s\n' "$line" 'precmd_functions+=(leave); leave() { exit }' >"$home/.zshrc" ;;
        fish) printf '%s\n' "$line" 'set -g fish_greeting; function fish_prompt; exec true; end' >"$home/.config/fish/config.fish" ;;
    esac
}
# Microseconds until a shell has left at its first prompt, into $took.
measure() {
    local start=${EPOCHREALTIME/./}
    HOME=$dir/$1-$2 "$1" -i
    took=$((${EPOCHREALTIME/./} - start))
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

# On the terminal; the answer goes to a file, for what shells write there is no business of ours.
if [ -z "${PJ_BENCH_INNER:-}" ]; then
    export PJ_BENCH_INNER=$dir/answer PJ_RELEASE_DIR=$bin
    script -qec "exec $(printf '%q ' "${BASH_SOURCE[0]}" "$rounds")" /dev/null </dev/null >/dev/null
    cat "$PJ_BENCH_INNER"
    exit
fi
exec 3>"$PJ_BENCH_INNER"
# Each shell in a group of its own, in the foreground, as an interactive one expects it.
set -m
for shell in bash zsh fish; do
    type -P "$shell" >/dev/null || continue
    declare -A times=()
    for which in none floor hook wrap; do rc "$shell" "$which" && measure "$shell" "$which"; done
    for ((round = 0; round < rounds; round++)); do
        for which in none floor hook wrap; do measure "$shell" "$which" && times[$which]+=" $took"; done
    done
    # shellcheck disable=SC2086 # lists of numbers
    none=$(median ${times[none]}) floor=$(median ${times[floor]})
    printf '%-5s an empty rc file %6d us\n' "$shell" "$none" >&3
    for which in floor hook wrap; do
        # shellcheck disable=SC2086 # a list of numbers
        cost=$(($(median ${times[$which]}) - none))
        printf '      %-16s +%5d us  %3d %% of the floor\n' "$which" "$cost" $((cost * 100 / (floor > none ? floor - none : 1))) >&3
    done
done
