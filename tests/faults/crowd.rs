//! Many misses at once share one discovery; a leader that dies has one successor,
//! one that is stopped holds nobody up beyond the deadline.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Output};
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::aftermath::{assert_no_litter, assert_nothing_is_alive};
use crate::support::fake_pivot::store;
use crate::support::{
    HANGS_S, Ran, Sandbox, TIMEOUTS_S, children, has_open, is_alive, pipeline_0511, start, tally,
    wait_until, worker,
};

const NAMES: [&str; 2] = ["demo/train", "demo/score"];

/// Holds a discovery up until there is a file `go` in the sandbox.
const WAIT_FOR_GO: &str = "while not os.path.exists('../go'): time.sleep(0.01)";

/// What bash is offered for [`NAMES`].
const OFFERED: [&str; 4] = ["demo/train", "demo/score", "train", "score"];

/// A `pipeline.py` with [`NAMES`] that counts its imports outside of the project.
fn counting_pipeline(sandbox: &Sandbox, then: &str) -> String {
    let count = sandbox.path("imports");
    format!(
        "import os, time\n\
         with open({count:?}, 'ab') as file:\n    file.write(b'x')\n\
         imports = os.path.getsize({count:?})\n\
         {then}\n{}",
        pipeline_0511("demo", &["train", "score"])
    )
}

fn imports(sandbox: &Sandbox) -> u64 {
    fs::metadata(sandbox.path("imports")).map_or(0, |found| found.len())
}

fn project(then: &str) -> Sandbox {
    let sandbox = Sandbox::project("");
    let pipeline = counting_pipeline(&sandbox, then);
    sandbox.write("project/pipeline.py", pipeline);
    sandbox
}

/// Starts `count` misses, TABs and `stages` in turn.
fn start_crowd(sandbox: &Sandbox, count: usize) -> Vec<(bool, Child)> {
    (0..count)
        .map(|number| {
            let is_tab = number % 2 == 1;
            let command = match is_tab {
                true => sandbox.tab_command("project", &["pivot", "repro", ""]),
                false => sandbox.front_in("project", &["stages"]),
            };
            (is_tab, start(command))
        })
        .collect()
}

#[track_caller]
fn assert_all_are_answered(crowd: Vec<(bool, Child)>) {
    for (is_tab, child) in crowd {
        let ran = Ran::from(child.wait_with_output().unwrap());
        if is_tab {
            assert_eq!(ran.candidates(), OFFERED);
        } else {
            assert_eq!(ran.lines(), NAMES);
        }
    }
}

#[test]
fn many_misses_at_once_make_one_discovery() {
    for count in [50, 200] {
        let sandbox = project("");
        assert_all_are_answered(start_crowd(&sandbox, count));
        assert_eq!(imports(&sandbox), 1, "{count} at once");
        assert_no_litter(&sandbox, "project");
        store(&sandbox);
        assert!(sandbox.path("project/.pivot/cache/stages.cache").exists());
        assert_nothing_is_alive(&sandbox);
    }
    tally::survived(50 + 200);
}

/// An answer that cannot be cached is shared as well, with all who came while it was made.
#[test]
fn one_discovery_serves_all_also_where_it_cannot_be_cached() {
    let sandbox = project(WAIT_FOR_GO);
    let crowd = start_crowd(&sandbox, 30);
    wait_until_all_wait(&sandbox, &crowd);
    // The config changes while it is being discovered: nothing may be cached.
    let config = sandbox.path("project/pipeline.py");
    let text = fs::read_to_string(&config).unwrap();
    sandbox.write("project/pipeline.py", format!("{text}\n# edited\n"));
    sandbox.write("go", "");
    assert_all_are_answered(crowd);
    assert_eq!(imports(&sandbox), 1);
    assert!(!sandbox.path("project/.pivot/cache/stages.cache").exists());
    assert_no_litter(&sandbox, "project");
}

