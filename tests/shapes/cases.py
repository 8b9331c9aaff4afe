"""Each condition of an edit that cannot change a name (ARCHITECTURE.md, "Decisions"), broken: `cases.py DRIVER CHECK WORK`.

A case is a module `helper.py`, of which a stage's name depends as `NAME` says, and what is edited in
it. An edit that gives another name, or another first line of a docstring, must have another shape, or
there must be none. With SHOW=1 it is also shown that names differ where they are said to. Prints what
was done; ends with 1 where an edit was taken for one that it is not.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from warm import Discovery, is_same, project, warm, write  # noqa: E402

SHOW = os.environ.get("SHOW")
PIPELINE = '''\
import os, sys, zlib
from pivot import Pipeline, stage
{head}
import helper

def make(name):
    def run() -> dict:
        return dict(a=1)
    run.__name__ = run.__qualname__ = name
    return stage(run)

pipeline = Pipeline("demo")
with pipeline:
    make("s%x" % zlib.crc32(str(helper.NAME).encode()))()
'''


class Case:
    def __init__(self, title, helper, old, new, head="", files=None, edits=None, shows=True):
        self.title, self.helper, self.head = title, helper, head
        self.old, self.new, self.edits = old, new, edits
        self.files = files or {}
        # Whether the names differ; otherwise they are the same, and so must be said to be.
        self.shows = shows


def changes(title, helper, old, new, **more):
    return Case(title, helper, old, new, **more)


def inert(title, helper, old, new, **more):
    return Case(title, helper, old, new, shows=False, **more)


BODY = "def f(a=1):\n    # it\n    return 1\n"
CLASS = "class C:\n    def m(self): self.x = 1\n"
META = """\
class M(type):
    n = 1
    def __new__(m, n, b, d, **k):
        {does}
class C(metaclass=M):
    def m(self): self.x = 1
NAME = C.n
"""
PLAIN = "def f():\n    return 1\n"
LOADER = """\
import importlib.machinery, importlib.util, sys, os
class Loader(importlib.machinery.SourceFileLoader):
    {method}
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "helper":
            file = os.path.join(os.path.dirname(__file__), "helper.py")
            return importlib.util.spec_from_file_location(name, file, loader=Loader(name, file))
sys.meta_path.insert(0, Finder())
"""
PATCHED = """\
import importlib.machinery
plain = importlib.machinery.SourceFileLoader.{name}
def patched(self, *a, **k):
    got = plain(self, *a, **k)
    {what}
