# Everything that an answer depends on, seen while the pipeline is discovered.
import os
import sys


class Observation:
    def __init__(self, program):
        self.program = os.path.dirname(os.path.realpath(program)) if program else None
        self.territory = Territory()
        self.inputs = Inputs(self.territory)
        self.search = Search()
        self.shapes = Shapes(self.inputs)
        self.surroundings = []
        # The working directory before the pipeline could leave it.
        self.here = None
        self.search.start()

    def watch(self, root, here, discovery):
        """Watches from now on: Pivot is imported, no code of the user has run."""
        import pivot
        from pivot import fingerprint

        libraries = {os.path.dirname(os.path.abspath(pivot.__file__))}
        libraries.update(map(str, getattr(fingerprint, "_PIVOT_PACKAGE_DIRS", ())))
        self.territory.claim(root, libraries)
        self.here = here
        self.search.foreign = self.territory.foreign
        if self.program and not (root and f"{self.program}/".startswith(root + "/")):
            self.search.programs = self.program
        if root and here:
            self.search.note_config(root, here)
        self.surroundings = list(surroundings(self.territory))
        self.watch_scan(root, discovery)
        if self.inputs.watch():
            self.inputs.descriptors.watch()
            self.shapes.watch(discovery)
        else:
            self.surroundings.clear()

    def watch_scan(self, root, discovery):
        """Pivot looks for every pipeline, then forgets what lies in some directories."""
        scan = discovery.glob_all_pipelines

        def watched(*arguments, **options):
            self.inputs.skipped = getattr(discovery, "_SCAN_EXCLUDE_DIRS", frozenset())
            try:
                configs = scan(*arguments, **options)
            finally:
                self.inputs.skipped = frozenset()
            for config in configs:
                self.search.note_config(root, str(config.parent))
            return configs

        discovery.glob_all_pipelines = watched

    def stop(self):
        self.inputs.stop()
        self.shapes.stop()
        self.inputs.descriptors.stop()
        self.search.stop()

    def fields(self):
        self.stop()
        self.search.note_modules(self.territory, self.inputs)
        fields = list(self.search.fields(self.territory, self.inputs))
        fields += self.inputs.fields()
        fields += self.shapes.fields()
        if self.inputs.relative and self.here:
            fields.append((b"p", os.fsencode(self.here)))
        # Ends in the versions, without which nothing is cached: Pivot could not be imported, or
        # nothing be seen.
        return fields + self.surroundings


def surroundings(territory):
    """Which Python and which Pivot: the interpreter, the installed packages, the versions."""
    from pivot import fingerprint
    import pivot

    home = os.path.dirname(os.path.dirname(os.path.abspath(pivot.__file__)))
    # With its links, which may lead to another interpreter one day.
    stamps = {os.path.abspath(sys.executable): None} if sys.executable else {}
    directories = {home: None}
    directories.update((os.path.abspath(entry), None) for entry in territory.packages)
    version = None
    for directory in directories:
        try:
            names = os.listdir(directory)
        except FileNotFoundError:
            continue
        yield b"l", os.fsencode(directory)
        for name in names:
            if name.endswith(".pth"):
                # Adds directories to `sys.path`.
                stamps[f"{directory}/{name}"] = None
            elif not version and name.startswith("pivot-") and name.endswith(".dist-info"):
                version = name.split("-")[1].removesuffix(".dist")
    for path in stamps:
        yield b"s", os.fsencode(path)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    schema = getattr(fingerprint, "_CACHE_SCHEMA_VERSION", "-")
    yield b"v", f"{python} {schema} {version or pivot.__version__}"
