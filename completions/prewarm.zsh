# Before each prompt: has pivot-complete find out, behind the prompt, what a TAB here would have
# to wait for. `pivot-complete init zsh --prewarm` prints this behind the completion script. As
# a part of an autoloaded `_pivot` it is never reached.

_pivot_prewarm() {
    # Without this a missing program would run the command_not_found_handler.
    whence -p pivot-complete >/dev/null || return 0
    # A substitution is no job: zsh reports nothing about it, however it ends.
    : $(exec command pivot-complete prewarm </dev/null >/dev/null 2>&1)
}
autoload -Uz add-zsh-hook && add-zsh-hook precmd _pivot_prewarm
