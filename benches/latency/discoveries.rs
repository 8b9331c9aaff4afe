//! What needs the engine, and mostly Python: a few runs of each.

use std::cell::Cell;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::projects::Projects;
use crate::timing::{Candidate, Row, interleave, microseconds};

const ROUNDS: usize = 15;
const SWITCHES: usize = 100;
const EDITS: usize = 40;

#[path = "../../src/engine/python/driver.rs"]
#[allow(dead_code, reason = "one of its scripts is timed")]
mod driver;

/// The driver where nobody observes.
const BLIND_DRIVER: &str = concat!(
    "class Observation:\n    __init__ = watch = lambda *_: None\n    stop = lambda _: None\n",
    "    fields = lambda _: []\n",
    include_str!("../../src/engine/python/driver/main.py"),
);

/// Times discoveries, with nothing cached, beside the same in bare Python.
pub fn measure(projects: &Projects) -> Vec<Row> {
    let plain = &projects.plain;
    let cache = plain.join(".pivot/cache");
    let forget = || {
        let _ = fs::remove_dir_all(&cache);
    };
    let script = "from pivot import discovery; discovery.discover_pipeline().list_stages()";
    let discovery = || {
        let mut command = projects.python();
        command.args(["-c", script]);
        command
    };
    let drive = |name: &str, driver: String| {
        let compiled = compiled(projects, name, &driver);
        move || {
            let mut command = projects.python();
            // Its frame goes to standard output.
            command
                .arg(&compiled)
                .args(["1", "stages"])
                .arg(projects.pivot())
                .args(["", "first", "", "", ""]);
            command
        }
    };
    let mut rows = interleave(
        &[
            Candidate::new(crate::DISCOVERY, plain, discovery).after(forget),
            Candidate::new(crate::BLIND, plain, drive("blind", BLIND_DRIVER.to_owned()))
                .after(forget),
            Candidate::new(crate::DRIVER, plain, drive("driver", driver::script("stages")))
                .after(forget),
            Candidate::new(crate::MISS, plain, || projects.front(&["stages"])).after(forget),
            Candidate::new(crate::PIVOT_MISS, plain, || pivot(projects)).after(forget),
        ],
        ROUNDS,
    );
    projects.run(plain, pivot(projects));
    let hit = Candidate::new(crate::PIVOT_HIT, plain, || pivot(projects));
    rows.extend(interleave(&[hit], ROUNDS));
    rows.extend(switches(projects));
    rows.push(writing(projects));
    rows.extend(edits(projects));
    rows
}

/// The bytecode of a driver, as it is kept: none is compiled at a miss.
fn compiled(projects: &Projects, name: &str, driver: &str) -> PathBuf {
    let source = projects.plain.with_file_name(format!("{name}.py"));
    let compiled = source.with_extension("pyc");
    fs::write(&source, driver).expect("a driver");
    let compile = "import py_compile, sys; py_compile.compile(*sys.argv[1:], doraise=True)";
    let mut command = projects.python();
    command.args(["-c", compile]).args([&source, &compiled]);
    projects.run(&projects.plain, command);
    compiled
}

/// A switch back to a version of the pipeline that was discovered before.
fn switches(projects: &Projects) -> Vec<Row> {
    let version = Cell::new(0);
    let stages = || {
        let mut command = projects.front(&["stages"]);
        command.env("PIVOT_COMPLETE_TRACE", &projects.trace);
        command
    };
    let switch = || {
        projects.write_version(version.get());
        version.set(1 - version.get());
    };
    let rows = interleave(
        &[Candidate::new(crate::SWITCH, &projects.switch, stages).after(switch)],
        SWITCHES,
    );
    let trace = fs::read_to_string(&projects.trace).expect("a trace");
    let known = trace.lines().filter(|line| line.contains(" answered known-content "));
    assert_eq!(known.count(), SWITCHES, "all without Python: {trace}");
    rows
}

/// Edits of a body that no discovery runs, and what Python alone takes to compile the edited file.
fn edits(projects: &Projects) -> Vec<Row> {
    let count = Cell::new(0);
    let edit = || {
        // What goes on behind the last answer is none of this one's.
        std::thread::sleep(Duration::from_millis(200));
        count.set(count.get() + 1);
        projects.edit_body(count.get());
    };
    let tab = || {
        let mut command = projects.front(&["complete", "bash"]);
        command.env("PIVOT_COMPLETE_TRACE", &projects.edits_trace);
        command.env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
        command
    };
    let script = "import sys; compile(open(sys.argv[1], 'rb').read(), 'x', 'exec')";
    let compile = || {
        let mut command = projects.python();
        command.args(["-I", "-S", "-c", script, crate::projects::EDITED]);
        command
    };
    let rows = interleave(
        &[
            Candidate::new(crate::EDIT, &projects.modules, tab).after(edit),
            Candidate::new(crate::COMPILE, &projects.modules, compile),
        ],
        EDITS,
    );
    let trace = fs::read_to_string(&projects.edits_trace).expect("a trace");
    let same = trace.lines().filter(|line| line.contains(" answered same-shape "));
    assert_eq!(same.count(), EDITS, "all without a discovery: {trace}");
    rows
}

/// From the report of a refresh, which is all that its caller waits for, to its end: the manifests
/// of all stages are written behind it.
fn writing(projects: &Projects) -> Row {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut refresh = projects.front(&["refresh"]);
        refresh.current_dir(&projects.modules).stdout(Stdio::piped());
        let mut child = refresh.spawn().expect("a refresh");
        let mut stdout = child.stdout.take().expect("a pipe");
        stdout.read_exact(&mut [0]).expect("a report");
        let reported = Instant::now();
        assert!(child.wait().expect("a refresh").success());
        times.push(microseconds(reported.elapsed()));
    }
    Row::new(crate::WRITING, times)
}

/// Pivot's own completion of a stage.
fn pivot(projects: &Projects) -> Command {
    let mut command = projects.command(projects.pivot());
    command.env("_PIVOT_COMPLETE", "bash_complete");
    command.env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
    command
}
