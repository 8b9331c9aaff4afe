# Pivot's own fingerprint manifests of the stages, and the sources that each was made from, as
# they were before Pivot read them.
import os


def manifests(pipeline, wanted, seen):
    """One field for each wanted stage: its manifest, or why Pivot refuses it; then the sources, and all
    else that was looked at meanwhile."""
    walk, sources = seen.again(), set()
    try:
        yield from fingerprints(pipeline, wanted, walk.files, sources)
    finally:
        walk.stop()
    for source in sources & walk.files.files.keys():
        yield b"k", walk.files.files[source] + os.fsencode(source)
    yield b"W", b""
    ends = tuple(b" " + os.fsencode(source) for source in sources)
    for kind, value in walk.fields():
        # What of the installation counts is the discovery's.
        if kind not in (b"s", b"l", b"v", b"S", b"X") and not encode(value).endswith(ends):
            yield kind, value


def fingerprints(pipeline, wanted, reads, all_sources):
    import contextlib
    import json

    from pivot import fingerprint, project

    if not hasattr(fingerprint, "get_stage_fingerprint"):
        raise Exception("this Pivot has no pivot.fingerprint.get_stage_fingerprint, which makes them")
    root = os.fspath(project.get_project_root())
    # NULs stand between the parts of a field: such a stage has none.
    names = [name for name in pipeline.list_stages() if "\0" not in str(name)]
    if wanted != "*":
        wanted = wanted.split("\n")
        names = [name for name in names if name in wanted]
    nothing = contextlib.nullcontext
    # In one pass Pivot reads each source once.
    with getattr(fingerprint, "fingerprint_pass", nothing)():
        for name in names:
            try:
                manifest, sources = manifest_of(pipeline, name, fingerprint, root, reads)
                manifest = json.dumps(manifest, separators=(",", ":"))
                all_sources.update(sources)
                words = map(encode, (str(name), manifest, *sources))
                yield b"g", b"\0".join(words)
                yield b"G", b"\0".join(map(encode, (str(name), beyond(pipeline, name, fingerprint, manifest))))
            except Exception as error:
                refused = refusal(pipeline, name, fingerprint, error)
                yield b"x", b"\0".join(map(encode, (str(name), refused)))


def manifest_of(pipeline, name, fingerprint, root, reads):
    info = stage_info(pipeline, name)
    # Without the sources a manifest is told all the same, and computed anew each time.
    collecting = getattr(fingerprint, "_collecting_sources", dict_of_nothing)
    with named(name, fingerprint), collecting() as sources:
        if is_by_file(info):
            listed = info.get("code_deps") or getattr(info["func"], "__pivot_code_deps__", ())
            # Pivot follows their links, which may lead elsewhere one day.
            links = [normal(os.path.join(root, path)) for path in listed]
            for path in links:
                reads.read(path)
            manifest = file_manifest(pipeline, name, info)
            # Keyed by the files themselves.
            sources = [key[len("file:") :] for key in manifest if key.startswith("file:")] + links
        else:
            manifest = dict(fingerprint.get_stage_fingerprint(info["func"]))
    return manifest, list(dict.fromkeys(os.path.join(root, source) for source in sources))


def beyond(pipeline, name, fingerprint, manifest):
    """What Pivot writes into the lock file of a run beside that manifest: how the stage is wired to
    others, and the code that reads and writes for it. Nothing where Pivot refuses to tell."""
    import json

    manifest = json.loads(manifest)
    walk = getattr(fingerprint, "get_stage_fingerprint_cached", None)
    # Its own cache would be asked, and written.
    fingerprint.get_stage_fingerprint_cached = lambda *_: dict(manifest)
    try:
        whole = pipeline.ensure_fingerprint(name)
        rest = {key: value for key, value in whole.items() if manifest.get(key) != value}
    except Exception:
        rest = None
    finally:
        if walk:
            fingerprint.get_stage_fingerprint_cached = walk
        else:
            del fingerprint.get_stage_fingerprint_cached
    return json.dumps(rest, separators=(",", ":"))


def dict_of_nothing():
    import contextlib

    return contextlib.nullcontext({})


def file_manifest(pipeline, name, info):
    from pivot import registry

    compute = getattr(registry, "_compute_file_fingerprint", None)
    if compute:
        return dict(compute(info["func"], *([info["code_deps"]] if "code_deps" in info else [])))
    # The whole fingerprint has those of the loaders, too.
    whole = pipeline.ensure_fingerprint(name)
    return {key: value for key, value in whole.items() if key.startswith("file:")}


def is_by_file(info):
    """Whether the stage is one whose code Pivot does not walk."""
    if "no_fingerprint" in info:
        return info["no_fingerprint"]
    import inspect

    return getattr(inspect.unwrap(info["func"]), "__pivot_no_fingerprint__", False)


def named(name, fingerprint):
    """Pivot's scope that names the stage in what it says, and raises all it refuses at once."""
    scope = getattr(fingerprint, "stage_fingerprint_scope", None)
    if scope:
        return scope(name)
    import contextlib

    current = getattr(fingerprint, "_current_stage_name", None)
    if current is None:
        # One that names no stage in what it says.
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def naming():
        token = current.set(name)
        try:
            yield
        finally:
            current.reset(token)

    return naming()


def refusal(pipeline, name, fingerprint, error):
    """What a command of Pivot says of the stage."""

    def uncached(name, function):
        with named(name, fingerprint):
            return fingerprint.get_stage_fingerprint(function)

    fingerprint.get_stage_fingerprint_cached = uncached
    try:
        pipeline.ensure_fingerprint(name)
    except Exception as refused:
        error = refused
    return message(error)
