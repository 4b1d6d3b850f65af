#!/bin/sh
# Builds pj from this checkout and installs it for one user: pj, pj-wrap and pj-sweep in PREFIX/bin, their man pages, and
# what the shells need to complete them, where these are looked for.
# Never: asks for root, edits a file of the user's, leaves half a program behind. Safe to run again.
set -eu

usage() {
    cat <<'END'
usage: ./install.sh [--prefix DIR] [--uninstall] [--help]

Builds pj and installs pj, pj-wrap and pj-sweep to DIR/bin and their completions and man pages to DIR/share, then tests
them on a real process tree.

  --prefix DIR   where to install (default: $PREFIX, or else ~/.local)
  --uninstall    remove all of it again
  --help         this text
END
}

say() { printf '%s\n' "$*"; }
note() { printf 'install.sh: %s\n' "$*" >&2; }
hint() { printf 'hint: %s\n' "$*" >&2; }
die() {
    note "$1"
    shift
    for line in "$@"; do hint "$line"; done
    exit 1
}
misuse() {
    note "$1"
    usage >&2
    exit 2
}
has() { command -v "$1" >/dev/null 2>&1; }
absolute() {
    case $1 in
        /*) printf '%s\n' "$1" ;;
        *) printf '%s/%s\n' "$PWD" "$1" ;;
    esac
}

programs='pj pj-wrap pj-sweep'
prefix=${PREFIX:-}
uninstall=
while [ $# -gt 0 ]; do
    case $1 in
        --prefix)
            [ $# -ge 2 ] || misuse '--prefix needs a directory'
            prefix=$2
            shift
            ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --uninstall) uninstall=yes ;;
        -h | --help)
            usage
            exit 0
            ;;
        *) misuse "unknown argument '$1'" ;;
    esac
    shift
done
home=${HOME:-}
if [ -z "$prefix" ]; then
    [ -n "$home" ] || die 'HOME is not set' './install.sh --prefix DIR'
    prefix=$home/.local
fi
prefix=$(absolute "${prefix%/}")
bin=$prefix/bin

# Where each shell looks by itself: for a prefix of one's own, in the user's directories. One file for each command's name.
share=$prefix/share
user=
if [ "$prefix" = "$home/.local" ]; then
    user=yes
    share=$(absolute "${XDG_DATA_HOME:-$share}")
fi
bash_dir=$share/bash-completion/completions
[ -z "$user" ] || bash_dir=${BASH_COMPLETION_USER_DIR:-$share/bash-completion}/completions
fish_dir=$share/fish/vendor_completions.d
[ -z "$user" ] || fish_dir=${XDG_CONFIG_HOME:-$home/.config}/fish/completions
zsh_dir=$share/zsh/site-functions
# SOURCE TARGET, one a line.
completions() {
    for program in $programs; do
        printf '%s\n' "pj.bash $bash_dir/$program" "pj.fish $fish_dir/$program.fish"
    done
    printf '%s\n' "_pj $zsh_dir/_pj"
}
# man looks beside the bin directories in PATH, below share and not in XDG_DATA_HOME.
manuals() {
    for page in pj.1 pj-wrap.1 pj-sweep.1 pj-config.5 pj-records.5 pj-selectors.7; do
        printf '%s\n' "man/$page $prefix/share/man/man${page##*.}/$page"
    done
}
extras() {
    completions | sed 's|^|completions/|'
    manuals
}
# Whether a file is there that is not ours: each of ours names the sweep, a page perhaps as troff has it.
not_ours() { [ -e "$1" ] && ! grep -q 'pj\\\{0,1\}-sweep' "$1" 2>/dev/null; }

# The file that the shell in use reads, and the two lines for it.
shell=$(basename -- "${SHELL:-sh}")
case $shell in
    bash) rc=$home/.bashrc ;;
    zsh) rc=${ZDOTDIR:-$home}/.zshrc ;;
    fish) rc=${XDG_CONFIG_HOME:-$home/.config}/fish/config.fish ;;
    *) rc= ;;
esac

# A program of the same name that is not ours: ours are never scripts.
foreign() {
    first=
    [ ! -f "$1" ] || IFS= read -r first 2>/dev/null <"$1" || :
    case $first in
        '#!'*) return 0 ;;
        *) return 1 ;;
    esac
}

if [ -n "$uninstall" ]; then
    for program in $programs; do
        if foreign "$bin/$program"; then
            note "$bin/$program is another program of that name: left alone"
        elif [ -e "$bin/$program" ]; then
            rm -f -- "$bin/$program" || die "cannot remove $bin/$program"
            say "removed $bin/$program"
        fi
    done
    extras | while read -r _ file; do
        [ ! -f "$file" ] || not_ours "$file" || rm -f -- "$file" || note "cannot remove $file"
    done
    if [ -n "$rc" ] && grep -Eq '(^|[^[:alnum:]_-])pj(-wrap| init)' "$rc" 2>/dev/null; then
        say "remove the lines with 'pj init' and 'pj-wrap' from $rc"
    fi
    state=${XDG_STATE_HOME:-$home/.local/state}/pj
    [ ! -d "$state" ] || say "kept: the records in $state"
    exit 0
fi

for program in $programs; do
    [ ! -d "$bin/$program" ] || die "$bin/$program is a directory" './install.sh --prefix DIR'
    ! foreign "$bin/$program" || die "$bin/$program is another program of that name" \
        "mv $bin/$program $bin/$program.other" './install.sh --prefix DIR'
done

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target_dir=$(absolute "${CARGO_TARGET_DIR:-$here/target}")
cd -- "$here"
[ -f Cargo.toml ] || die "no Cargo.toml in $here"

has cargo || PATH=$PATH:${CARGO_HOME:-$home/.cargo}/bin
if ! has cargo || ! has rustc; then
    if has apt-cache && apt-cache show rustup >/dev/null 2>&1; then
        die 'cargo is not installed' 'sudo apt-get install rustup gcc && rustup default stable'
    elif has brew; then
        die 'cargo is not installed' 'brew install rustup && rustup default stable'
    fi
    die 'cargo is not installed' 'install rustup (see rust-lang.org/tools/install), then: rustup default stable'
fi
wanted=$(sed -n 's/^rust-version *= *"1\.\([0-9]*\).*/\1/p' Cargo.toml)
found=$(rustc --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\).*/\1/p')
[ -n "$found" ] || die 'rustc does not start' 'rustup default stable'
if [ "$found" -lt "$wanted" ]; then
    die "rustc is 1.$found, pj needs 1.$wanted" 'rustup update stable && rustup default stable'
fi

# Static on Linux: it starts four times as fast and runs wherever it is copied.
host=$(rustc -vV | sed -n 's/^host: //p')
has_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; }
target=$host
case $host in
    *-linux-gnu*)
        static=$(printf '%s\n' "$host" | sed 's/-linux-gnu/-linux-musl/')
        if ! has_target "$static" && has rustup; then
            say "adding the target $static"
            rustup target add "$static" || :
        fi
        if has_target "$static"; then
            target=$static
        else
            note "no target $static here: building for $host, which starts slower and needs this libc"
            hint "rustup target add $static"
        fi
        ;;
    *) ;;
