# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pj_global_optspecs
    string join \n json q/quiet color= config= timeout= h/help V/version
end

function __fish_pj_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pj_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pj_using_subcommand
    set -l cmd (__fish_pj_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pj -n "__fish_pj_needs_command" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_needs_command" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_needs_command" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_needs_command" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_needs_command" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_needs_command" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_needs_command" -s V -l version -d 'Print version'
complete -c pj -n "__fish_pj_needs_command" -f -a "init" -d 'Print the hook that registers a shell: eval "$(pj init bash)"'
complete -c pj -n "__fish_pj_needs_command" -f -a "sessions" -d 'List registered shells; show, end or forget one'
complete -c pj -n "__fish_pj_needs_command" -f -a "run" -d 'Run a command in the background, with a guard and a log'
complete -c pj -n "__fish_pj_needs_command" -f -a "wrap" -d 'Run a command in the foreground: pj-wrap'
complete -c pj -n "__fish_pj_needs_command" -f -a "attach" -d 'Make this terminal a job\'s: its keys, its size, what it writes'
complete -c pj -n "__fish_pj_needs_command" -f -a "watch" -d 'See what a job writes, and type nothing'
complete -c pj -n "__fish_pj_needs_command" -f -a "send" -d 'Type something into a job, as its terminal or its standard input would'
complete -c pj -n "__fish_pj_needs_command" -f -a "list" -d 'List jobs'
complete -c pj -n "__fish_pj_needs_command" -f -a "log" -d 'Show what background jobs have written'
complete -c pj -n "__fish_pj_needs_command" -f -a "show" -d 'Show all that is known of jobs'
complete -c pj -n "__fish_pj_needs_command" -f -a "rm" -d 'Forget jobs of which nobody lives'
complete -c pj -n "__fish_pj_needs_command" -f -a "tag" -d 'List the jobs with a tag, rename it, or tag jobs: SEL +a -b'
complete -c pj -n "__fish_pj_needs_command" -f -a "group" -d 'List the jobs of a group, rename it, or group jobs: SEL +a -b'
complete -c pj -n "__fish_pj_needs_command" -f -a "add" -d 'Record processes that run already, as jobs without a guard'
complete -c pj -n "__fish_pj_needs_command" -f -a "stop" -d 'End jobs: ask first, then insist'
complete -c pj -n "__fish_pj_needs_command" -f -a "kill" -d 'Kill jobs at once, or send their commands a signal'
complete -c pj -n "__fish_pj_needs_command" -f -a "restart" -d 'Run background jobs again'
complete -c pj -n "__fish_pj_needs_command" -f -a "wait" -d 'Wait until jobs have ended, write nothing, or write something'
complete -c pj -n "__fish_pj_needs_command" -f -a "keep" -d 'Let jobs outlive their session, or not'
complete -c pj -n "__fish_pj_needs_command" -f -a "detach" -d 'Run a command apart from this terminal and from every job'
complete -c pj -n "__fish_pj_needs_command" -f -a "sweep" -d 'End what is left of jobs whose session is over'
complete -c pj -n "__fish_pj_needs_command" -f -a "why" -d 'Explain whose a process is and what would become of it'
complete -c pj -n "__fish_pj_needs_command" -f -a "scan" -d 'Show strays: what no job owns and your rules name'
complete -c pj -n "__fish_pj_needs_command" -f -a "clean" -d 'End strays'
complete -c pj -n "__fish_pj_needs_command" -f -a "port" -d 'End who listens on ports, and look that they are free'
complete -c pj -n "__fish_pj_needs_command" -f -a "daemon" -d 'Sweep by itself: run, start, stop and ask the service'
complete -c pj -n "__fish_pj_needs_command" -f -a "service" -d 'Have the service, or a sweep each minute, started by the system'
complete -c pj -n "__fish_pj_needs_command" -f -a "events" -d 'Show what happened, and why'
complete -c pj -n "__fish_pj_needs_command" -f -a "stats" -d 'Show how much was ended, by which rules'
complete -c pj -n "__fish_pj_needs_command" -f -a "config" -d 'Show, check and change the settings'
complete -c pj -n "__fish_pj_needs_command" -f -a "doctor" -d 'Tell which lines of defence hold on this machine'
complete -c pj -n "__fish_pj_needs_command" -f -a "ping" -d 'Tell whether records can be read and guards live'
complete -c pj -n "__fish_pj_needs_command" -f -a "reset" -d 'Put the whole registry aside and begin with id 1'
complete -c pj -n "__fish_pj_needs_command" -f -a "completions" -d 'Print what a shell needs to complete pj, pj-wrap and pj-sweep'
complete -c pj -n "__fish_pj_needs_command" -f -a "man" -d 'Show a man page'
complete -c pj -n "__fish_pj_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand init" -l wrap -d 'Run these commands under pj-wrap when they are typed [default: wrap.auto of the config]' -r
complete -c pj -n "__fish_pj_using_subcommand init" -l register -d 'For the hook itself: register this shell, which must be an ancestor of ours' -r
complete -c pj -n "__fish_pj_using_subcommand init" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand init" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand init" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand init" -l install -d 'Add the line to the shell\'s rc file, after a yes'
complete -c pj -n "__fish_pj_using_subcommand init" -l uninstall -d 'Take that line out again'
complete -c pj -n "__fish_pj_using_subcommand init" -s y -l yes -d 'Do not ask'
complete -c pj -n "__fish_pj_using_subcommand init" -l exit-hook -d 'Sweep in the background when the shell has ended (bash, zsh, fish)'
complete -c pj -n "__fish_pj_using_subcommand init" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand init" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand init" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -f -a "show" -d 'Tell everything about one session: its jobs and its processes too'
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -f -a "end" -d 'End a session: its jobs first, then its shell is asked to hang up'
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -f -a "forget" -d 'Take the record of a session away'
complete -c pj -n "__fish_pj_using_subcommand sessions; and not __fish_seen_subcommand_from show end forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from show" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from show" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from show" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end" -l timeout -d 'How long to wait for the shell at most, and for each job [default: 5s; the job\'s grace and 3s]' -r
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end" -s y -l yes -d 'Do not ask, even if this runs in that session'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end" -l any-session -d 'From inside a job: another session than the job\'s too'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from forget" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from forget" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from forget" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from forget" -l force -d 'Of one that is alive too: its jobs keep their records'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from forget" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "show" -d 'Tell everything about one session: its jobs and its processes too'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "end" -d 'End a session: its jobs first, then its shell is asked to hang up'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Take the record of a session away'
complete -c pj -n "__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l name -d 'A name that no other living job has' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l tag -d 'Tags, to select it by' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l group -d 'Groups, to select it by' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l cwd -d 'Run it in this directory' -r -F
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l env -d 'Add a variable to its environment; on record with the job' -r
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l env-file -d 'Add the variables of a file, NAME=VALUE lines; only the file\'s path is on record' -r -F
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l owner -d 'Whose end ends it: that of the session that this is typed in, or nobody\'s' -r -f -a "session\t''
none\t''"
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l size -d 'Size of its terminal [default: that of yours, else 120x30]' -r
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l restart -d 'Run it again when it has ended' -r -f -a "no\t''
on-failure\t''
always\t''"
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l max-restarts -d 'How often in a row at most; 0: for ever' -r
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l backoff -d 'How long to rest before that; twice as long each further time' -r
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l grace -d 'How long its tree may take to end by itself [default: 5s; claude, gemini: 8s]' -r
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l stop-signal -d 'The signal that asks it to end' -r
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l replace -d 'Stop the living job that has this name'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l keep -d 'It may outlive its session, and what it leaves behind outlives it'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l pipe -d 'Pipes instead of a terminal: what it writes to standard error is told apart'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l wait -d 'Wait until it has ended, and leave with its exit code'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand run; and __fish_pj_begins 2 --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand wrap" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand wrap" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand wrap" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand wrap" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand wrap" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand attach" -l detach-key -d 'The key that detaches, such as ^B or C-b; none: no key does [default: attach.detach of the config, ^]]' -r
complete -c pj -n "__fish_pj_using_subcommand attach" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand attach" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand attach" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand attach" -l watch -d 'Only look on: nothing that is typed reaches the job'
complete -c pj -n "__fish_pj_using_subcommand attach" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand attach" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand attach" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand watch" -l detach-key -d 'The key that detaches, such as ^B or C-b; none: no key does [default: attach.detach of the config, ^]]' -r
complete -c pj -n "__fish_pj_using_subcommand watch" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand watch" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand watch" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand watch" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand watch" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand watch" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand send" -l file -d 'Then what this file holds; -: standard input' -r -F
complete -c pj -n "__fish_pj_using_subcommand send" -l key -d 'Then a key: Enter, Tab, Escape, Space, Backspace, Delete, Up, Down, Left, Right, Home, End, PageUp, PageDown, F1 to F12, C-x, M-x' -r
complete -c pj -n "__fish_pj_using_subcommand send" -l timeout -d 'How long the job may take to take it' -r
complete -c pj -n "__fish_pj_using_subcommand send" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand send" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand send" -l eof -d 'Then the end of what is typed: control-D on a terminal, else the end of its standard input'
complete -c pj -n "__fish_pj_using_subcommand send" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand send" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand send" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand list" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand list" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand list" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand list" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand list" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand list" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand list" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand list" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand list" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand list" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand list" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand list" -l format -d 'How: a table, goproc\'s line, columns with tabs between, JSON, one JSON object a line, or the ids alone [default: output.format of the config]' -r -f -a "table\t''
line\t''
tsv\t''
json\t''
jsonl\t''
ids\t''"
complete -c pj -n "__fish_pj_using_subcommand list" -l columns -d 'These columns of the table, in this order' -r -f -a "id\t''
name\t''
state\t''
alive\t''
kind\t''
keep\t''
pid\t''
owner\t''
term\t''
age\t''
last_seen\t''
tags\t''
groups\t''
cwd\t''
dir\t''
command\t''"
complete -c pj -n "__fish_pj_using_subcommand list" -l sort -d 'By this column; with a - before it from the other end' -r
complete -c pj -n "__fish_pj_using_subcommand list" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand list" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand list" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand list" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand list" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand list" -s w -l watch -d 'Again whenever something has changed, until interrupted'
complete -c pj -n "__fish_pj_using_subcommand list" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand list" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand list" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand log" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand log" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand log" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand log" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand log" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand log" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand log" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand log" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand log" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand log" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand log" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand log" -s n -l lines -d 'The last N lines' -r
complete -c pj -n "__fish_pj_using_subcommand log" -l since -d 'What was written since: 10m ago, or a date such as 2026-11-21T22:00:00Z' -r
complete -c pj -n "__fish_pj_using_subcommand log" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand log" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand log" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand log" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand log" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand log" -s f -l follow -d 'Go on with what is written, until the job ends'
complete -c pj -n "__fish_pj_using_subcommand log" -l raw -d 'The bytes as they were written, with all that they do to a terminal'
complete -c pj -n "__fish_pj_using_subcommand log" -l stdout -d 'Stdout alone; what was written to a terminal counts as that'
complete -c pj -n "__fish_pj_using_subcommand log" -l stderr -d 'Stderr alone'
complete -c pj -n "__fish_pj_using_subcommand log" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand log" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand log" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand show" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand show" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand show" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand show" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand show" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand show" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand show" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand show" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand show" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand show" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand show" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand show" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand show" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand show" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand show" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand show" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand show" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand show" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand show" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand rm" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand rm" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand rm" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand rm" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand rm" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand rm" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand rm" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand rm" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand rm" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand rm" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand rm" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand rm" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand rm" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand rm" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand rm" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand rm" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand rm" -l all -d 'All that match, when several do'
complete -c pj -n "__fish_pj_using_subcommand rm" -s y -l yes -d 'Do not ask'
complete -c pj -n "__fish_pj_using_subcommand rm" -l force -d 'Living jobs too: they go on, and nothing ends them when their guard dies'
complete -c pj -n "__fish_pj_using_subcommand rm" -l logs -d 'Their logs too; with ids alone also of jobs that were removed before'
complete -c pj -n "__fish_pj_using_subcommand rm" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand rm" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand rm" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand tag" -l rename -d 'Call it that from now on, in every job that has it' -r
complete -c pj -n "__fish_pj_using_subcommand tag" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand tag" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand tag" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand tag" -l all -d 'All that match, when several do'
complete -c pj -n "__fish_pj_using_subcommand tag" -s y -l yes -d 'Do not ask'
complete -c pj -n "__fish_pj_using_subcommand tag" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand tag" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand tag" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand group" -l rename -d 'Call it that from now on, in every job that has it' -r
complete -c pj -n "__fish_pj_using_subcommand group" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand group" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand group" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand group" -l all -d 'All that match, when several do'
complete -c pj -n "__fish_pj_using_subcommand group" -s y -l yes -d 'Do not ask'
complete -c pj -n "__fish_pj_using_subcommand group" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand group" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand group" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand add" -l name -d 'A name that no other living job has' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand add" -l tag -d 'Tags, to select them by' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand add" -l group -d 'Groups, to select them by' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand add" -l owner -d 'Whose end ends them: that of the session that this is typed in, or nobody\'s' -r -f -a "session\t''
none\t''"
complete -c pj -n "__fish_pj_using_subcommand add" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand add" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand add" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand add" -l tree -d 'With everything below them'
complete -c pj -n "__fish_pj_using_subcommand add" -l replace -d 'Stop the living job that has this name'
complete -c pj -n "__fish_pj_using_subcommand add" -l keep -d 'They may outlive the session that they are given to'
complete -c pj -n "__fish_pj_using_subcommand add" -l or-existing -d 'Fine if they are on record already'
complete -c pj -n "__fish_pj_using_subcommand add" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand add" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand add" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand stop" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand stop" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand stop" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand stop" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand stop" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand stop" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand stop" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand stop" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand stop" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand stop" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand stop" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand stop" -l timeout -d 'How long to wait at most, such as 10s [default: the job\'s grace and 3s]' -r
complete -c pj -n "__fish_pj_using_subcommand stop" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand stop" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand stop" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand stop" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand stop" -l all -d 'All that match, when several do'
complete -c pj -n "__fish_pj_using_subcommand stop" -s y -l yes -d 'Do not ask'
complete -c pj -n "__fish_pj_using_subcommand stop" -l any-session -d 'From inside a job: jobs of other sessions too, which that job did not start'
complete -c pj -n "__fish_pj_using_subcommand stop" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand stop" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand stop" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand kill" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand kill" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand kill" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand kill" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand kill" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand kill" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand kill" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand kill" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand kill" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand kill" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand kill" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand kill" -s s -l signal -d 'Send the command this signal, such as INT or 10, and leave the rest of its tree alone' -r
complete -c pj -n "__fish_pj_using_subcommand kill" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand kill" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand kill" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand kill" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand kill" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand kill" -l all -d 'All that match, when several do'
complete -c pj -n "__fish_pj_using_subcommand kill" -s y -l yes -d 'Do not ask'
complete -c pj -n "__fish_pj_using_subcommand kill" -l any-session -d 'From inside a job: jobs of other sessions too, which that job did not start'
complete -c pj -n "__fish_pj_using_subcommand kill" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand kill" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand kill" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand restart" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand restart" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand restart" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand restart" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand restart" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand restart" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand restart" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand restart" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand restart" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand restart" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand restart" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand restart" -l timeout -d 'How long to wait at most, such as 10s [default: the job\'s grace and 3s]' -r
complete -c pj -n "__fish_pj_using_subcommand restart" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand restart" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand restart" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand restart" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand restart" -l all -d 'All that match, when several do'
complete -c pj -n "__fish_pj_using_subcommand restart" -s y -l yes -d 'Do not ask'
complete -c pj -n "__fish_pj_using_subcommand restart" -l any-session -d 'From inside a job: jobs of other sessions too, which that job did not start'
complete -c pj -n "__fish_pj_using_subcommand restart" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand restart" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand restart" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand wait" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand wait" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand wait" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand wait" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand wait" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand wait" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand wait" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand wait" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand wait" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand wait" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand wait" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand wait" -l for -d 'exit, idle TIME, port [NUMBER] or log PATTERN [default: exit]' -r
complete -c pj -n "__fish_pj_using_subcommand wait" -l timeout -d 'How long to wait at most, such as 30s' -r
complete -c pj -n "__fish_pj_using_subcommand wait" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand wait" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand wait" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand wait" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand wait" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand wait" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand wait" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand keep" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand keep" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand keep" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand keep" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand keep" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand keep" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand keep" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand keep" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand keep" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand keep" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand keep" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand keep" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand keep" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand keep" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand keep" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand keep" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand keep" -l all -d 'All that match, when several do'
complete -c pj -n "__fish_pj_using_subcommand keep" -s y -l yes -d 'Do not ask'
complete -c pj -n "__fish_pj_using_subcommand keep" -l off -d 'They end with their session again, whatever was said at their start'
complete -c pj -n "__fish_pj_using_subcommand keep" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand keep" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand keep" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand detach; and __fish_pj_begins 2 --color --config --timeout" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand detach; and __fish_pj_begins 2 --color --config --timeout" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand detach; and __fish_pj_begins 2 --color --config --timeout" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand detach; and __fish_pj_begins 2 --color --config --timeout" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand detach; and __fish_pj_begins 2 --color --config --timeout" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand detach; and __fish_pj_begins 2 --color --config --timeout" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand sweep" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand sweep" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand sweep" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand sweep" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand sweep" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand why" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand why" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand why" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand why" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand why" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand why" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand scan" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand scan" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand scan" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand scan" -s e -l evidence -d 'Show what is known of where each comes from'
complete -c pj -n "__fish_pj_using_subcommand scan" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand scan" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand scan" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand clean" -l pid -d 'This process' -r
complete -c pj -n "__fish_pj_using_subcommand clean" -l match -d 'Those whose command line this regular expression finds something in' -r
complete -c pj -n "__fish_pj_using_subcommand clean" -l older-than -d 'Those that have lived for longer than this' -r
complete -c pj -n "__fish_pj_using_subcommand clean" -l limit -d 'No more than so many, the oldest first' -r
complete -c pj -n "__fish_pj_using_subcommand clean" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand clean" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand clean" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand clean" -s i -l interactive -d 'Ask for each'
complete -c pj -n "__fish_pj_using_subcommand clean" -s y -l yes -d 'On a terminal: do not ask. Elsewhere only kill = true is a yes'
complete -c pj -n "__fish_pj_using_subcommand clean" -s n -l dry-run -d 'Show whom, and end nobody'
complete -c pj -n "__fish_pj_using_subcommand clean" -l unattended -d 'As the service does it: ask nobody, and end only whom a rule with kill = true names'
complete -c pj -n "__fish_pj_using_subcommand clean" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand clean" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand clean" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -l grace -d 'How long each may take to end by itself before it is killed [default: port.grace of the config, 2s]' -r
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -l timeout -d 'How long to wait for the ports at most [default: port.timeout of the config, 5s]' -r
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -l udp -d 'UDP sockets that are bound and have no peer, instead of TCP listeners'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -l list -d 'Show who listens, and end nobody; on any port where none is named'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -l force -d 'End protected programs and listeners of other sessions that live, too'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -s n -l dry-run -d 'Only say what would be done'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -a "diagnose" -d 'Explain ports: who listens, who is connected, what else may hold them, and what to do'
complete -c pj -n "__fish_pj_using_subcommand port; and not __fish_seen_subcommand_from diagnose help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand port; and __fish_seen_subcommand_from diagnose" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand port; and __fish_seen_subcommand_from diagnose" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand port; and __fish_seen_subcommand_from diagnose" -l udp -d 'UDP instead of TCP'
complete -c pj -n "__fish_pj_using_subcommand port; and __fish_seen_subcommand_from diagnose" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand port; and __fish_seen_subcommand_from diagnose" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand port; and __fish_seen_subcommand_from diagnose" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand port; and __fish_seen_subcommand_from help" -f -a "diagnose" -d 'Explain ports: who listens, who is connected, what else may hold them, and what to do'
complete -c pj -n "__fish_pj_using_subcommand port; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -f -a "run" -d 'Be the daemon, in the foreground: Ctrl-C ends it'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -f -a "start" -d 'Start it in the background, and return when it is ready'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -f -a "stop" -d 'End it, and return when it has ended'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -f -a "restart" -d 'Stop it, if it runs, and start it'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -f -a "reload" -d 'Have it read its settings anew, and execute itself anew'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -f -a "status" -d 'Tell whether it runs: exit code 3 if not'
complete -c pj -n "__fish_pj_using_subcommand daemon; and not __fish_seen_subcommand_from run start stop restart reload status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from run" -l timeout -d 'How long to wait for it' -r
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from run" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from run" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from run" -l force -d 'End one that runs already: TERM, and KILL if it does not go'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from run" -l started
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from run" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from start" -l timeout -d 'How long to wait for it' -r
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from start" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from start" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from start" -l force -d 'End one that runs already: TERM, and KILL if it does not go'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from start" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from start" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from stop" -l timeout -d 'How long to wait for it' -r
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from stop" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from stop" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from stop" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from stop" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from restart" -l timeout -d 'How long to wait for it' -r
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from restart" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from restart" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from restart" -l force -d 'End one that runs already: TERM, and KILL if it does not go'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from restart" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from restart" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from reload" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from reload" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from reload" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from reload" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from reload" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from reload" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from status" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from status" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from status" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from help" -f -a "run" -d 'Be the daemon, in the foreground: Ctrl-C ends it'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start it in the background, and return when it is ready'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from help" -f -a "stop" -d 'End it, and return when it has ended'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from help" -f -a "restart" -d 'Stop it, if it runs, and start it'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from help" -f -a "reload" -d 'Have it read its settings anew, and execute itself anew'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from help" -f -a "status" -d 'Tell whether it runs: exit code 3 if not'
complete -c pj -n "__fish_pj_using_subcommand daemon; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -f -a "install" -d 'Have the system start the daemon from now on, and start it'
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -f -a "uninstall" -d 'Take away what install has written, and end the daemon'
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -f -a "status" -d 'Tell what is installed, whether it starts this binary, and whether the daemon runs'
complete -c pj -n "__fish_pj_using_subcommand service; and not __fish_seen_subcommand_from install uninstall status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -l systemd -d 'A unit of systemd\'s user manager, and a timer that sweeps besides'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -l launchd -d 'An agent of launchd\'s (macOS), and one that sweeps besides'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -l cron -d 'A line in the crontab: each minute, if the daemon does not run it is started'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -s n -l dry-run -d 'Show the files and commands; write and run nothing'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l systemd -d 'A unit of systemd\'s user manager, and a timer that sweeps besides'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l launchd -d 'An agent of launchd\'s (macOS), and one that sweeps besides'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l cron -d 'A line in the crontab: each minute, if the daemon does not run it is started'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -s n -l dry-run -d 'Show the files and commands; write and run nothing'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from uninstall" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -l systemd -d 'A unit of systemd\'s user manager, and a timer that sweeps besides'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -l launchd -d 'An agent of launchd\'s (macOS), and one that sweeps besides'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -l cron -d 'A line in the crontab: each minute, if the daemon does not run it is started'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from help" -f -a "install" -d 'Have the system start the daemon from now on, and start it'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from help" -f -a "uninstall" -d 'Take away what install has written, and end the daemon'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from help" -f -a "status" -d 'Tell what is installed, whether it starts this binary, and whether the daemon runs'
complete -c pj -n "__fish_pj_using_subcommand service; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand events" -s n -l lines -d 'The last N of them [default: 50, or all since --since]' -r
complete -c pj -n "__fish_pj_using_subcommand events" -l since -d 'What happened since: 10m ago, or a date such as 2026-11-21T22:00:00Z' -r
complete -c pj -n "__fish_pj_using_subcommand events" -l kind -d 'Of this kind, such as job.ended, or of all whose kinds begin so, such as stray' -r
complete -c pj -n "__fish_pj_using_subcommand events" -l job -d 'Of the job with this id' -r
complete -c pj -n "__fish_pj_using_subcommand events" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand events" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand events" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand events" -s f -l follow -d 'Go on with what happens'
complete -c pj -n "__fish_pj_using_subcommand events" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand events" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand events" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand stats" -l since -d 'Since when: 7d ago, or a date such as 2026-11-21T22:00:00Z [default: 7d]' -r
complete -c pj -n "__fish_pj_using_subcommand stats" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand stats" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand stats" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand stats" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand stats" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand stats" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "show" -d 'Show every setting, its value and who says so'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "get" -d 'Print the value of one setting'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "set" -d 'Write one setting to the file; comments stay'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "edit" -d 'Open a copy in $VISUAL or $EDITOR, and put it in place if it is right'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "check" -d 'Tell what is wrong in the file and in the environment'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "path" -d 'Print where the file is'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "init" -d 'Write a file that sets nothing and explains everything'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "import" -d 'Take over what another program\'s settings say, as rules that only report'
complete -c pj -n "__fish_pj_using_subcommand config; and not __fish_seen_subcommand_from show get set edit check path init import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from get" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from get" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from get" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from set" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from set" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from set" -l default -d 'Take it out of the file instead'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from set" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from edit" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from edit" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from edit" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from edit" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from check" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from path" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from init" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from init" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from init" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from init" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from import" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from import" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from import" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from import" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show every setting, its value and who says so'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print the value of one setting'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Write one setting to the file; comments stay'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "edit" -d 'Open a copy in $VISUAL or $EDITOR, and put it in place if it is right'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Tell what is wrong in the file and in the environment'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print where the file is'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "init" -d 'Write a file that sets nothing and explains everything'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "import" -d 'Take over what another program\'s settings say, as rules that only report'
complete -c pj -n "__fish_pj_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand doctor" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand doctor" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand doctor" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand doctor" -l selftest -d 'Also wrap a tree that will not go, close its terminal, kill its guards, and report who survived'
complete -c pj -n "__fish_pj_using_subcommand doctor" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand doctor" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand ping" -l id -d 'The job with this id' -x -a '(__fish_pj_have ids)'
complete -c pj -n "__fish_pj_using_subcommand ping" -l name -d 'Jobs of this name, or pattern' -x -a '(__fish_pj_have names)'
complete -c pj -n "__fish_pj_using_subcommand ping" -l tag -d 'Jobs with this tag; of several, any' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand ping" -l tag-all -d 'Jobs with this tag; of several, all' -x -a '(__fish_pj_have tags)'
complete -c pj -n "__fish_pj_using_subcommand ping" -l group -d 'Jobs in this group; of several, any' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand ping" -l group-all -d 'Jobs in this group; of several, all' -x -a '(__fish_pj_have groups)'
complete -c pj -n "__fish_pj_using_subcommand ping" -l pid -d 'The job whose command has this process number' -r
complete -c pj -n "__fish_pj_using_subcommand ping" -l search -d 'Jobs with this text in their command line' -r
complete -c pj -n "__fish_pj_using_subcommand ping" -l match -d 'Jobs whose name or command line matches this pattern' -r
complete -c pj -n "__fish_pj_using_subcommand ping" -l state -d 'Jobs in this state' -r -f -a "running\t''
lingering\t''
ending\t''
ended\t''
lost\t''
detached\t''
resting\t''
exited\t''
failed\t''
killed\t''"
complete -c pj -n "__fish_pj_using_subcommand ping" -l idle-for -d 'Jobs through whose terminal, or into whose log, nothing has gone for so long, such as 2h' -r
complete -c pj -n "__fish_pj_using_subcommand ping" -l timeout -d 'How long a guard may take to answer' -r
complete -c pj -n "__fish_pj_using_subcommand ping" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand ping" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand ping" -l alive -d 'Jobs of which somebody lives'
complete -c pj -n "__fish_pj_using_subcommand ping" -l dead -d 'Jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand ping" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand ping" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand ping" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand reset" -l confirm -d 'The word RESET' -r
complete -c pj -n "__fish_pj_using_subcommand reset" -l timeout -d 'How long to wait for each at most, such as 10s' -r
complete -c pj -n "__fish_pj_using_subcommand reset" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand reset" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand reset" -l stop -d 'Stop the jobs that live'
complete -c pj -n "__fish_pj_using_subcommand reset" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand reset" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand reset" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand completions" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand completions" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand completions" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand completions" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand completions" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand completions" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand man" -l color -d 'Colour the output [default: output.color of the config]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pj -n "__fish_pj_using_subcommand man" -l config -d 'These settings, not ~/.config/pj/config.toml' -r -F
complete -c pj -n "__fish_pj_using_subcommand man" -l timeout -d 'How long to wait at most, such as 10s (commands that wait)' -r
complete -c pj -n "__fish_pj_using_subcommand man" -l json -d 'Print JSON (reading commands)'
complete -c pj -n "__fish_pj_using_subcommand man" -s q -l quiet -d 'Say nothing but what was asked for and what went wrong'
complete -c pj -n "__fish_pj_using_subcommand man" -s h -l help -d 'Print help'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "init" -d 'Print the hook that registers a shell: eval "$(pj init bash)"'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "sessions" -d 'List registered shells; show, end or forget one'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "run" -d 'Run a command in the background, with a guard and a log'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "wrap" -d 'Run a command in the foreground: pj-wrap'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "attach" -d 'Make this terminal a job\'s: its keys, its size, what it writes'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "watch" -d 'See what a job writes, and type nothing'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "send" -d 'Type something into a job, as its terminal or its standard input would'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "list" -d 'List jobs'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "log" -d 'Show what background jobs have written'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "show" -d 'Show all that is known of jobs'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "rm" -d 'Forget jobs of which nobody lives'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "tag" -d 'List the jobs with a tag, rename it, or tag jobs: SEL +a -b'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "group" -d 'List the jobs of a group, rename it, or group jobs: SEL +a -b'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "add" -d 'Record processes that run already, as jobs without a guard'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "stop" -d 'End jobs: ask first, then insist'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "kill" -d 'Kill jobs at once, or send their commands a signal'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "restart" -d 'Run background jobs again'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "wait" -d 'Wait until jobs have ended, write nothing, or write something'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "keep" -d 'Let jobs outlive their session, or not'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "detach" -d 'Run a command apart from this terminal and from every job'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "sweep" -d 'End what is left of jobs whose session is over'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "why" -d 'Explain whose a process is and what would become of it'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "scan" -d 'Show strays: what no job owns and your rules name'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "clean" -d 'End strays'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "port" -d 'End who listens on ports, and look that they are free'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "daemon" -d 'Sweep by itself: run, start, stop and ask the service'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "service" -d 'Have the service, or a sweep each minute, started by the system'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "events" -d 'Show what happened, and why'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "stats" -d 'Show how much was ended, by which rules'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "config" -d 'Show, check and change the settings'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "doctor" -d 'Tell which lines of defence hold on this machine'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "ping" -d 'Tell whether records can be read and guards live'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "reset" -d 'Put the whole registry aside and begin with id 1'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "completions" -d 'Print what a shell needs to complete pj, pj-wrap and pj-sweep'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "man" -d 'Show a man page'
complete -c pj -n "__fish_pj_using_subcommand help; and not __fish_seen_subcommand_from init sessions run wrap attach watch send list log show rm tag group add stop kill restart wait keep detach sweep why scan clean port daemon service events stats config doctor ping reset completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from sessions" -f -a "show" -d 'Tell everything about one session: its jobs and its processes too'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from sessions" -f -a "end" -d 'End a session: its jobs first, then its shell is asked to hang up'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from sessions" -f -a "forget" -d 'Take the record of a session away'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from port" -f -a "diagnose" -d 'Explain ports: who listens, who is connected, what else may hold them, and what to do'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from daemon" -f -a "run" -d 'Be the daemon, in the foreground: Ctrl-C ends it'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from daemon" -f -a "start" -d 'Start it in the background, and return when it is ready'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from daemon" -f -a "stop" -d 'End it, and return when it has ended'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from daemon" -f -a "restart" -d 'Stop it, if it runs, and start it'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from daemon" -f -a "reload" -d 'Have it read its settings anew, and execute itself anew'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from daemon" -f -a "status" -d 'Tell whether it runs: exit code 3 if not'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from service" -f -a "install" -d 'Have the system start the daemon from now on, and start it'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from service" -f -a "uninstall" -d 'Take away what install has written, and end the daemon'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from service" -f -a "status" -d 'Tell what is installed, whether it starts this binary, and whether the daemon runs'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show every setting, its value and who says so'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "get" -d 'Print the value of one setting'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Write one setting to the file; comments stay'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "edit" -d 'Open a copy in $VISUAL or $EDITOR, and put it in place if it is right'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Tell what is wrong in the file and in the environment'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where the file is'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "init" -d 'Write a file that sets nothing and explains everything'
complete -c pj -n "__fish_pj_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "import" -d 'Take over what another program\'s settings say, as rules that only report'
complete -c pj -n '__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from show' -f -a '(__fish_pj_have sessions)'
complete -c pj -n '__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from end' -f -a '(__fish_pj_have sessions)'
complete -c pj -n '__fish_pj_using_subcommand sessions; and __fish_seen_subcommand_from forget' -f -a '(__fish_pj_have sessions)'
complete -c pj -n '__fish_pj_using_subcommand run' -x -a '(__fish_complete_subcommand --fcs-skip=2 -- --name --tag --group --cwd --env --env-file --owner --size --restart --max-restarts --backoff --grace --stop-signal --color --config --timeout)'
complete -c pj -n '__fish_pj_using_subcommand attach' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand watch' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand send' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand list' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand log' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand show' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand rm' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand tag' -f -a '(__fish_pj_have tags,selectors)'
complete -c pj -n '__fish_pj_using_subcommand group' -f -a '(__fish_pj_have groups,selectors)'
complete -c pj -n '__fish_pj_using_subcommand stop' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand kill' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand restart' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand wait' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand keep' -f -a '(__fish_pj_have selectors)'
complete -c pj -n '__fish_pj_using_subcommand detach' -x -a '(__fish_complete_subcommand --fcs-skip=2 -- --color --config --timeout)'
complete -c pj -n '__fish_pj_using_subcommand ping' -f -a '(__fish_pj_have selectors)'

# No verb takes a file; the shells' names are words that clap's generator leaves out here.
complete -c pj -f
complete -c pj -n '__fish_pj_using_subcommand completions init' -f -a 'bash zsh fish'

# What is on record, of these lists.
function __fish_pj_have
    command pj __complete $argv[1] 2>/dev/null
end

# Does no command begin yet, behind so many words of ours? The other words are flags that take a value.
function __fish_pj_begins
    set -l skip $argv[1]
    set -l words (commandline -poc)
    while set -q words[1]
        switch $words[1]
            case --
                return 1
            case '-*'
                contains -- $words[1] $argv[2..]; and set -e words[1]
            case '*'
                test $skip -gt 0; or return 1
                set skip (math $skip - 1)
        end
        set -e words[1]
    end
    return 0
end

# pj-wrap: its own flags, then the command and its arguments as they complete without it.
function __fish_pj_wrap_begins
    __fish_pj_begins 1 --name --tag --group --on-exit --grace --reattach --config
end
complete -c pj-wrap -x -a '(__fish_complete_subcommand -- --name --tag --group --on-exit --grace --reattach --config)'
complete -c pj-wrap -n __fish_pj_wrap_begins -l name -x -d 'Name the job'
complete -c pj-wrap -n __fish_pj_wrap_begins -l tag -x -a '(__fish_pj_have tags)' -d 'Tag it'
complete -c pj-wrap -n __fish_pj_wrap_begins -l group -x -a '(__fish_pj_have groups)' -d 'Put it into a group'
complete -c pj-wrap -n __fish_pj_wrap_begins -l direct -d 'No terminal in between'
complete -c pj-wrap -n __fish_pj_wrap_begins -l keep -d 'The job may outlive its session'
complete -c pj-wrap -n __fish_pj_wrap_begins -l scope -d 'Ask systemd for a cgroup'
complete -c pj-wrap -n __fish_pj_wrap_begins -l on-exit -x -a 'linger end' -d 'Leftovers of a command that exits'
complete -c pj-wrap -n __fish_pj_wrap_begins -l grace -x -d 'How long a tree may take to end by itself'
complete -c pj-wrap -n __fish_pj_wrap_begins -l reattach -x -d 'How long it waits for pj attach when its terminal closes'
complete -c pj-wrap -n __fish_pj_wrap_begins -l config -r -F -d 'These settings'
complete -c pj-wrap -n __fish_pj_wrap_begins -l help -d 'Print help'
complete -c pj-wrap -n __fish_pj_wrap_begins -l version -d 'Print version'

# pj wrap is pj-wrap.
function __fish_pj_as_wrap
    complete -C "pj-wrap "(commandline -cp | string replace -r '^\s*\S+.*?\swrap\s+' '')
end
complete -c pj -n '__fish_pj_using_subcommand wrap' -f -a '(__fish_pj_as_wrap)'

complete -c pj-sweep -f
complete -c pj-sweep -s n -l dry-run -d 'Say what would be done'
complete -c pj-sweep -l json -d 'The same as JSON'
complete -c pj-sweep -s q -l quiet -d 'Say only what went wrong'
complete -c pj-sweep -l session -x -d 'Treat this session as over'
complete -c pj-sweep -l after -x -d 'Sweep when this process has ended'
complete -c pj-sweep -l all -d 'End every job of every session'
complete -c pj-sweep -s y -l yes -d 'Do not ask'
complete -c pj-sweep -l grace -x -d 'How long a tree may take to end by itself'
complete -c pj-sweep -l config -r -F -d 'These settings'
complete -c pj-sweep -l help -d 'Print help'
complete -c pj-sweep -l version -d 'Print version'
