//! Pipelines that fail: Pivot's own words for explicit commands, silence at a TAB.

use std::fs;

use super::pivots_message;
use crate::support::{Pivot, Ran, Sandbox, has_open, pipeline_0511, ran, start, wait_until};

#[test]
fn an_explicit_command_says_what_pivot_says() {
    let both = [
        ("sys.exit", "import sys\nsys.exit(3)\n"),
        ("sys.exit with words", "import sys\nsys.exit('no data here')\n"),
        ("exception", "raise RuntimeError('broken: größe')\n"),
        ("exception of several lines", "raise ValueError('one\\ntwo\\n')\n"),
        ("missing module", "import there_is_no_such_module\n"),
        ("syntax error", "def :\n"),
        ("no UTF-8", "x = '\\udcff'\nraise ValueError(x.encode('utf-8', 'surrogateescape'))\n"),
        ("pipeline under another name", "from pivot import Pipeline\nmine = Pipeline('demo')\n"),
        ("pipeline of another type", "pipeline = 3\n"),
    ];
    let only_0511 = [
        (
            "a root of its own",
            "import pathlib\nfrom pivot import Pipeline\n\
             pipeline = Pipeline('demo', root=pathlib.Path('/tmp'))\n",
        ),
        ("an invalid name", "from pivot import Pipeline\npipeline = Pipeline('a b')\n"),
    ];
    for pivot in Pivot::in_turn() {
        let extra = if pivot == Pivot::V0511 { &only_0511[..] } else { &[] };
        for (what, text) in both.iter().chain(extra) {
            let sandbox = Sandbox::project_of(pivot, text);
            let mut command = sandbox.command("pivot", "project");
            command.arg("list");
            let pivots = ran(command);
            let expected = pivots_message(&pivots.stderr);
            let said = sandbox.run(&["stages"]);
            assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{what}");
            assert_eq!(
                said.stderr.trim_end(),
                format!("pivot-complete: {expected}"),
                "{pivot:?}, {what}"
            );
            let tab = sandbox.tab(&["pivot", "repro", ""]);
            assert_eq!(silent(&tab), (0, "\n", ""), "{what}");
            assert!(!sandbox.path("project/.pivot/cache/stages.cache").exists(), "{what}");
        }
    }
}

#[test]
fn a_crash_is_no_more_than_no_answer() {
    for (what, text) in [
        ("os._exit", "import os\nos._exit(5)\n"),
        ("os._exit without a code", "import os\nos._exit(0)\n"),
        ("abort", "import os\nos.write(2, b'last words\\n')\nos.abort()\n"),
        ("killed", "import os\nos.kill(os.getpid(), 9)\n"),
        ("an interrupt of its own", "raise KeyboardInterrupt\n"),
        ("exec", "import os\nos.execv('/bin/true', ['true'])\n"),
    ] {
        let sandbox = Sandbox::project(&format!("{text}{}", pipeline_0511("demo", &["train"])));
        let said = sandbox.run(&["stages"]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{what}: {said:?}");
        assert!(said.stderr.starts_with("pivot-complete: "), "{what}: {said:?}");
        if what == "abort" {
            assert!(said.stderr.contains("last words"), "{what}: {said:?}");
        }
        for words in [&["pivot", "repro", ""][..], &["pivot", "push", "demo/train:"]] {
            assert_eq!(silent(&sandbox.tab(words)), (0, "\n", ""), "{what}, {words:?}");
        }
    }
}

#[test]
fn a_failure_is_not_kept_from_the_next_command() {
    let sandbox = Sandbox::project("raise RuntimeError('broken')\n");
    assert_eq!(sandbox.run(&["stages"]).code, 1);
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["train"]));
    assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"]);
    // And the other way round: nothing old is printed as if it were true.
    sandbox.write("project/pipeline.py", "raise RuntimeError('broken again')\n");
    let said = sandbox.run(&["stages"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains("broken again"));
}

#[test]
fn a_failure_is_shared_by_all_who_wait_for_it() {
    let said = at_once("raise RuntimeError('broken for all')\n");
    for said in said {
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains("broken for all"), "{said:?}");
    }
}

#[test]
fn an_answer_is_shared_by_all_who_wait_for_it() {
    for said in at_once(&pipeline_0511("demo", &["train", "evaluate"])) {
        assert_eq!(said.lines(), ["demo/train", "demo/evaluate"]);
    }
}

/// An answer that cannot be cached is shared as well.
#[test]
fn an_answer_that_cannot_be_cached_is_shared_too() {
    let touches = "import os\nos.utime(__file__)\n";
    for said in at_once(&format!("{touches}{}", pipeline_0511("demo", &["train"]))) {
        assert_eq!(said.lines(), ["demo/train"]);
    }
}

/// Runs 20 `stages` that all wait for the same discovery, which must be the only one.
fn at_once(end_of_pipeline: &str) -> Vec<Ran> {
    let sandbox = Sandbox::project("");
    let (runs, go) = (sandbox.path("runs"), sandbox.path("go"));
    let text = format!(
        // Not by `os`, which tells what it is asked: the answer would be one to a question.
        "import os, posix, time\nwith open({runs:?}, 'a') as f:\n    print(os.getpid(), file=f)\n\
         while not posix.access({go:?}, posix.F_OK):\n    time.sleep(0.01)\n{end_of_pipeline}"
    );
    sandbox.write("project/pipeline.py", text);
    let mut children = vec![start(sandbox.front_in("project", &["stages"]))];
    wait_until(60, "the pipeline runs", || runs.exists());
    children.extend((1..20).map(|_| start(sandbox.front_in("project", &["stages"]))));
    let lock = sandbox.path("project/.pivot/cache/complete.lock");
    wait_until(60, "all wait", || children.iter().all(|child| has_open(child, &lock)));
    fs::write(&go, "").unwrap();
    let said = children.into_iter().map(|child| child.wait_with_output().unwrap().into()).collect();
    assert_eq!(fs::read_to_string(&runs).unwrap().lines().count(), 1, "one discovery for all");
    let left = sandbox.listing("project/.pivot");
    assert!(!left.iter().any(|n| n.ends_with(".tmp") || n.ends_with(".lock")), "{left:?}");
    said
}

#[test]
fn what_0_1_0_refuses_in_yaml_is_said_in_its_words() {
    for (what, text) in [
        ("empty", ""),
        ("no mapping", "- a\n- b\n"),
        ("no YAML", "stages: [\n"),
        (
            "a template that names no dimension",
            "stages: {'fit@{y}': {python: a.b, matrix: {x: [1]}}}",
        ),
        (
            "a module that is not there",
            "stages: {fit: {python: no_such_module.run, variants: no_such_module.x}}",
        ),
    ] {
        let sandbox = Sandbox::with(Pivot::V010);
        sandbox.make_directory("project/.pivot");
        sandbox.write("project/pivot.yaml", text);
        let mut command = sandbox.command("pivot", "project");
        command.arg("list");
        let pivots = ran(command);
        let said = sandbox.run(&["stages"]);
        let expected = pivots_message(&pivots.stderr);
        assert_eq!(
            (said.code, without_addresses(said.stderr.trim_end())),
            (1, without_addresses(&format!("pivot-complete: {expected}"))),
            "{what}"
        );
        assert_eq!(silent(&sandbox.tab(&["pivot", "repro", ""])), (0, "\n", ""), "{what}");
    }
}

/// The words of a `repr` without where its objects lie in memory.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
}

fn silent(tab: &Ran) -> (i32, &str, &str) {
    (tab.code, tab.stdout.as_str(), tab.stderr.as_str())
}
