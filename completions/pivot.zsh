#compdef pivot
# First stop of a TAB: zsh's completion system calls _pivot, which asks pivot-complete once
# and hands its answer to compadd. Either
#
#     if command -v pivot-complete >/dev/null; then eval "$(pivot-complete init zsh)"; fi
#
# in ~/.zshrc, before or after compinit, or this file as `_pivot` in a directory of $fpath.

_pivot() {
    # Each completer and matcher of the user's calls this; `compstate` lasts until the TAB ends.
    [[ -n ${compstate[pivot]-} ]] || compstate[pivot]="${$(_pivot_ask):-none:}"
    local -a answer=("${(@f)compstate[pivot]}")

    # KIND:START, and START is the part of the word that the values do not repeat.
    local start=${answer[1]#*:} ret=1
    [[ -z $start ]] || compset -P "${(b)start}" || return
    case ${answer[1]} in
        none:*|file:*|dir:*) _pivot_values "${(@)answer[2,-1]}" && ret=0 ;| # and below
        file:*) _files && ret=0 ;;
        dir:*) _files -/ && ret=0 ;;
    esac
    return ret
}

# Prints the program's answer for the words up to the cursor.
_pivot_ask() {
    # (Q) needs the open quote closed; the one of $'...' is closed by its second half.
    local current=${(Q)${:-$QIPREFIX$PREFIX${compstate[quote]#\$}}}
    local -a typed=("${(@)words[1,CURRENT-1]}")
    # Of redirections zsh leaves the `{fd}` of `{fd}>file` among the words.
    local fd='[{][[:alpha:]_][[:alnum:]_]#[}]'
    [[ $BUFFER != *${~fd}[\<\>]* ]] || typed=("${(@)typed:#${~fd}}")
    # Locals, since the session's own may be readonly.
    local -x COMP_CWORD=$#typed
    typed=("${(@Q)typed}" $current)
    local -x COMP_WORDS=${(j: :)${(@q-)typed}}
    _pivot_exec complete --rich zsh 2>/dev/null
}

# Becomes the program that printed this; where it is gone, the one of an absolute entry of PATH:
# an empty or relative one has whatever somebody put into the working directory.
_pivot_exec() {
    # The prompt's hook comes here under the options of the session.
    emulate -L zsh
    # Here `init` writes its path.
    local program=''
    local directory
    for directory in ${(M)path:#/*}; do
        [[ -f $program && -x $program ]] && break
        program=$directory/pivot-complete
    done
    [[ -f $program && -x $program ]] && exec $program "$@"
}

# Adds values, each given as VALUE, or as VALUE, a TAB and its help, in their order.
_pivot_values() {
    local tab=$'\t' separator value
    # Whatever else is in a line, no other control character reaches the terminal.
    local -a lines=("${(@M)@:#[^[:cntrl:]]##(${tab}[^[:cntrl:]]#|)}")
    (( $#lines )) || return 1
    local -a values=("${(@)lines%%$tab*}") listing expl rows match mbegin mend
    # `_describe` has rows like these, but puts values of the same help together.
    if [[ $lines == *$tab* ]] && zstyle -T ":completion:$curcontext:values" verbose; then
        zstyle -s ":completion:$curcontext:values" list-separator separator || separator=--
        local -i width=0
        for value in "${(@)${(@M)lines:#*$tab*}%%$tab*}"; do
            (( ${(m)#value} > width )) && width=${(m)#value}
        done
        # Else there is no room for helps.
        if (( width < COLUMNS - 10 )); then
            # All rows at once: one by one takes a long time for thousands. A wide character
            # that does not fit is not cut off: one column is left for it.
            rows=("${(@)lines/#(#b)([^$tab]##)$tab/${(mr:width:)match[1]}  $separator }")
            rows=("${(@mr:COLUMNS - 2:)rows}")
            listing=(-l -d rows)
        fi
    fi

    # `stage:`, `train@` and the like are to be typed on.
    [[ $#values -eq 1 && ${values[1]} == *[@:/=] ]] && listing+=(-S '')

    # The program has matched the names already: choices in either case.
    _wanted -V values expl Pivot compadd "${(@)listing}" \
        -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -a values
}

if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _pivot "$@"
    return
fi

_pivot_register() {
    (( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit -i; }
    compdef _pivot pivot
    # Each compinit forgets it; what else is registered then is the user's wish.
    _pivot_register() { [[ -n ${_comps[pivot]-} ]] || compdef _pivot pivot; }
}
# Where this is too early, or nobody loads the completion system, the first prompt knows.
if (( ${+functions[compdef]} )); then _pivot_register; fi
autoload -Uz add-zsh-hook && add-zsh-hook precmd _pivot_register
