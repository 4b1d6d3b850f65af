# The third part of `pj init bash --exit-hook` (bash 3.2 and later): a sweep when this shell has ended.
# Never: print, keep the shell waiting, take the place of a trap of the user's, set one for a signal, or matter: an exit
# that runs no trap (SIGKILL, exec, a lost race with the hangup) is found by the next sweep.
#
# One fork at the start, to read the trap that is there. It stays first: whatever it does, and with the $? it knows. A
# trap that is set later takes our place.
# The sweep is given HUP to ignore before it is there at all. It goes into the background by itself, into a session of its
# own, and does nothing if the shell lives on.
case ${BASH_VERSION:+b}$- in b*r*) ;; b*i*)
if ! \builtin shopt -q restricted_shell; then
function pj_exit {
case $BASH_SUBSHELL in 0) (\builtin trap '' HUP; \builtin exec pj-sweep -q --after "$$") </dev/null >/dev/null 2>&1 || \builtin :;; esac;
};
function pj_exit_add {
\builtin local t;
t=$(\builtin trap -p EXIT);
case $t in
*pj_exit*) ;;
'') \builtin trap pj_exit EXIT;;
# Quoted by bash, to be read again.
*) t=${t#trap -- }; \builtin eval "\builtin trap -- ${t% EXIT}\$'\npj_exit' EXIT";;
esac;
};
pj_exit_add 2>/dev/null;
\builtin unset -f pj_exit_add;
fi;;
esac
