# The second part of `pj init bash --wrap NAMES` (bash 3.2 and later): the commands NAMES are run under pj-wrap when they
# are typed. `command NAME` and `\NAME` run them as they are.
# Never: print, fork at the start (but to look at an alias in bash 3, or at a function that has such a name), export,
# change an option, take the place of a function of the user's, or take part in a script.
#
# How a name is reached:
#   typed             the alias NAME -> pj_wrap_NAME. One word, so that a later `NAME() { ...; }` in the rc file is no
#                     syntax error: it defines what the alias leads to
#   an alias of the user's, here first: `pj_wrap ` before it, if it begins with NAME or a path
#   an alias of the user's, made later, or one of his functions: the function NAME
#   \NAME             the function NAME too, with our alias in place and nobody between: as it is
# No name begins with `_`: agents keep aliases of a shell for their tool shells, but no such functions.
# Whether we are in a job already is pj-wrap's to say: PJ_JOB is inherited by every pane of a tmux server.
case ${BASH_VERSION:+b}$- in b*i*)
if ! \builtin shopt -q restricted_shell; then
function pj_wrap {
case $- in *i*)
if \builtin test -t 0 && \builtin type -P pj-wrap >/dev/null; then
\command pj-wrap "$@"; \builtin return;
fi;;
esac;
\command "$@";
};
# Behind our alias: a function that the user made later comes first.
function pj_wrap_typed {
case $(\builtin declare -f "$1") in ''|*pj_wrap*) pj_wrap "$@";; *) "$@";; esac;
};
# The function NAME: two functions deep is typed.
function pj_wrap_named {
case ${#FUNCNAME[@]}$(\builtin alias "$1" 2>/dev/null) in
2*pj_wrap*) \command "$@";;
*) pj_wrap "$@";;
esac;
};
function pj_wrap_add {
\builtin local n a;
for n in "$@"; do
if \builtin declare -F "$n"; then
case $(\builtin declare -f "$n") in *pj_wrap*) ;; *) \builtin continue;; esac;
fi;
a=;
if \builtin alias "$n"; then
case $BASH_VERSION in
[123].*) a=$(\builtin alias "$n"); \builtin eval "a=${a#*=}";;
*) a=${BASH_ALIASES[$n]};;
esac;
fi;
# As text the first words of an alias: what runs must be a file, not a builtin or an assignment.
# shellcheck disable=SC2016,SC2088,SC2139 # an alias is put together here
case $a in
pj_wrap*) \builtin continue;;
"$n"|"$n "*|/*|'~'*|'$HOME/'*|'"/'*|'"$HOME/'*|"'/"*) \builtin alias "$n=pj_wrap $a";;
'') \builtin alias "$n=pj_wrap $n";;
esac;
# POSIX mode takes no other function names.
case $n in *[!A-Za-z0-9_]*|[0-9]*) if \builtin shopt -qo posix; then \builtin continue; fi;; esac;
\builtin eval "function $n { pj_wrap_named $n \"\$@\"; }";
if \builtin test -z "$a"; then
\builtin eval "function pj_wrap_$n { pj_wrap_typed $n \"\$@\"; }";
# shellcheck disable=SC2139 # the same
\builtin alias "$n=pj_wrap_$n";
fi;
done;
};
pj_wrap_add @NAMES@ >/dev/null 2>&1;
\builtin unset -f pj_wrap_add;
fi;;
esac
