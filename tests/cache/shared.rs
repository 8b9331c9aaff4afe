//! Pivot and this program read what the other wrote, and write the same bytes.

use pivot_complete::cache::stages_cache;

use super::{CACHE, HIT, pipeline_of, pivots_completion, read, stages_in, traced};
use crate::support::oracle::{MTIMES, Random, ask, hex, unhex};
use crate::support::{Pivot, Sandbox, front, ran, set_mtime, soak};

#[test]
fn real_pivot_and_we_hit_each_others_caches() {
    Pivot::in_turn().for_each(each_hits_what_the_other_wrote);
}

/// Both whole programs, for a few mtimes; the writers alone get all of them below.
fn each_hits_what_the_other_wrote(pivot: Pivot) {
    let (pipeline, names) = pipeline_of(pivot, &["train", "evaluate", "x9"]);
    let mut sandbox = Sandbox::project_of(pivot, &pipeline);
    sandbox.start_trace();
    let mut written_here = Vec::new();
    let rare = [(1_700_000_000, 0), (0, 0), (-1_000_000_000, 123_456_789), (15_000_000_000, 1)];
    let mtimes = [(1_795_376_406, 518_714_200)].into_iter().chain(soak::in_turn(rare));
    for (index, (sec, nsec)) in mtimes.enumerate() {
        let project = format!("project{index}");
        sandbox.make_directory(&format!("{project}/.pivot"));
        let config = sandbox.write(&format!("{project}/pipeline.py"), &pipeline);
        let cache = sandbox.path(&format!("{project}/.pivot/cache/stages.cache"));
        set_mtime(&config, sec, nsec);

        let offered = pivots_completion(&sandbox, &project);
        assert!(offered.candidates().starts_with(&strs(&names)), "{offered:?}");
        let by_pivot = read(&cache);
        let (said, trace) = traced(&sandbox, || stages_in(&sandbox, &project));
        assert_eq!((said.lines(), trace), (strs(&names), HIT.map(String::from).to_vec()));

        std::fs::remove_file(&cache).unwrap();
        assert_eq!(stages_in(&sandbox, &project).lines(), names);
        assert_eq!(read(&cache), by_pivot, "{sec} s, {nsec} ns");
        written_here.push(format!("read {}", sandbox.path(&project).display()));
    }
    let hit = names.iter().fold("hit".to_owned(), |hit, name| hit + " " + &hex(name));
    for answer in ask(pivot, "oracle_cache.py", &[], &written_here) {
        assert_eq!(answer, hit);
    }
}

#[test]
fn both_write_the_same_bytes_for_every_mtime_and_name() {
    let sandbox = Sandbox::empty();
    let mut random = Random(3);
    let mut mtimes = MTIMES.to_vec();
    mtimes.extend((0..200).map(|_| {
        let seconds = random.below(17_000_000_000) as i64 - 2_000_000_000;
        (seconds, random.below(1_000_000_000) as i64)
    }));
    let lists: [&[&str]; 5] = [
        &[],
        &["train"],
        &["demo/train", "demo/evaluate"],
        &["größe", "名前", "x y", "a:b", "fit@1e-3_off"],
        &["'quoted\"", "$(touch P)", "back\\slash", "*"],
    ];
    for pivot in Pivot::ALL {
        let mut questions = Vec::new();
        for (index, &(sec, nsec)) in mtimes.iter().enumerate() {
            let project = format!("{pivot:?}{index}");
            set_mtime(&sandbox.write(&format!("{project}/pipeline.py"), ""), sec, nsec);
            let root = sandbox.path(&project);
            let names: String =
                lists[index % lists.len()].iter().map(|name| format!(" {}", hex(name))).collect();
            questions.push(format!("write {} pipeline.py{names}", root.display()));
        }
        let answers = ask(pivot, "oracle_cache.py", &[], &questions);
        for (index, answer) in answers.iter().enumerate() {
            let names = lists[index % lists.len()];
            let project = format!("{pivot:?}{index}");
            let stamp = stamp(&sandbox, &project);
            let mut ours = Vec::new();
            stages_cache::write(b"pipeline.py", stamp, names.iter().copied(), |piece| {
                ours.extend(piece);
            });
            assert_eq!(text(&ours), text(&unhex(answer)), "{stamp:?}");
            let said = ran(sandbox.front_in(&project, &["stages", "--cached"]));
            assert_eq!(said.lines(), names, "{stamp:?}");
        }
    }
}

