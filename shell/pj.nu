# The hook of `pj init nu` (nushell 0.101 and later): tells pj which shell this is. nushell evaluates no text that a program
# prints while it starts, so this is for a file, the same for every shell, and pj is run once to write the record.
# Never: print, set a variable, or fail. Nothing where pj is gone or nobody types.
if $nu.is-interactive and (which pj | is-not-empty) { do --ignore-errors { ^pj init --register $nu.pid nu out+err> /dev/null } }
