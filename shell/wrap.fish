# The second part of `pj init fish --wrap NAMES` (fish 3.1 and later): the commands NAMES are run under pj-wrap when they
# are typed. `command NAME` runs them as they are; fish has no aliases apart from functions, so there is no `\NAME`.
# Never: print, fork, export, set a variable, take the place of a function of the user's, or take part in a script.
#
# A function has the completions of the command of its name, so there is nothing to `--wraps`.
# An alias in fish is a function: it is left alone, but for `alias NAME /a/path`, which agents' installers write.
# Whether we are in a job already is pj-wrap's to say: PJ_JOB is inherited by every pane of a tmux server.
if builtin status is-interactive;
function pj_wrap --description 'run a command under pj-wrap';
if builtin status is-interactive; and builtin test -t 0; and command -s -q pj-wrap;
command pj-wrap $argv;
else;
command $argv;
end;
end;
function pj_wrap_add;
for name in $argv;
builtin set -l run $name;
if builtin functions -q $name;
builtin set run (builtin functions -D -v $name | builtin string replace -rf '^alias '(builtin string escape --style=regex -- $name)'[= ](/[^\s;&|]+)$' '$1');
if not builtin test -x "$run"; builtin continue; end;
end;
function $name --inherit-variable run --description "$run under pj-wrap"; pj_wrap $run $argv; end;
end;
end;
pj_wrap_add @NAMES@;
builtin functions -e pj_wrap_add;
end;
builtin true
