//! Which root and which config: what Pivot's commands use, not what its completion guesses.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use super::{
    CACHE, HIT, STEP, pipeline_of, pivots_completion, pivots_list, read, stages_in, traced,
};
use crate::support::{Pivot, Sandbox, pipeline_010, pipeline_0511, ran, set_mtime};

#[test]
fn sub_directories_have_caches_of_their_own() {
    for pivot in Pivot::in_turn() {
        let sandbox = Sandbox::traced(pivot);
        let places = [("project", "top"), ("project/one", "first"), ("project/one/two", "second")];
        let mut expected = Vec::new();
        for (directory, stage) in places {
            let (text, names) = pipeline_of(pivot, &[stage]);
            sandbox.write(&format!("{directory}/pipeline.py"), text);
            expected.push((directory, names));
        }
        for (directory, names) in expected.iter().chain(expected.iter().rev()) {
            assert_eq!(stages_in(&sandbox, directory).lines(), *names, "{directory}");
        }
        let roots = read(&sandbox.path(CACHE));
        for (directory, names) in expected.iter().chain(&expected) {
            let (said, trace) = traced(&sandbox, || stages_in(&sandbox, directory));
            let hit = HIT.map(String::from).to_vec();
            assert_eq!((said.lines(), trace), (names.iter().map(|n| &n[..]).collect(), hit));
        }
        // Each is stale alone.
        sandbox.write("project/one/pipeline.py", pipeline_of(pivot, &["renamed"]).0);
        assert!(stages_in(&sandbox, "project/one").stdout.contains("renamed"));
        for (directory, names) in [&expected[0], &expected[2]] {
            let (said, trace) = traced(&sandbox, || stages_in(&sandbox, directory));
            assert_eq!((said.lines(), trace.len()), (names.iter().map(|n| &n[..]).collect(), 1));
        }
        assert_eq!(read(&sandbox.path(CACHE)), roots);
    }
}

#[test]
fn what_pivots_completion_poisons_is_never_offered() {
    for pivot in Pivot::in_turn() {
        let sandbox = Sandbox::with(pivot);
        sandbox.make_directory("project/.pivot");
        let (root, root_names) = pipeline_of(pivot, &["top"]);
        let (sub, sub_names) = pipeline_of(pivot, &["below"]);
        sandbox.write("project/pipeline.py", root);
        sandbox.write("project/sub/pipeline.py", sub);
        assert_eq!(stages_in(&sandbox, "project").lines(), root_names);
        assert_eq!(stages_in(&sandbox, "project/sub").lines(), sub_names);

        fs::remove_file(sandbox.path(CACHE)).unwrap();
        pivots_completion(&sandbox, "project/sub");
        let poisoned = String::from_utf8(read(&sandbox.path(CACHE))).unwrap();
        assert!(poisoned.contains("below"), "Pivot no longer does so: {poisoned}");
        for _ in 0..2 {
            let tab = sandbox.tab_in("project", &["pivot", "repro", "demo/"]);
            assert!(!tab.stdout.contains("below"), "{tab:?}");
            assert_eq!(stages_in(&sandbox, "project").lines(), root_names);
            assert_eq!(stages_in(&sandbox, "project/sub").lines(), sub_names);
        }
        // The other way round: ROOT's cache, fresh, does not answer in the sub-directory.
        let sandbox = Sandbox::with(pivot);
        sandbox.make_directory("project/.pivot");
        sandbox.write("project/pipeline.py", pipeline_of(pivot, &["top"]).0);
        sandbox.write("project/sub/pipeline.py", pipeline_of(pivot, &["below"]).0);
        pivots_completion(&sandbox, "project");
        assert_eq!(stages_in(&sandbox, "project/sub").lines(), sub_names);
        assert_eq!(stages_in(&sandbox, "project").lines(), root_names);
    }
}

#[test]
fn what_pivots_completion_poisons_is_no_last_known_answer_either() {
    let mut sandbox = Sandbox::with(Pivot::V0511);
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["top"]));
    sandbox.write("project/sub/pipeline.py", pipeline_0511("demo", &["below"]));
    stages_in(&sandbox, "project").lines();
    stages_in(&sandbox, "project/sub").lines();
    fs::remove_file(sandbox.path(CACHE)).unwrap();
    pivots_completion(&sandbox, "project/sub");
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "stale");
    let offered = || sandbox.tab_in("project", &["pivot", "repro", "demo/"]);
    assert_eq!(offered().candidates(), ["demo/top"]);
    // The same once ROOT's config is another one than at the last discovery.
    fs::remove_file(sandbox.path(CACHE)).unwrap();
    stages_in(&sandbox, "project").lines();
    fs::remove_file(sandbox.path(CACHE)).unwrap();
    pivots_completion(&sandbox, "project/sub");
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["top"]) + "# edited\n");
    assert_eq!(offered().candidates(), ["demo/top"]);
}

