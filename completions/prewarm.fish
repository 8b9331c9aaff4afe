
# Before each prompt fish runs __pivot_prewarm, which lets pivot-complete look whether the next
# TAB would have to wait. Fish keeps $status and $pipestatus over its event handlers.
#
#     if command -q pivot-complete; pivot-complete init fish --prewarm | source; end
#
# That prints this behind the completion script, whose __pivot_program and __pivot_crashed it calls.

function __pivot_prewarm --on-event fish_prompt --description "Prepares Pivot's candidates"
    set -l _pivot_program (__pivot_program | string collect); or return
    # As there, what fish would say of a program that is broken is not seen.
    set -l fish_use_posix_spawn 0
    command $_pivot_program prewarm </dev/null >/dev/null 2>/dev/null
    test $status -le 128; or __pivot_crashed
    set --erase --local fish_use_posix_spawn
end
