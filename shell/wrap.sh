# The second part of `pj init sh --wrap NAMES`: the commands NAMES are run under pj-wrap when they are typed. `command NAME`
# and `\NAME` run them as they are.
# Never: print, fork at the start, export, set a variable, take the place of an alias or a function of the user's, or take
# part in a script.
#
# How a name is reached: the alias NAME -> pj_wrap_NAME. One word, so that a later `NAME() { ...; }` in the same file is no
# syntax error: it defines what the alias leads to. A name that cannot be a function's (`g++`) is left alone.
# An alias of the user's is left as it is: to read it takes a fork, and not everywhere can it be read again.
# Whether we are in a job already is pj-wrap's to say: PJ_JOB is inherited by every pane of a tmux server.
case $- in *r*) ;; *i*)
pj_wrap() {
# What is no file is a function of the user's, made before us.
case $(\command unalias "$1" 2>/dev/null; \command -v "$1") in
/*|'')
if \command test -t 0 && \command -v pj-wrap >/dev/null; then \command pj-wrap "$@"; else \command "$@"; fi;;
*) "$@";;
esac;
};
pj_wrap_add() {
while \command test "$#" -gt 0; do
case $1 in
*[!A-Za-z0-9_]*|[0-9]*) ;;
*) if ! \command alias "$1"; then
\command eval "pj_wrap_$1() { pj_wrap $1 \"\$@\"; }";
# shellcheck disable=SC2139 # an alias is put together here
\command alias "$1=pj_wrap_$1";
fi;;
esac;
\command shift;
done;
};
pj_wrap_add @NAMES@ >/dev/null 2>&1;
\command unset -f pj_wrap_add;;
esac
