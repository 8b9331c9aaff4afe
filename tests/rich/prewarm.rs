//! The prompt hook: what is stale is found out behind it, at most once, by a TAB's rules.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use super::*;
use crate::support::{TIMEOUTS_S, set_mtime, settle, wait_until};

/// A pipeline that notes each of its runs.
fn noted(sandbox: &Sandbox, stages: &[&str]) -> String {
    let file = sandbox.path("runs").display().to_string();
    let pipeline = pipeline_0511("demo", stages);
    format!("print('run', file=open({file:?}, 'a'))\n{pipeline}")
}

fn runs(sandbox: &Sandbox) -> usize {
    fs::read_to_string(sandbox.path("runs")).unwrap_or_default().lines().count()
}

#[track_caller]
fn prewarm(sandbox: &Sandbox) {
    let said = sandbox.run(&["prewarm"]);
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""));
}

/// How often a decision of the engine's about a prompt was traced.
fn decided(sandbox: &Sandbox, outcome: &str) -> usize {
    let trace = fs::read_to_string(sandbox.path("trace")).unwrap_or_default();
    trace.lines().filter(|line| line.contains(&format!(" engine prewarm {outcome}"))).count()
}

fn project() -> Sandbox {
    let mut sandbox = Sandbox::project("");
    sandbox.write("project/pipeline.py", noted(&sandbox, &["train"]));
    sandbox.start_trace();
    sandbox
}

#[test]
fn the_next_tab_is_a_hit() {
    let sandbox = project();
    // Stamps may have aged by then, and be renewed behind a hit.
    let trace = || {
        let lines = sandbox.trace().into_iter();
        lines.filter(|line| line != "engine renewed renewed").collect::<Vec<_>>()
    };
    prewarm(&sandbox);
    wait_until(60, "the caches are fresh", || decided(&sandbox, "prewarmed") == 1);
    fs::write(sandbox.path("trace"), "").unwrap();
    assert_eq!(rich(&sandbox, "pivot repro t"), ["none:", "train"]);
    assert_eq!(trace(), ["front answered fresh"]);
    // The description of the command line, too.
    fs::write(sandbox.path("trace"), "").unwrap();
    assert_eq!(sandbox.tab(&["pivot", "repr"]).candidates(), ["repro"]);
    assert_eq!(trace(), ["front answered fresh"]);
    prewarm(&sandbox);
    assert_eq!(trace().last().unwrap(), "front answered fresh");
    assert_eq!(runs(&sandbox), 1);
    sandbox.write("project/pipeline.py", noted(&sandbox, &["train", "test"]));
    prewarm(&sandbox);
    wait_until(60, "the caches are fresh", || decided(&sandbox, "prewarmed") == 1);
    assert_eq!(rich(&sandbox, "pivot repro te"), ["none:", "test"]);
    assert_eq!(runs(&sandbox), 2);
}

#[test]
fn many_prompts_discover_once() {
    const PROMPTS: usize = 20;
    let sandbox = project();
    let go = sandbox.path("go");
    let waits = format!("import os, time\nwhile not os.path.exists({go:?}): time.sleep(0.01)\n");
    sandbox.write("project/pipeline.py", waits + &noted(&sandbox, &["train"]));
    for _ in 0..PROMPTS {
        prewarm(&sandbox);
    }
    // All but the one that discovers.
    wait_until(60, "the others have ended", || decided(&sandbox, "nothing") == PROMPTS - 1);
    sandbox.write("go", "");
    wait_until(60, "all have ended", || decided(&sandbox, "prewarmed") == 1);
    assert_eq!(runs(&sandbox), 1);
}

#[test]
fn nothing_is_started_where_there_is_nothing_to_find_out() {
    let mut sandbox = Sandbox::empty();
    sandbox.start_trace();
    sandbox.make_directory("project");
    prewarm(&sandbox);
    // Pivot refuses such a tree.
    sandbox.make_directory("project/.git");
    sandbox.write("project/pipeline.py", noted(&sandbox, &["train"]));
    prewarm(&sandbox);
    let decisions = sandbox.trace();
    assert_eq!(decisions, ["front answered no-project", "front answered no-pivot-directory"]);
}

#[test]
fn a_prompt_waits_for_nobody() {
    let mut sandbox = project();
    let said = ran(sandbox.front_in("project", &["-C", "nowhere", "prewarm"]));
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""));
    assert_eq!(sandbox.trace(), ["front nothing directory-not-entered"]);
    // In a directory that is gone by now.
    fs::write(sandbox.path("trace"), "").unwrap();
    let gone = sandbox.make_directory("gone");
    let front = crate::support::front().display().to_string();
    let mut shell = sandbox.command("/bin/sh", "gone");
    shell.args(["-c", &format!("rmdir '{}'; exec '{front}' prewarm", gone.display())]);
    let said = ran(shell);
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""));
    assert_eq!(sandbox.trace(), ["front answered no-project"]);
    // And where the engine is missing.
    sandbox.set("PIVOT_COMPLETE_TRACE", "");
    fs::create_dir(sandbox.path("alone")).unwrap();
    fs::copy(crate::support::front(), sandbox.path("alone/pivot-complete")).unwrap();
    let mut alone = sandbox.command(sandbox.path("alone/pivot-complete"), "project");
    let said = ran({
        alone.arg("prewarm");
        alone
    });
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""));
}

