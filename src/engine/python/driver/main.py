# Runs inside the user's Python, where Pivot is installed: discovers the stages, completes a line by
# click itself, or describes Pivot's command line, and writes one frame to a pipe of its own.
#
#   python -Pc START FD MODE PROGRAM ARGUMENT PLACE ROOT ASK HEAR CODE
#
# MODE is "stages", "all" (every pipeline of the project), "manifests", "describe" or the shell to
# complete for. PROGRAM is the pivot script that the user would run, or empty. ARGUMENT is, to complete a
# line, "=" and the fresh names, a line each, or empty where they are not known; for manifests the
# names of stages, a line each, or "*". PLACE is "first" where the directory of PROGRAM may hold modules.
# ROOT is the one that code may be read from, or empty where it may be any.
# ASK and HEAR are pipes to ask for what only the kernel sees, or empty. CODE, the descriptor that this
# script came from, is by now "new" where it was compiled and may be kept (start.py). The frame is drawn in src/engine/python/frame.rs.
import os
import sys

DISCOVERIES = ("stages", "all", "manifests")
# The pipes to ask the engine by.
WATCH = None


def main():
    global WATCH
    fd, mode, program, argument, place, root, *watch, code = sys.argv[1:]
    WATCH = watch if all(watch) else None
    kept = [(b"C", compiled(sys._getframe(1).f_code))] if code == "new" else []
    pipe = Pipe(int(fd))
    process = os.getpid()
    if place == "first" and program:
        # As for the script itself: its own directory comes first.
        sys.path.insert(0, os.path.dirname(os.path.realpath(program)))
    sys.argv[:] = [program or "pivot"]
    forget_own_source()

    seen = Observation(program) if mode in DISCOVERIES else None
    try:
        if root and mode != "describe":
            settle_root(root)
        if seen:
            fields, pipeline = stages(mode == "all", seen)
        elif mode == "describe":
            fields, pipeline = list(described(program)), None
        else:
            fields = [(b"o", completed(mode, argument, program))]
    except BaseException as error:
        fields, pipeline = failure(error), None
        if isinstance(error, AnotherRoot):
            # Without versions, so that it is not remembered.
            seen = None
    if os.getpid() != process:
        # A fork that came out of the pipeline's import: the first process answers.
        os._exit(0)
    if seen:
        try:
            fields += seen.fields()
        except BaseException:
            # Without the versions, which come last, nothing of it is cached.
            pass
    if mode == "manifests" and pipeline is not None:
        try:
            # All of them, or none: their sources come last.
            fields += list(manifests(pipeline, argument, seen))
        except BaseException as error:
            # The stages themselves are known.
            fields.append(untold("manifests", error))
    payload = b"".join(
        kind + b"%08x" % len(value) + value
        for kind, value in ((kind, encode(value)) for kind, value in kept + fields)
    )
    # Whole, and so it is given: what comes now may hang.
    pipe.write(b"pivot-complete 1 %08x\n" % len(payload) + payload)
    # What the pipeline left to its end (exit handlers, temporary files) is for the interpreter to do.


def compiled(code):
    """The code of this script, behind what says which Pythons it is for, as start.py reads it."""
    import marshal

    try:
        from _frozen_importlib_external import MAGIC_NUMBER

        return (MAGIC_NUMBER + bytes([sys.flags.optimize])).ljust(8, b"\0") + marshal.dumps(code)
    except (ImportError, ValueError):
        return b""


