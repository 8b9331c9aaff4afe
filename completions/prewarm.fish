
# Before each prompt fish runs __pivot_prewarm, which lets pivot-complete look whether the next
# TAB would have to wait. Fish keeps $status and $pipestatus over its event handlers.
#
#     if command -q pivot-complete; pivot-complete init fish --prewarm | source; end
#
# That prints this behind the completion script, whose __pivot_program and __pivot_crashed it calls.
# Where the pipeline fails the program prints a line: that is told at a prompt, once until it is another
# one or none.

function __pivot_prewarm --on-event fish_prompt --description "Prepares Pivot's candidates"
    set -l _pivot_program (__pivot_program | string collect); or return
    # As there, what fish would say of a program that is broken is not seen.
    set -l fish_use_posix_spawn 0
    set -l _pivot_line (command $_pivot_program prewarm </dev/null 2>/dev/null)
    test $status -le 128; or __pivot_crashed
    set _pivot_line (string match --regex -- '^pivot-complete: \P{Cc}+$' "$_pivot_line")
    test -z "$_pivot_line" -o "$_pivot_line" = "$_pivot_told"; or string join -- \n $_pivot_line
    set --erase --global _pivot_told
    test -z "$_pivot_line"; or set --global _pivot_told $_pivot_line
    set --erase --local fish_use_posix_spawn
end
