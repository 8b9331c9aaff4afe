//! Thousands of inputs, and directories 64 levels deep: linear, and an answer each time.

use std::fs;
use std::time::Duration;

use crate::support::aftermath::ran_within;
use crate::support::fake_pivot::{self, cached, discoveries, stages, store};
use crate::support::strace::traced;
use crate::support::{Sandbox, set_mtime};

/// More than anything here takes on a busy machine.
const BOUNDED_S: u64 = 20;

/// A project that reads `files` files and lists a directory with as many entries.
fn project(files: usize) -> Sandbox {
    let sandbox = fake_pivot::project("");
    let mut pipeline = String::from("train\n* entries\n");
    for number in 0..files {
        let path = sandbox.write(&format!("project/inputs/{number}"), "");
        // A time that proves nothing, ever.
        set_mtime(&path, 1, 0);
        pipeline += &format!("< inputs/{number}\n");
    }
    let entries = sandbox.make_directory("project/entries");
    for number in 0..files {
        fs::File::create(entries.join(format!("entry_{number}"))).unwrap();
    }
    sandbox.write("project/pipeline.py", pipeline);
    sandbox
}

/// System calls of the front and what takes its place for one answer from the caches.
fn calls_of_an_answer(sandbox: &Sandbox) -> usize {
    let command = sandbox.front_in("project", &["stages", "--cached"]);
    let (answer, calls) = traced(sandbox, &command, &[]);
    assert!(answer.lines().len() > 1);
    calls.len()
}

#[test]
fn the_cost_of_an_answer_is_linear_in_its_inputs() {
    let projects = [100, 1000, 5000].map(|files| (files, project(files)));
    let young = projects.each_ref().map(|(files, sandbox)| {
        let asked = || ran_within(BOUNDED_S, sandbox.front_in("project", &["stages"]));
        assert_eq!(asked().lines().len(), files + 1);
        assert_eq!(asked().lines().len(), files + 1);
        assert_eq!(discoveries(sandbox), 1, "{files} files");
        let calls = calls_of_an_answer(sandbox);
        for number in 0..*files {
            set_mtime(&sandbox.path(&format!("project/inputs/{number}")), 1_000_000_000, 0);
        }
        calls
    });
    std::thread::sleep(Duration::from_millis(2100));
    let old = projects.each_ref().map(|(files, sandbox)| {
        assert_eq!(sandbox.run(&["refresh"]).code, 0);
        let calls = calls_of_an_answer(sandbox);
        let tab = ran_within(BOUNDED_S, sandbox.tab_command("project", &["pivot", "repro", "t"]));
        assert_eq!(tab.candidates(), ["train"]);
        assert_eq!(discoveries(sandbox), 2, "{files} files");
        // The last one that is compared counts as the first.
        sandbox.write(&format!("project/inputs/{}", files - 1), "new\n");
        assert_eq!(cached(sandbox), None, "{files} files");
        sandbox.write("project/inputs/0", "newer\n");
        let names = ran_within(BOUNDED_S, sandbox.front_in("project", &["stages"]));
        assert_eq!(names.lines().len(), files + 3);
        let store = fs::metadata(store(sandbox)).unwrap().len();
        assert!(store < 400 * *files as u64 + 20_000, "{store} bytes for {files} files");
        calls
    });
    for (calls, each) in [(young, 6), (old, 2)] {
        assert!(calls[0] < 100 * each + 100, "{calls:?}");
        assert!(calls[2] < 5000 * each + 100, "{calls:?}");
        // Five times as many inputs, five times as many calls.
        let growth = (calls[2] - calls[1]) as f64 / (calls[1] - calls[0]) as f64;
        let inputs = (5000.0 - 1000.0) / (1000.0 - 100.0);
        assert!((0.8..1.2).contains(&(growth / inputs)), "{calls:?}");
    }
}

#[test]
fn sixty_four_levels_of_directories_are_like_one() {
    let deep = (0..64).map(|level| format!("level{level}")).collect::<Vec<_>>().join("/");
    let sandbox = fake_pivot::sandbox();
    sandbox.make_directory("project/.pivot");
    let params = format!("../{}params.txt", "../".repeat(63));
    let below = sandbox.write(&format!("project/{deep}/below.txt"), "below\n");
    sandbox.write("project/params.txt", "above\n");
    let pipeline = format!("train\n< {params}\n< below.txt\n* .\n");
    sandbox.write(&format!("project/{deep}/pipeline.py"), pipeline);
    let here = format!("project/{deep}");
    let ask = |arguments: &[&str]| ran_within(BOUNDED_S, sandbox.front_in(&here, arguments));
    let names = ["train", "above", "below", "below.txt", "pipeline.py"];
    assert_eq!(ask(&["stages"]).lines(), names);
    assert_eq!(ask(&["stages", "--cached"]).lines(), names);
    fs::write(below, "changed\n").unwrap();
    assert_eq!(ask(&["stages", "--cached"]).code, 3);
    assert_eq!(ask(&["stages"]).lines()[2], "changed");
    sandbox.write("project/params.txt", "higher\n");
    assert_eq!(ask(&["stages", "--cached"]).code, 3);
    assert_eq!(ask(&["stages"]).lines()[1], "higher");
    // And from ROOT down.
    sandbox.write("project/pipeline.py", format!("top\n< {deep}/below.txt\n"));
    assert_eq!(stages(&sandbox), "top changed");
    assert_eq!(cached(&sandbox).as_deref(), Some("top changed"));
}
