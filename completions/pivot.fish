# First stop of a TAB: fish runs __pivot_complete, which asks pivot-complete once and prints
# its answer, one candidate a line. Fish itself quotes what it inserts.
#
#     if command -q pivot-complete; pivot-complete init fish | source; end
#
# All names begin with `_pivot_`: a local one would be exported, or cut at colons, where the
# session has such a one of that name.

function __pivot_complete --description "Prints Pivot's candidates for the word under the cursor"
    set -l _pivot_program (__pivot_program | string collect); or return

    # The word ends at the cursor; a quote may still be open in it.
    set -l _pivot_typed (commandline --cut-at-cursor --current-token | string collect)
    set -l _pivot_word (string unescape -- "$_pivot_typed" \
        ; or string unescape -- "$_pivot_typed'" \
        ; or string unescape -- "$_pivot_typed\"")
    or return
    set -l _pivot_words (__pivot_words "$_pivot_typed") $_pivot_word

    # Backslashes are the quoting that fish and the program, which reads as Python's shlex
    # does, have in common.
    set -l _pivot_escaped (string escape --no-quoted -- $_pivot_words)
    # A line with control characters is none of its answer, and must not reach the terminal. Of a
    # program that cannot be executed fish tells on its own stderr; a fork does so on the child's.
    set -l fish_use_posix_spawn 0
    set -l _pivot_answer (COMP_WORDS="$_pivot_escaped" COMP_CWORD="$_pivot_escaped[-1]" \
        command $_pivot_program complete --rich fish 1 2>/dev/null \
        | string match --regex -- '^\P{Cc}+(?:\t\P{Cc}*)?$')
    test $pipestatus[1] -le 128; or __pivot_crashed
    # Fish reads it when it is set or erased.
    set --erase --local fish_use_posix_spawn

    # First what fish itself completes besides, and what of the word no value repeats.
    # It is another one for a line that is not Pivot's.
    set -l _pivot_head (string match --regex -- '^(none|file|dir):(.*)$' "$_pivot_answer[1]")
    or return
    set -l _pivot_kind $_pivot_head[2]
    set -l _pivot_start $_pivot_head[3]

    # Then a value a line, perhaps with a TAB and its help. At the start of a word fish would
    # expand a tilde, for it does not quote it.
    set -l _pivot_values $_pivot_answer[2..]
    string match --quiet --regex -- '^[^~]' "$_pivot_typed"
    or set _pivot_values (string match --invert -- '~*' $_pivot_values)
    set -l _pivot_paths
    switch $_pivot_kind
        case file
            set _pivot_paths (__pivot_paths "$_pivot_start" "$_pivot_typed")
        case dir
            set _pivot_paths (__pivot_paths "$_pivot_start" "$_pivot_typed" \
                | string match --regex -- '^[^\t]*/(?:\t.*)?$')
    end
    # A value that is a directory: beside its path it would be ambiguous for ever. More of them are looked
    # through by nobody who wants to complete one.
    set -l _pivot_directories (string match --regex --groups-only -- '^([^\t]*)/(?:\t|$)' $_pivot_paths \
        | string escape --style=regex)
    if set --query _pivot_directories[1]; and not set --query _pivot_directories[100]
        set -l _pivot_named (string join '|' $_pivot_directories)
        set _pivot_values (string match --invert --regex -- "^(?:$_pivot_named)(?:\t|\$)" \
            "$_pivot_start"$_pivot_values)
        set _pivot_start ''
    end
    string join -- \n "$_pivot_start"$_pivot_values
    string join -- \n $_pivot_paths
    return 0
end

# Whether the program on the line, which runs others, runs Pivot; then its candidates are at hand.
function __pivot_is_run
    set -l _pivot_line (commandline --cut-at-cursor --current-process | string collect)
    string match --quiet --regex -- '\s.*pivot.*\s' "$_pivot_line"; or return
    set --global _pivot_candidates (__pivot_complete)
end

# Prints them.
function __pivot_candidates
    string join -- \n $_pivot_candidates
    set --erase --global _pivot_candidates
end

# Completes pivot-complete itself, by what the program has for that, which is fetched once.
function __pivot_own
    set -l _pivot_program (__pivot_program | string collect); or return
    set -l fish_use_posix_spawn 0
    set -l _pivot_script (command $_pivot_program init fish --own 2>/dev/null | string collect)
    set --erase --local fish_use_posix_spawn
    test -n "$_pivot_script"; or return
    complete --erase --command pivot-complete
    printf '%s\n' $_pivot_script | source
    complete --do-complete (commandline --cut-at-cursor --current-process | string collect)
