
# No verb takes a file; the shells' names are words that clap's generator leaves out here.
complete -c pj -f
complete -c pj -n '__fish_pj_using_subcommand completions init' -f -a 'bash zsh fish'

# pj-wrap: its own flags, then the command and its arguments as they complete without it.
function __fish_pj_wrap_begins
    set -l words (commandline -poc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --name --tag --group --on-exit --grace --reattach
                set -e words[1]
            case -- '[^-]*'
                return 1
        end
        set -e words[1]
    end
    return 0
end
complete -c pj-wrap -x -a '(__fish_complete_subcommand -- --name --tag --group --on-exit --grace --reattach)'
complete -c pj-wrap -n __fish_pj_wrap_begins -l name -x -d 'Name the job'
complete -c pj-wrap -n __fish_pj_wrap_begins -l tag -x -d 'Tag it'
complete -c pj-wrap -n __fish_pj_wrap_begins -l group -x -d 'Put it into a group'
complete -c pj-wrap -n __fish_pj_wrap_begins -l direct -d 'No terminal in between'
complete -c pj-wrap -n __fish_pj_wrap_begins -l keep -d 'The job may outlive its session'
complete -c pj-wrap -n __fish_pj_wrap_begins -l scope -d 'Ask systemd for a cgroup'
complete -c pj-wrap -n __fish_pj_wrap_begins -l on-exit -x -a 'linger end' -d 'Leftovers of a command that exits'
complete -c pj-wrap -n __fish_pj_wrap_begins -l grace -x -d 'How long a tree may take to end by itself'
complete -c pj-wrap -n __fish_pj_wrap_begins -l reattach -x -d 'How long it waits for pj attach when its terminal closes'
complete -c pj-wrap -n __fish_pj_wrap_begins -l help -d 'Print help'
complete -c pj-wrap -n __fish_pj_wrap_begins -l version -d 'Print version'

complete -c pj-sweep -f
complete -c pj-sweep -s n -l dry-run -d 'Say what would be done'
complete -c pj-sweep -l json -d 'The same as JSON'
complete -c pj-sweep -s q -l quiet -d 'Say only what went wrong'
complete -c pj-sweep -l session -x -d 'Treat this session as over'
complete -c pj-sweep -l after -x -d 'Sweep when this process has ended'
complete -c pj-sweep -l all -d 'End every job of every session'
complete -c pj-sweep -s y -l yes -d 'Do not ask'
complete -c pj-sweep -l grace -x -d 'How long a tree may take to end by itself'
complete -c pj-sweep -l help -d 'Print help'
complete -c pj-sweep -l version -d 'Print version'
