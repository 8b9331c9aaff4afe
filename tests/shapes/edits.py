"""Random edits of three projects, compared with Pivot: `edits.py DRIVER CHECK WORK COUNT SEED`.

Each edit starts from the project as it is in `projects/`. Where the check says that no name can have
changed, a discovery must give the same names, targets and blurbs. Prints the share of each kind of edit
that needs no discovery, and with SHOW=1 how many more need none; ends with 1 where an edit was taken for one that it is not.
"""

import ast
import collections
import io
import os
import random
import sys
import tokenize
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from warm import Discovery, is_same, project, warm, write  # noqa: E402

SHOW = os.environ.get("SHOW")
PROJECTS = Path(__file__).parent / "projects"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
WORDS = ["x", "value", "None", "1", "2.5", "'text'", "True", "[]", "{}", "name", "len", "self"]


class Text:
    """A module's text, its tree, and where its nodes stand."""

    def __init__(self, text):
        self.text, self.tree = text, ast.parse(text)
        self.starts = [0]
        for line in text.encode().splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def span(self, node):
        start = self.starts[node.lineno - 1] + node.col_offset
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    def replaced(self, node, new):
        start, end = self.span(node)
        content = self.text.encode()
        return (content[:start] + new.encode() + content[end:]).decode()

    def of(self, node):
        start, end = self.span(node)
        return self.text.encode()[start:end].decode()

    def nodes(self, *kinds):
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]

    def in_functions(self):
        """All nodes inside of functions, and those outside."""
        inside = set()
        for function in self.nodes(*FUNCTIONS):
            body = function.body if isinstance(function.body, list) else [function.body]
            for statement in body:
                inside.update(ast.walk(statement))
        return inside


def is_docstring(text, node):
    owners = text.nodes(ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return any(ast.get_docstring(o, clean=False) is not None and o.body[0].value is node for o in owners)


def body(text, chance):
    inside = text.in_functions()
    return some_value(text, chance, [node for node in inside if isinstance(node, ast.expr)])


def constant(text, chance):
    inside = text.in_functions()
    outside = [node for node in text.nodes(ast.Constant) if node not in inside and hasattr(node, "lineno")]
    return some_value(text, chance, outside)


def some_value(text, chance, nodes):
    nodes = sorted((n for n in nodes if not is_docstring(text, n)), key=text.span)
    if not nodes:
        return None
    node = chance.choice(nodes)
    old = text.of(node)
    new = chance.choice(
        [chance.choice(WORDS), f"({old})", f"[{old}][0]", f"({old} or 1)", repr(f"z{chance.randrange(9)}"), str(chance.randrange(99)), old]
    )
    return text.replaced(node, new)


def comment(text, chance):
    lines = text.text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines) + 1)
        lines.insert(at, chance.choice(["\n", "# a remark\n", "    # a remark\n", "\n\n", "#\n"]))
    return "".join(lines)


def formatting(text, chance):
    way = chance.randrange(5)
    if way == 0:
        return ast.unparse(text.tree)
    if way == 1:
        return text.text.replace('"', "'") if "'" not in text.text else text.text.replace("    ", "        ")
    if way == 2:
        return text.text.replace("    ", chance.choice(["  ", "\t", "   "]))
    node = chance.choice(sorted(text.nodes(ast.FunctionDef, ast.ClassDef), key=text.span))
    if way == 3 and node.col_offset == 0:
        return text.replaced(node, ast.unparse(strip_decorators(node)))
    calls = sorted(text.nodes(ast.Call), key=text.span)
    if not calls:
        return None
    call = chance.choice(calls)
    return text.replaced(call, text.of(call).replace(", ", ",\n" + " " * 40))


def strip_decorators(node):
    copy = ast.parse(ast.unparse(node)).body[0]
    copy.decorator_list = []
    return copy


def signature(text, chance):
    functions = sorted(text.nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda), key=text.span)
    if not functions:
        return None
    function = chance.choice(functions)
    arguments = function.args
    every = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    way = chance.randrange(4)
    if way == 0 and (arguments.defaults or arguments.kw_defaults):
        defaults = [node for node in arguments.defaults + arguments.kw_defaults if node]
        return text.replaced(chance.choice(defaults), chance.choice(WORDS)) if defaults else None
    if way == 1 and every:
        node = chance.choice(every)
        return text.replaced(node, chance.choice(["other", "self", "x", node.arg + "_"]))
    if way == 2 and every:
        node = every[-1]
        return text.replaced(node, text.of(node) + chance.choice([", more=1", "=None", ", /", ", *rest"]))
    if way == 3 and not isinstance(function, ast.Lambda) and function.returns:
        return text.replaced(function.returns, chance.choice(["int", "dict", "'dict'", "None"]))
    return None