importlib.machinery.SourceFileLoader.{name} = patched
"""
DOUBLE = "return compile(data.replace(b'return 1', b'return 1\\nNAME = 7'), path, 'exec')"

CASES = [
    # What may be edited.
    inert("a body", BODY + "NAME = 1\n", "return 1", "x = 2; return x"),
    inert("a comment", BODY + "NAME = 1\n", "# it", "# that, and more\n    # of it"),
    inert("lines before", BODY + "NAME = 1\n", "def f", "# head\n\n\ndef f"),
    inert("quotes and blanks", "X = 'a'\nNAME = X\n", "X = 'a'", 'X   =  "a"'),
    inert("a method", "class C:\n    def m(self):\n        self.x = 1\nNAME = 1\n", "self.x = 1", "self.x = 2"),
    inert("a class below", "class C:\n    x = 3\n    def m(self):\n        pass\nNAME = C.x\n", "class", "\n\nclass"),
    inert("a class below, and a metaclass that hands on", META.format(does="return super().__new__(m, n, b, d, **k)"), "class C", "\n\nclass C"),
    inert("a class below, and a metaclass that calls", "class M(type):\n    def __call__(c, *a):\n        return super().__call__(*a)\nclass C(metaclass=M):\n    def m(self): pass\nC()\nNAME = 1\n", "class C", "\n\nclass C"),
    inert("lines before, and vars without a class", "import types\n" + BODY + "NAME = vars(types.SimpleNamespace(a=1))\n", "def f", "\ndef f"),
    inert("a nested body", "def f():\n    def g(): return 1\n    return g\nNAME = 1\n", "return 1", "return 2"),
    inert("a generator's body", "def f():\n    yield 1\nF = f()\nNAME = 1\n", "yield 1", "yield 2; yield 3"),
    inert("a coroutine's body", "async def f():\n    await 1\nNAME = 1\n", "await 1", "await 2"),
    inert("a dataclass's method", "import dataclasses\n@dataclasses.dataclass\nclass C:\n    a: int = 1\n    def m(self):\n        return 1\nNAME = C().a\n", "return 1", "return 2"),
    inert("a wrapped body", "import functools\ndef d(f):\n    @functools.wraps(f)\n    def w(*a):\n        return f(*a)\n    return w\n@d\ndef f():\n    return 1\nNAME = f.__name__\n", "return 1", "return 2"),
    inert("a body whose signature was read", "import inspect\n" + BODY + "NAME = inspect.signature(f)\n", "return 1", "return 2"),
    inert("a warning in an import", "import sqlite3\nsqlite3.connect(':memory:')\n" + BODY + "NAME = 1\n", "return 1", "return 2"),
    inert("a set", "X = 1 in {'a', 'b', 'c'}\n" + BODY + "NAME = X\n", "return 1", "return 2"),
    inert("after a log", "import logging\nlogging.warning('x')\n" + BODY + "NAME = 1\n", "return 1", "return 2"),
    # What may not.
    changes("a body that ran", BODY + "NAME = f()\n", "return 1", "return 2"),
    changes("a body that ran in the middle of another", "def f():\n    def g(): return 1\n    return g()\nNAME = f()\n", "return 1", "return 2"),
    changes("a generator that began", "def f():\n    yield 1\nNAME = next(f())\n", "yield 1", "yield 2"),
    changes("a coroutine that ran", "import asyncio\nasync def f():\n    return 1\nNAME = asyncio.run(f())\n", "return 1", "return 2"),
    changes("a body that ran in a thread", "import threading\nR = []\ndef f():\n    R.append(1)\nt = threading.Thread(target=f); t.start(); t.join()\nNAME = R\n", "(1)", "(2)"),
    changes("a method that ran", "class C:\n    def m(self):\n        return 1\nNAME = C().m()\n", "return 1", "return 2"),
    changes("a property that ran", "class C:\n    @property\n    def m(self):\n        return 1\nNAME = C().m\n", "return 1", "return 2"),
    changes("a lambda that ran", "f = lambda: 1\nNAME = f()\n", ": 1", ": 2"),
    changes("a comprehension", "NAME = [i for i in range(3)]\n", "range(3)", "range(4)"),
    changes("a generator expression", "NAME = sum(i for i in range(3))\n", "range(3)", "range(5)"),
    changes("a body that another ran", "def f(): return 1\nNAME = list(map(lambda x: f(), [1]))\n", "return 1", "return 2"),
    changes("a default", "def f(a=1): pass\nNAME = f.__defaults__\n", "a=1", "a=2"),
    changes("a default of a keyword", "def f(*, a=1): pass\nNAME = f.__kwdefaults__\n", "a=1", "a=2"),
    changes("a decorator", "def d(n):\n    def e(f):\n        f.n = n\n        return f\n    return e\n@d(1)\ndef f(): pass\nNAME = f.n\n", "@d(1)", "@d(2)"),
    changes("a decorator's body", "def d(f):\n    f.n = 1\n    return f\n@d\ndef f(): pass\nNAME = f.n\n", "n = 1", "n = 2"),
    changes("an evaluated annotation", "def f(a: 'x' 'y'): pass\nNAME = f.__annotations__\n", "'y'", "'z'"),
    changes("an annotation as text", "from __future__ import annotations\ndef f(a: int): pass\nNAME = f.__annotations__\n", "a: int", "a: str"),
    changes("a class body", "class C:\n    x = 1\n    def m(self): pass\nNAME = C.x\n", "x = 1", "x = 2"),
    changes("a class body that has the number of its line", "class C:\n    x = 1\n    def m(self): pass\nNAME = C.x\n", "class C:\n    x = 1", "\nclass C:\n    x = 2"),
    changes("a base", "class A: n = 1\nclass B: n = 2\nclass C(A):\n    pass\nNAME = C.n\n", "C(A)", "C(B)"),
    changes("a docstring", 'def f():\n    """one"""\nNAME = f.__doc__\n', "one", "two"),
    changes("a docstring of a method", 'class C:\n    def f(self):\n        """one"""\nNAME = C.f.__doc__\n', "one", "two"),
    changes("a docstring of a class", 'class C:\n    """one"""\nNAME = C.__doc__\n', "one", "two"),
    changes("a docstring that comes", "def f():\n    1\n    return 2\nNAME = f.__doc__\n", "    1\n", '    "1"\n'),
    changes("async", "def f(): return 1\nimport inspect\nNAME = inspect.iscoroutinefunction(f)\n", "def", "async def"),
    changes("a generator", "def f(): return 1\nimport inspect\nNAME = inspect.isgeneratorfunction(f)\n", "return 1", "yield 1"),
    changes("a generator that is called", "def f(): return 1\nNAME = type(f()).__name__\n", "return 1", "yield 1"),
    changes("a signature", "import inspect\ndef f(a): pass\nNAME = inspect.signature(f)\n", "(a)", "(a, b)"),
    changes("a name of an argument", "import inspect\ndef f(a): pass\nNAME = inspect.signature(f)\n", "(a)", "(b)"),
    changes("a kind of an argument", "import inspect\ndef f(a): pass\nNAME = [str(p.kind) for p in inspect.signature(f).parameters.values()]\n", "(a)", "(a, /)"),
    changes("a name of the rest", "import inspect\ndef f(*a, **k): pass\nNAME = inspect.signature(f)\n", "**k", "**kw"),
    changes("a function's name", "def f(): pass\nNAME = [n for n in dir() if n[0] != '_']\n", "def f", "def g"),
    changes("a closure variable", "def d():\n    x = 1; y = 2\n    def f():\n        return x\n    return f\nNAME = len(d().__closure__)\n", "return x", "return x + y"),
    changes("a closure variable's value", "def d():\n    x = 1; y = 2\n    def f():\n        return x\n    return f\nNAME = d().__closure__[0].cell_contents\n", "return x", "return y"),
    changes("a class cell", "class M(type):\n    def __new__(m, n, b, d):\n        m.n = '__classcell__' in d\n        return super().__new__(m, n, b, d)\nclass C(metaclass=M):\n    def f(self): return 1\nNAME = C.n\n", "def f(self): return 1", "def f(self): return super()"),
    changes("a constant", "X = 1\nNAME = X\n", "X = 1", "X = 2"),
    changes("a constant's type", "X = 1\nNAME = repr(X)\n", "X = 1", "X = True"),
    changes("a constant's sign", "X = 0.0\nNAME = repr(X)\n", "0.0", "-0.0"),
    changes("a set of other members", "NAME = 'a' in {'a', 'b'}\n", "{'a', 'b'}", "{'c', 'b'}"),
    changes("bytes and text", "X = b'a'\nNAME = type(X).__name__\n", "b'a'", "'a'"),
    changes("an import", "from os import sep as X\nNAME = len(X)\n", "sep", "devnull"),
    changes("an order", "X = 1\nX = 2\nNAME = X\n", "X = 1\nX = 2", "X = 2\nX = 1"),
    changes("a future", "X = 1 if '__future__' in dir() else 2\ndef f(a: int): pass\nNAME = repr(f.__annotations__)\n", "X = 1", "from __future__ import annotations\nX = 1"),
    changes("a branch of an exception", "try:\n    {}['a']\nexcept KeyError:\n    X = 1\nexcept LookupError:\n    X = 2\nNAME = X\n", "KeyError", "TypeError"),
    changes("a syntax error", BODY + "NAME = 1\n", "return 1", "return ("),
    changes("a name of a generic's", "class C[T]:\n    x = 1\nNAME = C.__type_params__\n", "[T]", "[U]"),
    changes("an alias", "type X = int\nNAME = X.__value__\n", "int", "str"),
    # Who looks at sources.
    changes("inspect.getsource", "import inspect\n" + BODY + "NAME = len(inspect.getsource(f))\n", "return 1", "return 11"),
    changes("inspect.getsource of another", BODY + "NAME = 1\n", "return 1", "return 11", head="import inspect, helper\nhelper.NAME = len(inspect.getsource(helper.f))\n"),
    changes("inspect.getsourcelines", "import inspect\n" + BODY + "NAME = inspect.getsourcelines(f)[1]\n", "def f", "\ndef f"),
    changes("inspect.getcomments", "import inspect\n# one\n" + BODY + "NAME = inspect.getcomments(f)\n", "one", "two"),
    changes("a loader's get_source", "import sys\n" + BODY + "NAME = len(__loader__.get_source(__name__))\n", "return 1", "return 11"),
    changes("a loader's get_data", "import sys\n" + BODY + "NAME = len(__loader__.get_data(__file__))\n", "return 1", "return 11"),
    changes("a loader's get_code", BODY + "NAME = [c.co_consts for c in __loader__.get_code(__name__).co_consts if hasattr(c, 'co_code')]\n", "return 1", "return 11"),
    changes("pkgutil.get_data", "import pkgutil, os\n" + BODY + "NAME = len(pkgutil.get_data(__name__, 'helper.py'))\n", "return 1", "return 11"),
    changes("reading itself", BODY + "NAME = len(open(__file__).read())\n", "return 1", "return 11"),
    changes("reading itself by a descriptor", "import os\n" + BODY + "fd = os.open(os.path.dirname(__file__), os.O_RDONLY)\nNAME = len(os.read(os.open('helper.py', os.O_RDONLY, dir_fd=fd), 999))\n", "return 1", "return 11"),
    changes("reading itself at the end", BODY + "class N:\n    def __str__(self): return str(len(open(__file__).read()))\nNAME = N()\n", "return 1", "return 11"),
    changes("a size", "import os\n" + BODY + "NAME = os.path.getsize(__file__)\n", "return 1", "return 11"),
    changes("a stat", "import os\n" + BODY + "NAME = os.stat(__file__).st_size\n", "return 1", "return 11"),
    changes("an mtime", "import pathlib\n" + BODY + "NAME = pathlib.Path(__file__).stat().st_mtime_ns\n", "return 1", "return 2"),
    changes("a stat without links", "import os\n" + BODY + "NAME = os.lstat(__file__).st_size\n", "return 1", "return 11"),
    changes("an entry's stat", "import os\n" + BODY + "NAME = [e.stat().st_size for e in os.scandir(os.path.dirname(__file__)) if e.name == 'helper.py']\n", "return 1", "return 11"),
    changes("a stat by a descriptor", "import os\n" + BODY + "NAME = os.fstat(os.open(__file__, os.O_RDONLY)).st_size\n", "return 1", "return 11"),
    changes("a size below a directory", "import os\n" + BODY + "NAME = os.stat('helper.py', dir_fd=os.open(os.path.dirname(__file__), os.O_RDONLY)).st_size\n", "return 1", "return 11"),
    changes("the newest of some", "import glob, os\n" + BODY + "NAME = os.path.basename(max(sorted(glob.glob(os.path.dirname(__file__) + '/[hz]*.py')), key=os.path.getsize))\n", "return 1", "return '" + "x" * 200 + "'", files={"z.py": "#" * 200}),
    changes("a copy", "import shutil, os\n" + BODY + "t = os.path.dirname(__file__) + '/copy.txt'\nshutil.copy(__file__, t)\nNAME = len(open(t).read())\n", "return 1", "return 11"),
    inert("whether it is there", "import os\n" + BODY + "NAME = os.path.exists(__file__), os.path.isfile(__file__)\n", "return 1", "return 2"),
    inert("a directory's names", "import os\n" + BODY + "NAME = sorted(n for n in os.listdir(os.path.dirname(__file__)) if n[0] not in '_.')\n", "return 1", "return 2"),
    changes("linecache", "import linecache\n" + BODY + "NAME = linecache.getline(__file__, 4)\n", "return 1", "return 11"),
    changes("importlib.resources", "import importlib.resources, sys, os\n" + BODY + "NAME = len(importlib.resources.files('pack').joinpath('m.py').read_text())\n", "return 1", "return 11", files={"pack/__init__.py": "", "pack/m.py": BODY}, edits="pack/m.py", head="import pack.m"),
    changes("ast", "import ast\n" + BODY + "NAME = len(ast.dump(ast.parse(open(__file__).read())))\n", "return 1", "return [1]"),
    changes("tokenize", "import tokenize\n" + BODY + "with tokenize.open(__file__) as s: NAME = len(s.read())\n", "return 1", "return 11"),
    changes("bytecode", "import glob, os\n" + BODY + "p = glob.glob(os.path.dirname(__file__) + '/__pyc*/helper.*pyc')[0]\nNAME = open(p, 'rb').read()\n", "return 1", "return 'abcdef'"),
    changes("exec of itself", "import os\n" + BODY + "NAME = 0\nif __name__ == 'helper':\n    s = {'__name__': 'x'}\n    exec(open(__file__).read(), s)\n    NAME = s['f']()\n", "return 1", "return 2"),
    changes("runpy", "import runpy\n" + BODY + "NAME = 0\nif __name__ == 'helper':\n    NAME = runpy.run_path(__file__)['f']()\n", "return 1", "return 2"),
    changes("loaded twice", "import importlib.util\n" + BODY + "NAME = 0\nif __name__ == 'helper':\n    s = importlib.util.spec_from_file_location('again', __file__)\n    m = importlib.util.module_from_spec(s); s.loader.exec_module(m)\n    NAME = m.f()\n", "return 1", "return 2"),
    changes("reloaded", BODY + "NAME = 1\nR = 0\n", "return 1", "return 2", head="import helper, importlib\nimportlib.reload(helper)\nhelper.NAME = helper.f()\n"),
    # Who looks at code.
    changes("__code__", BODY + "NAME = f.__code__.co_consts\n", "return 1", "return 2"),
    changes("__code__ by getattr", BODY + "NAME = getattr(f, '__co' + 'de__').co_consts\n", "return 1", "return 2"),
    changes("__code__ by attrgetter", "import operator\n" + BODY + "NAME = operator.attrgetter('__code__.co_consts')(f)\n", "return 1", "return 2"),
    changes("__code__ of a method", "class C:\n    def m(self):\n        return 1\nNAME = C().m.__code__.co_consts\n", "return 1", "return 2"),
    changes("__code__ by members", "import inspect\n" + BODY + "NAME = dict(inspect.getmembers(f))['__code__'].co_consts\n", "return 1", "return 2"),
    changes("getclosurevars", "import inspect\n" + BODY + "Z = 1; Y = 2\ndef g():\n    return Z\nNAME = sorted(inspect.getclosurevars(g).globals)\n", "return Z", "return Z + Y"),
    changes("gi_code", "def f():\n    yield 1\nNAME = f().gi_code.co_consts\n", "yield 1", "yield 2"),
    changes("a frame's code", "import sys\ndef f():\n    return 1\nNAME = [c.co_consts for c in sys._getframe().f_code.co_consts if hasattr(c, 'co_code')]\n", "return 1", "return 2"),
    changes("dis", "import dis, io\n" + BODY + "o = io.StringIO(); dis.dis(f, file=o)\nNAME = o.getvalue()\n", "return 1", "return 2"),
    changes("gc.get_referents", "import gc\n" + BODY + "NAME = [c.co_consts for c in gc.get_referents(f) if hasattr(c, 'co_code')]\n", "return 1", "return 2"),
    changes("gc.get_objects", "import gc\n" + BODY + "NAME = [c.co_consts for c in gc.get_objects() + gc.get_referents(f) if hasattr(c, 'co_code') and c.co_name == 'f' and 'helper' in c.co_filename]\n", "return 1", "return 2"),
    changes("cloudpickle", "import cloudpickle, pickle\n" + BODY + "import sys\ncloudpickle.register_pickle_by_value(sys.modules[__name__])\nNAME = len(cloudpickle.dumps(f))\n", "return 1", "return 'abcdefg'"),
    changes("a copied function", "import types\n" + PLAIN + "g = types.FunctionType(f.__code__, {})\nNAME = g()\n", "return 1", "return 2"),
    changes("replaced code", PLAIN + "def g(): return 0\ng.__code__ = f.__code__\nNAME = g()\n", "return 1", "return 2"),
    changes("sys.settrace", "import sys\nR = []\ndef t(frame, event, arg):\n    R.append(frame.f_lineno)\nsys.settrace(t)\ndef g(): pass\ng()\nsys.settrace(None)\nNAME = R\n", "def g", "\ndef g"),
    changes("sys.setprofile", "import sys\nR = []\ndef t(frame, event, arg):\n    R.append(repr(frame).split('line')[1][:4])\nsys.setprofile(t)\ndef g(): pass\ng()\nsys.setprofile(None)\nNAME = R\n", "def g", "\ndef g"),
    changes("sys.monitoring", "import sys\nm = sys.monitoring\nR = []\nm.use_tool_id(2, 'x')\nm.register_callback(2, m.events.LINE, lambda c, n: R.append(n) or m.DISABLE)\nm.set_events(2, m.events.LINE)\ndef g(): pass\ng()\nm.set_events(2, 0)\nm.free_tool_id(2)\nNAME = R[:1]\n", "def g", "\ndef g"),
    # Lines.
    changes("f_lineno", "import sys\nNAME = sys._getframe().f_lineno\n", "import", "\nimport"),
    changes("a line of the caller's for a log", "import logging\nNAME = logging.getLogger().findCaller()[1]\n", "import", "\nimport"),
    changes("a line by a walk of the stack", "import traceback\nNAME = [n for f, n in traceback.walk_stack(None)]\n", "import", "\nimport"),
    changes("a line by inspect", "import inspect\nNAME = inspect.currentframe().f_lineno\n", "import", "\nimport"),
    changes("a stack", "import inspect\nNAME = inspect.stack()[0][2]\n", "import", "\nimport"),
    changes("a stack without lines", "import inspect\nNAME = inspect.stack(0)[0][2]\n", "import", "\nimport"),
    changes("co_firstlineno", BODY + "NAME = f.__code__.co_firstlineno\n", "def f", "\ndef f"),
    changes("tb_lineno", "try:\n    1 / 0\nexcept Exception as e:\n    NAME = e.__traceback__.tb_lineno\n", "try", "\ntry"),
    changes("a line by getattr", "try:\n    1 / 0\nexcept Exception as e:\n    import sys\n    NAME = getattr(sys.exc_info()[2], 'tb_lineno')\n", "try", "\ntry"),
    changes("a traceback's text", "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    NAME = traceback.format_exc()[-160:]\n", "try", "\ntry"),
    changes("a traceback's line", "import traceback, sys\ntry:\n    1 / 0\nexcept Exception:\n    NAME = traceback.extract_tb(sys.exc_info()[2])[0][1]\n", "try", "\ntry"),
    changes("a line of another module", "NAME = 1\ndef f():\n    # it\n    1 / 0\n", "# it", "# it\n    # more", head="import helper\ntry:\n    helper.f()\nexcept Exception as e:\n    helper.NAME = e.__traceback__.tb_next.tb_lineno\n"),
    changes("a line by a script of runpy's", "NAME = 1\ndef f():\n    # it\n    1 / 0\n", "# it", "# it\n    # more", head="import runpy, helper\nhelper.NAME = runpy.run_path(os.path.dirname(__file__) + '/script.py')['LINE']\n", files={"script.py": "import helper\ntry:\n    helper.f()\nexcept Exception as e:\n    LINE = e.__traceback__.tb_next.tb_lineno\n"}),
    changes("a warning's line", "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n    warnings.warn('x')\nNAME = w[0].lineno\n", "import", "\nimport"),
    changes("a warning as text", "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n    warnings.warn('x')\nNAME = str(w[0])[-30:]\n", "import", "\nimport"),
    changes("a warning that is shown", "import warnings, io, sys\nold, sys.stderr = sys.stderr, io.StringIO()\nwarnings.warn('x')\nNAME = sys.stderr.getvalue()[-60:]\nsys.stderr = old\n", "import", "\nimport"),
    changes("a log's line", "import logging, io\no = io.StringIO()\nlogging.basicConfig(stream=o, format='%(lineno)d', force=True)\nlogging.warning('x')\nNAME = o.getvalue()\n", "import", "\nimport"),
    changes("a log's line in a handler of one's own", "import logging\nNAME = []\nclass H(logging.Handler):\n    def emit(self, record): NAME.append(str(record)[-90:])\nlogging.basicConfig(handlers=[H()], force=True)\nlogging.warning('x')\n", "import", "\nimport"),
    changes("__firstlineno__", "class C:\n    def m(self): pass\nNAME = C.__firstlineno__\n", "class", "\nclass"),
    changes("__firstlineno__ in the body", "class C:\n    x = __firstlineno__\n    def m(self): pass\nNAME = C.x\n", "class", "\nclass"),
    changes("__firstlineno__ by text", "class C:\n    def m(self): pass\nNAME = vars(C)['__firstlineno__']\n", "class", "\nclass"),
    changes("__static_attributes__", "class C:\n    def m(self): self.x = 1\nNAME = sorted(C.__static_attributes__)\n", "self.x", "self.y"),
    changes("lines by vars", CLASS + "NAME = [v for v in vars(C).values() if isinstance(v, int)]\n", "class", "\nclass"),
    changes("lines by __dict__", CLASS + "NAME = [v for v in C.__dict__.values() if isinstance(v, int)]\n", "class", "\nclass"),
    changes("lines by dir", CLASS + "NAME = [v for v in [getattr(C, n) for n in dir(C)] if type(v) is int]\n", "class", "\nclass"),
    changes("lines by getmembers", CLASS + "import inspect\nNAME = inspect.getmembers(C, lambda v: isinstance(v, int))\n", "class", "\nclass"),
    changes("lines by a base's hook", "class B:\n    def __init_subclass__(c):\n        c.n = [v for v in c.__dict__.values() if type(v) is int]\nclass C(B):\n    def m(self): pass\nNAME = C.n\n", "class C", "\nclass C"),
    changes("lines by a metaclass", META.format(does="m.n = [v for v in d.values() if type(v) is int]\n        return super().__new__(m, n, b, d)"), "class C", "\nclass C"),
    changes("lines by a metaclass, behind what is handed on", META.format(does="t = super().__new__(m, n, b, d)\n        m.n = [v for v in d.values() if type(v) is int]\n        return t"), "class C", "\nclass C"),
    changes("lines by a metaclass's variables", META.format(does="m.n = [v for v in locals()['d'].values() if type(v) is int]\n        return super().__new__(m, n, b, d)"), "class C", "\nclass C"),
    changes("lines by a metaclass that hands them on", META.format(does="m.n = str(d)[:70]\n        return super().__new__(m, n, b, d)"), "class C", "\nclass C"),
    changes("lines by a metaclass's init", "class M(type):\n    def __init__(c, n, b, d):\n        c.n = [v for v in d.values() if type(v) is int]\nclass C(metaclass=M):\n    def m(self): pass\nNAME = C.n\n", "class C", "\nclass C"),
    changes("lines by a metaclass's mapping", "class D(dict):\n    def __setitem__(self, k, v):\n        super().__setitem__(k, v)\n        R.append(str(v)[:3])\nR = []\nclass M(type):\n    @classmethod\n    def __prepare__(m, n, b): return D()\nclass C(metaclass=M):\n    def m(self): pass\nNAME = R[:3]\n", "class C", "\nclass C"),
    changes("lines by a function as a metaclass", "def M(n, b, d):\n    d['n'] = [v for v in d.values() if type(v) is int]\n    return type(n, b, d)\nclass C(metaclass=M):\n    def m(self): pass\nNAME = C.n\n", "class C", "\nclass C"),
    changes("attributes by a copy of the body", META.format(does="m.n = [*d.values()][-1]\n        return super().__new__(m, n, b, d)"), "self.x", "self.y"),
    changes("code by ctypes", "import ctypes\n" + PLAIN + "g = ctypes.pythonapi.PyFunction_GetCode\ng.restype, g.argtypes = ctypes.py_object, [ctypes.py_object]\nNAME = g(f).co_consts\n", "return 1", "return 2"),
    changes("where an object comes from", "import tracemalloc\ntracemalloc.start()\no = object()\nNAME = str(tracemalloc.get_object_traceback(o))[-9:]\ntracemalloc.stop()\n", "import", "\nimport"),
    changes("a line in faulthandler's words", "import faulthandler, tempfile\nwith tempfile.TemporaryFile() as t:\n    faulthandler.dump_traceback(t)\n    t.seek(0)\n    NAME = t.read()[-400:]\n", "import", "\nimport"),
    # Who imports in a way of his own.
    changes("a loader with other code", BODY + "NAME = 1\n", "return 1", "return 11", head=LOADER.format(method="def source_to_code(self, data, path, *, _optimization=-1):\n        import re\n        return compile(b'NAME = %d\\n' % len(data), path, 'exec')")),
    changes("a loader that reads", BODY + "NAME = 1\n", "return 1", "return 11", head=LOADER.format(method="def exec_module(self, module):\n        super().exec_module(module)\n        module.NAME = len(self.get_data(self.path))")),
    changes("a loader of beartype's kind", BODY + "NAME = 1\n", "return 1", "return 2", head=LOADER.format(method="def source_to_code(self, data, path, *, _optimization=-1):\n        import ast\n        t = ast.parse(data)\n        t.body.append(ast.parse('NAME = f()').body[0])\n        return compile(ast.fix_missing_locations(t), path, 'exec')")),
    changes("a patched source_to_code", BODY + "NAME = 1\n", "return 1", "return 2", head=PATCHED.format(name="source_to_code", what="return compile(a[0] + b'NAME = f()', a[1], 'exec')") + "import sys; sys.dont_write_bytecode = True\n"),
    changes("a patched exec_module", BODY + "NAME = 1\n", "return 1", "return 2", head=PATCHED.format(name="exec_module", what="a[0].NAME = a[0].f() if hasattr(a[0], 'f') else 0")),
    changes("a patched get_data", BODY + "NAME = 1\n", "return 1", "return 11", head=PATCHED.format(name="get_data", what="return got + b'NAME = %d' % len(got) if a[0].endswith('helper.py') else got") + "import sys; sys.dont_write_bytecode = True\n"),
    changes("a patched compile", BODY + "NAME = 1\n", "return 1", "return 2", head="import builtins, sys\nsys.dont_write_bytecode = True\nplain = builtins.compile\ndef own(source, *a, **k):\n    if type(source) is bytes and b'NAME = 1' in source: source += b'NAME = f()'\n    return plain(source, *a, **k)\nbuiltins.compile = own\n"),
    changes("a patched exec", BODY + "NAME = 1\n", "return 1", "return 2", head="import builtins\nplain = builtins.exec\ndef own(code, *a, **k):\n    plain(code, *a, **k)\n    if 'f' in a[0]: a[0]['NAME'] = a[0]['f']()\nbuiltins.exec = own\n"),
    changes("a patched __build_class__", "class C:\n    def m(self):\n        return 1\nNAME = C.n\n", "return 1", "return 2", head="import builtins\nplain = builtins.__build_class__\ndef own(function, name, *a, **k):\n    c = plain(function, name, *a, **k)\n    c.n = [k.co_consts for k in function.__code__.co_consts if hasattr(k, 'co_code')]\n    return c\nbuiltins.__build_class__ = own\n"),
    # Text that becomes code.
    changes("exec of text", BODY + "exec('NAME = f()')\n", "return 1", "return 2"),
    changes("exec of text that reads code", BODY + "exec('NAME = f.__code' + '__.co_consts')\n", "return 1", "return 2"),
    changes("eval of text that reads a line", "import sys\nNAME = eval('sys._getf' + 'rame(1).f_line' + 'no')\n", "import", "\nimport"),
    changes("a compile", BODY + "NAME = eval(compile('f.__co' + 'de__.co_consts', 'x', 'eval'))\n", "return 1", "return 2"),
    # Other processes and interpreters.
    changes("a child", "import subprocess, sys\n" + BODY + "NAME = 0\nif __name__ == 'helper':\n    NAME = subprocess.run([sys.executable, '-c', f'import sys; sys.argv=[0]; exec(open({__file__!r}).read()); print(f())'], capture_output=True, text=True).stdout\n", "return 1", "return 2"),
    changes("a child by os.system", "import os\n" + BODY + "NAME = os.system(f\"exit $(grep -c x {__file__})\")\n", "# it", "# it\n    # x"),
    changes("a child by os.popen", "import os\n" + BODY + "NAME = os.popen('wc -c <' + __file__).read()\n", "return 1", "return 11"),
    changes("a spawned child", "import os\n" + BODY + "p = os.posix_spawn('/bin/sh', ['sh', '-c', f'exit $(wc -l <{__file__})'], {})\nNAME = os.waitstatus_to_exitcode(os.waitpid(p, 0)[1])\n", "return 1", "\n    return 1"),
    changes("fork_exec", "import _posixsubprocess, os\n" + BODY + "r, w = os.pipe()\np = _posixsubprocess.fork_exec([b'sh'], [b'/bin/sh'], True, (), None, None, -1, -1, -1, -1, -1, -1, r, w, False, False, -1, None, None, None, -1, None) if 0 else None\nimport multiprocessing.util\np = multiprocessing.util.spawnv_passfds(b'/bin/sh', [b'sh', b'-c', b'exit $(wc -l <%s)' % __file__.encode()], [])\nNAME = os.waitstatus_to_exitcode(os.waitpid(p, 0)[1])\n", "return 1", "\n    return 1"),
    changes("a fork", "import os\n" + BODY + "p = os.fork()\nif not p:\n    os._exit(f())\nNAME = os.waitstatus_to_exitcode(os.waitpid(p, 0)[1])\n", "return 1", "return 2"),
    changes("multiprocessing", "import multiprocessing\n" + BODY + "def g(q): q.put(f())\nc = multiprocessing.get_context('fork')\nq = c.SimpleQueue()\np = c.Process(target=g, args=(q,)); p.start(); NAME = q.get(); p.join()\n", "return 1", "return 2"),
    changes("a subinterpreter", "import os, _interpreters, plain\nr, w = os.pipe()\ni = _interpreters.create()\n_interpreters.run_string(i, f\"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r}); import plain, os; os.write({w}, str(plain.f()).encode())\")\nNAME = os.read(r, 99)\n", "return 1", "return 2", files={"plain.py": BODY}, edits="plain.py"),
    # Warnings.
    changes("a warning made an error", "import warnings\n" + BODY + "NAME = 1\n", "return 1", "return 1 is 1", head="import warnings, sys\nwarnings.simplefilter('error')\n"),
    changes("a warning made an error and back", "import warnings\n" + BODY + "NAME = 1\n", "return 1", "return 1 is 1", head="import warnings, sys\nwarnings.simplefilter('error')\nimport helper\nwarnings.resetwarnings()\n"),
    # Other modules.
    changes("a module in another directory", "import pack.m\nNAME = pack.m.f()\n", "return 1", "return 2", files={"pack/__init__.py": "", "pack/m.py": BODY}, edits="pack/m.py"),
    changes("a module that is lazy", "import importlib.util, sys\ns = importlib.util.find_spec('lazy')\ns.loader = importlib.util.LazyLoader(s.loader)\nm = importlib.util.module_from_spec(s)\nsys.modules['lazy'] = m\ns.loader.exec_module(m)\nNAME = m.f()\n", "return 1", "return 2", files={"lazy.py": BODY}, edits="lazy.py"),
    changes("bytecode without source", "NAME = 1\n", "NAME = 1", "NAME = 2", files={}, head="import py_compile, os, sys\nd = os.path.dirname(__file__)\nif os.path.exists(d + '/helper.py'):\n    sys.dont_write_bytecode = True\n    py_compile.compile(d + '/helper.py', d + '/alone/helper.pyc')\nsys.path.insert(0, d + '/alone')\n"),
]


def main():
    wrong, needless = [], []
    warm(project("warm", {"pipeline.py": PIPELINE.format(head=""), "helper.py": "NAME = 1\n"}))
    chosen = [case for case in CASES if not sys.argv[4:] or case.title in sys.argv[4:]]
    for number, case in enumerate(chosen):
        files = {"pipeline.py": PIPELINE.format(head=case.head), "helper.py": case.helper, **case.files}
        directory = project(f"case{number}", files)
        before = Discovery(directory)
        edited = directory / (case.edits or "helper.py")
        old = edited.read_text()
        assert case.old in old, case.title
        content = old.replace(case.old, case.new, 1)
        write(edited, content)
        same = is_same(before, {str(edited): content.encode()})
        after = Discovery(directory) if SHOW else None
        shows = before.told != after.told if after else case.shows
        if before.told == "failed":
            print(f"BROKEN   {case.title}: {before.failure}")
            wrong.append(case.title)
        elif shows != case.shows:
            print(f"BROKEN   {case.title}: {before.told} {after.told} {after.told == 'failed' and after.failure}")
            wrong.append(case.title)
        elif same and shows:
            print(f"WRONG    {case.title}")
            wrong.append(case.title)
        elif not same and not shows:
            print(f"NEEDLESS {case.title}: {before.why}")
            needless.append(case.title)
        else:
            print(f"right    {case.title}: {'same' if same else before.why or ('another shape' if str(edited) in before.shapes else 'no shape')}")
    print(f"{len(chosen)} cases, {len(wrong)} wrong, {len(needless)} needless")
    return 1 if wrong or needless else 0


if __name__ == "__main__":
    sys.exit(main())
