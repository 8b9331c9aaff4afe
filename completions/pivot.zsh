#compdef pivot
# First stop of a TAB: zsh's completion system calls _pivot, which asks pivot-complete once
# and hands its answer to compadd. Either
#
#     eval "$(pivot-complete init zsh)"
#
# in ~/.zshrc, before or after compinit, or this file as `_pivot` in a directory of $fpath.

_pivot() {
    # The names are the same for every matcher, and have nothing to correct: ask once a TAB.
    (( ${_matcher_num:-1} > 1 )) && return 1
    [[ ${_completer-} == approximate* || ${_completer-} == correct* ]] && return 1
    # Without this a missing program would run the command_not_found_handler.
    whence -p pivot-complete >/dev/null || return 1

    # The word under the cursor ends at the cursor. (Q) needs its open quote closed.
    local current=${(Q)${:-$QIPREFIX$PREFIX${compstate[quote]}}}
    local -a typed=("${(@Q)words[1,CURRENT-1]}")
    [[ -n $current ]] && typed+=("$current")
    local answer
    answer=$(COMP_WORDS=${(j: :)${(@q-)typed}} COMP_CWORD=$((CURRENT - 1)) \
        exec pivot-complete complete zsh 2>/dev/null)

    # Of `--option=value` the answers complete the value alone.
    [[ $current == -*=* ]] && compset -P 1 '*='

    # Three lines an item: type, value, help or `_`. A help may have more lines than the one
    # that is shown: they are no type, and skipped.
    local -a values helps
    local line value next=type
    local -i width=0
    for line in "${(@f)answer}"; do
        case $next$line in
            typeplain) next=value ;;
            typefile) _files; return ;;
            typedir) _files -/; return ;;
            value*) value=$line next=help ;;
            help*)
                next=type
                # Click escapes colons, and colons alone, where there is help.
                [[ $line == _ ]] && line= || value=${value//\\:/:}
                # No control character reaches the terminal.
                [[ -z $value || $value == *[[:cntrl:]]* ]] && continue
                values+=("$value") helps+=("${line//[[:cntrl:]]/ }")
                [[ -n $line ]] && (( ${(m)#value} > width )) && width=${(m)#value}
                ;;
        esac
    done

    # `_describe` would sort by description; -V keeps Pivot's order. The program has matched
    # the names already: for choices that means in either case.
    local -a expl show listing
    if (( width )); then
        local -i i
        for (( i = 1; i <= $#values; i++ )); do
            line=$values[i]
            [[ -n $helps[i] ]] && line="${(mr:width:)line}  -- $helps[i]"
            show+=("${(mr:COLUMNS - 1:)line}")
        done
        listing=(-l -d show)
    fi
    _wanted -V values expl 'Pivot' \
        compadd $listing -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -a values
}

if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _pivot "$@"
elif (( ${+functions[compdef]} )); then
    compdef _pivot pivot
else
    # Too early, or nobody loads the completion system: the first prompt knows.
    _pivot_register() {
        add-zsh-hook -d precmd _pivot_register
        unfunction _pivot_register
        (( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit -i; }
        compdef _pivot pivot
    }
    autoload -Uz add-zsh-hook && add-zsh-hook precmd _pivot_register
fi
