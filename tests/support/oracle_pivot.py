# Real Pivot, imported once: each question is answered in a fork of its own, by Pivot's own command
# line, as a program started just then would.
#
#   list DIRECTORY ARGUMENT...    what "pivot list --json ARGUMENT..." does in that directory
#   manifest DIRECTORY STAGE      get_stage_fingerprint of that stage's function, a JSON object
#   by_file DIRECTORY STAGE       the same of a stage that is fingerprinted by file
#   refusal DIRECTORY STAGE       what Pivot says when it refuses to fingerprint that stage
#   ran DIRECTORY                 writes the lock file of each stage, as a run would now
#   changes DIRECTORY             "STAGE MEMBER..." of each stage that ran: what of its code is otherwise
#   targets DIRECTORY             the "stage:key" that Pivot's own completion offers
#
# Answered is "CODE STDOUT STDERR". Every word but the first is in hexadecimal digits, "-" for none.
#
# No bytecode of the user's code is read or written: CPython believes bytecode by the second and
# the size of its source, and an answer here has to be about the source.
import importlib
import json
import os
import sys

# Imported for the forks' sake: Pivot and click would load them in each of them.
from pivot import Pipeline as _, discovery
from pivot.cli import list as _, main

PREFIX = "/nonexistent/pycache"


def manifest(stage):
    from pivot import fingerprint

    pipeline = discovery.discover_pipeline()
    get = getattr(pipeline, "get_stage", None) or pipeline.get
    print(json.dumps(fingerprint.get_stage_fingerprint(get(stage)["func"]), separators=(",", ":")))


def by_file(stage):
    whole = discovery.discover_pipeline().ensure_fingerprint(stage)
    files = {key: whole[key] for key in whole if key.startswith("file:")}
    print(json.dumps(files, separators=(",", ":")))


def refusal(stage):
    try:
        discovery.discover_pipeline().ensure_fingerprint(stage)
    except Exception as refused:
        print(refused)


def ran():
    import pivot
    import yaml

    pipeline = discovery.discover_pipeline()
    for stage in pipeline.list_stages():
        try:
            manifest = pipeline.ensure_fingerprint(stage)
        except Exception:
            continue
        lock = stage_lock(stage)
        lock.path.parent.mkdir(parents=True, exist_ok=True)
        schema = 2 if hasattr(pivot.Pipeline, "variant") else 1
        whole = {"schema_version": schema, "code_manifest": dict(sorted(manifest.items()))}
        lock.path.write_text(yaml.safe_dump({**whole, "params": {}, "deps": [], "outs": []}, sort_keys=False))


def changes():
    from pivot import skip

    pipeline = discovery.discover_pipeline()
    for stage in pipeline.list_stages():
        last = stage_lock(stage).read()
        if last is not None:
            changed = skip.diff_code_manifests(last["code_manifest"], pipeline.ensure_fingerprint(stage))
            print(stage, *(change["key"] for change in changed))


def stage_lock(stage):
    import pathlib

    from pivot import project
    from pivot.storage import lock

    state = pathlib.Path(project.get_project_root()) / ".pivot"
    return lock.StageLock(stage, lock.get_stages_dir(state))


def targets():
    from pivot.cli import completion

    for stage in discovery.discover_pipeline().list_stages():
        for target in completion.complete_targets(None, None, stage + ":"):
            print(target)


def answer(what, directory, arguments):
    sys.pycache_prefix, sys.dont_write_bytecode = PREFIX, True
    importlib.invalidate_caches()
    os.chdir(directory)
    if what != "list":
        return globals()[what](*arguments)
    sys.argv[1:] = ["list", "--json", *arguments]
    main()


def forked(what, directory, arguments, streams):
    code = 70
    try:
        for fd, stream in enumerate((os.open(os.devnull, os.O_RDONLY), *streams)):
            os.dup2(stream, fd)
        answer(what, directory, arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ask(what, directory, *arguments):
    streams = os.memfd_create("stdout"), os.memfd_create("stderr")
    child = os.fork()
    if child == 0:
        forked(what, directory, arguments, streams)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = []
    for stream in streams:
        said.append(os.pread(stream, 1 << 24, 0).hex() or "-")
        os.close(stream)
    return " ".join([str(code), *said])


# As for the script itself: its own directory comes first, not this file's.
sys.argv[0] = os.path.join(os.path.dirname(sys.executable), "pivot")
sys.path[0] = os.path.dirname(sys.argv[0])
while line := sys.stdin.readline():
    what, *words = line.split()
    print(ask(what, *(os.fsdecode(bytes.fromhex(word)) for word in words)), flush=True)
