# The second part of `pj init zsh --wrap NAMES` (zsh 5.0 and later): the commands NAMES are run under pj-wrap when they
# are typed. `command NAME` and `\NAME` run them as they are.
# Never: print, fork, export, change an option, take the place of a function of the user's, or take part in a script.
#
# Done before the first prompt, when the rc files have been read: zsh refuses `NAME() { ...; }` where an alias NAME is, and
# an alias of the user's may come after us.
# How a name is reached:
#   typed             the alias NAME: `pj_wrap ` before the name, or before the user's own alias if that begins with the
#                     name or a path. Completion knows pj_wrap as a word before a command
#   an alias of the user's, made later, or one of his functions: the function NAME
#   \NAME             the function NAME too, with our alias in place and nobody between: as it is
# No name begins with `_`: agents keep aliases of a shell for their tool shells, but no such functions.
# Whether we are in a job already is pj-wrap's to say: PJ_JOB is inherited by every pane of a tmux server.
case ${ZSH_VERSION:+z}$- in z*i*)
if ! [[ -o restricted ]]; then
function pj_wrap {
if [[ -o interactive ]] && [[ -t 0 ]] && \builtin \whence -p \pj-wrap >/dev/null; then
\command \pj-wrap "$@";
else
\command "$@";
fi;
};
# The function NAME: two functions deep is typed.
function pj_wrap_named {
case ${#funcstack[@]}${aliases[$1]} in
2pj_wrap*) \command "$@";;
*) \pj_wrap "$@";;
esac;
};
function pj_wrap_add {
\builtin \emulate -L zsh;
\builtin \local n a;
for n in "$@"; do
if \builtin \typeset -f -- "$n" && [[ ${functions[$n]} != *pj_wrap* ]]; then \builtin \continue; fi;
a=;
if \builtin \alias -r -- "$n"; then a=${aliases[$n]}; fi;
# As text the first words of an alias: what runs must be a file, not a builtin or an assignment.
case $a in
pj_wrap*) \builtin \continue;;
'') \builtin \alias -- "$n=pj_wrap $n";;
"$n"|"$n "*|/*|'~'*|'$HOME/'*|'"/'*|'"$HOME/'*|"'/"*) \builtin \alias -- "$n=pj_wrap $a";;
esac;
\builtin \eval "function $n { \\pj_wrap_named $n \"\$@\"; }";
done;
} >/dev/null 2>&1;
# Stays until there is a completion system to tell.
function pj_wrap_first {
\builtin \emulate -L zsh;
\pj_wrap_add @NAMES@;
if \builtin \typeset -f \compdef >/dev/null; then
\compdef \_precommand \pj_wrap;
precmd_functions=("${(@)precmd_functions:#pj_wrap_first}");
fi;
};
\builtin \typeset -ga \precmd_functions;
case " ${precmd_functions[*]} " in *\ pj_wrap_first\ *) ;; *) precmd_functions+=(\pj_wrap_first);; esac;
fi;;
esac