class Pipe:
    """""The way to the engine. A pipeline that closes what is not its own (a daemon's library, say)
    closes this too: the engine holds the same pipe, and there it is opened again. One that writes to
    whatever may be open begins at 3, which is free here as it is where Pivot runs by itself."""

    # Below the usual limit of 1024; the kernel's table of open files stays small.
    FAR = 999

    def __init__(self, fd):
        self.again = f"/proc/{os.getppid()}/fd/{fd}"
        fd = self.moved(fd)
        # Nothing that the pipeline starts may hold it open or write to it.
        os.set_inheritable(fd, False)
        self.fd, self.is_same = fd, os.path.samestat
        self.status, self.fstat, self.open = os.fstat(fd), os.fstat, os.open

    def moved(self, fd):
        try:
            os.fstat(self.FAR)
            return fd
        except OSError:
            pass
        try:
            os.dup2(fd, self.FAR, inheritable=False)
        except OSError:
            # The limit is lower.
            return fd
        os.close(fd)
        return self.FAR

    def write(self, frame):
        fd = self.fd
        try:
            # The number may be another file's by now.
            found = self.is_same(self.fstat(fd), self.status)
        except OSError:
            found = False
        if not found:
            fd = self.open(self.again, os.O_WRONLY | os.O_CLOEXEC)
        left = memoryview(frame)
        while left:
            left = left[os.write(fd, left) :]


def forget_own_source():
    """Since Python 3.13 this script passes for the source of whatever the pipeline executes."""
    linecache = sys.modules.get("linecache")
    for cache in ("cache", "_interactive_cache"):
        getattr(linecache, cache, {}).clear()


class AnotherRoot(Exception):
    pass


def settle_root(judged):
    """Has Pivot find ROOT once, before it reads any code: another one may be somebody else's."""
    try:
        from pivot import project
    except ImportError:
        # A Pivot without projects.
        return
    try:
        found = os.path.realpath(project.get_project_root())
    except Exception as error:
        # One that appears from now on was not asked about.
        missing = error

        def find_project_root():
            raise missing

        project.find_project_root = find_project_root
        return
    if found != os.path.realpath(judged):
        raise AnotherRoot(f"{found} became the project while {judged} was asked about")


def stages(every, seen):
    import pathlib

    from pivot import discovery, fingerprint, project

    keep_from_caches(fingerprint)
    # Before the pipeline's code runs, which may go elsewhere.
    try:
        here = pathlib.Path.cwd().resolve()
    except OSError:
        here = None
    try:
        root = pathlib.Path(project.get_project_root()).resolve()
    except Exception:
        # Discovery says it in its own words.
        root = None
    seen.watch(root and str(root), here and str(here), discovery)
    pipeline = discovery.discover_pipeline(all_pipelines=True) if every else discovery.discover_pipeline()
    names = [] if pipeline is None else list(pipeline.list_stages())
    fields = [(b"n", str(name)) for name in names]
    try:
        # All of them, or none.
        fields += [(b"t", target) for name in names for target in targets(pipeline, name)]
    except Exception as error:
        fields.append(untold("targets", error))
    for name in names:
        fields += purpose(pipeline, name)
    try:
        fields += [field for name in names for field in outputs(pipeline, name, root)]
    except Exception:
        # What may be typed in place of a stage's name; nothing is missing where it is not known.
        pass
    seen.stop()
    fields += locks(pipeline, names)
    # Which files these names are about; without them the answer is given but not cached.
    try:
        root = pathlib.Path(project.get_project_root()).resolve()
        config = None
        if here is not None and here != root and here.is_relative_to(root):
            config = discovery.find_config_in_dir(here)
        config = config or discovery.find_config_in_dir(root)
        fields.append((b"r", os.fsencode(root)))
        if config is not None:
            fields.append((b"c", os.fsencode(config)))
    except Exception:
        pass
    return fields, pipeline


def targets(pipeline, name):
    """A stage's targets as Pivot's completion has them."""
    for out in stage_info(pipeline, name)["outs"]:
        # Pivot 0.1 has no keys.
        key = getattr(getattr(out, "identity", None), "key", None)
        if key is not None:
            yield f"{name}:{key}"


def outputs(pipeline, name, root):
    """A stage's outputs: what names each, and its path from ROOT."""
    for out in stage_info(pipeline, name)["outs"]:
        key = getattr(getattr(out, "identity", None), "key", None)
        what = str(name) if key is None else f"{name}:{key}"
        path = place_of(out, root)
        if path and not path.startswith("..") and "\0" not in what + path:
            yield b"O", encode(f"{what}\0{path}")


