# Before each prompt: has pivot-complete find out, behind the prompt, what a TAB here would have
# to wait for. `pivot-complete init zsh --prewarm` prints this behind the completion script, whose
# _pivot_exec it calls. As a part of an autoloaded `_pivot` it is never reached. Where the pipeline
# fails the program prints a line: that is told at a prompt, once until it is another one or none.

_pivot_prewarm() {
    # A substitution is no job: zsh reports nothing about it, however it ends.
    local line=$(_pivot_exec prewarm </dev/null 2>/dev/null)
    emulate -L zsh -o extended_glob
    [[ $line == 'pivot-complete: '[^[:cntrl:]]## ]] || line=''
    [[ -z $line || $line == ${_pivot_told-} ]] || print -r - $line
    typeset -g _pivot_told=$line
}
autoload -Uz add-zsh-hook && add-zsh-hook precmd _pivot_prewarm
