"""A second click application, "orchard", asked by real click: what the tests compare with.

Reads a question a line, "SHELL COMP_WORDS COMP_CWORD" in hexadecimal digits but for SHELL, and prints
what the application's own completion prints, in hexadecimal digits.
"""

import os
import sys

import click
from click.shell_completion import CompletionItem, get_completion_class

TREES = {"apple": "red", "apricot": "orange", "pear": None, "quince": "yellow: sour"}
ROOTSTOCKS = {"apple": ["M9", "M26", "MM106"], "pear": ["Quince A", "Pyrodwarf"]}


def trees(context, param, incomplete):
    found = TREES.items()
    return [CompletionItem(tree, help=help) for tree, help in found if tree.startswith(incomplete)]


def rootstocks(context, param, incomplete):
    found = ROOTSTOCKS.get(context.params.get("tree"), [])
    return [rootstock for rootstock in found if rootstock.startswith(incomplete)]


@click.group()
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("--plan", type=click.Path(dir_okay=False))
def orchard(verbose, plan):
    pass


@orchard.command(short_help="Pick fruit")
@click.argument("tree", nargs=-1, shell_complete=trees)
@click.option("--basket", type=click.Choice(["small", "large"]), help="Where to put it.")
def pick(tree, basket):
    pass


@orchard.command(short_help="Graft a tree")
@click.argument("tree", shell_complete=trees)
@click.argument("rootstock", shell_complete=rootstocks)
def graft(tree, rootstock):
    pass


def main():
    for question in sys.stdin:
        shell, *digits = question.rstrip("\n").split(" ")
        words, word = (bytes.fromhex(text).decode() for text in digits)
        os.environ.update(COMP_WORDS=words, COMP_CWORD=word)
        complete = get_completion_class(shell)
        answer = complete(orchard, {}, "orchard", "_ORCHARD_COMPLETE").complete()
        print((answer + "\n").encode().hex(), flush=True)


main()