#[test]
fn what_a_tab_may_not_run_is_not_run() {
    let forbid: [fn(&mut Sandbox); 3] = [
        |sandbox| sandbox.set("PIVOT_COMPLETE_ON_MISS", "never"),
        |sandbox| sandbox.set("PIVOT_COMPLETE_TRUST", "explicit"),
        |sandbox| {
            fs::set_permissions(sandbox.path("project"), fs::Permissions::from_mode(0o777))
                .unwrap();
        },
    ];
    for forbid in forbid {
        let mut sandbox = project();
        forbid(&mut sandbox);
        prewarm(&sandbox);
        wait_until(60, "it was decided", || decided(&sandbox, "nothing") == 1);
        assert_eq!(runs(&sandbox), 0);
    }
}

#[test]
fn nothing_is_written_through_what_lies_there() {
    let mut sandbox = project();
    let endless = endless(&sandbox);
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", "4");
    let precious = sandbox.write("precious", "precious");
    let mark = sandbox.make_directory("project/.pivot/cache/complete").join("prewarm");
    let plant: [&dyn Fn(); 3] = [
        &|| std::os::unix::fs::symlink(&precious, &mark).unwrap(),
        &|| nix::unistd::mkfifo(&mark, nix::sys::stat::Mode::S_IRWXU).unwrap(),
        &|| fs::create_dir(&mark).unwrap(),
    ];
    for (tried, plant) in plant.iter().enumerate() {
        let _ = fs::remove_file(&mark);
        plant();
        sandbox.write("project/pipeline.py", &endless);
        prewarm(&sandbox);
        wait_until(60, "it was tried", || decided(&sandbox, "nothing timed-out") == tried + 1);
    }
    assert_eq!(fs::read_to_string(precious).unwrap(), "precious");
}

/// A pipeline that never ends; nor can that be kept, since it writes to what the last one had read.
fn endless(sandbox: &Sandbox) -> String {
    let input = sandbox.write("project/input", "");
    let reads = format!("open({input:?}).read()\n{}", pipeline_0511("demo", &["train"]));
    sandbox.write("project/pipeline.py", reads);
    sandbox.run(&["stages"]).lines();
    // Before its run is noted, so that a noted one has done it.
    let writes = format!("open({input:?}, 'w').close()\n");
    writes + &noted(sandbox, &["train"]) + "import time\ntime.sleep(3600)\n"
}

/// A project whose pipeline never ends, tried in vain once; and the mark that says so.
fn tried_in_vain() -> (Sandbox, PathBuf) {
    let mut sandbox = project();
    let mark = sandbox.path("project/.pivot/cache/complete/prewarm");
    // Until its time is over in the pipeline, and not on the way there.
    for (before, seconds) in TIMEOUTS_S.into_iter().enumerate() {
        sandbox.set("PIVOT_COMPLETE_TIMEOUT", "120");
        let endless = endless(&sandbox);
        sandbox.set("PIVOT_COMPLETE_TIMEOUT", seconds.to_string());
        // Another one each time: a failure of the one before may be known.
        sandbox.write("project/pipeline.py", format!("{endless}# {seconds}\n"));
        let _ = fs::remove_file(&mark);
        prewarm(&sandbox);
        wait_until(60, "it was tried", || decided(&sandbox, "nothing timed-out") == before + 1);
        if runs(&sandbox) == 1 {
            break;
        }
    }
    assert_eq!(runs(&sandbox), 1);
    (sandbox, mark)
}

#[test]
fn what_cannot_be_kept_is_not_tried_at_every_prompt() {
    let (mut sandbox, _) = tried_in_vain();
    for _ in 0..3 {
        prewarm(&sandbox);
    }
    wait_until(60, "it was not", || decided(&sandbox, "nothing prewarm-paused") == 3);
    assert_eq!(runs(&sandbox), 1);
    // Another config is another question.
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", "120");
    sandbox.write("project/pipeline.py", noted(&sandbox, &["test"]));
    prewarm(&sandbox);
    wait_until(60, "it was tried", || decided(&sandbox, "prewarmed") == 1);
    assert_eq!(runs(&sandbox), 2);
}

#[test]
fn what_cannot_be_kept_is_tried_again_after_a_minute() {
    let (sandbox, mark) = tried_in_vain();
    let tried = || decided(&sandbox, "nothing timed-out");
    let before = tried();
    wait_until(60, "that is noted", || mark.exists());
    let tried_at_s = fs::metadata(&mark).unwrap().mtime();
    // One of the future counts for nothing, either.
    for (times, ago_s) in [(1, 61), (2, -3600)] {
        set_mtime(&mark, tried_at_s - ago_s, 0);
        prewarm(&sandbox);
        wait_until(60, "it was tried again", || tried() == before + times);
    }
}

/// An earlier result that comes back, and one that is outdated at once, were not found in vain.
#[test]
fn what_was_kept_pauses_nothing() {
    let sandbox = project();
    let code = "import names\n".to_owned() + &noted(&sandbox, &["train"]);
    sandbox.write("project/pipeline.py", code);
    let mut known = 0;
    for (number, name) in ["one", "two", "one", "three", "two", "!", "four"].iter().enumerate() {
        let text = if *name == "!" { "NAME = [".to_owned() } else { format!("NAME = '{name}'\n") };
        sandbox.write("project/names.py", text);
        prewarm(&sandbox);
        let decisions = || decided(&sandbox, "");
        wait_until(60, "it was looked", || decisions() == number + 1);
        known += usize::from(decided(&sandbox, "prewarmed known-content") > known);
        settle(&sandbox.home());
    }
    assert_eq!(
        (known, decided(&sandbox, "nothing prewarm-paused")),
        (2, 0),
        "{:?}",
        sandbox.trace()
    );
    assert_eq!(decided(&sandbox, "prewarmed discovered"), 4, "{:?}", sandbox.trace());
}
