# First stop of a TAB: fish runs __pivot_complete, which asks pivot-complete once and prints
# its answer, one candidate a line. Fish itself quotes what it inserts.
#
#     pivot-complete init fish | source

function __pivot_complete --description "Prints Pivot's candidates for the word under the cursor"
    # A missing program would run fish_command_not_found.
    command --search --quiet pivot-complete; or return

    # The word ends at the cursor; a quote may still be open in it.
    set -l typed (commandline --cut-at-cursor --current-token)
    set -l word (string unescape -- $typed; or string unescape -- $typed"'"; or string unescape -- $typed'"')
    set -l words (commandline --cut-at-cursor --current-process --tokenize) $word

    # Backslashes are the quoting that fish and the program, which reads as Python's shlex
    # does, have in common.
    set -l escaped (string escape --no-quoted -- $words)
    set -l answer (COMP_WORDS="$escaped" COMP_CWORD="$escaped[-1]" \
        command pivot-complete complete fish 2>/dev/null)

    # Of `--option=value` the answers complete the value alone.
    set -l option (string match --regex -- '^-[^=]*=' $word)

    # Lines are a value, or a value, a TAB and its description.
    switch "$answer[1]"
        case 'file,*'
            __pivot_paths "$option" $typed
        case 'dir,*'
            __pivot_paths "$option" $typed | string match --regex -- '^[^\t]*/(?:\t.*)?$'
        case '*'
            # A value with control characters is dropped, and one with a leading tilde, which
            # fish does not quote. Of a help the first line is shown, without such characters.
            set answer (string match --regex -- '^plain,(?!~)[^\p{Cc}]+(?:\t.*)?$' $answer)
            set answer (string replace --regex -- '^plain,([^\t]*(?:\t.*?)?)(?:\\\\n.*)?$' '$1' $answer)
            string replace --regex --all -- '[^\P{Cc}\t]' ' ' "$option"$answer
    end
end

# Fish's own completion of paths, which is that of a command it knows nothing about.
function __pivot_paths --argument-names option typed
    set -l path (string replace -- "$option" '' $typed)
    set -l paths (complete --do-complete "__pivot_paths_of_no_command $path")
    string join -- \n $option$paths
end

# Loading this twice must not make a TAB ask twice.
complete --erase --command pivot
complete --command pivot --no-files --keep-order --arguments '(__pivot_complete)'
