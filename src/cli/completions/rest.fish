
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
