#!/usr/bin/env bash
# What a guard costs at the start: `pj-wrap true` against `true` and, where it is installed, `tini -s`, in the same run,
# in rounds that take turns, so that whatever else the machine does falls on all of them. Ratios of medians: only they
# compare across machines.
# usage: benches/start.sh [ROUNDS]      PJ_RELEASE_DIR or the newest release build; needs bash 5 for its clock
set -euo pipefail

rounds=${1:-40}
runs=25 # in one round: one run is shorter than the clock's jitter
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
[ -n "${EPOCHREALTIME:-}" ] || { echo 'benches/start.sh: bash 5 or later is needed' >&2 && exit 1; }

wrap=${PJ_RELEASE_DIR:+$PJ_RELEASE_DIR/pj-wrap}
if [ -z "$wrap" ]; then
    for dir in "${CARGO_TARGET_DIR:-$here/target}"/{*-linux-musl,*,.}/release; do
        if [ -x "$dir/pj-wrap" ]; then wrap=$dir/pj-wrap && break; fi
    done
fi
if [ ! -x "$wrap" ]; then
    echo 'benches/start.sh: no release build' >&2
    echo 'hint: tests/run release' >&2
    exit 1
fi
true=$(type -P true)
tini=$(type -P tini || :)
export PJ_RELEASE_DIR=${wrap%/pj-wrap}

# Records of its own, and no job around it: inside one pj-wrap only execs.
XDG_STATE_HOME=$(mktemp -d)
export XDG_STATE_HOME
trap 'rm -rf -- "$XDG_STATE_HOME"' EXIT
unset PJ_JOB PJ_SESSION

# Microseconds that one run takes, into $took.
measure() {
    local i start=${EPOCHREALTIME/./}
    for ((i = 0; i < runs; i++)); do "$@"; done
    took=$(((${EPOCHREALTIME/./} - start) / runs))
}

# table TITLE [FLAG]: the first row is the measure of the others.
table() {
    local title=$1 i round first=
    local -a plain=() wrapped=() peer=()
    for ((round = 0; round < rounds; round++)); do
        measure "$true" && plain+=("$took")
        measure "$wrap" ${2:+"$2"} "$true" && wrapped+=("$took")
        if [ -n "$tini" ]; then measure "$tini" -s -- "$true" && peer+=("$took"); fi
    done
    first=$(median "${plain[@]}")
    printf '%s\n' "$title"
    row true "$first" "$first"
    row "pj-wrap${2:+ $2} true" "$(median "${wrapped[@]}")" "$first"
    if [ -n "$tini" ]; then row 'tini -s true' "$(median "${peer[@]}")" "$first"; fi
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
row() { printf '  %-24s %6d us  %3d.%02d x\n' "$1" "$2" $(($2 / $3)) $(($2 * 100 / $3 % 100)); }

if [ -t 0 ] && [ -t 1 ] && [ -t 2 ]; then
    table 'on a terminal of its own (pty mode)'
    table 'on the terminal (direct mode)' --direct
else
    table 'without a terminal (direct mode)' </dev/null
    # The same on a terminal, where script can make one.
    if [ -z "${PJ_BENCH_INNER:-}" ] && script --version >/dev/null 2>&1; then
        export PJ_BENCH_INNER=yes
        script -qec "stty -echo; exec $(printf '%q ' "${BASH_SOURCE[0]}" "$rounds")" /dev/null </dev/null | tr -d '\r'
    fi
fi
