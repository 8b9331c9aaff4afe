# Before each prompt: has pivot-complete look whether the next TAB would have to wait, and do
# that work behind the prompt.
#
#     if command -v pivot-complete >/dev/null; then
#         eval "$(pivot-complete init bash --prewarm)"
#     fi
#
# That prints this behind the completion script, whose _pivot_complete_exec it calls.

# A command substitution is no job: nothing is said about it, and it takes no terminal. Ctrl-Z
# would stop it for ever, but for +m. What comes behind sees the status of the user's command.
_pivot_complete_prewarm() {
    local _pivot_status=$?
    : "$(
        set +m
        _pivot_complete_exec prewarm 1</dev/null
    )"
    return "$_pivot_status"
} </dev/null 1</dev/null 2</dev/null

# In an && list no status ends the session (-e) or runs its trap (ERR); `$_` stays as it was. A
# line of its own, since a hook before it may end in `;` or in a comment. Of an array it is the
# first element's last line, which all versions of bash run. Where it is readonly there is no hook.
if [[ ${PROMPT_COMMAND[*]-} != *_pivot_complete_prewarm* ]] &&
    { declare -g PROMPT_COMMAND+=''; } 2</dev/null; then
    PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}'_pivot_complete_prewarm "$_" && : "$_"'
fi
