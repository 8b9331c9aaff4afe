# First stop of a TAB: fish runs __pivot_complete, which asks pivot-complete once and prints
# its answer, one candidate a line. Fish itself quotes what it inserts.
#
#     if command -q pivot-complete; pivot-complete init fish | source; end

function __pivot_complete --description "Prints Pivot's candidates for the word under the cursor"
    set -l program (__pivot_program | string collect); or return

    # The word ends at the cursor; a quote may still be open in it.
    set -l typed (commandline --cut-at-cursor --current-token | string collect)
    set -l word (string unescape -- "$typed" \
        ; or string unescape -- "$typed'" \
        ; or string unescape -- "$typed\"")
    or return
    set -l words (__pivot_words "$typed") $word

    # Backslashes are the quoting that fish and the program, which reads as Python's shlex
    # does, have in common.
    set -l escaped (string escape --no-quoted -- $words)
    # A line with control characters is none of its answer, and must not reach the terminal.
    set -l answer (COMP_WORDS="$escaped" COMP_CWORD="$escaped[-1]" \
        command $program complete --rich fish 2>/dev/null \
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

# Prints the path of the program that printed this; where it is gone, of the one in an absolute
# entry of PATH: an empty or relative one has whatever somebody put into the working directory.
function __pivot_program
    # Here `init` writes its path.
    set -l program ''
    for path in $program (string match -- '/*' $PATH)/pivot-complete
        if test -f "$path" -a -x "$path"
            string collect -- $path
            return
        end
    end
    return 1
end

# Prints the words before the one under the cursor, which is `typed` so far. Fish counts the files
# of redirections as words, but prints no operators.
function __pivot_words --argument-names typed
    set -l words (commandline --cut-at-cursor --current-process --tokenize)
    set -l line (commandline --cut-at-cursor --current-process | string collect)
    if string match --quiet --regex -- '[<>]' "$line"
        # The line's tokens, each one with the operator before it.
        set -l quoted '(?: \\\\. | \'(?: [^\'\\\\] | \\\\. )*\'? | "(?: [^"\\\\] | \\\\. )*"? )'
        set -l nested '(?<nested> [({] (?: '$quoted' | [^(){}\'"\\\\] | (?&nested) )* [)}] )'
        set -l token '(?: (?: \d* | & ) [<>]+ [&?]* \s* )?
            (?: '$quoted' | '$nested' | [^\s<>\'"\\\\] )+'
        set -l tokens (string replace --all --regex -- "(?xs) \s* ($token) \s*" '$1'\n "$line" \
            | string match --regex -- '.+')
        # As many as fish counts, or it reads this line in another way.
        if test (count $tokens) -eq (count $words (string match -- '?*' "$typed"))
            for token in $tokens[..(count $words)]
                string match --quiet --regex -- '^(?:\d*|&)[<>]' $token
                or set --append words $words[1]
                set --erase words[1]
            end
        end
    end
    string join -- \n $words
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
