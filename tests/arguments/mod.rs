//! Every argument, and every option with a value, of every command of the Pivots that are installed:
//! what it takes, what Pivot's own completion offers there, and what ours does.

mod accepted;
mod every;
mod table;
mod told;

use std::process::Command;

use crate::support::installed::{RELEASES, venv};
use crate::support::{Ran, Sandbox, TWO_STAGES, ran, soak};

/// Runs, as Pivot itself writes them.
const RUNS: &str = "
import sys, pathlib
from pivot.storage import state

def record(status):
    return {'input_hash': None, 'status': status, 'reason': '', 'duration_ms': 5}

with state.StateDB(pathlib.Path(sys.argv[1])) as db:
    for day, stages in ((1, ['ran', 'ran']), (2, ['ran', 'failed'])):
        db.write_run({
            'run_id': f'2026010{day}_030405_0000000{day}',
            'started_at': f'2026-01-0{day}T03:04:05.678901+00:00',
            'ended_at': f'2026-01-0{day}T03:04:06+00:00',
            'targeted_stages': [], 'execution_order': ['a', 'b'],
            'stages': {name: record(status) for name, status in zip('ab', stages)},
        })
";

const IMPORT: &str = "path: raw.csv\nhash: '12'\nsize: 3\nsource:\n  repo: https://host/repo\n  \
                      rev: main\n  rev_lock: '34'\n  stage: train\n  path: raw.csv\n  remote: s3://b\n";
const TRACKED: &str = "path: tracked.csv\nhash: '12'\nsize: 3\n";
const DIGEST: &str = "1234567890123456789012345678901234567890\n";

/// A project of that release's with something of everything.
fn project(name: &str) -> Sandbox {
    let sandbox = Sandbox::installed(&venv(name));
    let early = crate::support::pipeline_010(&["train", "test"]);
    sandbox.write("project/pipeline.py", if name == "010" { &early } else { TWO_STAGES });
    sandbox.write("project/.pivot/config.yaml", "remotes:\n  origin: s3://b/x\n");
    sandbox.write("project/data/raw.csv.pvt", IMPORT);
    sandbox.write("project/data/tracked.csv.pvt", TRACKED);
    sandbox.write("project/.git/HEAD", "ref: refs/heads/main\n");
    for reference in ["heads/main", "heads/next", "tags/v1.0", "remotes/origin/theirs"] {
        sandbox.write(&format!("project/.git/refs/{reference}"), DIGEST);
    }
    write_runs(&sandbox, name, RUNS);
    sandbox
}

/// Has the release's Python run a script about the project's state.
#[track_caller]
fn write_runs(sandbox: &Sandbox, name: &str, script: &str) {
    let mut command = sandbox.command(venv(name).join("bin/python"), "home");
    command.args(["-c", script]).arg(sandbox.path("project/.pivot"));
    let said = ran(command);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
}

/// The command that asks for a rich answer to these words, the last of which is at the cursor.
fn question(sandbox: &Sandbox, relative: &str, reader: &str, words: &[&str]) -> Command {
    let mut command = sandbox.front_in(relative, &["complete", "--rich", reader]);
    // As the scripts hand them over.
    command.env("COMP_WORDS", words.join("\n"));
    command.env("COMP_CWORD", (words.len() - 1).to_string());
    command
}

/// The answer to it.
#[track_caller]
fn rich(sandbox: &Sandbox, relative: &str, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let said: Ran = ran(question(sandbox, relative, "elvish", &words));
    said.lines().into_iter().map(str::to_owned).collect()
}
