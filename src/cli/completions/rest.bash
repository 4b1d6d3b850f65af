
# pj-wrap: its own flags, then the command and its arguments as they complete without it.
_pj_wrap() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i=1 done=
    COMPREPLY=()
    while ((i < COMP_CWORD)) && [[ -z $done ]]; do
        case ${COMP_WORDS[i]} in
            --) done=1 ;;
            --name | --tag | --group | --on-exit | --grace | --reattach)
                # --name=x comes as three words.
                if [[ ${COMP_WORDS[i + 1]-} == = ]]; then ((i += 2)); else ((i += 1)); fi
                ;;
            -*) ;;
            *) break ;;
        esac
        ((i += 1))
    done
    if ((i > COMP_CWORD)); then
        [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
        [[ $cur == = ]] && cur=
        [[ $prev == --on-exit ]] && COMPREPLY=($(compgen -W 'linger end' -- "$cur"))
    elif ((i < COMP_CWORD)); then
        _pj_command "$i"
    elif [[ -z $done && $cur == -* ]]; then
        COMPREPLY=($(compgen -W '--name --tag --group --direct --keep --scope --on-exit --grace --reattach --help --version' -- "$cur"))
    else
        local IFS=$'\n'
        COMPREPLY=($(compgen -A command -A file -- "$cur"))
    fi
}

# Completes the command that begins at this word as if the line began there.
_pj_command() {
    local at=$1 name i=0 spec fn IFS=$' \t\n'
    while ((i++ < at)); do COMP_LINE=${COMP_LINE#*"${COMP_WORDS[i - 1]}"}; done
    COMP_LINE=${COMP_LINE#"${COMP_LINE%%[![:blank:]]*}"}
    COMP_POINT=${#COMP_LINE}
    COMP_WORDS=("${COMP_WORDS[@]:at}")
    ((COMP_CWORD -= at))
    name=${COMP_WORDS[0]}
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    spec=$(complete -p -- "$name" 2>/dev/null || complete -p -- "${name##*/}" 2>/dev/null)
    if [[ -z $spec ]]; then
        # The loader that bash-completion sets for commands not seen so far.
        fn=$(complete -p -D 2>/dev/null) && [[ $fn =~ -F\ ([^ ]+) ]] && "${BASH_REMATCH[1]}" "$name" "$cur" "$prev"
        spec=$(complete -p -- "${name##*/}" 2>/dev/null)
    fi
    if [[ $spec =~ -F\ ([^ ]+) ]]; then
        "${BASH_REMATCH[1]}" "$name" "$cur" "$prev"
    elif [[ $spec =~ -W\ \'([^\']*)\' ]]; then
        COMPREPLY=($(compgen -W "${BASH_REMATCH[1]}" -- "$cur"))
    fi
    # Nothing said: readline's own, file names.
}

_pj_sweep() {
    local cur=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=($(compgen -W '-n --dry-run --json -q --quiet --session --after --all -y --yes --grace --help --version' -- "$cur"))
}

complete -F _pj_wrap -o bashdefault -o default pj-wrap
complete -F _pj_sweep pj-sweep