#[test]
fn a_pipeline_without_stages_is_one_blank_line_in_both() {
    for pivot in Pivot::in_turn() {
        let mut sandbox = Sandbox::project_of(pivot, EMPTY_PIPELINE);
        sandbox.describe_pivot();
        sandbox.start_trace();
        assert_eq!(sandbox.run(&["stages"]).lines(), [""; 0]);
        let ours = text(&read(&sandbox.path(CACHE)));
        std::fs::remove_file(sandbox.path(CACHE)).unwrap();
        assert_eq!(pivots_completion(&sandbox, "project").stdout, "\n");
        assert_eq!(ours, text(&read(&sandbox.path(CACHE))));
        assert!(ours.ends_with("\n\n"), "{ours:?}");
        let (said, trace) = traced(&sandbox, || sandbox.tab(&["pivot", "repro", ""]));
        assert_eq!((said.stdout.as_str(), trace), ("\n", HIT.map(String::from).to_vec()));
    }
}

#[test]
fn what_pivot_wrote_about_yaml_is_a_hit() {
    for name in ["pivot.yaml", "pivot.yml"] {
        let mut sandbox = Sandbox::empty();
        let packages = sandbox.environment("environment", Pivot::V010);
        sandbox.prepend_path(sandbox.path("environment/bin"));
        sandbox.start_trace();
        let steps = "def some():\n    return [{'name': 'a'}, {'name': 'b'}]\n\
                     def run() -> None:\n    pass\n";
        std::fs::write(packages.join("steps.py"), steps).unwrap();
        sandbox.make_directory("project/.pivot");
        let yaml = "stages:\n  fit:\n    python: steps.run\n    variants: steps.some\n";
        sandbox.write(&format!("project/{name}"), yaml);
        // Pivot caches what it had to discover, which variants make it do.
        assert_eq!(pivots_completion(&sandbox, "project").candidates(), ["fit@a", "fit@b"]);
        let by_pivot = text(&read(&sandbox.path(CACHE)));
        assert!(by_pivot.contains(name), "{by_pivot}");
        let (said, trace) = traced(&sandbox, || stages_in(&sandbox, "project"));
        assert_eq!((said.lines(), trace), (vec!["fit@a", "fit@b"], HIT.map(String::from).to_vec()));
        std::fs::remove_file(sandbox.path(CACHE)).unwrap();
        assert_eq!(stages_in(&sandbox, "project").lines(), ["fit@a", "fit@b"]);
        assert_eq!(text(&read(&sandbox.path(CACHE))), by_pivot);
    }
}

#[test]
fn what_pivot_discovers_after_us_is_a_hit_again() {
    for pivot in Pivot::in_turn() {
        let mut sandbox = Sandbox::project_of(pivot, &pipeline_of(pivot, &["train"]).0);
        sandbox.start_trace();
        stages_in(&sandbox, "project").lines();
        let (pipeline, names) = pipeline_of(pivot, &["teach", "evaluate"]);
        sandbox.write("project/pipeline.py", pipeline);
        assert!(pivots_completion(&sandbox, "project").candidates().starts_with(&strs(&names)));
        let (said, trace) = traced(&sandbox, || stages_in(&sandbox, "project"));
        assert_eq!((said.lines(), trace), (strs(&names), HIT.map(String::from).to_vec()));
    }
}

#[test]
fn a_hit_needs_neither_python_nor_pivot_nor_engine() {
    let sandbox = Sandbox::empty();
    sandbox.make_directory("project/.pivot/cache");
    let config = sandbox.write("project/pipeline.py", "raise SystemExit\n");
    set_mtime(&config, 1_700_000_000, 0);
    sandbox.write(CACHE, "v1\npipeline.py:1700000000.0\ntrain\n");
    // The front alone, in a directory without an engine.
    let alone = sandbox.path("alone");
    std::fs::copy(front(), &alone).unwrap();
    let mut command = sandbox.command(alone, "project");
    command.arg("stages").env_remove("PATH");
    assert_eq!(ran(command).lines(), ["train"]);
}

const EMPTY_PIPELINE: &str = "from pivot import Pipeline\npipeline = Pipeline('demo')\n\
                              if hasattr(pipeline, '__enter__'):\n    with pipeline:\n        pass\n";

fn stamp(sandbox: &Sandbox, project: &str) -> (i64, u32) {
    use std::os::unix::fs::MetadataExt;
    let found = sandbox.path(project).join("pipeline.py").metadata().unwrap();
    (found.mtime(), found.mtime_nsec() as u32)
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
