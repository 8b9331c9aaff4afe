# First stop of a TAB: bash calls _pivot_complete, which asks pivot-complete once and
# hands its answer to readline. For bash 4.4 and later:
#
#     if command -v pivot-complete >/dev/null; then eval "$(pivot-complete init bash)"; fi
#
# Words are read from COMP_LINE, since bash has cut COMP_WORDS at COMP_WORDBREAKS: there
# `train@a`, `fit:key` and `--mode=copy` lie in pieces, and an empty word under the cursor is
# lost. Readline replaces the last piece alone ($2), so answers are trimmed to it.
#
# All names begin with `_pivot_`: one that the session has made readonly would be an error.

_pivot_complete() {
    # The session's options come back when this returns, also by Ctrl-C. Within, no failing
    # command ends the session (-e, -u), no step is traced or trapped (-x, -T, -E), no argument
    # is an assignment (-k), and no name is a glob (-f). A restricted shell (-r) writes to no file,
    # but reading one is silent, too. Stderr comes first, closed before anything is opened: where
    # descriptors are used up, what fails behind that is silent as well.
    { local - && set +eEkuxT -f; } 2<&- 2</dev/null 1</dev/null || return
    _pivot_complete_piece "$2"
}

# Completes a program that runs others: Pivot, where it runs that, else as it was completed before.
_pivot_complete_run() {
    # With -k `local` assigns nothing. No step is traced, but for those of another's function.
    { local - _pivot_flags && _pivot_flags=$- && set +kx; } 2<&- 2</dev/null 1</dev/null || return
    local _pivot_other='' _pivot_status=0 _pivot_name=${1##*/} _pivot_own _pivot_before=${COMP_LINE:0:COMP_POINT}
    _pivot_complete_expand 2<&- 2</dev/null
    if [[ \ $_pivot_before == *[[:space:]]*pivot*[[:space:]]* ]]; then
        _pivot_other=asked
        _pivot_complete "$@" || :
        [[ $_pivot_other == other ]] || return 0
    fi
    _pivot_own=${_pivot_complete_owns[${_pivot_name:-.}]-}
    # Whoever loads completions when they are first wanted.
    if [[ -z $_pivot_own && -n $_pivot_name ]]; then
        _pivot_own=$(complete -p -D 2>/dev/null) && _pivot_own=${_pivot_own% -D}
        [[ $_pivot_own != *' _pivot_complete_default' ]] || _pivot_own=${_pivot_complete_owns[-D]}
        # Of what completes this program bash has the options.
        [[ $_pivot_own != *'-o default'* ]] || compopt -o default
        [[ $_pivot_own != *'-o bashdefault'* ]] || compopt -o bashdefault
    fi
    case $_pivot_own in
        *' -F '*)
            _pivot_own=${_pivot_own##* -F }
            [[ $_pivot_flags != *x* ]] || set -x
            # Else one that fails, or says 124, would end a session with -e.
            "${_pivot_own%% *}" "$@" || { _pivot_status=$?; } 2<&- 2</dev/null
            { set -- "$_pivot_status" "$_pivot_name" && set +x; } 2<&- 2</dev/null
            # It has put another one into our place, which bash is to ask now.
            [[ $1 -ne 124 ]] || _pivot_complete_take "$2"
            return "$1"
            ;;
        *)
            COMPREPLY=()
            if [[ -n $_pivot_own ]]; then
                # As bash has quoted it.
                _pivot_own=$(eval "compgen ${_pivot_own#complete } -- \"\$2\"" 2>/dev/null)
                [[ -z $_pivot_own ]] || mapfile -t COMPREPLY <<<"$_pivot_own"
            else
                compopt -o bashdefault -o default
            fi
            ;;
    esac
}

