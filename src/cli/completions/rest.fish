
# pj-wrap: its own flags, then the command and its arguments as they complete without it.
complete -c pj-wrap -x -a '(__fish_complete_subcommand -- --name --tag --group --on-exit --grace)'
complete -c pj-wrap -n __fish_no_arguments -l name -x -d 'Name the job'
complete -c pj-wrap -n __fish_no_arguments -l tag -x -d 'Tag it'
complete -c pj-wrap -n __fish_no_arguments -l group -x -d 'Put it into a group'
complete -c pj-wrap -n __fish_no_arguments -l direct -d 'No terminal in between'
complete -c pj-wrap -n __fish_no_arguments -l keep -d 'The job may outlive its session'
complete -c pj-wrap -n __fish_no_arguments -l on-exit -x -a 'linger end' -d 'Leftovers of a command that exits'
complete -c pj-wrap -n __fish_no_arguments -l grace -x -d 'How long a tree may take to end by itself'
complete -c pj-wrap -n __fish_no_arguments -l help -d 'Print help'
complete -c pj-wrap -n __fish_no_arguments -l version -d 'Print version'

complete -c pj-sweep -f
complete -c pj-sweep -s n -l dry-run -d 'Say what would be done'
complete -c pj-sweep -l json -d 'The same as JSON'
complete -c pj-sweep -s q -l quiet -d 'Say only what went wrong'
complete -c pj-sweep -l session -x -d 'Treat this session as over'
complete -c pj-sweep -l all -d 'End every job of every session'
complete -c pj-sweep -s y -l yes -d 'Do not ask'
complete -c pj-sweep -l grace -x -d 'How long a tree may take to end by itself'
complete -c pj-sweep -l help -d 'Print help'
complete -c pj-sweep -l version -d 'Print version'
