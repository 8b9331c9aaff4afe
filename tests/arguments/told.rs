//! What files of a project tell: runs, git's references, imports; and paths before anything is known.

use super::*;

/// Thousands of runs between other entries, some as long as several pages; then what Pivot lists.
const MANY_RUNS: &str = "
import sys, pathlib
import lmdb
from pivot import run_history
from pivot.storage import state

path = pathlib.Path(sys.argv[1])
with lmdb.open(str(path / 'state.lmdb'), map_size=1 << 30) as env, env.begin(write=True) as txn:
    for number in range(3000):
        stages = {f'stage_{stage}': {'input_hash': None, 'status': 'ran', 'reason': 'x' * 40,
                                     'duration_ms': 5} for stage in range(number % 7 * 20)}
        run = {
            'run_id': f'20260102_030405_{number:08d}', 'started_at': '2026-01-02T03:04:05',
            'ended_at': '', 'targeted_stages': [], 'execution_order': [], 'stages': stages,
        }
        txn.put(b'run:' + run['run_id'].encode(), run_history.serialize_to_bytes(run))
        for prefix in (b'remote:', b'runcache:', b'rum:', b'ruo:', b'sm:'):
            txn.put(prefix + b'%d' % number, b'x' * (number % 300))
    txn.put(b'run', b'x')
with state.StateDB(path) as db:
    print(*(run['run_id'] for run in db.list_runs(limit=100)), sep='\\n')
";

#[test]
fn runs_are_those_that_pivot_lists() {
    for (_, name) in soak::in_turn([RELEASES[0], RELEASES[RELEASES.len() - 1]]) {
        let sandbox = project(name);
        let last = rich(&sandbox, "project", "pivot show ");
        let two = [
            "none:",
            "20260102_030405_00000002\t2026-01-02 03:04, 1 failed, 1 ran",
            "20260101_030405_00000001\t2026-01-01 03:04, 2 ran",
        ];
        assert_eq!(last, two, "{name}");
        assert_eq!(rich(&sandbox, "project", "pivot show 20260101"), [two[0], two[2]], "{name}");
        let mut command = sandbox.command(venv(name).join("bin/python"), "home");
        command.args(["-c", MANY_RUNS]).arg(sandbox.path("project/.pivot"));
        let said = ran(command);
        let listed = said.lines();
        assert_eq!(listed.len(), 100, "{name}: {said:?}");
        let told = rich(&sandbox, "project", "pivot show ");
        let told: Vec<&str> =
            told[1..].iter().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(told, listed, "{name}");
    }
}

#[test]
fn a_state_that_is_elsewhere_is_not_guessed() {
    let sandbox = project("0511");
    assert_eq!(rich(&sandbox, "project", "pivot show ").len(), 3);
    sandbox.write("project/.pivot/config.yaml", "core:\n  state_dir: elsewhere\n");
    assert_eq!(rich(&sandbox, "project", "pivot show "), ["none:"]);
}

#[test]
fn revisions_are_this_repositorys_alone() {
    let sandbox = project("0511");
    let all = [
        "none:",
        "HEAD\tthe current commit",
        "main\tthe current branch",
        "next\tbranch",
        "v1.0\ttag",
        "theirs\tbranch of origin",
    ];
    assert_eq!(rich(&sandbox, "project", "pivot get --rev "), all);
    assert_eq!(rich(&sandbox, "project", "pivot get -r n"), ["none:", "next\tbranch"]);
    // Zsh matches them in its own ways, and so do fish and a readline that ignores case.
    for (reader, word, found) in [
        ("bash", "N", &[][..]),
        ("bash-ignoring-case", "N", &["next"]),
        ("fish", "n", &["main\tthe current branch", "next\tbranch"]),
        ("zsh", "xt", &all[1..]),
    ] {
        let mut command = question(&sandbox, "project", reader, &["pivot", "get", "-r", word]);
        if reader == "fish" {
            command.env("COMP_CWORD", word);
        }
        assert_eq!(ran(command).lines()[1..], *found, "{reader} {word}");
    }
    assert_eq!(rich(&sandbox, "project", "pivot get --rev=v"), ["none:--rev=", "v1.0\ttag"]);
    // Another repository's are meant.
    assert_eq!(rich(&sandbox, "project", "pivot import --rev "), ["none:"]);
    assert_eq!(rich(&sandbox, "project", "pivot update --rev "), ["none:"]);
    // Nor has a path there anything to do with a file here.
    assert_eq!(rich(&sandbox, "project", "pivot import https://host/repo da"), ["none:"]);
    assert_eq!(rich(&sandbox, "project", "pivot import --out da"), ["file:"]);
}

#[test]
fn imports_are_offered_as_pivot_finds_them() {
    let sandbox = project("0511");
    sandbox.make_directory("project/data/deep");
    let import = "data/raw.csv.pvt\thttps://host/repo at main";
    // By their paths from ROOT, wherever that is asked.
    for directory in ["project", "project/data/deep"] {
        assert_eq!(rich(&sandbox, directory, "pivot update "), ["none:", import], "{directory}");
    }
    assert_eq!(rich(&sandbox, "project", "pivot update data/raw.csv.pvt "), ["none:"]);
    assert_eq!(rich(&sandbox, "project", "pivot update x"), ["none:"]);
    assert_eq!(rich(&sandbox, "home", "pivot update "), ["none:"]);
}

#[test]
fn files_are_there_from_the_first_tab_on() {
    for (_, name) in soak::in_turn([RELEASES[0], RELEASES[RELEASES.len() - 1]]) {
        // Pivot 0.1 has no rule for where outputs lie.
        let outputs: &[&str] = match name {
            "010" => &["file:"],
            _ => &[
                "file:",
                "data/demo/train/model.yaml\tdemo/train:model",
                "data/demo/train/log.yaml\tdemo/train:log",
                "data/demo/test.yaml\tdemo/test",
            ],
        };
        let lines = [
            ("pivot checkout data/", outputs),
            ("pivot push data/", outputs),
            ("pivot repro data/", outputs),
            ("pivot run data/", &["none:"]),
            ("pivot dag te", &["none:", "test"]),
            ("pivot commit te", &["none:", "test"]),
            ("pivot metrics show te", &["file:", "test"]),
            ("pivot plots diff te", &["file:", "test"]),
            ("pivot get te", &["file:", "test"]),
        ];
        let sandbox = project(name);
        assert_eq!(sandbox.run(&["refresh"]).code, 0);
        let described = sandbox.path("home/.cache/pivot-complete");
        std::fs::remove_dir_all(&described).unwrap_or_default();
        for (line, expected) in lines {
            assert_eq!(rich(&sandbox, "project", line), expected, "{name}: {line}");
        }
        // Nothing was described for any of these.
        assert!(!described.exists());
        sandbox.describe_pivot();
        for (line, expected) in lines {
            assert_eq!(rich(&sandbox, "project", line), expected, "{name}: {line}");
        }
    }
}