esac

say "building for $target"
if ! cargo build --release --locked --target "$target" --target-dir "$target_dir" --bins; then
    note 'the build failed; nothing was installed'
    has cc || hint 'sudo apt-get install gcc   # cargo links with cc, which is missing here'
    exit 1
fi

# Beside, then renamed: a running guard keeps its old file, and nobody ever starts half of one.
mkdir -p -- "$bin" || die "cannot create $bin" './install.sh --prefix DIR'
bin=$(CDPATH='' cd -- "$bin" && pwd)
tidy() { for program in $programs; do rm -f -- "$bin/.$program.$$"; done; }
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
for program in $programs; do
    cp -- "$target_dir/$target/release/$program" "$bin/.$program.$$" ||
        die "cannot write to $bin" './install.sh --prefix DIR'
    chmod 755 "$bin/.$program.$$"
done
for program in $programs; do
    mv -f -- "$bin/.$program.$$" "$bin/$program" || die "cannot write $bin/$program"
    say "installed $bin/$program"
done

# Nobody's Tab is worth a failed install, nor a page.
extras | while read -r source file; do
    if not_ours "$file"; then
        note "$file is another program's: left alone"
    elif ! { mkdir -p -- "${file%/*}" && cp -- "$source" "$file" && chmod 644 "$file"; } 2>/dev/null; then
        note "cannot write $file: left out"
    fi
done
say "installed completions for bash, zsh and fish, and man pages"

# As it must be typed.
case $bin in
    *[!A-Za-z0-9_./-]*) typed="'$bin'" ;;
    *) typed=$bin ;;
esac
say ''
case :$PATH: in
    *":$bin:"*) ;;
    *)
        say "$bin is not on your PATH. Add this to ${rc:-the file that your shell reads}, before the lines below:"
        say ''
        case $shell in
            fish) say "    set -gx PATH $typed \$PATH" ;;
            *) say "    export PATH=$typed:\"\$PATH\"" ;;
        esac
        say ''
        ;;
esac
if [ -n "$user" ] && [ "$shell" = zsh ] && ! grep -Fq "$zsh_dir" "$rc" 2>/dev/null; then
    say "zsh has no directory of a user's. For completions add this to $rc, before compinit:"
    say ''
    say "    fpath=($zsh_dir \$fpath)"
    say ''
fi
if [ -n "$rc" ] && grep -Eq '^[^#]*pj init' "$rc" 2>/dev/null; then
    say "$rc has the hook already."
elif [ -n "$rc" ]; then
    say "Add this to $rc, and open a new terminal:"
    say ''
    case $shell in
        fish)
            say '    pj init fish | source'
            say "    alias claude 'pj-wrap claude'"
            ;;
        *)
            say "    eval \"\$(pj init $shell)\""
            say "    alias claude='pj-wrap claude'"
            ;;
    esac
else
    say "There are hooks for bash, zsh and fish; in $shell, pj-wrap and pj-sweep work without one."
fi
say ''
say 'For what no guard is left to end, add this to your crontab (crontab -e):'
say ''
say "    * * * * * $typed/pj-sweep -q"
say ''

say 'testing what is installed on a real process tree: pj doctor --selftest'
if ! "$bin/pj" doctor --selftest; then
    die 'pj is installed, but its self test failed: do not rely on it on this machine' \
        "$typed/pj doctor"
fi
