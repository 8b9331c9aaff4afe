"""What `scripts/bench` measures beyond hits: waits, growth and peers; draws the charts.

    bench_all.py FRONT PYTHON CLAP [--series N] [--rounds N] [--charts DIRECTORY] [--only waits|growth|peers]

FRONT is pivot-complete, PYTHON that of an environment with Pivot, scikit-learn, argcomplete and shtab, CLAP
the example clap_dynamic.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import bench_chart
import bench_growth
import bench_peers
import bench_timing
import bench_waits


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("front", "python", "clap"):
        parser.add_argument(name, type=lambda word: Path(word).absolute())
    parser.add_argument("--series", type=int, default=9, help="interleaved series, whose medians count")
    parser.add_argument("--rounds", type=int, default=3, help="of each series")
    parser.add_argument("--charts", type=Path, help="where the SVG files are put")
    parser.add_argument("--only", choices=["waits", "growth", "peers"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pivot-bench-", ignore_cleanup_errors=True) as directory:
        measure(Path(directory).resolve(), options)


def measure(directory, options):
    environment = bench_timing.quiet_environment(directory / "home", options.python.parent)
    (directory / "run").mkdir(mode=0o700)
    environment["XDG_RUNTIME_DIR"] = str(directory / "run")
    programs = (options.front, options.python, options.python.parent / "pivot")
    wanted = lambda name: options.only in (None, name)

    def draw(name, chart):
        # At once: what comes next takes minutes.
        if options.charts:
            options.charts.mkdir(parents=True, exist_ok=True)
            (options.charts / f"{name}.svg").write_text(chart)

    if wanted("growth"):
        rows = bench_growth.measure(directory, options.front, environment)
        draw("growth", bench_chart.growth(rows))
    if wanted("peers"):
        stand_in = bench_growth.StandIn(directory / "ours", options.front, environment)
        project, names = stand_in.project("project", bench_peers.NAMES, 1)
        stand_in.discover(project, names)
        rows = bench_peers.measure(directory / "peers", options.front, stand_in.environment,
                                   options.python, options.clap, project, options.rounds * 3)
        draw("peers", bench_chart.peers(rows))
    if wanted("waits"):
        rows = bench_waits.measure(directory / "waits", environment, programs, options.rounds,
                                   options.series)
        draw("waits", bench_chart.waits(rows))


if __name__ == "__main__":
    sys.exit(main())
