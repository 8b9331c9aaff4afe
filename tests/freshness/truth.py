# Real Pivot as a fresh process would know it: Pivot and the libraries are imported once, the pipeline
# never, and each question is answered in a fork of its own. A question is a line of JSON:
#
#   {"directory": …, "environment": {…}}            the names of the stages there, a list
#   {"directory": …, "environment": {…}, "code": …} runs that Python there; its `found`
#
# Answered is JSON: what was asked for, or {"failed": why}. Started
# with "once" and not "many" before the libraries, it answers about its own directory and environment.
import atexit
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
import time

WAITS_S = 120


def names():
    from pivot import discovery

    pipeline = discovery.discover_pipeline()
    return [] if pipeline is None else list(pipeline.list_stages())


def answer(code):
    try:
        if not code:
            return names()
        variables = {}
        exec(code, variables)
        return variables.get("found")
    except BaseException as error:
        return {"failed": repr(error)}


def end(answer, fd):
    """Ends as a program does, with the workers that the pipeline left and what it left to its end."""
    written = json.dumps(answer).encode()
    while written:
        written = written[os.write(fd, written) :]
    threading._shutdown()
    atexit._run_exitfuncs()
    os._exit(0)


def forked(question, fd):
    signal.alarm(WAITS_S)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.environ.clear()
    os.environ.update(question["environment"])
    time.tzset()
    os.chdir(question["directory"])
    end(answer(question.get("code")), fd)


def ask(question):
    there, here = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(there)
        forked(question, here)
    os.close(here)
    # What the pipeline started has no part of the pipe: it is closed at an exec, as all are.
    with open(there, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said.decode() or '{"failed": "ended without an answer"}'


PIPELINE = """
from pathlib import Path
from pivot import Pipeline, stage
@stage
def fit() -> dict:
    return {}
pipeline = Pipeline("t")
with pipeline, pipeline.variant("x"):
    fit()
"""


def needed():
    """The modules that a discovery imports, seen in a fork: here no pipeline ever is."""
    with tempfile.TemporaryDirectory() as top:
        os.mkdir(f"{top}/.pivot")
        with open(f"{top}/pipeline.py", "w") as pipeline:
            pipeline.write(PIPELINE)
        code = "import sys; sys.modules['pivot.discovery'].discover_pipeline().list_stages(); "
        code += "found = list(sys.modules)"
        said = ask({"directory": top, "environment": dict(os.environ), "code": code})
    return [name for name in json.loads(said) if not name.startswith(("pipeline", "_"))]


def warm(libraries):
    """Imports what takes long, by the bytecode that there is of it. From then on none is read or
    written, root's neither: CPython believes bytecode by the second and the size of its source."""
    for library in ("pivot", "pivot.discovery", "pivot.project", *libraries):
        importlib.import_module(library)
    for library in needed():
        try:
            importlib.import_module(library)
        except ImportError:
            pass
    sys.pycache_prefix, sys.dont_write_bytecode = "/proc/pycache", True
    # Which it is is for each process to find out.
    tempfile.tempdir = None


# As for the script itself: its own directory comes first, not this file's.
sys.argv[:], arguments = [os.path.join(os.path.dirname(sys.executable), "pivot")], sys.argv[1:]
sys.path[0] = os.path.dirname(sys.argv[0])
# Processes that are spawned import the main module.
__file__ = sys.argv[0]
sys.dont_write_bytecode = True
if arguments[0] == "once":
    sink = os.dup(1)
    os.dup2(2, 1)
    warm(arguments[1:])
    end(answer(None), sink)
warm(arguments[1:])
print("ready", flush=True)
for line in sys.stdin:
    importlib.invalidate_caches()
    print(ask(json.loads(line)), flush=True)
