# The hook of `pj init bash` (bash 3.2 and later): tells pj which shell this is. pj has made the
# record; the shell only writes it, so that a shell which merely reads the file registers nothing.
# Never: print, fork, export, set a variable, an option, a trap or a prompt, or fail under set -e.
#
# Whole-line comments are not emitted. Without them every line end may be a blank, for the sake of
# an unquoted `eval $(...)`.
# Everything goes through \builtin or \command (not both: `builtin command` loses its `||` to set
# -e): aliases and functions of the user's may have any name.
# No test of descriptors 0-2: instant prompts and read loops redirect them in a live terminal. pj
# has seen the controlling terminal, or prints nothing.
case ${BASH_VERSION:+b}$- in b*r*) ;; b*i*)
# A restricted shell may not redirect. Started as one, it knows that before its options say so.
if ! \builtin shopt -q restricted_shell; then
if \builtin test "$$" = '@PID@'; then
# One line, one write. The mode is the user's umask's; the directory is 0700. To read the umask
# takes a fork, and to put a remembered one back would set a stale one if the text was cached.
# No room: then no empty file either, of which a sweep would complain.
\builtin printf '%s\n' '@RECORD@' >| '@FILE@' || \command rm -f '@FILE@' || \builtin :;
# The text is another shell's: cached to a file, or printed for a subshell of this one.
elif \builtin type -P pj >/dev/null; then
\command pj init --register "$$" bash </dev/null >/dev/null || \builtin :;
fi 2>/dev/null;
fi;;
esac