def place_of(out, root):
    if hasattr(out, "path"):
        # Pivot 0.1.
        return os.path.relpath(out.path, root)
    if "pivot.loaders" not in sys.modules:
        # Its rules need what a pipeline with stages has imported; if not, that is long in coming.
        return None
    from pivot.storage import store

    return os.fspath(store.relative_output_path(out))


def locks(pipeline, names):
    """The directory that Pivot keeps the lock files of all these stages in, by their names."""
    try:
        directories = {stage_info(pipeline, name)["state_dir"] for name in names}
        if len(directories) == 1 and None not in directories:
            yield b"D", os.path.join(os.fsencode(directories.pop()), b"stages")
    except Exception:
        pass


def purpose(pipeline, name):
    """What a stage is for, where it says so."""
    try:
        info = stage_info(pipeline, name)
        function = info["func"]
        while hasattr(function, "func") and not hasattr(function, "__code__"):
            # A partial's own words are about partials.
            function = function.func
        words = (function.__doc__ or "").strip()
        if words and "\0" not in str(name):
            line = words.splitlines()[0].strip()
            yield b"b", encode(f"{name}\0") + line.encode("utf-8", "replace")
    except Exception:
        pass


def stage_info(pipeline, name):
    return pipeline.get_stage(name) if hasattr(pipeline, "get_stage") else pipeline.get(name)


def keep_from_caches(fingerprint):
    """Keeps Pivot from its own cache: one entry may be stale, and ours to write is none."""
    fingerprint._get_state_db = lambda: None
    for flush in ("flush_ast_hash_cache", "flush_manifest_cache"):
        setattr(fingerprint, flush, lambda: None)


def completed(shell, argument, program):
    from click.shell_completion import get_completion_class

    # Pivot's own cache belongs to whatever pipeline wrote it last: read ours, write none.
    names = [line for line in argument[1:].split("\n") if line] if argument else None
    try:
        from pivot.cli import completion

        completion._get_stages_from_cache = lambda root: names
        completion._write_stages_cache = lambda *arguments: None
    except ImportError:
        # A Pivot that completes in another way.
        pass
    started = entry(program)
    complete = get_completion_class(shell)(started.command, started.extra, "pivot", "_PIVOT_COMPLETE")
    return printed_by_click(shell, complete.complete())


def printed_by_click(shell, answer):
    """The bytes that click prints for what it has completed: releases differ in that. Raises where
    click would."""
    import io

    from click import shell_completion

    class Completed:
        def __init__(self, *_):
            pass

        def complete(self):
            return answer

    shell_completion.get_completion_class = lambda shell: Completed
    bytes_printed, stdout = io.BytesIO(), sys.stdout
    sys.stdout = io.TextIOWrapper(bytes_printed, stdout.encoding, stdout.errors)
    try:
        shell_completion.shell_complete(None, {}, "pivot", "_PIVOT_COMPLETE", f"{shell}_complete")
        sys.stdout.flush()
        return bytes_printed.getvalue()
    finally:
        sys.stdout = stdout


def untold(what, error):
    """Says why `what` cannot be told, though the stages can."""
    return b"u", encode(f"{what}\0") + encode(message(error))


def failure(error):
    missing = isinstance(error, ModuleNotFoundError) and error.name in ("pivot", "click")
    return [(b"M" if missing else b"e", message(error))]


def message(error):
    """The words that a command of Pivot would end with."""
    try:
        from pivot import discovery, exceptions

        if isinstance(error, discovery.DiscoveryError):
            return str(error)
        if isinstance(error, exceptions.PivotError):
            from pivot.cli import errors

            return errors.handle_pivot_error(error).message
    except Exception:
        pass
    return repr(error)


def encode(value):
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


main()
