# What is on record, of these lists.
_pj_have() {
    local -a found
    found=(${(f)"$(command pj __complete $1 "$PREFIX" 2>/dev/null)"})
    found=("${(@)found/$'\t'/:}")
    _describe -t records 'on record' found
}

# pj-wrap: its own flags, then the command and its arguments as they complete without it.
_pj_wrap() {
    _arguments -S -A '-*' \
        '--name=[name the job]:name: ' \
        '*--tag=[tag it]:tag: _pj_have tags' \
        '*--group=[put it into a group]:group: _pj_have groups' \
        '--direct[no terminal in between]' \
        '--keep[the job may outlive its session]' \
        '--scope[ask systemd for a cgroup]' \
        '--on-exit=[leftovers of a command that exits]:what:(linger end)' \
        '--grace=[how long a tree may take to end by itself]:time: ' \
        '--reattach=[how long it waits for pj attach when its terminal closes]:time: ' \
        '--config=[these settings]:file:_files' \
        '(- *)--help[print help]' \
        '(- *)--version[print version]' \
        '(-):command: _command_names -e' \
        '*::arguments: _normal'
}

_pj_sweep() {
    _arguments -s \
        '(-n --dry-run)'{-n,--dry-run}'[say what would be done]' \
        '--json[the same as JSON]' \
        '(-q --quiet)'{-q,--quiet}'[say only what went wrong]' \
        '--session=[treat this session as over]:session: ' \
        '--after=[sweep when this process has ended]:pid: ' \
        '--all[end every job of every session]' \
        '(-y --yes)'{-y,--yes}'[do not ask]' \
        '--grace=[how long a tree may take to end by itself]:time: ' \
        '--config=[these settings]:file:_files' \
        '(- *)--help[print help]' \
        '(- *)--version[print version]'
}
