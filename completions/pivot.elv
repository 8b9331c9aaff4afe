# First stop of a TAB: elvish calls the completer below with the words up to the cursor, which
# asks pivot-complete once. Elvish itself matches, sorts and quotes what it is given. For elvish
# 0.19 and later, in its rc.elv:
#
#     if (has-external pivot-complete) { eval (pivot-complete init elvish | slurp) }

use re
use str

# The path of the program that printed this; where it is gone, of the one in an absolute entry of
# PATH: an empty or relative one has whatever somebody put into the working directory.
fn program {
    # Here `init` writes its path.
    var program = ''
    for directory $paths {
        if (has-external $program) {
            break
        } elif (str:has-prefix $directory /) {
            set program = $directory/pivot-complete
        }
    }
    put $program
}

# The lines of the answer: none at all when the program is missing or fails.
fn answer {|@words|
    # Each word is quoted, for the program reads them as Python's shlex does.
    fn quoted {|word| put "'"(str:replace "'" "'\\''" $word)"'" }
    tmp E:COMP_WORDS = (str:join "\n" [(each $quoted~ $words)])
    tmp E:COMP_CWORD = (to-string (- (count $words) 1))
    try {
        var complete = (external (program))
        str:split "\n" ($complete complete --rich elvish 1 </dev/null 2>/dev/null | slurp)
    } catch _ { }
}

# Elvish's own completion of a path, of which `start` is no part.
fn paths {|kind start word|
    edit:complete-filename (str:trim-prefix $word $start) | each {|path|
        if (or (eq $kind file) (str:has-suffix $path[stem] /)) {
            edit:complex-candidate $start$path[stem] ^
                &display=$path[display] &code-suffix=$path[code-suffix]
        }
    }
}

set edit:completion:arg-completer[pivot] = {|@words|
    var first @lines = (answer $@words) ''
    var head = [(re:find '^(none|file|dir):(\P{Cc}*)$' $first)]
    if (eq $head []) {
        return
    }
    var kind start = $head[0][groups][1][text] $head[0][groups][2][text]

    # Lines are a value, or a value, a TAB and its description.
    for line $lines {
        var value @help = (str:split &max=2 "\t" $line)
        if (re:match '^\P{Cc}+$' $value) {
            var display = $value
            if (not-eq [] $help) {
                set display = $value' ('(re:replace '\p{Cc}' ' ' $help[0])')'
            }
            edit:complex-candidate $start$value &display=$display &code-suffix=' '
        }
    }
    if (not-eq $kind none) {
        paths $kind $start $words[-1]
    }
}
