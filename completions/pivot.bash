# First stop of a TAB: bash calls _pivot_complete, which asks pivot-complete once and
# hands its answer to readline. For bash 4.4 and later:
#
#     eval "$(pivot-complete init bash)"
#
# Words are read from COMP_LINE, since bash has cut COMP_WORDS at COMP_WORDBREAKS: there
# `train@a`, `fit:key` and `--mode=copy` lie in pieces, and an empty word under the cursor is
# lost. Readline replaces the last piece alone ($2), so answers are trimmed to it.

_pivot_complete() {
    # The session's options come back when this returns, also by Ctrl-C. Here no failing
    # command may end the session (-e, -u), and no name is a glob (-f).
    local - IFS=$'\n'
    set +eu -f
    COMPREPLY=()

    local typed=${COMP_LINE:0:COMP_POINT} piece=$2
    local before=${typed:0:${#typed}-${#piece}}
    [[ $before$piece == "$typed" ]] || return 0

    local words='' cword=0 word='' in_word='' quote=''
    _pivot_complete_read "$before"
    local kept=$word open_quote=$quote
    _pivot_complete_read "$piece"
    [[ -z $in_word ]] || _pivot_complete_add_word

    # `exec` looks on PATH alone and saves a fork; the braces silence bash itself, too.
    local answer
    {
        answer=$(COMP_WORDS=$words COMP_CWORD=$cword exec pivot-complete complete bash)
    } 2>/dev/null
    # After Ctrl-C readline would keep the signal until Enter, and bash then cut the start off
    # the next command. Listing files makes it look: the signal ends this function here.
    [[ -n $answer ]] || compgen -f / >/dev/null

    # Of `--option=value` the answers complete the value alone.
    local option=''
    [[ $word != -*=* ]] || option=${word%%=*}=

    local item value
    for item in $answer; do
        case $item in
            plain,*) value=$option${item#plain,} ;;
            file,*) compopt -o default && COMPREPLY=() && return 0 ;;
            dir,*) compopt -o dirnames && COMPREPLY=() && return 0 ;;
            *) continue ;;
        esac
        # No control character of a name reaches the terminal.
        if [[ ${value:0:${#kept}} == "$kept" && $value != *[[:cntrl:]]* ]]; then
            value=${value:${#kept}}
            [[ $value != *[!A-Za-z0-9_./:@%+-]* ]] || _pivot_complete_quote
            COMPREPLY+=("$value")
        fi
    done
    # Readline closes a quote unless the name itself seems to end with one.
    if [[ -n $open_quote && ${#COMPREPLY[@]} -eq 1 ]]; then
        COMPREPLY[0]+=$open_quote
    fi
    return 0
}

# Reads a part of the line as bash does, expanding nothing: words that have ended go to
# `words`, the last one stays in `word`, and `quote` is the quote open at the end, if any.
_pivot_complete_read() {
    local rest=$1 run char
    while [[ -n $rest ]]; do
        case $quote in
            \') run=${rest%%\'*} ;;
            \") run=${rest%%[\"\\]*} ;;
            *) run=${rest%%[\'\"\\[:space:]]*} ;;
        esac
        word+=$run
        [[ -z $run ]] || in_word=1
        char=${rest:${#run}:1}
        rest=${rest:${#run}+1}
        case $quote$char in
            [[:space:]])
                if [[ -n $in_word ]]; then
                    _pivot_complete_add_word
                    ((cword += 1))
                    word='' in_word=''
                fi
                ;;
            \' | \") quote=$char in_word=1 ;;
            \'\' | \"\") quote='' ;;
            \\) word+=${rest:0:1} rest=${rest:1} in_word=1 ;;
            \"\\)
                # Within double quotes a backslash is itself before most characters.
                [[ ${rest:0:1} == [\$\`\"\\] ]] || word+=\\
                word+=${rest:0:1} rest=${rest:1}
                ;;
        esac
    done
}

# Appends `word` to `words`, quoted where the program, reading as Python's shlex does, would
# otherwise take it for something else.
_pivot_complete_add_word() {
    local quoted=$word apostrophe="'\\''"
    if [[ -z $word || $word == *[[:space:]\'\"\\]* ]]; then
        quoted=\'${word//\'/"$apostrophe"}\'
    fi
    words+=${words:+$'\n'}$quoted
}

# Quotes `value` for the place where readline inserts it: within `open_quote`, if any.
_pivot_complete_quote() {
    local from to
    case $open_quote in
        '') printf -v value %q "$value" ;;
        \')
            to="'\\''"
            value=${value//\'/"$to"}
            ;;
        \")
            for from in \\ \$ \` \"; do
                value=${value//"$from"/"\\$from"}
            done
            # History expansion reads a `!` here even behind a backslash.
            to="\"'!'\""
            value=${value//!/"$to"}
            ;;
    esac
    # Readline lets a quote at the start take the place of the open one.
    [[ -z $open_quote || $value != "$open_quote"* ]] || value=$open_quote$value
}

complete -o nosort -F _pivot_complete pivot