end

# Prints the names that a cache has, of what `pivot-complete` lists so, in the directories of its -C.
function __pivot_cached --argument-names _pivot_lists
    set -l _pivot_program (__pivot_program | string collect); or return
    set -l _pivot_words (commandline -opc)
    argparse --ignore-unknown C=+ -- $_pivot_words 2>/dev/null; or return
    set -l _pivot_in
    for _pivot_directory in $_flag_C
        string match --quiet --regex '^~(/|$)' -- $_pivot_directory
        and set _pivot_directory (string join '' -- $HOME (string sub --start 2 -- $_pivot_directory))
        set --append _pivot_in -C $_pivot_directory
    end
    command $_pivot_program $_pivot_in $_pivot_lists --cached 2>/dev/null
end

# Prints the path of the program that printed this; where it is gone, of the one in an absolute
# entry of PATH: an empty or relative one has whatever somebody put into the working directory.
function __pivot_program
    # Here `init` writes its path.
    set -l _pivot_program ''
    for _pivot_path in $_pivot_program (string match -- '/*' $PATH)/pivot-complete
        if test -f "$_pivot_path" -a -x "$_pivot_path"
            string collect -- $_pivot_path
            return
        end
    end
    return 1
end

# Fish itself tells of a program that crashed, as soon as it reads keys again: not of ours.
function __pivot_crashed
    functions --query fish_job_summary; and not functions --query __pivot_job_summary; or return
    functions --copy fish_job_summary __pivot_job_summary
    function fish_job_summary
        functions --erase fish_job_summary
        functions --copy __pivot_job_summary fish_job_summary
        functions --erase __pivot_job_summary
        string match --quiet -- '*$_pivot_program*' "$argv[3]"; or fish_job_summary $argv
    end
end

