# Real click, in process. One answer for each line, in hexadecimal digits:
#
#   split TEXT                       the words of split_arg_string, each after a blank
#   complete DIRECTORY SHELL COMP_WORDS COMP_CWORD
#                                    the bytes that Pivot prints there to SHELL
#
# TEXT, COMP_WORDS and COMP_CWORD are in hexadecimal digits and may be empty.
import os
import sys

from click.shell_completion import get_completion_class, split_arg_string


def text(digits):
    return os.fsdecode(bytes.fromhex(digits))


def complete(directory, shell, words, cword):
    from pivot.cli import cli

    os.chdir(directory)
    os.environ["COMP_WORDS"], os.environ["COMP_CWORD"] = text(words), text(cword)
    # As BaseCommand._main_shell_completion does, where click.echo adds the newline.
    printed = get_completion_class(shell)(cli, {}, "pivot", "_PIVOT_COMPLETE").complete() + "\n"
    return printed.encode("utf-8", "surrogateescape").hex()


def split(digits):
    return "".join(" " + os.fsencode(word).hex() for word in split_arg_string(text(digits)))


answers = {"complete": complete, "split": split}
for line in sys.stdin:
    what, *rest = line.rstrip("\n").split(" ")
    print(answers[what](*rest))
