# First stop of a TAB: nushell calls `candidates` with the words up to the cursor, which asks
# pivot-complete once. What it gives back is listed and inserted as it is, in its order, so values
# are quoted here. For nushell 0.115 and later, saved where nushell loads files by itself:
#
#     mkdir $nu.user-autoload-dirs.0
#     pivot-complete init nushell | save --force ($nu.user-autoload-dirs.0)/pivot.nu
#
# The `extern` has a completer of its own: the one of $env.config, for all other commands, is left
# alone. It declares no argument, so pivot runs as if there were no `extern`.

module pivot-completions {
    def candidates [words: list<string>] {
        let words = $words | each {|word| unquoted $word }
        let lines = answer $words
        let head = $lines | get 0? | default ''
            | parse --regex '^(?<kind>none|file|dir):(?<start>\P{Cc}*)$' | get 0?
        if $head == null {
            return []
        }
        # Lines are a value, or a value, a TAB and its description.
        let values = $lines
            | skip 1
            | parse --regex '^(?<value>\P{Cc}+)(?:\t(?<help>.*))?$'
            | each {|line| {
                value: $'(quoted ($head.start + $line.value)) '
                display_override: $line.value
                description: ($line.help | default '' | str replace --all --regex '\p{Cc}' ' ')
            } }
        match $head.kind {
            none => $values
            file => ($values ++ (paths path $head.start ($words | last)))
            dir => ($values ++ (paths directory $head.start ($words | last)))
        }
    }

    # The lines of the answer: none when the program is missing or fails.
    def answer [words: list<string>]: nothing -> list<string> {
        let program = program
        if $program == null {
            return []
        }
        # Each word is quoted, for the program reads them as Python's shlex does.
        let quoted = $words | each {|word| $"'($word | str replace --all "'" "'\\''")'" }
        let question = {
            COMP_WORDS: ($quoted | str join "\n")
            COMP_CWORD: $'(($words | length) - 1)'
        }
        try {
            with-env $question { ^$program complete --rich nushell 1 | complete }
            | get stdout
            | lines
        } catch { [] }
    }

    # The path of the program that printed this; where it is gone, of the one in an absolute entry
    # of PATH: an empty or relative one has whatever somebody put into the working directory.
    def program []: nothing -> any {
        # Here `init` writes its path.
        let program = ''
        $env.PATH?
        | default []
        | split row (char esep)
        | where $it =~ '^/'
        | each {|directory| $directory + '/pivot-complete' }
        | prepend $program
        | where {|path| $path != '' and (which $path | is-not-empty) }
        | get 0?
    }

    # Nushell's own completion of a path, of which `start` is no part.
    def paths [type: string, start: string, word: string] {
        $word
        | str substring ($start | str length)..
        | commandline complete --type $type --detailed
        | reject span
        | update value {|path| $start + $path.value }
    }

    # What a word of the line stands for; a quote may still be open in it.
    def unquoted [word: string]: nothing -> string {
        let parts = $word
            | parse --regex '^(?<start>-[^=]*=)?(?<quote>[\x27"`])(?<rest>(?s:.*))$' | get 0?
        if $parts == null {
            return $word
        }
        let text = if $parts.quote == '"' {
            # The data notation knows the escapes.
            try { $'"($parts.rest)' | from nuon } catch {
                try { $'"($parts.rest)"' | from nuon } catch { $parts.rest }
            }
        } else {
            $parts.rest | str replace --regex $'($parts.quote)$' ''
        }
        ($parts.start | default '') + $text
    }

    # A word of nushell's that is exactly this argument.
    def quoted [value: string]: nothing -> string {
        if $value =~ '^[A-Za-z0-9_/:@%+=.,-]+$' and '..' not-in $value {
            $value
        } else if "'" not-in $value {
            $"'($value)'"
        } else {
            $value | to json --raw
        }
    }

    @complete candidates
    export extern pivot []
}

export use pivot-completions *
