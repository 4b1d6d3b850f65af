#!/usr/bin/env bash
# What `pj sessions` costs with many records: of shells that are gone, and with `live` of shells that run too. Beside it, in
# the same run, what it costs with none, and what only reading the records costs (`pj list`).
# usage: benches/sessions.sh [RECORDS] [live]     PJ_RELEASE_DIR or the newest release build; needs bash 5 for its clock
set -euo pipefail

records=${1:-1000}
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
[ -n "${EPOCHREALTIME:-}" ] || { echo 'benches/sessions.sh: bash 5 or later is needed' >&2 && exit 1; }

pj=${PJ_RELEASE_DIR:+$PJ_RELEASE_DIR/pj}
if [ -z "$pj" ]; then
    for dir in "${CARGO_TARGET_DIR:-$here/target}"/{*-linux-musl,*,.}/release; do
        if [ -x "$dir/pj" ]; then pj=$dir/pj && break; fi
    done
fi
if [ ! -x "$pj" ]; then
    echo 'benches/sessions.sh: no release build' >&2
    echo 'hint: tests/run release' >&2
    exit 1
fi

# Records of its own.
XDG_STATE_HOME=$(mktemp -d)
export XDG_STATE_HOME HOME=$XDG_STATE_HOME
live=()
tidy() {
    # Children of ours that nobody has reaped: their numbers cannot be another's.
    if [ ${#live[@]} -gt 0 ]; then kill "${live[@]}" && wait; fi 2>/dev/null
    rm -rf -- "$XDG_STATE_HOME"
}
trap tidy EXIT
dir=$XDG_STATE_HOME/pj/sessions
empty=$(mktemp -d -p "$XDG_STATE_HOME")
mkdir -m 700 "$XDG_STATE_HOME/pj" "$dir"

boot=$(cat /proc/sys/kernel/random/boot_id)
ns=$(readlink /proc/self/ns/pid | tr -dc 0-9)
machine=$(cat /etc/machine-id 2>/dev/null || cat /proc/sys/kernel/hostname)
record() { # PID START TTY_DEV
    printf '{"schema":"pj.session/1","machine":"%s","shell":"zsh","pid":%s,"start":%s,"boot":"%s","ns":%s,"sid":%s,"tty_dev":%s,"tty":"/dev/pts/%s","registered_at":"2026-01-01T10:00:00Z"}\n' \
        "$machine" "$1" "$2" "$boot" "$ns" "$1" "$3" "$1" >"$dir/$1-$2.json"
}
for ((i = 0; i < records; i++)); do
    if [ "${2:-}" = live ]; then
        sleep 600 &
        live+=($!)
        read -r stat <"/proc/$!/stat"
        read -ra fields <<<"${stat##*) }"
        record "$!" "${fields[19]}" "${fields[4]}"
    else
        # Above every pid that there can be.
        record $((5000000 + i)) "$i" 34816
    fi
done

# The quickest and the median of 41 runs, in microseconds.
measure() {
    local i start
    for ((i = 0; i < 41; i++)); do
        start=${EPOCHREALTIME/./}
        "$@" >/dev/null 2>&1
        echo $((${EPOCHREALTIME/./} - start))
    done | sort -n | awk '{ t[NR] = $1 } END { printf "%6d least %6d median us", t[1], t[int((NR + 1) / 2)] }'
}

printf '%s records, %s processes\n' "$records" "$(find /proc -maxdepth 1 -name '[0-9]*' | wc -l)"
printf 'none            %s\n' "$(XDG_STATE_HOME=$empty HOME=$empty measure "$pj" sessions)"
printf 'list (reading)  %s\n' "$(measure "$pj" list)"
printf 'sessions        %s\n' "$(measure "$pj" sessions)"
printf 'sessions --json %s\n' "$(measure "$pj" sessions --json)"
