
# What is on record, of these lists, and begins so.
_pj_have() {
    local word
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do COMPREPLY+=("$word"); done < <(command pj __complete "$1" "$2" 2>/dev/null)
}

# Which list a value of this flag is of.
_pj_flag() {
    case $1 in
        --id) lists=ids ;;
        --name) lists=names ;;
        --tag | --tag-all) lists=tags ;;
        --group | --group-all) lists=groups ;;
        *) return 1 ;;
    esac
}

# pj: what clap knows, then what is on record.
_pj_all() {
    local line=${COMP_LINE:0:COMP_POINT} typed flag= verb= below= lists= i
    local -a words
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --config | --color | --timeout) [[ ${COMP_WORDS[i + 1]-} == = ]] && ((i += 2)) || ((i += 1)) ;;
            -*) ;;
            *) break ;;
        esac
    done
    # Behind a verb that runs a command, the command.
    if ((i < COMP_CWORD)); then
        if [[ ${COMP_WORDS[i]} == wrap ]]; then
            _pj_wrap_from $((i + 1))
            return
        elif [[ $_pj_runs == *" ${COMP_WORDS[i]} "* ]]; then
            _pj_runs_at $((i + 1)) "$_pj_valued" && return
        fi
    fi
    _pj "$@"
    # The word as it was typed: COMP_WORDS has it in pieces at = and @, of which Tab replaces what is behind the =.
    typed=${line##*[[:blank:]]}
    read -ra words <<<"${line%"$typed"}"
    if [[ $typed == --*=* ]]; then
        flag=${typed%%=*} typed=${typed#*=}
    elif [[ ${words[${#words[@]} - 1]} == -* ]]; then
        flag=${words[${#words[@]} - 1]}
    fi
    if ! _pj_flag "$flag"; then
        [[ $typed == -* || $_pj_valued == *" $flag "* && -n $flag ]] && return
        for ((i = 1; i < ${#words[@]}; i++)); do
            case ${words[i]} in
                -*) [[ $_pj_valued == *" ${words[i]} "* ]] && ((i += 1)) ;;
                *) if [[ -z $verb ]]; then verb=${words[i]}; else below=${words[i]} && break; fi ;;
            esac
        done
        _pj_takes "$verb"
        [[ -n $lists ]] || _pj_takes "$verb $below"
        [[ -n $lists ]] || return
    fi
    _pj_have "$lists" "$typed"
}

# Flags that end where a command begins, at word $1; $2 are those that take a value. Fails where the flags are typed.
_pj_runs_at() {
    local i=$1 done= cur=${COMP_WORDS[COMP_CWORD]}
    while ((i < COMP_CWORD)) && [[ -z $done ]]; do
        case ${COMP_WORDS[i]} in
            --) done=1 ;;
            -*)
                if [[ $2 == *" ${COMP_WORDS[i]} "* ]]; then
                    # --name=x comes as three words.
                    if [[ ${COMP_WORDS[i + 1]-} == = ]]; then ((i += 2)); else ((i += 1)); fi
                fi
                ;;
            *) break ;;
        esac
        ((i += 1))
    done
    if ((i > COMP_CWORD)) || [[ -z $done && $cur == -* ]] && ((i >= COMP_CWORD)); then
        return 1
    elif ((i < COMP_CWORD)); then
        _pj_command "$i"
    else
        local IFS=$'\n'
        COMPREPLY=($(compgen -A command -A file -- "$cur"))
    fi
}

# pj-wrap: its own flags, then the command and its arguments as they complete without it.
_pj_wrap() {
    _pj_wrap_from 1
}

_pj_wrap_from() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} lists=
    COMPREPLY=()
    _pj_runs_at "$1" ' --name --tag --group --on-exit --grace --reattach --config ' && return
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $cur == = ]] && prev=${COMP_WORDS[COMP_CWORD - 1]} cur=
    case $prev in
        --on-exit) COMPREPLY=($(compgen -W 'linger end' -- "$cur")) ;;
        --config) COMPREPLY=($(compgen -f -- "$cur")) ;;
        --tag | --group) _pj_flag "$prev" && _pj_have "$lists" "$cur" ;;
        --name | --grace | --reattach) ;;
        *) COMPREPLY=($(compgen -W '--name --tag --group --direct --keep --scope --on-exit --grace --reattach --config --help --version' -- "$cur")) ;;
    esac
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
    return 0
}

_pj_sweep() {
    local cur=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=($(compgen -W '-n --dry-run --json -q --quiet --session --after --all -y --yes --grace --config --help --version' -- "$cur"))
}

complete -F _pj_wrap -o bashdefault -o default pj-wrap
complete -F _pj_sweep pj-sweep
