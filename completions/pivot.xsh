# First stop of a TAB: xonsh calls _pivot_complete with the command under the cursor, which asks
# pivot-complete once. What it gives back is inserted as it is, so values are quoted here; xonsh
# sorts them. For xonsh 0.25 and later, in its rc.xsh:
#
#     if !(which pivot-complete): execx($(pivot-complete init xonsh))


def _pivot_complete_register():
    import ast
    import os
    import re
    import shlex
    import subprocess
    import warnings

    from xonsh.built_ins import XSH
    from xonsh.completers.completer import add_one_completer
    from xonsh.completers.path import contextual_complete_path
    from xonsh.completers.tools import RichCompletion, apply_lprefix, contextual_command_completer

    @contextual_command_completer
    def complete(command):
        """Completes Pivot's command line."""
        if not command.arg_index or os.path.basename(command.args[0].value) != "pivot":
            return None
        words = [text(argument.raw_value) for argument in command.args[: command.arg_index]]
        word = text(command.raw_prefix)
        lines = answer([*words, word])
        head = re.fullmatch(r"(none|file|dir):([^\0-\x1f\x7f-\x9f]*)", lines[0])
        kind, start = head.groups() if head else ("none", "")
        found = []
        # Lines are a value, or a value, a TAB and its description.
        for line in lines[1:] if head else []:
            value, _, help = line.partition("\t")
            if re.fullmatch(r"[^\0-\x1f\x7f-\x9f]+", value):
                found += candidate(command, start, value, re.sub(r"[\0-\x1f\x7f-\x9f]", " ", help))
        if kind != "none":
            found += paths(command, kind, start, word)
        if not found:
            # Names of Python's or files are no answer: nobody else is asked.
            raise StopIteration
        return iter(found)

    def answer(words):
        """The lines of the answer: an empty one when the program is missing or fails."""
        question = {
            # Each word is quoted, for the program reads them as shlex does.
            "COMP_WORDS": "\n".join(map(shlex.quote, words)),
            "COMP_CWORD": str(len(words) - 1),
        }
        try:
            run = subprocess.run(
                [program(), "complete", "--rich", "xonsh", "1"],
                env={**XSH.env.detype(), **question},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            return run.stdout.decode().split("\n")
        except (OSError, ValueError):
            return [""]

    def program():
        """The path of the program that printed this.

        Where it is gone, of the one in an absolute entry of PATH: an empty or relative one has
        whatever somebody put into the working directory.
        """
        # Here `init` writes its path.
        program = ''
        for directory in XSH.env.get("PATH", ()):
            if os.path.isfile(program) and os.access(program, os.X_OK):
                break
            if os.path.isabs(directory):
                program = os.path.join(directory, "pivot-complete")
        return program

    def candidate(command, start, value, help=""):
        """What takes the place of the word, unless its quotes make that impossible."""
        # A quote that is closed behind the cursor stays there.
        behind = "" if command.is_after_closing_quote else command.closing_quote
        quoted = quote(start + value, behind or command.opening_quote.lstrip("rRfFpPbBuU"))
        if quoted.endswith(behind):
            yield RichCompletion(
                quoted[: len(quoted) - len(behind)],
                prefix_len=len(command.raw_prefix),
                display=value,
                description=help,
                append_closing_quote=False,
                append_space=not (behind or is_readline() or value.endswith(os.sep)),
            )

    def is_readline():
        """Whether the line editor is readline, for which xonsh cuts at the last blank."""
        return getattr(XSH.shell, "shell_type", None) == "readline"

    def paths(command, kind, start, word):
        """Xonsh's own completion of a path, of which `start` is no part."""
        only = os.path.isdir if kind == "dir" else None
        if not start:
            yield from apply_lprefix(*contextual_complete_path(command, filtfunc=only))
            return
        # Xonsh would quote the path alone, and pass on the quotes.
        path = command._replace(prefix=word[len(start) :], opening_quote="", closing_quote="")
        for found in contextual_complete_path(path, filtfunc=only)[0]:
            yield from candidate(command, start, os.path.expanduser(text(found.strip())))

    def text(word):
        """What a word of the line stands for; a quote may still be open in it."""
        if not re.match(r"[rRuU]?['\"]", word):
            return word
        for end in ("", "'", '"', "'''", '"""'):
            try:
                with warnings.catch_warnings(action="ignore"):
                    literal = ast.literal_eval(word + end)
            except (SyntaxError, ValueError):
                continue
            return literal if isinstance(literal, str) else word
        return word

    def quote(value, preferred):
        """A word of xonsh's that is exactly this argument."""
        if not preferred and re.fullmatch(r"(?!(?:and|or)$)[\w./:@%+=-]+", value):
            return value
        # In raw strings alone nothing is expanded.
        raw = "r" if re.search(r"[$~\\]", value) else ""
        for mark in (preferred or "'", "'", '"', "'''", '"""'):
            quoted = f"{raw}{mark}{value}{mark}"
            if text(quoted) == value:
                return quoted
        # Any string can be an expression; readline would cut it at the last blank.
        return f"@({value!r})".replace(" ", r"\x20")

    XSH.completers.pop("pivot", None)
    add_one_completer("pivot", complete, "start")


_pivot_complete_register()
del _pivot_complete_register
