# The third part of `pj init zsh --exit-hook` (zsh 5.0 and later): a sweep when this shell has ended.
# Never: print, keep the shell waiting, load a module, set a trap, or matter: an exit that runs no function (SIGKILL, exec,
# a lost race with the hangup) is found by the next sweep.
#
# zsh runs these functions in subshells that exit, too.
# The sweep is given HUP to ignore before it is there at all. It goes into the background by itself, into a session of its
# own, and does nothing if the shell lives on.
case ${ZSH_VERSION:+z}$- in z*i*)
if ! [[ -o restricted ]]; then
function pj_exit {
\builtin \emulate -L zsh;
if [[ $ZSH_SUBSHELL = 0 ]]; then
(\builtin \trap '' HUP; \builtin \exec \pj-sweep -q --after "$$") </dev/null >/dev/null 2>&1 || \builtin \:;
fi;
};
\builtin \typeset -ga \zshexit_functions;
case " ${zshexit_functions[*]} " in *\ pj_exit\ *) ;; *) zshexit_functions+=(\pj_exit);; esac;
fi;;
esac