#[test]
fn a_root_within_the_root_keeps_what_pivot_cached_there() {
    let sandbox = Sandbox::with(Pivot::V0511);
    sandbox.make_directory("project/.pivot");
    sandbox.make_directory("project/inner/.pivot");
    sandbox.write("project/pipeline.py", pipeline_0511("outer", &["top"]));
    let inner = pipeline_0511("inner", &["below"]);
    sandbox.write("project/inner/pipeline.py", inner);
    // Pivot's completion takes the nearest root, its commands the topmost.
    let offered = pivots_completion(&sandbox, "project/inner");
    assert_eq!(offered.candidates(), ["inner/below", "below"]);
    let pivots = sandbox.path("project/inner/.pivot/cache/stages.cache");
    let before = read(&pivots);
    assert_eq!(stages_in(&sandbox, "project/inner").lines(), ["inner/below"]);
    assert_eq!(stages_in(&sandbox, "project").lines(), ["outer/top"]);
    assert_eq!(read(&pivots), before);
    assert_eq!(sandbox.listing("project/inner/.pivot"), ["cache", "cache/stages.cache"]);
}

#[test]
fn both_kinds_of_config_are_refused_by_0_1_0_in_its_own_words() {
    let mut sandbox = Sandbox::project_of(Pivot::V010, &pipeline_010(&["train"]));
    sandbox.start_trace();
    sandbox.write("project/pivot.yaml", format!("stages:\n  fit:\n    {STEP}\n"));
    let mut command = sandbox.command("pivot", "project");
    command.arg("list");
    let refused = ran(command);
    let said = sandbox.run(&["stages"]);
    let message = refused.stderr.strip_prefix("Error: ").expect("Pivot's message");
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains(message.trim_end()), "{said:?} lacks {message:?}");
    let tab = sandbox.tab(&["pivot", "repro", ""]);
    assert_eq!((tab.code, tab.stdout.as_str(), tab.stderr.as_str()), (0, "\n", ""));
    assert!(!sandbox.path(CACHE).exists());
}

#[test]
fn yaml_alone_is_no_config_for_0_5_11() {
    let sandbox = Sandbox::with(Pivot::V0511);
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pivot.yaml", format!("stages:\n  fit:\n    {STEP}\n"));
    assert_eq!(sandbox.run(&["stages"]).lines(), [""; 0]);
    assert_eq!(sandbox.tab(&["pivot", "repro", ""]).stdout, "\n");
    assert_eq!(pivots_completion(&sandbox, "project").stdout, "\n");
}

/// An environment of 0.1.0 whose Python leaves a mark when it runs.
pub fn marked_environment(sandbox: &mut Sandbox) -> PathBuf {
    sandbox.environment("environment", Pivot::V010);
    let python = sandbox.path("environment/bin/python3");
    fs::rename(&python, sandbox.path("environment/bin/python3.13")).unwrap();
    let mark = sandbox.path("python-ran");
    let script = format!(
        "#!/bin/sh\n: > {}\nexec {} \"$@\"\n",
        mark.display(),
        sandbox.path("environment/bin/python3.13").display()
    );
    sandbox.write_program("environment/bin/python3", &script);
    sandbox.prepend_path(sandbox.path("environment/bin"));
    mark
}

/// A project, traced, with such an environment.
fn marked() -> (Sandbox, PathBuf) {
    let mut sandbox = Sandbox::empty();
    let mark = marked_environment(&mut sandbox);
    sandbox.start_trace();
    sandbox.make_directory("project/.pivot");
    (sandbox, mark)
}

