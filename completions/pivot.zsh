#compdef pivot
# First stop of a TAB: zsh's completion system calls _pivot, which asks pivot-complete once
# and hands its answer to compadd. Either
#
#     if command -v pivot-complete >/dev/null; then eval "$(pivot-complete init zsh)"; fi
#
# in ~/.zshrc, before or after compinit, or this file as `_pivot` in a directory of $fpath.

_pivot() {
    # Again, since whoever loaded this by `emulate zsh -c` has its functions begin with other options.
    setopt local_options "${(@)_comp_options}"
    # Each completer and matcher of the user's calls this; `compstate` lasts until the TAB ends.
    [[ -n ${compstate[pivot]-} ]] || _pivot_fetch
    local -a answer=("${(@f)compstate[pivot]}")

    # KIND:START, and START is the part of the word that the values do not repeat; KIND may tell what
    # they are, behind a slash.
    local kind=${${answer[1]%%:*}%%/*} tag=${${${(M)answer[1]#*:}%:}#*/} start=${answer[1]#*:} ret=1
    case $kind in
        none|file|dir) ;;
        *) return 1 ;;
    esac
    [[ $tag != $kind ]] || tag=values
    [[ -z $start ]] || compset -P "${(b)start}" || return
    local paths=${${(M)kind:#file}:+files}${${(M)kind:#dir}:+directories}
    local -a options=(${${(M)kind:#dir}:+-/}) ways ignored values bare rows adding expl
    [[ -z $paths || $#answer -eq 1 ]] || _pivot_ways
    _pivot_values "${(@)answer[2,-1]}"
    # What is to be corrected may be a name without the pipeline that all of them begin with: of such the
    # program has those alone that begin with what was typed.
    local pipeline=${(b)${values[1]%%/*}}/
    if [[ -n ${_comp_correct-} && ( $tag == stages || $tag == targets ) && $PREFIX != */* ]]; then
        [[ -n ${values:#$~pipeline*} ]] || bare=("${(@)values#$~pipeline}")
    fi
    # Behind a TAB alone: why these are the last good names, or none.
    local failure=${(M)answer[-1]:#$'\t'[^[:cntrl:]]##} told
    [[ -z $failure ]] || _pivot_tell "pivot: ${failure#?}"
    _tags $tag $paths
    while _tags; do
        (( $#values )) && _requested -V $tag expl ${tag//-/ } compadd "${(@)adding}" -a values && ret=0
        (( $#bare )) && _requested -V $tag expl ${tag//-/ } compadd -a bare && ret=0
        (( $#ways )) && _requested $paths expl file compadd -f -S '' -a ways && ret=0
        [[ -n $paths ]] && _requested $paths && _files $options && ret=0
        (( ret )) || break
    done
    # Alone, without a candidate, zsh would take this for one, and an open quote off the line.
    [[ $ret -ne 0 || -z $told ]] || compadd -x ${told//\%/%%}
    return ret
}

# Completes a program that runs others: Pivot, where it runs that, else as it was completed before.
_pivot_run() {
    setopt local_options "${(@)_comp_options}"
    local name=${words[1]:t} curcontext=$curcontext
    if [[ -z ${compstate[pivot_other]-} && ${words[2,CURRENT-1]} == *pivot* ]]; then
        [[ -n ${compstate[pivot]-} ]] || _pivot_fetch
        if [[ ${compstate[pivot]} != other:* ]]; then
            curcontext=${curcontext%:*:*}:pivot:
            _pivot
            return
        fi
        compstate[pivot]='' compstate[pivot_other]=1
    fi
    # A pattern may have had all of these.
    local own=${_comps[-pivot-$name-]-}
    [[ -n $own || $name != python* ]] || own=${_comps[-pivot-python-]-}
    eval ${own:-${_comps[-default-]:-_default}}
}

# Completes a function that only passes its arguments on, as what it passes them to; under `complete_aliases`
# an alias, too.
_pivot_function() {
    setopt local_options "${(@)_comp_options}"
    # Two of them may lead to each other; what leads to its own name (`noglob pivot`) means the program.
    if [[ " ${pivot_passing-} " == *" $words[1] "* ]]; then
        [[ $words[1] == pivot ]] || return
        _pivot
        return
    fi
    local pivot_passing="${pivot_passing-} $words[1]"
    local -a passed
    if _pivot_passes $words[1]; then
        words=("${(@)passed}" "${(@)words[2,-1]}")
        (( CURRENT += $#passed - 1 ))
        _normal
    elif [[ ${${words[1]:t}#\\} == pivot ]]; then
        # Not the function: the program, by its path.
        _pivot
    else
        # It has become another one.
        eval ${_comps[-default-]:-_default}
    fi
}

# Whether the function is no more than a name for a command of Pivot's: `p() { pivot repro "$@" }`. Makes
# `passed` the words of that.
_pivot_passes() {
    emulate -L zsh -o extended_glob
    local body=${${aliases[$1]:+$aliases[$1] \$@}:-${functions[$1]-}}
    body=${body##[[:space:]]##}
    passed=(${(z)body})
    # What is behind the arguments is of no concern to them: an option more, `| tee log`.
    local -a bare=("${(@)passed//[\"\{\}]}")
    local -i at=${bare[(i)\$[@*]]}
    (( at > 1 && at <= $#passed && ! ${passed[(I);]} )) || return
    [[ -z ${passed[at+1]-} || ${passed[at+1]} == [-\|\&\<\>0-9]* ]] || return
    passed=("${(@)passed[1,at-1]}")
    while [[ $passed[1] == [[:alpha:]_][[:alnum:]_]#=* ]]; do passed[1]=(); done
    # A path may begin with a variable (`"$HOME/bin/pivot"`). What calls itself would be completed as itself
    # for ever.
    local text=${"${passed}"#(\"|)\$[[:alpha:]_][[:alnum:]_]#/}
    [[ $passed[1] != $1 && $text != *[$'\n'\;\&\|\<\>\(\)\$\`]* ]] || return
    (( $passed[(I)*pivot*] ))
}

# Puts the program's answer into `compstate`. Where that takes time, a line before it says what runs,
# which is shown below the user's and goes with the answer.
_pivot_fetch() {
    # What completes in a shell or a terminal of its own, as some plugins do behind a key, shows nothing.
    if [[ ! -o monitor || ! -e /dev/fd/0 || $ZSH_SUBSHELL -gt 0 ]]; then
        compstate[pivot]="${$(_pivot_ask zsh):-none:}"
        return
    fi
    _pivot_read < <(_pivot_ask zsh-waiting)
}

# Reads an answer, and shows what it waits for. A function, so that its input is the shell's own again
# however it ends.
_pivot_read() {
    local first='' runs
    {
        read -r -u 0 -k 1 first || first=''
        while [[ $first == w ]] && read -r runs; do
            # `wait:`, and no control character reaches the terminal.
            zle -M "pivot: ${${runs#*:}//[[:cntrl:]]/} ..."
            zle -R
            read -r -u 0 -k 1 first || first=''
            zle -M ''
        done
        # A file alone: nothing is started for that.
        [[ -z $first ]] || first+=$(</dev/fd/0)
        [[ $first != $'\n' ]] || first=''
        compstate[pivot]=${first:-none:}
    } always {
        # Under job control the program is in a group of its own.
        if (( TRY_BLOCK_INTERRUPT )) && zmodload -F zsh/system p:sysparams 2>/dev/null; then
            kill -INT $sysparams[procsubstpid] 2>/dev/null
        fi
    }
}

# Prints the program's answer, for this reader, for the words up to the cursor.
_pivot_ask() {
    local reader=$1
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
    _pivot_exec complete --rich $reader 1 2>/dev/null
}

# Completes pivot-complete itself, by what the program has for that, which is fetched once.
_pivot_own() {
    # Else it is loaded as the session's options say (ksh_autoload).
    autoload -Uz +X is-at-least 2>/dev/null
    (( ${+functions[_pivot-complete]} )) || eval "$(_pivot_exec init zsh --own 2>/dev/null)"
    (( ${+functions[_pivot-complete]} )) && _pivot-complete "$@"
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

# Tells a text in one line below the user's; where a list is drawn over that, beside the list, in `told`.
_pivot_tell() {
    told=${(mr:COLUMNS - 1:)1}
    told=${told%%[[:space:]]##}
    zle -M $told
}

# Makes `ways` of the directories, with their slashes, that are values or on the way to some, and takes them from
# the values and from what `_files` adds, and files that are values from the latter: each is offered once. For
# that, a directory is its name and a slash that may go again: a value behind it would have the slash left out,
# as what the two have not in common.
_pivot_ways() {
    local typed=${(Q)${:-$QIPREFIX$PREFIX${compstate[quote]#\$}}} tab=$'\t'
    local directories='(-/ND)' others='(ND-^/)' way
    [[ -n $typed ]] || return 0
    local -a near=("${(@M)answer[2,-1]:#$typed*}")
    (( $#near )) || return 0
    ways=(${~${(b)typed}}*${~directories})
    # Where there are thousands of both, that they end in no slash is less than the wait.
    (( $#near * $#ways <= 100000 )) || ways=()
    for way in "${(@)ways}"; do
        [[ -n ${near[(r)${(b)way}(/*|$tab*|)]-} ]] || ways=("${(@)ways:#$way}")
        [[ -z ${near[(r)${(b)way}($tab*|)]-} ]] || answer=("${(@)answer:#$way($tab*|)}")
    done
    near=("${(@)near%%$tab*}")
    ignored=(${~${(b)typed}}*${~others})
    ignored=("${(@)ways}" "${(@)ignored:*near}")
    [[ -n $ignored ]] || return 0
    # As `_path_files` has quoted them.
    compquote ignored
    ignored=("${(@b)ignored}")
    ways=("${(@)ways/%//}")
    options+=(-F ignored)
}

# Makes `values` of lines, each VALUE, or VALUE, a TAB and its help, and of the latter what compadd is
# told for `adding` them.
_pivot_values() {
    local tab=$'\t' separator value match mbegin mend
    # Whatever else is in a line, no other control character reaches the terminal.
    local -a lines=("${(@M)@:#[^[:cntrl:]]##(${tab}[^[:cntrl:]]#|)}")
    values=("${(@)lines%%$tab*}")
    # `_describe` has rows like these, but puts values of the same help together.
    if [[ $lines == *$tab* ]] && zstyle -T ":completion:$curcontext:$tag" verbose; then
        zstyle -s ":completion:$curcontext:$tag" list-separator separator || separator=--
        local -i width=0
        for value in "${(@)${(@M)lines:#*$tab*}%%$tab*}"; do
            (( ${(m)#value} > width )) && width=${(m)#value}
        done
        # Else there is no room for helps.
        if (( width < COLUMNS - 10 )); then
            # All rows at once: one by one takes a long time for thousands. A wide character
            # that does not fit is not cut off: one column is left for it.
            rows=("${(@)lines/#(#b)([^$tab]##)$tab/${(mr:width:)match[1]}  $separator }")
            rows=("${(@)${(@mr:COLUMNS - 2:)rows}%%[[:space:]]##}")
            adding=(-l -d rows)
        fi
    fi

    # `stage:`, `train@` and the like are to be typed on.
    [[ $#values -eq 1 && ${values[1]} == *[@:/=] ]] && adding+=(-S '')
    # Choices may be in either case; of those the program has matched what was typed.
    [[ $tag == values ]] && adding+=(-M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}')
}

if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    # Here `init` leaves its mark.
    _pivot "$@"
    return
fi

_pivot_register() {
    (( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit -i; }
    # What is behind the last slash of a quoted path ends in its quote.
    compdef _pivot pivot 'pivot"' "pivot'"
    compdef _pivot_own pivot-complete
    # Each compinit forgets it; what else is registered then is the user's wish.
    _pivot_register() {
        # A prompt has the options of the session.
        emulate -L zsh -o no_xtrace
        [[ -n ${_comps[pivot]-} ]] || compdef _pivot pivot 'pivot"' "pivot'"
        [[ -n ${_comps[pivot-complete]-} ]] || compdef _pivot_own pivot-complete
        # A plugin manager's `compdef` keeps what it is told until the completion system is loaded.
        [[ ${(t)_comps-} == association* ]] || return 0
        # What completes these goes on to do so, but for Pivot's lines.
        local name
        for name in uv uvx poetry pdm hatch pixi rye pipenv pipx conda mamba micromamba mise \
            direnv dotenv pyenv aws-vault op doppler sudo doas env time nice ionice taskset timeout stdbuf \
            nohup setsid flock systemd-run parallel entr caffeinate strace srun salloc chrt numactl prlimit \
            unbuffer chronic perf asdf dotenvx infisical chamber devbox flox command exec watch xargs \
            python python3{,.{8..20}}; do
            [[ ${_comps[$name]-} != _pivot_run ]] || continue
            # Where a dump of the completion system keeps both.
            _comps[-pivot-$name-]=${_comps[$name]-}
            _comps[$name]=_pivot_run
        done
        # To look at all functions takes some milliseconds: when the rc files have ended, and behind a command
        # that may have defined one. A dump may say that another session did.
        [[ $# -eq 0 && ${_comps[-pivot-functions-]-} != $$ ]] || return 0
        _comps[-pivot-functions-]=$$
        local own
        local -a passed
        for name in ${(k)aliases[(R)*pivot*]} ${(k)functions[(R)*pivot*]}; do
            _pivot_passes $name || continue
            # What the user has said of it goes first; what the system has is of a program of this name.
            own=${_comps[$name]-}
            if [[ -n $own && ( $own != _pivot || $name != pivot ) ]]; then
                [[ ${functions[$own]-} == *'autoload -X'* ]] && whence -p $name >/dev/null || continue
            fi
            _comps[$name]=_pivot_function
        done
        return 0
    }
    _pivot_register "$@"
}
# Before a command: whether it may make a name for Pivot, or reads a file that does.
_pivot_note() {
    emulate -L zsh -o no_xtrace
    case $3 in
        *\(\)*pivot*|*function*pivot*|alias*pivot*|.[[:space:]]*|source[[:space:]]*)
            [[ ${(t)_comps-} != association* ]] || _comps[-pivot-functions-]=''
            ;;
    esac
}
# Where this is too early, or nobody loads the completion system, the first prompt knows.
if (( ${+functions[compdef]} )); then _pivot_register early; fi
autoload -Uz add-zsh-hook && add-zsh-hook precmd _pivot_register && add-zsh-hook preexec _pivot_note
