
# Before each prompt fish runs __pivot_prewarm, which lets pivot-complete look whether the next
# TAB would have to wait. Fish keeps $status and $pipestatus over its event handlers.
#
#     if command -q pivot-complete; pivot-complete init fish --prewarm | source; end
#
# That prints this behind the completion script, whose __pivot_program it calls.

function __pivot_prewarm --on-event fish_prompt --description "Prepares Pivot's candidates"
    set -l _pivot_program (__pivot_program | string collect); or return
    command $_pivot_program prewarm </dev/null >/dev/null 2>/dev/null
end