#[test]
fn yaml_is_answered_for_0_1_0_without_python() {
    let (sandbox, mark) = marked();
    let yaml = format!("stages:\n  fit:\n    {STEP}\n    matrix: {{x: [off, 1e-3]}}\n");
    let config = sandbox.write("project/pivot.yaml", &yaml);
    sandbox.describe_pivot();
    fs::remove_file(&mark).unwrap();
    let (said, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
    assert_eq!(said.lines(), ["fit@False", "fit@1e-3"]);
    assert_eq!(trace.last().unwrap(), "engine answered parsed-yaml");
    let (_, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
    assert_eq!(trace, HIT);
    // A change, at a TAB, from below.
    fs::write(&config, yaml.replace("fit", "teach")).unwrap();
    // Where the clock of files ticks slowly, all this fell into one tick.
    set_mtime(&config, 1_700_000_000, 0);
    sandbox.make_directory("project/sub");
    let tab = sandbox.tab_in("project/sub", &["pivot", "repro", "teach@F"]);
    assert_eq!(tab.candidates(), ["teach@False"]);
    assert!(!mark.exists(), "Python ran");
    // Pivot's own completion hits what was written.
    assert_eq!(pivots_completion(&sandbox, "project").candidates(), ["teach@False", "teach@1e-3"]);
}

#[test]
fn yaml_that_only_python_understands_is_discovered() {
    let (sandbox, mark) = marked();
    sandbox.write(
        "environment/lib/python3.13/site-packages/steps.py",
        "def some():\n    return [{'name': 'a'}, {'name': 'b'}]\ndef run() -> None:\n    pass\n",
    );
    sandbox.write(
        "project/pivot.yaml",
        format!(
            "stages:\n  one:\n    {STEP}\n  fit:\n    python: steps.run\n    variants: steps.some\n"
        ),
    );
    let (said, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
    assert_eq!(said.lines(), pivots_list(&sandbox, "project"));
    assert_eq!(said.lines(), ["one", "fit@a", "fit@b"]);
    assert_eq!(trace.last().unwrap(), "engine answered discovered");
    assert!(mark.exists());
    // A template that names no dimension is Pivot's error.
    sandbox.write(
        "project/pivot.yaml",
        format!("stages:\n  fit@{{y}}:\n    {STEP}\n    matrix: {{x: [1]}}\n"),
    );
    let said = sandbox.run(&["stages"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
}

#[test]
fn below_a_mere_repository_0_1_0_completes_yaml_and_writes_nothing() {
    let sandbox = Sandbox::with(Pivot::V010);
    sandbox.make_directory("project/.git");
    sandbox.write("project/pivot.yaml", format!("stages:\n  fit:\n    {STEP}\n"));
    sandbox.make_directory("project/sub");
    for directory in ["project", "project/sub"] {
        let tab = sandbox.tab_in(directory, &["pivot", "repro", ""]);
        assert_eq!(tab.candidates(), ["fit"]);
        assert_eq!(tab.stdout, pivots_completion(&sandbox, directory).stdout);
        assert_eq!(stages_in(&sandbox, directory).code, 1);
    }
    assert!(!sandbox.path("project/.pivot").exists());
}

#[test]
fn outside_of_any_project_there_are_no_stages() {
    for pivot in Pivot::in_turn() {
        let sandbox = Sandbox::with(pivot);
        sandbox.write("project/pipeline.py", "raise SystemExit(1)\n");
        assert_eq!(sandbox.run(&["stages"]).lines(), [""; 0]);
        assert_eq!(sandbox.run(&["stages", "--json"]).stdout, "[]\n");
        let tab = sandbox.tab(&["pivot", "repro", ""]);
        assert_eq!((tab.code, tab.stdout.as_str(), tab.stderr.as_str()), (0, "\n", ""));
        assert_eq!(sandbox.listing("project"), ["pipeline.py"]);
    }
}

#[test]
fn a_link_leads_to_the_project_it_points_into() {
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
    sandbox.start_trace();
    sandbox.write("project/sub/pipeline.py", pipeline_0511("below", &["fit"]));
    sandbox.make_directory("elsewhere/.pivot");
    symlink(sandbox.path("project/sub"), sandbox.path("elsewhere/link")).unwrap();
    fs::rename(sandbox.path("project/pipeline.py"), sandbox.path("project/real.py")).unwrap();
    symlink("real.py", sandbox.path("project/pipeline.py")).unwrap();
    for _ in 0..2 {
        assert_eq!(stages_in(&sandbox, "elsewhere/link").lines(), ["below/fit"]);
        let said = ran(sandbox.front_in("home", &["-C", "../elsewhere/link", "stages"]));
        assert_eq!(said.lines(), ["below/fit"]);
        // The config itself may be a link.
        let listed = pivots_list(&sandbox, "project");
        assert_eq!(stages_in(&sandbox, "project").lines(), listed);
    }
    let (_, trace) = traced(&sandbox, || stages_in(&sandbox, "project"));
    assert_eq!(trace, HIT);
}