# Prints the words before the one under the cursor, which is typed so far as it is passed.
# Fish counts the files of redirections as words, and prints no operators.
function __pivot_words --argument-names _pivot_typed
    set -l _pivot_words (commandline --cut-at-cursor --current-process --tokenize)
    set -l _pivot_line (commandline --cut-at-cursor --current-process | string collect)
    if string match --quiet --regex -- '[<>]' "$_pivot_line"
        # The line's tokens, each one with the operator before it.
        set -l _pivot_quoted '(?: \\\\.
            | \'(?: [^\'\\\\] | \\\\. )*\'? | "(?: [^"\\\\] | \\\\. )*"? )'
        set -l _pivot_nested '(?<nested> [({]
            (?: '$_pivot_quoted' | [^(){}\'"\\\\] | (?&nested) )* [)}] )'
        set -l _pivot_token '(?xs) \s* ( (?: (?: \d* | & ) [<>]+ [&?]* \s* )?
            (?: '$_pivot_quoted' | '$_pivot_nested' | [^\s<>\'"\\\\] )+ ) \s*'
        set -l _pivot_tokens (string replace --all --regex -- $_pivot_token '$1'\n "$_pivot_line" \
            | string match --regex -- '.+')
        # As many as fish counts, or it reads this line in another way.
        set -l _pivot_count (count $_pivot_words (string match -- '?*' "$_pivot_typed"))
        if test (count $_pivot_tokens) -eq $_pivot_count
            for _pivot_token in $_pivot_tokens[..(count $_pivot_words)]
                string match --quiet --regex -- '^(?:\d*|&)[<>]' $_pivot_token
                or set --append _pivot_words $_pivot_words[1]
                set --erase _pivot_words[1]
            end
        end
    end
    # Behind it fish itself completes nothing.
    while test "$_pivot_words[1]" = !
        set --erase _pivot_words[1]
    end
    string replace --regex -- '^__pivot_run_conda$' conda $_pivot_words
end

# Fish's own completion of paths, which is that of a command it knows nothing about.
function __pivot_paths --argument-names _pivot_start _pivot_typed
    set -l _pivot_path (string replace -- "$_pivot_start" '' "$_pivot_typed")
    set -l _pivot_paths (complete --do-complete "__pivot_paths_of_no_command $_pivot_path")
    # Fish goes on behind a colon or an equals sign as if a path began there.
    if string match --quiet --regex -- '^[^~$]*[:=]' "$_pivot_path"
        set -l _pivot_found $_pivot_paths
        set _pivot_paths
        for _pivot_path in $_pivot_found
            set -l _pivot_name (string replace --regex -- '\t.*' '' $_pivot_path)
            test -e "$_pivot_name" -o -L "$_pivot_name"
            and set --append _pivot_paths $_pivot_path
        end
    end
    string join -- \n "$_pivot_start"$_pivot_paths
end

# Before the first prompt, and behind a command that may have defined one: completes functions that only pass
# their arguments on, as what they pass them to (`function p; pivot repro $argv; end`). Fish does so itself with
# what a function is said to wrap, as aliases are, unless that begins with an assignment.
function __pivot_first_prompt --on-event fish_prompt
    functions --erase __pivot_first_prompt
    __pivot_functions
end
function __pivot_note --on-event fish_postexec --argument-names _pivot_line
    string match --quiet --regex -- '(?s)^\s*(?:\.|source)\s|function.*pivot' "$_pivot_line"
    and __pivot_functions
end
function __pivot_functions --description "Completes names for Pivot"
    # To look at a function loads it: of those in files, the ones that speak of Pivot, and of fish's none.
    set -l _pivot_files $fish_function_path/*.fish
    set -l _pivot_names (string replace --regex -- '^.*/(.*)\.fish$' '$1' $_pivot_files \
        | string escape --style=regex | string join '|')
    set -l _pivot_found (string match --invert --regex -- "^(?:$_pivot_names)\$" (functions --names))
    for _pivot_file in (string match --invert -- "$__fish_data_dir/*" $_pivot_files)
        string match --quiet --regex -- 'pivot.*\$argv' <$_pivot_file 2>/dev/null
        and set --append _pivot_found (string replace --regex -- '^.*/(.*)\.fish$' '$1' $_pivot_file)
    end
    set -l _pivot_quoted '(?:\'[^\']*\'|"[^"]*"|[^\s\'"])*'
    # A path may begin with a variable (`"$HOME/bin/pivot"`).
    set -l _pivot_called '((?:"?\$\w+/)?[^;&|<>()$#]*pivot[^;&|<>()$#]*?)'
    for _pivot_name in $_pivot_found
        set -l _pivot_lines (functions -- $_pivot_name)
        string match --quiet -- '*pivot*$argv*' "$_pivot_lines"; or continue
        set _pivot_lines (string match --regex -- '^\s*[^#\s].*$' $_pivot_lines)
        test (count $_pivot_lines) -eq 3; or continue
        set -l _pivot_text (string match --regex -- \
            '^\s*((?:\w+='$_pivot_quoted'\s+)*)'$_pivot_called'\s+"?\$argv"?(?:\s+[-|&<>0-9].*)?;?\s*$' $_pivot_lines[2])
        or continue
        # What the user has said of it goes first.
        if string match --quiet --regex -- '\s--wraps' $_pivot_lines[1]
            test -n "$_pivot_text[2]"; or continue
            # An option of none, without which all that completes the name would be erased.
            complete --erase --command $_pivot_name --long-option pivot-none \
                --wraps (string join '' -- $_pivot_text[2..3])
        end
        test $_pivot_name = pivot; or complete --command $_pivot_name --wraps $_pivot_text[3]
    end
end

# Loading this twice must not make a TAB ask twice.
complete --erase --command pivot
complete --command pivot --no-files --keep-order --arguments '(__pivot_complete)'

complete --erase --command pivot-complete
complete --command pivot-complete --no-files --arguments '(__pivot_own)'

# Programs that run others, beside their own completions.
for _pivot_runner in uv uvx poetry pdm hatch pixi rye pipenv pipx mamba micromamba mise \
    direnv dotenv pyenv aws-vault op doppler sudo doas env time nice ionice taskset timeout stdbuf \
    nohup setsid flock systemd-run parallel entr caffeinate strace srun salloc chrt numactl prlimit \
    unbuffer chronic perf asdf dotenvx infisical chamber devbox flox command exec watch xargs ! \
    python python3 python3.{8,9,10,11,12,13,14,15,16,17,18,19,20}
    complete --command $_pivot_runner --condition __pivot_is_run --no-files --keep-order \
        --arguments '(__pivot_candidates)'
end
set --erase _pivot_runner
# Fish's own completion of conda is loaded at the first TAB there, and begins by erasing all others of that
# name, but not what the name wraps.
complete --command conda --wraps __pivot_run_conda
complete --erase --command __pivot_run_conda
complete --command __pivot_run_conda --condition __pivot_is_run --no-files --keep-order \
    --arguments '(__pivot_candidates)'