# Completes a program that has no completion: Pivot, where the line has that in a substitution or an arm of
# `case`, or where this is a function that has become a name for it; else by what loads completions.
_pivot_complete_default() {
    { local - _pivot_flags && _pivot_flags=$- && set +kx; } 2<&- 2</dev/null 1</dev/null || return
    local _pivot_other=asked
    {
        if [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]\`\(\)]pivot[[:space:]]* ]]; then
            _pivot_complete "$@" || :
            [[ $_pivot_other == other ]] || return 0
        elif declare -F -- "$1" >/dev/null; then
            _pivot_complete_functions "$1"
            [[ -z ${_pivot_complete_names[$1]-} ]] || return 124
        fi
    } 2<&- 2</dev/null 1</dev/null
    COMPREPLY=()
    [[ $_pivot_flags != *x* ]] || set -x
    "${_pivot_complete_owns[-D]##* -F }" "$@" || return
}

# Completes the word at the cursor, which ends in the piece $1.
_pivot_complete_piece() {
    _pivot_complete_word "$1" 2<&- 2</dev/null </dev/null 1</dev/null
    [[ ${_pivot_other-} != other ]] || return
    # After Ctrl-C readline would keep the signal until Enter, and bash then cut the start off
    # the next command. Listing files makes it look: the signal ends this function here, and
    # `^C` is said on stderr. But then it takes what is offered for a file's name.
    if [[ $- == *r* ]]; then
        compgen -f / 2<&- 2</dev/null 1</dev/null
    else
        compgen -f / >/dev/null
    fi
    compopt +o filenames
}

# Asks for the word's candidates, and offers them.
_pivot_complete_word() {
    # Where even this is readonly, nothing can be offered.
    unset -v COMPREPLY || return
    COMPREPLY=()

    # Readonly ones, and others that do not keep what bash assigns, tell of another line.
    [[ ${COMP_LINE@a}${COMP_POINT@a} != *[!aitx]* ]] || return
    local _pivot_piece=$1
    local _pivot_before=${COMP_LINE:0:COMP_POINT}
    [[ $_pivot_before == *"$_pivot_piece" ]] || return
    _pivot_before=${_pivot_before:0:${#_pivot_before}-${#_pivot_piece}}

    local _pivot_whole=$_pivot_before
    _pivot_complete_expand

    local _pivot_words='' _pivot_cword=0
    local _pivot_word='' _pivot_in_word='' _pivot_quote='' _pivot_nested=''
    local _pivot_redirected='' _pivot_expanded=''
    _pivot_complete_read "$_pivot_before"
    local _pivot_kept=$_pivot_word _pivot_open_quote=$_pivot_quote
    _pivot_complete_read "$_pivot_piece"
    if [[ -n ${_pivot_other-} || $_pivot_before != "$_pivot_whole" ]]; then
        # The program would take any other first word for a name of Pivot's.
        local _pivot_first=${_pivot_words%%$'\n'*} _pivot_known
        _pivot_first=${_pivot_first##*/}
        printf -v _pivot_known ' %s' "${_pivot_complete_runners[@]}" pivot
        if [[ "$_pivot_known " != *" ${_pivot_first%[\'\"]} "* ]]; then
            [[ -n ${_pivot_other-} ]] || compopt -o bashdefault -o default
            _pivot_other=${_pivot_other:+other}
            return
        fi
    fi
    # A file, or a word that only bash knows.
    if [[ -n $_pivot_redirected$_pivot_expanded$_pivot_nested ]]; then
        # Where it is on Pivot's line: of another one's this program is not to say what completes it.
        if [[ -n ${_pivot_other-} ]]; then
            local _pivot_answer _pivot_settings
            _pivot_word='' _pivot_complete_ask
            [[ $_pivot_answer != other:* ]] || _pivot_other=other
        fi
        compopt -o bashdefault -o default
        return
    fi
    [[ -z $_pivot_in_word ]] || _pivot_complete_add_word

    # Where the program cannot be executed, bash would give the terminal on stdin another mode.
    # Without job control (-m) it ignores Ctrl-Z as bash does, which waits for it.
    local _pivot_answer _pivot_settings
    _pivot_complete_ask
    case $_pivot_settings$_pivot_complete_reader in
        *'completion-ignore-case on'*bash) _pivot_complete_reader=bash-ignoring-case ;;
        *'completion-ignore-case off'*bash-ignoring-case) _pivot_complete_reader=bash ;;
        *) _pivot_settings='' ;;
    esac
    [[ -z $_pivot_settings ]] || _pivot_complete_ask
    _pivot_complete_offer
}

# Puts into `_pivot_before` what a name at its start stands for, an alias or a function that is one,
# and takes off what says when the command behind it runs.
_pivot_complete_expand() {
    _pivot_complete_enter
    # Most lines begin with Pivot: none of a TAB's time for those.
    [[ $_pivot_before != pivot[[:space:]]* || -n ${_pivot_complete_names[pivot]-} ]] || return 0
    local _pivot_rest=$_pivot_before _pivot_text='' _pivot_name
    _pivot_before=''
    while [[ $_pivot_rest == *[[:space:]]* ]]; do
        _pivot_rest=${_pivot_rest#"${_pivot_rest%%[![:space:]]*}"}
        _pivot_complete_unassign _pivot_rest
        _pivot_name=${_pivot_rest%%[[:space:]]*}
        case $_pivot_before$_pivot_name in
            if | then | elif | else | while | until | do | coproc | ! | \{ | 'time {') _pivot_text=' ' ;;
            time) _pivot_before='time ' _pivot_text=' ' ;;
            *)
                _pivot_text=${_pivot_complete_names[${_pivot_name:-.}]-}
                [[ -n $_pivot_text ]] || break
                _pivot_before+=$_pivot_text
                ;;
        esac
        _pivot_rest=${_pivot_rest:${#_pivot_name}}
        # Behind an alias that ends in a blank bash looks for another one.
        [[ $_pivot_text == *[[:space:]] ]] || break
    done
    _pivot_before+=$_pivot_rest
}

# Takes off `_pivot_before` what stands in front of the command at its end: a substitution that is open there has
# one, and so have an arm of `case` and a further line. Other separators bash itself has taken off, but for those in
# a substitution.
_pivot_complete_enter() {
    [[ $_pivot_before == *[\`\(\)$'\n']* ]] || return 0
    local _pivot_rest=$_pivot_before _pivot_run _pivot_char _pivot_quote='' _pivot_depth=0
    # What is behind the start of a command, and the quote around it, for each that is open.
    local -a _pivot_starts=("$_pivot_before") _pivot_quotes=('')
    while
        case $_pivot_quote in
            \') _pivot_run=${_pivot_rest%%\'*} ;;
            *) _pivot_run=${_pivot_rest%%[\'\"\\\`\(\)\;\&\|$'\n']*} ;;
        esac
        _pivot_char=${_pivot_rest:${#_pivot_run}:1}
        [[ -n $_pivot_char ]]
    do
        _pivot_rest=${_pivot_rest:${#_pivot_run}+1}
        case $_pivot_quote$_pivot_char in
            \\ | \"\\) _pivot_rest=${_pivot_rest:1} ;;
            \' | \") _pivot_quote=$_pivot_char ;;
            \'\' | \"\") _pivot_quote='' ;;
            \( | \"\( | \` | \"\`)
                if [[ $_pivot_char == \` && ${_pivot_quotes[_pivot_depth]} == *\` ]]; then
                    _pivot_quote=${_pivot_quotes[_pivot_depth]%\`}
                    ((_pivot_depth -= 1)) || :
                elif [[ -z $_pivot_quote || $_pivot_char == \` || $_pivot_run == *\$ ]]; then
                    ((_pivot_depth += 1))
                    _pivot_quotes[_pivot_depth]=$_pivot_quote${_pivot_char/\(/}
                    _pivot_starts[_pivot_depth]=$_pivot_rest _pivot_quote=''
                    if [[ $_pivot_char == \( && $_pivot_run == *[?*+@!] ]]; then
                        # A pattern of extglob: no command.
                        _pivot_quotes[_pivot_depth]+='?'
                        _pivot_starts[_pivot_depth]=${_pivot_starts[_pivot_depth - 1]}
                    fi
                fi
                ;;
            \))
                if ((_pivot_depth > 0)); then
                    _pivot_quote=${_pivot_quotes[_pivot_depth]%\?}
                    ((_pivot_depth -= 1)) || :
                else
                    _pivot_starts[0]=$_pivot_rest
                fi
                ;;
            $'\n') _pivot_starts[_pivot_depth]=$_pivot_rest ;;
            [\;\&\|])
                [[ $_pivot_depth -eq 0 || ${_pivot_quotes[_pivot_depth]} == *\? ||
                    $_pivot_run == *[\<\>] || $_pivot_rest == \>* ]] ||
                    _pivot_starts[_pivot_depth]=$_pivot_rest
                ;;
        esac
    done
    _pivot_before=${_pivot_starts[_pivot_depth]}
    _pivot_before=${_pivot_before#"${_pivot_before%%[![:space:]]*}"}
}

# Takes the assignments off the front of the text in the variable $1.
_pivot_complete_unassign() {
    [[ ${!1} == [A-Za-z_]*=* ]] || return 0
    local _pivot_assigned=${!1} _pivot_one
    local _pivot_value="*([^[:space:]'\"]|'*([^'])'|\"*([^\"])\")"
    local _pivot_assignment="[A-Za-z_]*([A-Za-z0-9_])=$_pivot_value"
    while [[ $_pivot_assigned == ${_pivot_assignment}[[:space:]]* ]]; do
        _pivot_one=${_pivot_assigned%%[[:space:]]*}
        # shellcheck disable=SC2053 # it is a pattern
        until [[ $_pivot_one == $_pivot_assignment ]]; do
            _pivot_one=${_pivot_assigned:0:${#_pivot_one}+1}
        done
        _pivot_assigned=${_pivot_assigned:${#_pivot_one}}
        _pivot_assigned=${_pivot_assigned#"${_pivot_assigned%%[![:space:]]*}"}
    done
    printf -v "$1" %s "$_pivot_assigned"
}

# Asks the program, and readline in the same process: as long as that says what it said at the last
# TAB, no other is needed.
_pivot_complete_ask() {
    _pivot_answer=$(
        set +m
        # Of the session's own functions and aliases none is meant.
        \builtin bind -v
        \builtin echo --
        if [[ -n ${_pivot_names-} ]]; then
            \builtin echo none:
            _pivot_complete_exec "${_pivot_in[@]}" "$_pivot_names" --cached "$_pivot_word"
            exit
        fi
        COMP_WORDS=$_pivot_words COMP_CWORD=$_pivot_cword \
            _pivot_complete_exec complete --rich "${_pivot_complete_reader:-bash}" 1
    )
    _pivot_settings=${_pivot_answer%%--$'\n'*}
    _pivot_answer=${_pivot_answer:${#_pivot_settings}+3}
}

# Becomes the program that printed this; where it is gone, the one of an absolute entry of PATH:
# an empty or relative one has whatever somebody put into the working directory.
_pivot_complete_exec() {
    # Here `init` writes its path.
    local _pivot_program=''
    local _pivot_entries=${PATH-}:
    if [[ $- == *r* ]]; then
        # A restricted shell starts nothing by its path, and has a PATH that it cannot change.
        [[ $(type -P pivot-complete) == /* ]] && command pivot-complete "$@"
        return
    fi
    until [[ -f $_pivot_program && -x $_pivot_program ]]; do
        [[ -n $_pivot_entries ]] || return
        _pivot_program=''
        [[ $_pivot_entries != /* ]] || _pivot_program=${_pivot_entries%%:*}/pivot-complete
        _pivot_entries=${_pivot_entries#*:}
    done
    exec "$_pivot_program" "$@"
}

# Completes pivot-complete itself, by what the program has for that, which is fetched once; whatever the
# session has set, as above.
_pivot_complete_own() {
    { local - && set +eEkuxT; } 2<&- 2</dev/null || return
    if ! declare -F _pivot__complete; then
        # It puts itself into this one's place.
        eval "$(_pivot_complete_exec init bash --own)"
        complete -o nosort -F _pivot_complete_own pivot-complete
    fi >/dev/null
    # A word that is to be a stage is completed as Pivot's are, by what is cached, in the directories of -C.
    local _pivot_names='' _pivot_given
    local -a _pivot_in=()
    local _pivot_typed="(([^[:space:]'\"\\]|\\\\.|'[^']*'|\"([^\"\\]|\\\\.)*\")+)"
    local _pivot_stage="^[^[:space:]]+[[:space:]]+((-C[[:space:]]*${_pivot_typed}[[:space:]]+)*)"
    _pivot_stage+='(stages|targets|manifest)[[:space:]]+'
    _pivot_stage+='(-[^[:space:]]+[[:space:]]+)*([^-[:space:]][^[:space:]]*)?$'
    if [[ ${COMP_LINE:0:COMP_POINT} =~ $_pivot_stage ]]; then
        _pivot_given=${BASH_REMATCH[1]} _pivot_names=${BASH_REMATCH[6]/manifest/stages}
        _pivot_complete_directories
        _pivot_complete "$@" || :
        return 0
    fi
    COMPREPLY=()
    # It makes words of its options. Where the session has made this readonly, by what that says.
    local IFS=$' \t\n'
    ! declare -F _pivot__complete >/dev/null || _pivot__complete "$@" || return
    # A function that ends in its arguments could be a name for Pivot (_pivot_complete_functions).
    return 0
} 2<&- 2</dev/null </dev/null

# Makes `_pivot_in` of the options -C in `_pivot_given`, their quotes taken off.
_pivot_complete_directories() {
    local _pivot_words='' _pivot_cword=0 _pivot_word _pivot_in_word _pivot_quote _pivot_nested
    local _pivot_redirected _pivot_expanded
    while [[ $_pivot_given =~ ^-C[[:space:]]*${_pivot_typed}[[:space:]]+(.*)$ ]]; do
        _pivot_given=${BASH_REMATCH[4]}
        _pivot_word='' _pivot_in_word='' _pivot_quote='' _pivot_nested='' _pivot_redirected=''
        set -- "${BASH_REMATCH[1]}"
        _pivot_complete_read "$1"
        [[ $1 != \~ && $1 != \~/* ]] || _pivot_word=${HOME-}${_pivot_word:1}
        _pivot_in+=(-C "$_pivot_word")
    done
}

# Offers what the answer has: KIND:START, and then a value a line that may follow START.
_pivot_complete_offer() {
    local _pivot_first=${_pivot_answer%%$'\n'*} _pivot_files='' _pivot_value
    local _pivot_start=${_pivot_first#*:} _pivot_lines=${_pivot_answer:${#_pivot_first}+1}
    case $_pivot_first in
        none:*) ;;
        file:*) _pivot_files=default ;;
        dir:*) _pivot_files=dirnames ;;
        other:*)
            _pivot_other=${_pivot_other:+other}
            return
            ;;
        *) return ;;
    esac
    # Not as what completes the program that runs Pivot wishes it.
    [[ -z ${_pivot_other-} ]] ||
        compopt -o nosort +o nospace +o noquote +o plusdirs +o default +o bashdefault +o dirnames
    local -a _pivot_values=() _pivot_paths=()
    if local IFS=$'\n'; then
        # shellcheck disable=SC2206 # this is how lines become values
        _pivot_values=($_pivot_lines)
    elif [[ -n $_pivot_lines ]]; then
        # It is readonly. A long text would need a temporary file here.
        mapfile -t _pivot_values <<<"$_pivot_lines"
    fi
    if [[ -n $_pivot_files ]]; then
        # Where nothing is offered below, bash puts what a pattern matches into its place.
        [[ $_pivot_piece != *[*?[]* || -n $_pivot_open_quote ]] || compopt -o bashdefault
        # Readline completes a path best, where it takes the same part of the word for it.
        if [[ $_pivot_kept == "$_pivot_start" &&
            (${#_pivot_values[@]} -eq 0 || $_pivot_piece == \~*) ]]; then
            compopt -o "$_pivot_files"
            return
        fi
        _pivot_complete_find_paths
    fi

    for _pivot_value in "${_pivot_values[@]}" "${_pivot_paths[@]}"; do
        _pivot_value=$_pivot_start$_pivot_value
        # No control character of a name reaches the terminal; one that is longer than the
        # system lets an argument be would keep readline busy for minutes.
        [[ ${#_pivot_value} -lt 131072 && $_pivot_value != *[[:cntrl:]]* ]] || continue
        if [[ $_pivot_value == "$_pivot_kept"* ]]; then
            _pivot_value=${_pivot_value:${#_pivot_kept}}
            [[ $_pivot_value != *[!A-Za-z0-9_./:@%+-]* ]] || _pivot_complete_quote
            COMPREPLY+=("$_pivot_value")
        fi
    done
    if [[ ${#COMPREPLY[@]} -eq 1 ]]; then
        # The rest of a name that ends so is yet to come.
        [[ ${COMPREPLY[0]:-$_pivot_kept} != *[@:/=] ]] || compopt -o nospace
        # Readline closes a quote unless the name itself seems to end with one.
        _pivot_complete_is_closed || COMPREPLY[0]+=$_pivot_open_quote
    fi
}

# Whether the quote that is open at the cursor is closed right of it, and the word goes on there.
_pivot_complete_is_closed() {
    local _pivot_rest=${COMP_LINE:COMP_POINT} _pivot_quote=$_pivot_open_quote
    [[ -n $_pivot_quote && $_pivot_rest != "$_pivot_quote"* ]] || return
    _pivot_complete_read "$_pivot_rest"
    [[ -z $_pivot_quote ]]
}

# Finds the paths that may follow START and are none of the values: directories alone for
# `dirnames`. A value that is a directory is found as one: beside its path it would be ambiguous for ever.
_pivot_complete_find_paths() {
    local - _pivot_failglob='' _pivot_typed=${_pivot_word:${#_pivot_start}} _pivot_path
    local _pivot_slash='' _pivot_nocaseglob=''
    local -A _pivot_named=()
    for _pivot_path in "${_pivot_values[@]}"; do
        _pivot_named["=$_pivot_path"]=1
    done
    [[ $_pivot_files == default ]] || _pivot_slash=/
    set +f
    if shopt -q failglob; then
        _pivot_failglob=1
        shopt -u failglob
    fi
    if [[ $_pivot_complete_reader == *-case ]] && ! shopt -q nocaseglob; then
        _pivot_nocaseglob=1
        shopt -s nocaseglob
    fi
    for _pivot_path in "$_pivot_typed"*"$_pivot_slash"; do
        # Without a match this is the pattern itself.
        [[ -e $_pivot_path || -L $_pivot_path ]] || continue
        [[ -n $_pivot_slash || ! -d $_pivot_path ]] || _pivot_path+=/
        [[ $_pivot_path != */ || -z ${_pivot_named["=${_pivot_path%/}"]-} ]] ||
            _pivot_named["=${_pivot_path%/}"]=directory
        [[ -n ${_pivot_named["=$_pivot_path"]-} ]] || _pivot_paths+=("$_pivot_path")
    done
    if [[ ${_pivot_named[*]} == *directory* ]]; then
        for _pivot_path in "${!_pivot_values[@]}"; do
            [[ ${_pivot_named["=${_pivot_values[_pivot_path]}"]} != directory ]] ||
                unset "_pivot_values[_pivot_path]"
        done
    fi
    [[ -z $_pivot_failglob ]] || shopt -s failglob
    [[ -z $_pivot_nocaseglob ]] || shopt -u nocaseglob
}

# Reads a part of the line as bash does, expanding nothing: words that have ended go to
# `_pivot_words`, the last one stays in `_pivot_word`, and `_pivot_quote` is the quote open at the
# end, if any, `_pivot_nested` the parentheses of a substitution.
_pivot_complete_read() {
    local _pivot_rest=$1 _pivot_run _pivot_char
    while [[ -n $_pivot_rest ]]; do
        case $_pivot_quote in
            \') _pivot_run=${_pivot_rest%%\'*} ;;
            \") _pivot_run=${_pivot_rest%%[\"\\]*} ;;
            *) _pivot_run=${_pivot_rest%%[\'\"\\\<\>\(\)[:space:]]*} ;;
        esac
        _pivot_word+=$_pivot_run
        [[ -z $_pivot_run ]] || _pivot_in_word=1
        _pivot_char=${_pivot_rest:${#_pivot_run}:1}
        _pivot_rest=${_pivot_rest:${#_pivot_run}+1}
        if [[ -z $_pivot_quote && $_pivot_run == *\$ && $_pivot_char == [\'\"] ]]; then
            # Of $'...' and $"..." the dollar is no part.
            _pivot_word=${_pivot_word%\$} _pivot_run=${_pivot_run%\$}
        fi
        [[ $_pivot_quote == \' || $_pivot_run != *[\$\`]* ]] || _pivot_expanded=1
        [[ -n $_pivot_char ]] || return 0
        case $_pivot_quote$_pivot_char in
            \( | \))
                _pivot_word+=$_pivot_char _pivot_in_word=1
                if [[ $_pivot_char == \( ]]; then
                    _pivot_nested+=\(
                else
                    _pivot_nested=${_pivot_nested%\(}
                fi
                ;;
            [[:space:]])
                if [[ -n $_pivot_nested ]]; then
                    _pivot_word+=$_pivot_char
                else
                    _pivot_complete_end_word
                fi
                ;;
            [\<\>])
                # In front of a parenthesis it is a substitution.
                if [[ -n $_pivot_nested || $_pivot_rest == \(* ]]; then
                    _pivot_word+=$_pivot_char _pivot_in_word=1 _pivot_expanded=1
                    continue
                fi
                # A number, {name} or `&` before it belongs to it; the word behind is a file.
                [[ $_pivot_word != *\& ]] || _pivot_word=${_pivot_word%\&}
                [[ $_pivot_word == *[!0-9]* && $_pivot_word != \{[A-Za-z_]*([A-Za-z0-9_])\} ]] ||
                    _pivot_in_word=''
                _pivot_complete_end_word
                _pivot_redirected=1
                while [[ $_pivot_rest == [\<\>\&\|]* ]]; do _pivot_rest=${_pivot_rest:1}; done
                ;;
            \' | \") _pivot_quote=$_pivot_char _pivot_in_word=1 ;;
            \'\' | \"\") _pivot_quote='' ;;
            \\ | \"\\)
                if [[ $_pivot_rest == $'\n'* ]]; then
                    # The line goes on.
                    _pivot_rest=${_pivot_rest:1}
                    continue
                fi
                # Within double quotes a backslash is itself before most characters.
                [[ -z $_pivot_quote || ${_pivot_rest:0:1} == [\$\`\"\\] ]] || _pivot_word+=\\
                _pivot_word+=${_pivot_rest:0:1} _pivot_rest=${_pivot_rest:1} _pivot_in_word=1
                ;;
        esac
    done
}

# Goes on to the next word. The file of a redirection is none of the command's.
_pivot_complete_end_word() {
    if [[ -n $_pivot_in_word && -z $_pivot_redirected ]]; then
        _pivot_complete_add_word
        ((_pivot_cword += 1))
    fi
    [[ -z $_pivot_in_word ]] || _pivot_redirected=''
    _pivot_word='' _pivot_in_word='' _pivot_expanded=''
}

# Appends the word to `_pivot_words`, quoted where the program, reading as Python's shlex does,
# would otherwise take it for something else.
_pivot_complete_add_word() {
    local _pivot_quoted=$_pivot_word _pivot_apostrophe="'\\''"
    if [[ -z $_pivot_word || $_pivot_word == *[[:space:]\'\"\\]* ]]; then
        _pivot_quoted=\'${_pivot_word//\'/"$_pivot_apostrophe"}\'
    fi
    _pivot_words+=${_pivot_words:+$'\n'}$_pivot_quoted
}

# Quotes the value for the place where readline inserts it: within the open quote, if any.
_pivot_complete_quote() {
    local _pivot_from _pivot_to
    case $_pivot_open_quote in
        '') printf -v _pivot_value %q "$_pivot_value" ;;
        \')
            _pivot_to="'\\''"
            _pivot_value=${_pivot_value//\'/"$_pivot_to"}
            ;;
        \")
            for _pivot_from in \\ \$ \` \"; do
                _pivot_value=${_pivot_value//"$_pivot_from"/"\\$_pivot_from"}
            done
            # History expansion reads a `!` here even behind a backslash.
            _pivot_to="\"'!'\""
            _pivot_value=${_pivot_value//!/"$_pivot_to"}
            ;;
    esac
    # Readline lets a quote at the start take the place of the open one.
    [[ -z $_pivot_open_quote || $_pivot_value != "$_pivot_open_quote"* ]] ||
        _pivot_value=$_pivot_open_quote$_pivot_value
}

# Puts ours into the place of what completes these programs, and keeps that.
_pivot_complete_take() {
    local _pivot_spec _pivot_name _pivot_option _pivot_rest
    local -a _pivot_specs
    mapfile -t _pivot_specs <<<"$(complete -p "$@" 2>/dev/null)"
    for _pivot_spec in "${_pivot_specs[@]}"; do
        _pivot_name=${_pivot_spec##* }
        [[ -n $_pivot_name && $_pivot_spec != *' _pivot_complete'* ]] || continue
        [[ $_pivot_name != "''" ]] || _pivot_name=''
        _pivot_complete_owns[${_pivot_name:-.}]=${_pivot_spec% *}
        set -- "$@" "$_pivot_name"
        complete -F _pivot_complete_run "$_pivot_name"
        _pivot_rest=${_pivot_spec#complete }
        while [[ $_pivot_rest == '-o '* ]]; do
            _pivot_rest=${_pivot_rest#-o } _pivot_option=${_pivot_rest%% *}
            _pivot_rest=${_pivot_rest#* }
            compopt -o "$_pivot_option" "$_pivot_name"
        done
    done
    for _pivot_name; do
        # Whatever it has by now is its own, or ours.
        complete -p "$_pivot_name" >/dev/null 2>&1 ||
            complete -F _pivot_complete_run "$_pivot_name"
    done
}

# The same for what loads completions, where there is such a function.
_pivot_complete_take_default() {
    local _pivot_spec
    _pivot_spec=$(complete -p -D 2>/dev/null) || return 0
    _pivot_spec=${_pivot_spec% -D}
    [[ $_pivot_spec == 'complete '*'-F '* && $_pivot_spec != *' _pivot_complete_default' ]] || return 0
    _pivot_complete_owns[-D]=$_pivot_spec
    # With the options that it has.
    eval "${_pivot_spec% *} _pivot_complete_default -D"
}

# Completes the aliases that lead to Pivot, perhaps by a program that runs others.
_pivot_complete_alias() {
    local - && set +k
    local _pivot_name _pivot_text _pivot_first _pivot_depth
    for _pivot_name in "${!_pivot_complete_names[@]}"; do
        # Some are functions.
        [[ -n ${BASH_ALIASES[$_pivot_name]-} ]] || declare -F "$_pivot_name" >/dev/null ||
            _pivot_complete_names[$_pivot_name]=''
    done
    for _pivot_name in "${!BASH_ALIASES[@]}"; do
        _pivot_text=${BASH_ALIASES[$_pivot_name]}
        for _pivot_depth in 1 2 3 4; do
            _pivot_complete_unassign _pivot_text
            _pivot_first=${_pivot_text%%[[:space:]]*}
            [[ -n ${BASH_ALIASES[${_pivot_first:-.}]-} && $_pivot_first != "$_pivot_name" ]] || break
            _pivot_text=${BASH_ALIASES[$_pivot_first]}${_pivot_text:${#_pivot_first}}
        done
        _pivot_complete_name "$_pivot_name" "$_pivot_text"
    done
}

# Completes the name as the text that it stands for.
_pivot_complete_name() {
    # A blank in front keeps it out of the history.
    local _pivot_text=${2#"${2%%[![:space:]]*}"} _pivot_first
    _pivot_complete_unassign _pivot_text
    # With a backslash no alias is meant.
    _pivot_text=${_pivot_text#\\}
    _pivot_first=${_pivot_text%%[[:space:]]*}
    # A path may begin with a variable (`"$HOME/bin/pivot"`).
    local _pivot_known=$_pivot_text
    [[ $_pivot_text != ?(\")\$[A-Za-z_]*([A-Za-z0-9_])/* ]] || _pivot_known=${_pivot_text#*\$}
    [[ -n $_pivot_first && $_pivot_known != *[\;\&\|\<\>\(\)\$\`]* ]] || return 0
    _pivot_first=${_pivot_first##*/}
    printf -v _pivot_known ' %s' "${_pivot_complete_runners[@]}" pivot
    case "$_pivot_known " in
        *" ${_pivot_first%[\"\']} "*) ;;
        *) return 0 ;;
    esac
    _pivot_complete_names[$1]=$_pivot_text
    if ! _pivot_known=$(complete -p "$1" 2>/dev/null); then
        complete -F _pivot_complete_run "$1"
    else
        # What the user has said of it goes first; what bash-completion says is of a program of this name,
        # by a function of a file of its own or by one of bash's lists.
        case $_pivot_known in
            *' -F '*)
                _pivot_known=${_pivot_known##* -F }
                _pivot_known=$(shopt -s extdebug && declare -F "${_pivot_known%% *}")
                [[ $_pivot_known == */bash[-_]completion* ]] || return 0
                ;;
            *' -'[CGW]' '*) return 0 ;;
        esac
        _pivot_complete_take "$1"
    fi
}

# Functions that are no more than a name for Pivot: `p() { pivot repro "$@"; }`. All, or this one.
_pivot_complete_functions() {
    local - && set +k
    local _pivot_all _pivot_before='' _pivot_name='' _pivot_line _pivot_text
    local -a _pivot_lines
    _pivot_all=$(declare -f "$@")
    [[ $_pivot_all == *[[:space:]/\\]pivot?(\")' '*\$* ]] || return 0
    # What is behind the arguments is of no concern to them: an option more, `| tee log`.
    local _pivot_passing='^ *(.*[^ ]) "?[$]([@*]|[{][@*][}])"?( [-|&<>0-9](.*[^;])?)?$'
    mapfile -t _pivot_lines <<<"$_pivot_all"
    for _pivot_line in "${_pivot_lines[@]}"; do
        if [[ $_pivot_before == '{ ' ]]; then
            _pivot_text=$_pivot_line
            while [[ $_pivot_text =~ $_pivot_passing ]]; do
                _pivot_text=${BASH_REMATCH[1]}
            done
            [[ $_pivot_text == "$_pivot_line" ]] ||
                _pivot_complete_name "$_pivot_name" "${_pivot_text#"${_pivot_text%%[! ]*}"}"
        fi
        [[ $_pivot_line != *' () ' ]] || _pivot_name=${_pivot_line% () }
        _pivot_before=$_pivot_line
    done
}

# Before each prompt: completes what has become a name of Pivot since; before the first, what completed
# the programs that run others when the rc files had ended.
_pivot_complete_prompt() {
    set -- "$?"
    if [[ -n $_pivot_complete_is_first ]]; then
        _pivot_complete_is_first=''
        _pivot_complete_take "${_pivot_complete_runners[@]}" "${_pivot_complete_places[@]}"
        _pivot_complete_take_default
        _pivot_complete_functions
    fi
    if [[ ${BASH_ALIASES[*]-} != "$_pivot_complete_aliases" ]]; then
        _pivot_complete_aliases=${BASH_ALIASES[*]-}
        _pivot_complete_alias
    fi
    return "$1"
} 2<&- 2</dev/null </dev/null 1</dev/null

# Older versions have neither `nosort` nor `local -`.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
    # With a backslash no alias is meant; what is behind the last slash of a quoted path ends in its quote.
    complete -o nosort -F _pivot_complete pivot '\pivot' 'pivot"' "pivot'"
    complete -o nosort -F _pivot_complete_own pivot-complete
    # Whatever the session splits words at.
    _pivot_complete_runners=(uv uvx poetry pdm hatch pixi rye pipenv pipx conda mamba micromamba mise
        direnv dotenv pyenv aws-vault op doppler sudo doas env time nice ionice taskset timeout
        stdbuf nohup setsid flock systemd-run parallel entr caffeinate strace srun salloc chrt numactl prlimit
        unbuffer chronic perf asdf dotenvx infisical chamber devbox flox command exec watch xargs
        python python3 python3.{8,9,10,11,12,13,14,15,16,17,18,19,20})
    # Where it may stand otherwise: behind words of bash's own, in a substitution, and behind `>x` and `2>x`, of
    # which bash takes what is in front of the arrow for the command.
    _pivot_complete_places=(if 'then' elif else while until 'do' coproc ! case for '[[' echo export declare local
        readonly '' 1 2)
    declare -gA _pivot_complete_names _pivot_complete_owns
    _pivot_complete_is_first=1 _pivot_complete_aliases='' _pivot_complete_reader=bash
    # Of an array it is the first element's last line, which all versions of bash run; where it is
    # readonly there is no hook. In an && list no status ends the session or runs its trap; `$_` stays.
    if [[ ${PROMPT_COMMAND[*]-} != *_pivot_complete_prompt* ]] &&
        { printf -v PROMPT_COMMAND %s "${PROMPT_COMMAND-}"; } 2<&- 2</dev/null; then
        PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}'_pivot_complete_prompt "$_" && : "$_"'
    fi
    # Now as well, since an rc file may set PROMPT_COMMAND anew behind this.
    {
        _pivot_complete_take "${_pivot_complete_runners[@]}" "${_pivot_complete_places[@]}"
        _pivot_complete_take_default
        _pivot_complete_alias
    } 2<&- 2</dev/null </dev/null 1</dev/null || :
fi
