# Before each prompt: has pivot-complete find out, behind the prompt, what a TAB here would have
# to wait for. `pivot-complete init zsh --prewarm` prints this behind the completion script, whose
# _pivot_exec it calls. As a part of an autoloaded `_pivot` it is never reached.

_pivot_prewarm() {
    # A substitution is no job: zsh reports nothing about it, however it ends.
    : $(_pivot_exec prewarm </dev/null >/dev/null 2>&1)
}
autoload -Uz add-zsh-hook && add-zsh-hook precmd _pivot_prewarm
