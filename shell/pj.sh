# The hook of `pj init sh` for POSIX shells (dash, ash, ksh93, mksh, yash; the file that ENV names): tells pj which shell
# this is. pj has made the record; the shell only writes it, so that a shell which merely reads the file registers nothing.
# Never: print, fork, export, set a variable, an option, a trap or a prompt, or fail under set -e.
#
# Whole-line comments are not emitted. Without them every line end may be a blank, for the sake of
# an unquoted `eval $(...)`.
# \command keeps aliases and functions of the user's away. echo, for mksh has no printf of its own: pj gives it no record
# with a backslash in it.
case $- in *r*) ;; *i*)
if \command test "$$" = '@PID@'; then
# One line, one write. The mode is the user's umask's; the directory is 0700.
# No room: then no empty file either, of which a sweep would complain.
\command echo '@RECORD@' >| '@FILE@' || \command rm -f '@FILE@' || \command :;
# The text is another shell's: cached to a file, or printed for a subshell of this one.
elif \command -v pj; then
\command pj init --register "$$" sh || \command :;
fi </dev/null >/dev/null 2>&1;;
esac