/// What Python reads at its start, or a pipeline, makes two questions; a terminal does not.
#[test]
fn a_discovery_serves_those_alone_whom_it_would_answer_alike() {
    for (variable, value, discoveries) in [
        ("PYTHONUTF8", "0", 2),
        ("PYTHONOPTIMIZE", "1", 2),
        ("MODE", "small", 2),
        ("TMUX_PANE", "%7", 1),
        ("COMP_TYPE", "9", 1),
    ] {
        let sandbox = Sandbox::project("");
        let count = sandbox.path("imports");
        let stages = "f'{__debug__}-{sys.flags.utf8_mode}-{os.environ.get(\"MODE\")}'";
        let text =
            pipeline_0511("demo", &["train"]).replace("Pipeline(\"demo\")", "Pipeline(name)");
        let pipeline = format!(
            "import os, sys, time\n\
             with open({count:?}, 'ab') as file:\n    file.write(b'x')\n\
             {WAIT_FOR_GO}\nname = {stages}\n{text}"
        );
        sandbox.write("project/pipeline.py", &pipeline);
        let command = || {
            let mut command = sandbox.front_in("project", &["stages"]);
            command.env("PYTHONUTF8", "1");
            command
        };
        let mut other = command();
        other.env(variable, value);
        let crowd = vec![(false, start(command())), (false, start(other))];
        wait_until_all_wait(&sandbox, &crowd);
        // Nothing may be cached.
        sandbox.write("project/pipeline.py", format!("{pipeline}\n# edited\n"));
        sandbox.write("go", "");
        let ends = crowd.into_iter().map(|(_, child)| child.wait_with_output().unwrap());
        let names: Vec<String> = ends.map(|end| Ran::from(end).lines().concat()).collect();
        assert_eq!(names[0], "True-1-None/train", "{variable}");
        let own = match variable {
            "PYTHONUTF8" => "True-0-None/train",
            "PYTHONOPTIMIZE" => "False-1-None/train",
            "MODE" => "True-1-small/train",
            _ => "True-1-None/train",
        };
        assert_eq!(names[1], own, "{variable}");
        assert_eq!(imports(&sandbox), discoveries, "{variable}");
    }
}

/// Asserts that each command of the crowd says `words`, and each TAB nothing.
#[track_caller]
fn assert_all_fail(crowd: Vec<(bool, Child)>, words: &str) {
    for (is_tab, child) in crowd {
        let ran = Ran::from(child.wait_with_output().unwrap());
        if is_tab {
            assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "\n", ""));
        } else {
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
            assert!(ran.stderr.contains(words), "{ran:?}");
        }
    }
}

/// A failure is shared, too.
#[test]
fn one_failing_discovery_serves_all() {
    let sandbox = project(&format!("{WAIT_FOR_GO}\nraise RuntimeError('broken on purpose')"));
    let crowd = start_crowd(&sandbox, 30);
    wait_until_all_wait(&sandbox, &crowd);
    sandbox.write("go", "");
    assert_all_fail(crowd, "broken on purpose");
    assert_eq!(imports(&sandbox), 1);
    assert_no_litter(&sandbox, "project");
}

/// The leader is killed while it discovers.
#[test]
fn a_killed_leader_has_exactly_one_successor() {
    let sandbox = project("if imports == 1: time.sleep(600)");
    let mut crowd = start_crowd(&sandbox, 20);
    wait_until_all_wait(&sandbox, &crowd);
    let (_, leader) = take_leader(&mut crowd);
    // Only now: before, the lock's holder may have found its config and not yet started Python.
    wait_until(20, "the first discovery has begun", || imports(&sandbox) == 1);
    let output = end(leader, Signal::SIGKILL);
    assert_eq!(output.status.signal(), Some(Signal::SIGKILL as i32));
    assert_all_are_answered(crowd);
    assert_eq!(imports(&sandbox), 2);
    assert_no_litter(&sandbox, "project");
    assert_nothing_is_alive(&sandbox);
}

