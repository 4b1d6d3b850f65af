# The hook of `pj init elvish` (elvish 0.18 and later): tells pj which shell this is. pj has made the record; the shell only
# writes it.
# Never: print, run a program (but where the text was cached), set a variable, or fail. What is named here ends with it:
# `eval` keeps it to itself.
#
# Only an interactive elvish has `edit:`.
try {
eval 'nop $edit:before-readline'
if (eq (to-string $pid) '@PID@') {
# One line, one write.
# No room: then no empty file either, of which a sweep would complain.
try { print '@RECORD@'"\n" > '@FILE@' } catch e { e:rm -f '@FILE@' 2>/dev/null }
} elif (has-external pj) {
e:pj init --register $pid elvish </dev/null >/dev/null 2>/dev/null
}
} catch e { nop $e }
