# First stop of a TAB: fish runs __pivot_complete, which asks pivot-complete once and prints
# its answer, one candidate a line. Fish itself quotes what it inserts.
#
#     pivot-complete init fish | source

function __pivot_complete --description "Prints Pivot's candidates for the word under the cursor"
    # A missing program would run fish_command_not_found.
    command --search --quiet pivot-complete; or return

    # The word ends at the cursor; a quote may still be open in it.
    set -l typed (commandline --cut-at-cursor --current-token | string collect)
    set -l word (string unescape -- "$typed" \
        ; or string unescape -- "$typed'" \
        ; or string unescape -- "$typed\"")
    or return
    set -l words (commandline --cut-at-cursor --current-process --tokenize) $word

    # Backslashes are the quoting that fish and the program, which reads as Python's shlex
    # does, have in common.
    set -l escaped (string escape --no-quoted -- $words)
    # A line with control characters is none of its answer, and must not reach the terminal.
    set -l answer (COMP_WORDS="$escaped" COMP_CWORD="$escaped[-1]" \
        command pivot-complete complete --rich fish 2>/dev/null \
        | string match --regex -- '^\P{Cc}+(?:\t\P{Cc}*)?$')

    # First what fish itself completes besides, and what of the word no value repeats.
    set -l head (string match --regex -- '^(none|file|dir):(.*)$' "$answer[1]"); or return
    set -l kind $head[2]
    set -l start $head[3]

    # Then a value a line, perhaps with a TAB and its help. At the start of a word fish would
    # expand a tilde, for it does not quote it.
    set -l values $answer[2..]
    string match --quiet --regex -- '^[^~]' "$typed"
    or set values (string match --invert -- '~*' $values)
    string join -- \n "$start"$values

    switch $kind
        case file
            __pivot_paths "$start" "$typed"
        case dir
            __pivot_paths "$start" "$typed" | string match --regex -- '^[^\t]*/(?:\t.*)?$'
    end
end

# Fish's own completion of paths, which is that of a command it knows nothing about.
function __pivot_paths --argument-names start typed
    set -l path (string replace -- "$start" '' "$typed")
    set -l paths (complete --do-complete "__pivot_paths_of_no_command $path")
    string join -- \n "$start"$paths
end

# Loading this twice must not make a TAB ask twice.
complete --erase --command pivot
complete --command pivot --no-files --keep-order --arguments '(__pivot_complete)'
