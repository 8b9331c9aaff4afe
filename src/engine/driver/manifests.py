# Pivot's own fingerprint manifests of the stages, and the sources that each was made from, as
# they were before Pivot read them.
import os


def manifests(pipeline, wanted, territory):
    """One field for each wanted stage: its manifest, or why Pivot refuses it; then the sources."""
    reads, sources = Inputs(territory), set()
    reads.watch()
    try:
        yield from fingerprints(pipeline, wanted, reads, sources)
    finally:
        reads.stop()
    for source in sources & reads.files.keys():
        yield b"k", reads.files[source] + os.fsencode(source)


def fingerprints(pipeline, wanted, reads, all_sources):
    import contextlib
    import json

    from pivot import fingerprint, project

    root = os.fspath(project.get_project_root())
    names = pipeline.list_stages()
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
            except Exception as error:
                refused = refusal(pipeline, name, fingerprint, error)
                yield b"x", b"\0".join(map(encode, (str(name), refused)))


def manifest_of(pipeline, name, fingerprint, root, reads):
    info = stage_info(pipeline, name)
    with named(name, fingerprint), fingerprint._collecting_sources() as sources:
        if is_by_file(info):
            from pivot import registry

            arguments = [info["func"]] + ([info["code_deps"]] if "code_deps" in info else [])
            listed = info.get("code_deps") or getattr(info["func"], "__pivot_code_deps__", ())
            # Pivot follows their links, which may lead elsewhere one day.
            links = [normal(os.path.join(root, path)) for path in listed]
            for path in links:
                reads.read(path)
            manifest = dict(registry._compute_file_fingerprint(*arguments))
            # Keyed by the files themselves.
            sources = [key[len("file:") :] for key in manifest if key.startswith("file:")] + links
        else:
            manifest = dict(fingerprint.get_stage_fingerprint(info["func"]))
    return manifest, list(dict.fromkeys(os.path.join(root, source) for source in sources))


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

    @contextlib.contextmanager
    def naming():
        token = fingerprint._current_stage_name.set(name)
        try:
            yield
        finally:
            fingerprint._current_stage_name.reset(token)

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
