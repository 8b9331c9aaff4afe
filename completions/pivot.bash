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
    # command ends the session (-e, -u), no step is traced (-x, -T), and no name is a glob (-f).
    { local - && set +euxT -f; } 2>/dev/null
    local IFS=$'\n'
    COMPREPLY=()

    local typed=${COMP_LINE:0:COMP_POINT} piece=$2
    local before=${typed:0:${#typed}-${#piece}}
    [[ $before$piece == "$typed" ]] || return 0

    local words='' cword=0 word='' in_word='' quote='' redirected=''
    _pivot_complete_read "$before"
    local kept=$word open_quote=$quote
    _pivot_complete_read "$piece"
    if [[ -n $redirected ]]; then
        compopt -o default
        return 0
    fi
    [[ -z $in_word ]] || _pivot_complete_add_word

    # `exec` looks on PATH alone and saves a fork; where it fails, bash would give the terminal
    # on stdin another mode. Without job control (-m) the program ignores Ctrl-Z as bash does,
    # which waits for it. The braces silence bash itself, too; `:` the session's trap (ERR).
    local answer
    {
        answer=$(
            set +m
            exec </dev/null
            COMP_WORDS=$words COMP_CWORD=$cword exec pivot-complete complete --rich bash
        ) || :
    } 2>/dev/null
    # After Ctrl-C readline would keep the signal until Enter, and bash then cut the start off
    # the next command. Listing files makes it look: the signal ends this function here, and
    # `^C` is said on stderr.
    [[ -n $answer ]] || compgen -f / >/dev/null
    _pivot_complete_offer
}

# Offers what `answer` has: KIND:START, and then a value a line that may follow START.
_pivot_complete_offer() {
    local first=${answer%%$'\n'*} files='' paths=() value
    local values=${answer:${#first}} start=${first#*:}
    case $first in
        none:*) ;;
        file:*) files=default ;;
        dir:*) files=dirnames ;;
        *) return 0 ;;
    esac
    if [[ -n $files ]]; then
        # Readline completes a path best, where it takes the same part of the word for it.
        if [[ $kept == "$start" && (-z $values || $piece == \~*) ]]; then
            compopt -o $files
            return 0
        fi
        _pivot_complete_find_paths
    fi

    for value in $values "${paths[@]}"; do
        value=$start$value
        # No control character of a name reaches the terminal; one that is longer than the
        # system lets an argument be would keep readline busy for minutes.
        [[ ${#value} -lt 131072 && $value != *[[:cntrl:]]* ]] || continue
        if [[ $value == "$kept"* ]]; then
            value=${value:${#kept}}
            [[ $value != *[!A-Za-z0-9_./:@%+-]* ]] || _pivot_complete_quote
            COMPREPLY+=("$value")
        fi
    done
    if [[ ${#COMPREPLY[@]} -eq 1 ]]; then
        # The rest of a name that ends so is yet to come.
        [[ ${COMPREPLY[0]:-$kept} != *[@:/=] ]] || compopt -o nospace
        # Readline closes a quote unless the name itself seems to end with one.
        COMPREPLY[0]+=$open_quote
    fi
}

# Finds the `paths` that may follow START and are none of `values`: directories alone for
# `dirnames`.
_pivot_complete_find_paths() {
    local - failglob='' typed_path=${word:${#start}} path slash=''
    local -A named=()
    for path in $values; do
        named["=$path"]=1
    done
    [[ $files == default ]] || slash=/
    set +f
    if shopt -q failglob; then
        failglob=1
        shopt -u failglob
    fi
    for path in "$typed_path"*"$slash"; do
        # Without a match this is the pattern itself.
        [[ -e $path || -L $path ]] || continue
        [[ -n $slash || ! -d $path ]] || path+=/
        [[ -n ${named["=$path"]} ]] || paths+=("$path")
    done
    [[ -z $failglob ]] || shopt -s failglob
}

# Reads a part of the line as bash does, expanding nothing: words that have ended go to
# `words`, the last one stays in `word`, and `quote` is the quote open at the end, if any.
_pivot_complete_read() {
    local rest=$1 run char
    while [[ -n $rest ]]; do
        case $quote in
            \') run=${rest%%\'*} ;;
            \") run=${rest%%[\"\\]*} ;;
            *) run=${rest%%[\'\"\\\<\>[:space:]]*} ;;
        esac
        word+=$run
        [[ -z $run ]] || in_word=1
        char=${rest:${#run}:1}
        rest=${rest:${#run}+1}
        case $quote$char in
            [[:space:]]) _pivot_complete_end_word ;;
            [\<\>])
                # A number before it is a descriptor; the word behind it is a file.
                [[ $word == *[!0-9]* ]] || in_word=''
                _pivot_complete_end_word
                redirected=1
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

# Goes on to the next word. The file of a redirection is none of the command's.
_pivot_complete_end_word() {
    if [[ -n $in_word && -z $redirected ]]; then
        _pivot_complete_add_word
        ((cword += 1))
    fi
    [[ -z $in_word ]] || redirected=''
    word='' in_word=''
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

# Older versions have neither `nosort` nor `local -`.
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)) || complete -o nosort -F _pivot_complete pivot
