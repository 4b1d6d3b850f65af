# The third part of `pj init fish --exit-hook` (fish 3.1 and later): a sweep when this shell has ended.
# Never: print, keep the shell waiting, set a variable, or matter: an exit without the event (SIGTERM, SIGKILL, exec) is
# found by the next sweep.
#
# The sweep goes into the background by itself, into a session of its own, and does nothing if the shell lives on.
if builtin status is-interactive;
function pj_exit --on-event fish_exit;
if command -s -q pj-sweep;
command pj-sweep -q --after $fish_pid </dev/null >/dev/null 2>/dev/null;
end;
end;
end;
builtin true