def decorator(text, chance):
    owners = sorted(text.nodes(ast.FunctionDef, ast.ClassDef), key=text.span)
    owner = chance.choice(owners)
    if owner.decorator_list and chance.random() < 0.7:
        node = chance.choice(owner.decorator_list)
        new = chance.choice(["staticmethod", "lambda it: it", text.of(node), "classmethod", "property"])
        return text.replaced(node, new)
    lines = text.text.splitlines(keepends=True)
    new = chance.choice(["@(lambda it: it)", "@staticmethod", "@property", "@print"])
    lines.insert(owner.lineno - 1, " " * owner.col_offset + new + "\n")
    return "".join(lines)


def docstring(text, chance):
    nodes = [node for node in text.nodes(ast.Constant) if is_docstring(text, node)]
    if not nodes:
        return None
    node = chance.choice(sorted(nodes, key=text.span))
    new = chance.choice(['"""Something else."""', '""', "pass", '"""' + node.value + '\n\n    More."""'])
    return text.replaced(node, new)


def statement(text, chance):
    owners = [node for node in ast.walk(text.tree) if isinstance(getattr(node, "body", None), list) and node.body]
    owners.sort(key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
    owner = chance.choice(owners)
    node = chance.choice(owner.body)
    old, blank = text.of(node), " " * node.col_offset
    new = chance.choice(
        ["pass", f"{old}\n{blank}{old}", f"if True:\n{blank}    pass\n{blank}{old}", f"z = 1\n{blank}{old}", f"{old}\n{blank}assert True", "return 1", "yield 1", "raise ValueError"]
    )
    return text.replaced(node, new)


def token(text, chance):
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text.text).readline) if t.string.strip()]
    old, new = chance.choice(tokens), chance.choice(tokens)
    lines = text.text.splitlines(keepends=True)
    if old.start[0] != old.end[0]:
        return None
    line = lines[old.start[0] - 1]
    lines[old.start[0] - 1] = line[: old.start[1]] + new.string + line[old.end[1] :]
    return "".join(lines)


KINDS = [body, body, body, comment, formatting, signature, constant, decorator, docstring, statement, token]


def edited(files, chance):
    """Some files with edits in them, and of which kind these are."""
    found, kinds = {}, []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        path = chance.choice(sorted(files))
        kind = chance.choice(KINDS)
        try:
            new = kind(Text(found.get(path, files[path])), chance)
        except (SyntaxError, tokenize.TokenError, ValueError, IndexError):
            # One edit before it left no Python.
            continue
        if new is not None and new != found.get(path, files[path]):
            found[path] = new
            kinds.append(kind.__name__)
    return {path: text for path, text in found.items() if text != files[path]}, kinds


def main():
    count, seed = int(sys.argv[4]), int(sys.argv[5])
    chance = random.Random(seed)
    projects = []
    for top in sorted(PROJECTS.iterdir()):
        files = {str(path.relative_to(top)): path.read_text() for path in sorted(top.rglob("*.py"))}
        directory = project(top.name, files)
        warm(directory)
        before = Discovery(directory)
        assert before.told != "failed", before.failure
        assert len(before.shapes) == len(files), (before.why, before.shapes.keys())
        projects.append((directory, files, before))
    by_kind, wrong = collections.Counter(), 0
    tried = same = needless = 0
    while tried < count:
        directory, files, before = chance.choice(projects)
        new, kinds = edited(files, chance)
        if not new:
            continue
        tried += 1
        contents = {str(directory / path): text.encode() for path, text in new.items()}
        is_same_here = is_same(before, contents)
        after = None
        if is_same_here or SHOW:
            for path, text in new.items():
                write(directory / path, text)
            after = Discovery(directory)
            for path in new:
                write(directory / path, files[path])
        kind = kinds[0] if len(kinds) == 1 else "several"
        by_kind[kind, "all"] += 1
        if is_same_here:
            same += 1
            by_kind[kind, "same"] += 1
            if after.told != before.told:
                wrong += 1
                print(f"WRONG {kinds} in {directory.name}: {before.told} {after.told}")
                for path, text in new.items():
                    print(f"--- {path}\n{text}")
        else:
            needless += bool(after) and after.told == before.told
    for kind in sorted({kind for kind, _ in by_kind}):
        print(f"{kind:12} {by_kind[kind, 'same']:5} of {by_kind[kind, 'all']:5} without discovery")
    share = 100 * same / tried
    print(f"{tried} edits, seed {seed}: {same} ({share:.0f} %) without discovery, {wrong} wrong")
    if SHOW:
        print(f"{needless} were discovered for the same names")
    return 1 if wrong or not same else 0


if __name__ == "__main__":
    sys.exit(main())
