
# Before each prompt fish runs __pivot_prewarm, which lets pivot-complete look whether the next
# TAB would have to wait. Fish keeps $status and $pipestatus over its event handlers.
#
#     pivot-complete init fish --prewarm | source

function __pivot_prewarm --on-event fish_prompt --description "Prepares Pivot's candidates"
    # A missing program would run fish_command_not_found.
    command --search --quiet pivot-complete; or return
    command pivot-complete prewarm </dev/null >/dev/null 2>/dev/null
end
