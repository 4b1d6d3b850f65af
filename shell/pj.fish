# The hook of `pj init fish` (fish 3.1 and later): tells pj which shell this is. pj has made the
# record; the shell only writes it, so that a shell which merely reads the file registers nothing.
# Never: print, fork, export, set a variable, define a function, bind an event or a prompt.
#
# Whole-line comments are not emitted. Without them every line end may be a blank, because
# `eval (pj init fish)` joins the lines.
# `builtin` and `command` are fish's own for ever; any other name may be a function of the user's.
# No test of descriptors 0-2: in `pj init fish | source` they are the pipe's. pj has seen the
# controlling terminal, or prints nothing.
if builtin status is-interactive;
if builtin test "$fish_pid" = '@PID@';
# fish itself, not the command, complains about a redirection that fails, and cannot be silenced:
# ask first.
if builtin test -w '@DIR@';
# One line, one write as long as the record is below 512 bytes. The mode is the user's umask's; the
# directory is 0700.
# No room: then no empty file either, of which a sweep would complain.
builtin printf '%s\n' '@RECORD@' 2>/dev/null >'@FILE@'; or command rm -f '@FILE@';
end;
# The text is another shell's, cached to a file.
else if command -s -q pj;
command pj init --register $fish_pid fish </dev/null >/dev/null 2>/dev/null;
end;
end;
builtin true