/// The leader is stopped and stays so.
#[test]
fn a_stopped_leader_holds_nobody_up_beyond_the_deadline() {
    let mut sandbox = project(WAIT_FOR_GO);
    let (seconds, leader) = leader_with_deadline(&sandbox);
    stop_or_wake(&leader, Signal::SIGSTOP);
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", seconds.to_string());
    let begin = Instant::now();
    let crowd = start_crowd(&sandbox, 10);
    assert_all_fail(crowd, "PIVOT_COMPLETE_TIMEOUT");
    let took = begin.elapsed();
    assert!((seconds..seconds + HANGS_S).contains(&took.as_secs()), "{took:?}");
    // Awake again, the leader, who began before them, sees that its time is over, too.
    stop_or_wake(&leader, Signal::SIGCONT);
    let ran = Ran::from(leader.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("PIVOT_COMPLETE_TIMEOUT"), "{ran:?}");
    sandbox.write("go", "");
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", "120");
    assert_eq!(sandbox.run(&["stages"]).lines(), NAMES);
    assert_no_litter(&sandbox, "project");
    assert_nothing_is_alive(&sandbox);
}

/// A `stages` that discovers, and has so many seconds for it.
fn leader_with_deadline(sandbox: &Sandbox) -> (u64, Child) {
    for seconds in TIMEOUTS_S {
        let before = imports(sandbox);
        let mut command = sandbox.front_in("project", &["stages"]);
        command.env("PIVOT_COMPLETE_TIMEOUT", seconds.to_string());
        let mut leader = start(command);
        wait_until(seconds + 20, "the discovery has begun or its time is over", || {
            imports(sandbox) > before || leader.try_wait().unwrap().is_some()
        });
        if leader.try_wait().unwrap().is_none() {
            return (seconds, leader);
        }
    }
    panic!("no discovery ever began")
}

/// Waits until each of `crowd` has the lock file open.
#[track_caller]
fn wait_until_all_wait(sandbox: &Sandbox, crowd: &[(bool, Child)]) {
    let lock = sandbox.path("project/.pivot/cache/complete.lock");
    for (_, child) in crowd {
        wait_until(30, "a process waits for the lock", || has_open(child, &lock));
    }
}

/// Takes the command that holds the lock out of the crowd: the one whose worker has a child.
fn take_leader(crowd: &mut Vec<(bool, Child)>) -> (bool, Child) {
    let mut leader = None;
    wait_until(20, "one process has started Python", || {
        leader = crowd.iter().position(|(_, child)| !pythons(child).is_empty());
        leader.is_some()
    });
    crowd.remove(leader.unwrap())
}

/// What the worker of a command has started.
fn pythons(child: &Child) -> Vec<i32> {
    worker(child).map(children).unwrap_or_default()
}

fn children_are_zombies(child: &Child) -> bool {
    !pythons(child).into_iter().any(is_alive)
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
}

/// Both processes of a command.
fn stop_or_wake(child: &Child, with: Signal) {
    signal(child, with);
    kill(Pid::from_raw(worker(child).unwrap()), with).unwrap();
}

fn end(child: Child, with: Signal) -> Output {
    signal(&child, with);
    child.wait_with_output().unwrap()
}

/// A leader that is woken in time goes on as if nothing had been.
#[test]
fn a_leader_that_was_stopped_for_a_moment_serves_all() {
    let sandbox = project(WAIT_FOR_GO);
    // So that the driver's code is kept: with it the answer is longer than the pipe.
    let go = sandbox.write("go", "");
    sandbox.run(&["stages"]);
    fs::remove_file(go).unwrap();
    fs::remove_dir_all(sandbox.path("project/.pivot/cache")).unwrap();
    let mut crowd = start_crowd(&sandbox, 6);
    wait_until_all_wait(&sandbox, &crowd);
    let (is_tab, leader) = take_leader(&mut crowd);
    stop_or_wake(&leader, Signal::SIGSTOP);
    sandbox.write("go", "");
    // Python's answer lies in the pipe, and nobody reads it.
    wait_until(20, "the stopped leader's Python has ended", || children_are_zombies(&leader));
    stop_or_wake(&leader, Signal::SIGCONT);
    crowd.push((is_tab, leader));
    assert_all_are_answered(crowd);
    assert_eq!(imports(&sandbox), 1 + 1);
}
