# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pivot_complete_global_optspecs
    string join \n h/help C= V/version
end

function __fish_pivot_complete_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pivot_complete_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pivot_complete_using_subcommand
    set -l cmd (__fish_pivot_complete_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -s C -d 'Works as if started in DIR' -r -f -a "(__fish_complete_directories)"
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -s V -l version -d 'Print version'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "stages" -d 'Names of stages'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "targets" -d 'Names of stages, and stage:key for every named output'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "manifest" -d 'A stage\'s code fingerprint, a JSON object'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "status" -d 'Of each stage\'s code: unchanged since its last run, changed and what, never run'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "complete" -d 'What click prints for COMP_WORDS and COMP_CWORD'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "init" -d 'The script to evaluate in the shell\'s rc file'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "prewarm" -d 'What the prompt hook runs'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "watch" -d 'Discovers behind each save, until Ctrl-C'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "refresh" -d 'Discovers the stages now, computes all manifests, and rewrites the caches'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "doctor" -d 'What a TAB here would do, why, and what to do about it'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "clear" -d 'Removes what is cached about this project'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "trust" -d 'Lets TABs run discovery in a project of someone else, or no longer'
complete -c pivot-complete -n "__fish_pivot_complete_needs_command" -f -a "help" -d 'How a command is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand stages" -l cached -d 'From a fresh cache alone; else prints nothing, exit 3'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand stages" -l all -d 'Of every pipeline in the project'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand stages" -l json -d 'As a JSON array'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand stages" -s 0 -d 'NUL-separated'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand stages" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand targets" -l cached -d 'From a fresh cache alone; else prints nothing, exit 3'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand targets" -l json -d 'As a JSON array'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand targets" -s 0 -d 'NUL-separated'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand targets" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand manifest" -l cached -d 'From a fresh cache alone; else prints nothing, exit 3'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand manifest" -l json -d 'Without STAGE: of all stages, as one object'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand manifest" -s 0 -d 'NUL-separated'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand manifest" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand status" -l json -d 'As a JSON object'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand status" -s 0 -d 'NUL-separated'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand status" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand complete" -l rich -d 'What the scripts of init read'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand complete" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand init" -l prewarm -d 'With a prompt hook that discovers behind it'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand init" -l watch -d 'The same, and a watcher that discovers behind each save'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand init" -l own -d 'Only what completes pivot-complete itself'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand init" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand prewarm" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand watch" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand refresh" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand doctor" -l json -d 'As a JSON object'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand doctor" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand clear" -l all -d 'And in your directory for caches, about any'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand clear" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand trust" -l remove -d 'No longer'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand trust" -s h -l help -d 'How it is used, with an example'
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand help" -s h -l help -d 'How it is used, with an example'

complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand complete" -f -a "bash zsh fish elvish nushell xonsh"
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand init" -f -a "bash zsh fish elvish nushell xonsh"
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand trust" -f -a "(__fish_complete_directories)"
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand help" -f -a "stages targets manifest status complete init prewarm watch refresh doctor clear trust help"
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand status prewarm watch refresh doctor clear" -f
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand stages manifest" -f -k -a "(__pivot_cached stages)"
complete -c pivot-complete -n "__fish_pivot_complete_using_subcommand targets" -f -k -a "(__pivot_cached targets)"
