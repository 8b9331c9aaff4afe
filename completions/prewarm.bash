# Before each prompt: has pivot-complete look whether the next TAB would have to wait, and do
# that work behind the prompt.
#
#     if command -v pivot-complete >/dev/null; then
#         eval "$(pivot-complete init bash --prewarm)"
#     fi
#
# That prints this behind the completion script, whose _pivot_complete_exec it calls. Where the pipeline
# fails the program prints a line: that is told at a prompt, once until it is another one or none.

# A command substitution is no job: nothing is said about it, and it takes no terminal. Ctrl-Z
# would stop it for ever, but for +m; with -k `local` assigns nothing. What comes behind sees the
# status of the user's command. Stderr is the first to go, as within a TAB; what is told goes to the terminal
# itself, since a DEBUG trap that sees functions (-T) prints at each command in here.
_pivot_complete_prewarm() {
    set -- "$?" "$(
        set +mk
        _pivot_complete_exec prewarm
    )"
    case $2 in
        *[[:cntrl:]]* | '') set -- "$1" '' ;;
        "${_pivot_complete_told-}") ;;
        'pivot-complete: '*) printf '%s\n' "$2" >/dev/tty ;;
    esac
    _pivot_complete_told=$2
    return "$1"
} 2<&- 2</dev/null </dev/null 1</dev/null

# In an && list no status ends the session (-e) or runs its trap (ERR); `$_` stays as it was. A
# line of its own, since a hook before it may end in `;` or in a comment. Of an array it is the
# first element's last line, which all versions of bash run. Where it is readonly there is no hook.
if [[ ${PROMPT_COMMAND[*]-} != *_pivot_complete_prewarm* ]] &&
    { printf -v PROMPT_COMMAND %s "${PROMPT_COMMAND-}"; } 2<&- 2</dev/null; then
    PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}'_pivot_complete_prewarm "$_" && : "$_"'
fi
