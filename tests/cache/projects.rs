//! Real projects of every kind: `stages` prints what `pivot list` does.

use std::fs;

use super::{HIT, STEP, pivots_list, stages_in, traced};
use crate::support::{Pivot, Sandbox, pipeline_010, pipeline_0511, ran, soak};

/// One real project: files with their text, and the directory to ask in.
struct Case {
    what: &'static str,
    directory: &'static str,
    files: Vec<(&'static str, String)>,
}

fn case(
    what: &'static str,
    directory: &'static str,
    files: impl IntoIterator<Item = (&'static str, String)>,
) -> Case {
    Case { what, directory, files: files.into_iter().collect() }
}

#[test]
fn stages_of_0_5_11_are_those_of_pivot_list() {
    as_pivot_lists(Pivot::V0511, cases_0511());
}

#[test]
fn stages_of_0_1_0_are_those_of_pivot_list() {
    as_pivot_lists(Pivot::V010, cases_010());
}

fn as_pivot_lists(pivot: Pivot, cases: Vec<Case>) {
    assert!(cases.len() >= 12);
    for Case { what, directory, files } in soak::share(4, cases) {
        let mut sandbox = Sandbox::empty();
        let packages = sandbox.environment("environment", pivot);
        sandbox.prepend_path(sandbox.path("environment/bin"));
        sandbox.start_trace();
        sandbox.make_directory("project/.pivot");
        for (file, text) in files {
            match file.strip_prefix("installed/") {
                Some(module) => fs::write(packages.join(module), text).unwrap(),
                None => drop(sandbox.write(&format!("project/{file}"), text)),
            }
        }
        let directory = format!("project/{directory}");
        let names = stages_in(&sandbox, &directory);
        let listed = pivots_list(&sandbox, &directory);
        assert!(!listed.is_empty(), "{what}");
        assert_eq!(names.lines(), listed, "{what}");
        let (again, trace) = traced(&sandbox, || stages_in(&sandbox, &directory));
        assert_eq!(again.lines(), names.lines(), "{what}");
        // The front does not know that this Pivot ignores the YAML; the engine does, at once.
        let ignored = ["front handed-over cache-missing", "engine answered fresh"];
        let expected = if what == IGNORED_YAML { &ignored[..] } else { &HIT };
        assert_eq!(trace, expected, "{what}");
    }
}

const IGNORED_YAML: &str = "a YAML config alone in the sub-directory";

fn cases_0511() -> Vec<Case> {
    let plain = |name: &str| pipeline_0511(name, &["train", "evaluate"]);
    let hundred: Vec<String> = (0..100).map(|index| format!("s{index}")).collect();
    let hundred: Vec<&str> = hundred.iter().map(String::as_str).collect();
    let reading = |read: &str| {
        format!(
            "import pathlib\nfrom pivot import Pipeline, stage\nnames = {read}.split()\n\
             @stage\ndef fit() -> dict:\n    return {{}}\n\
             pipeline = Pipeline('read')\nwith pipeline:\n    for name in names:\n        \
             with pipeline.variant(name):\n            fit()\n"
        )
    };
    vec![
        case("plain", "", [("pipeline.py", plain("demo"))]),
        case(
            "variants within variants",
            "",
            [(
                "pipeline.py",
                "from pivot import Pipeline, stage\n@stage\ndef fit() -> dict:\n    return {}\n\
                 pipeline = Pipeline('m')\nwith pipeline:\n    for model in ('a', 'b'):\n        \
                 with pipeline.variant(model):\n            for lr in ('0.1', '1e-3'):\n                \
                 with pipeline.variant(lr):\n                    fit()\n"
                    .into(),
            )],
        ),
        case(
            "stages of an imported module",
            "",
            [
                (
                    "steps.py",
                    "from pivot import stage\n@stage\ndef load() -> dict:\n    return {}\n".into(),
                ),
                (
                    "pipeline.py",
                    "from pivot import Pipeline\nimport steps\npipeline = Pipeline('imp')\n\
                     with pipeline:\n    steps.load()\n"
                        .into(),
                ),
            ],
        ),
        case(
            "an included pipeline",
            "",
            [
                ("inner/pipeline.py", pipeline_0511("inner", &["a", "b"])),
                (
                    "pipeline.py",
                    "from pivot import Pipeline, stage\nfrom inner.pipeline import pipeline as i\n\
                     @stage\ndef own() -> dict:\n    return {}\npipeline = Pipeline('outer')\n\
                     with pipeline:\n    own()\npipeline.include(i)\n"
                        .into(),
                ),
            ],
        ),
        case(
            "a relative read",
            "",
            [("names.txt", "x y".into()), ("pipeline.py", reading("open('names.txt').read()"))],
        ),
        case(
            "a read beside the config, from below",
            "sub",
            [
                ("names.txt", "x y".into()),
                ("sub/names.txt", "z".into()),
                (
                    "pipeline.py",
                    reading("(pathlib.Path(__file__).parent / 'names.txt').read_text()"),
                ),
            ],
        ),
        case(
            "a relative read in a sub-directory's own pipeline",
            "sub",
            [
                ("names.txt", "x y".into()),
                ("sub/names.txt", "z".into()),
                ("sub/pipeline.py", reading("open('names.txt').read()")),
                ("pipeline.py", plain("demo")),
            ],
        ),
        case(
            "a sub-directory's own pipeline",
            "sub",
            [("pipeline.py", plain("demo")), ("sub/pipeline.py", plain("below"))],
        ),
        case(
            "a directory below the sub-directory with a pipeline",
            "sub/deep",
            [
                ("pipeline.py", plain("demo")),
                ("sub/pipeline.py", plain("between")),
                ("sub/deep/x", String::new()),
            ],
        ),
        case(
            "a root within the root",
            "inner",
            [
                ("pipeline.py", plain("demo")),
                ("inner/.pivot/x", String::new()),
                ("inner/pipeline.py", plain("inner")),
            ],
        ),
        case(
            "a directory of a root within the root",
            "inner/deep",
            [
                ("pipeline.py", plain("demo")),
                ("inner/.pivot/x", String::new()),
                ("inner/pipeline.py", plain("inner")),
                ("inner/deep/x", String::new()),
            ],
        ),
        case(
            "a repository and a file called .pivot between here and the root",
            "a/b",
            [
                ("pipeline.py", plain("demo")),
                ("a/.git/HEAD", String::new()),
                ("a/b/.pivot", String::new()),
            ],
        ),
        case(
            "a hundred stages",
            "",
            [(
                "pipeline.py",
                pipeline_0511("many", &hundred),
            )],
        ),
        case(
            "a directory beyond ASCII",
            "größe",
            [("größe/pipeline.py", plain("grosse")), ("pipeline.py", plain("demo"))],
        ),
        case(
            "a YAML config, which 0.5.11 does not read",
            "",
            [("pipeline.py", plain("demo")), ("pivot.yaml", "stages: {x: {python: y}}".into())],
        ),
        case(
            IGNORED_YAML,
            "sub",
            [("pipeline.py", plain("demo")), ("sub/pivot.yaml", "stages: {}".into())],
        ),
        case(
            "a directory called pipeline.py",
            "sub",
            [("pipeline.py", plain("demo")), ("sub/pipeline.py/x", String::new())],
        ),
    ]
}

fn cases_010() -> Vec<Case> {
    let plain = || pipeline_010(&["train", "evaluate"]);
    let yaml = |name: &str| format!("stages:\n  {name}:\n    {STEP}\n");
    let step = "from typing import Annotated, TypedDict\nfrom pathlib import Path\n\
                from pivot import Out, loaders\nclass Result(TypedDict):\n    \
                out: Annotated[Path, Out('out.txt', loaders.PathOnly())]\n\
                def run() -> Result:\n    return {'out': Path('out.txt')}\n";
    vec![
        case("plain", "", [("pipeline.py", plain())]),
        case("YAML", "", [("pivot.yaml", yaml("fit") + &yaml("b")[8..])]),
        case("YAML, the other name", "", [("pivot.yml", yaml("fit"))]),
        case(
            "both names of YAML",
            "",
            [("pivot.yaml", yaml("first")), ("pivot.yml", yaml("second"))],
        ),
        case(
            "matrices",
            "",
            [(
                "pivot.yaml",
                format!(
                    "stages:\n  prepare:\n    {STEP}\n  train@{{model}}_{{lr}}:\n    {STEP}\n    \
                     matrix:\n      model: [a, b]\n      lr: [0.1, 1e-3, off, 1.50, 0x1F]\n  \
                     fit:\n    {STEP}\n    matrix:\n      x: {{p: {{}}, q: ~}}\n      y: [1, 2]\n"
                ),
            )],
        ),
        case(
            "variants",
            "",
            [
                (
                    "installed/steps.py",
                    format!(
                        "{step}\ndef some():\n    return [\n        {{'name': n, 'deps': {{}}, \
                         'outs': {{'out': n + '.txt'}}}} for n in ('a', 'b')]\n"
                    ),
                ),
                (
                    "pivot.yaml",
                    format!(
                        "stages:\n  first:\n    {STEP}\n  fit:\n    python: steps.run\n    \
                         variants: steps.some\n"
                    ),
                ),
            ],
        ),
        case(
            "an include with a collision",
            "",
            [
                ("installed/steps.py", step.into()),
                (
                    "inner/pipeline.py",
                    "from pivot import Pipeline\nfrom steps import run\n\
                     pipeline = Pipeline('inner')\n\
                     for name in ('shared', 'only'):\n    pipeline.register(run, name=name, \
                     out_path_overrides={'out': f'i_{name}.txt'})\n"
                        .into(),
                ),
                (
                    "pipeline.py",
                    "from pivot import Pipeline\nfrom steps import run\nimport pathlib, runpy\n\
                     pipeline = Pipeline('outer')\n\
                     pipeline.register(run, name='shared', out_path_overrides={'out': 's.txt'})\n\
                     here = pathlib.Path(__file__).parent\n\
                     pipeline.include(runpy.run_path(str(here / 'inner/pipeline.py'))['pipeline'])\n"
                        .into(),
                ),
            ],
        ),
        case(
            "a relative read",
            "",
            [
                ("installed/steps.py", step.into()),
                ("names.txt", "x y".into()),
                (
                    "pipeline.py",
                    "from pivot import Pipeline\nfrom steps import run\n\
                     pipeline = Pipeline('read')\n\
                     for name in open('names.txt').read().split():\n    \
                     pipeline.register(run, name=name, out_path_overrides={'out': f'{name}.txt'})\n"
                        .into(),
                ),
            ],
        ),
        case(
            "a sub-directory's YAML beside the root's Python",
            "sub",
            [("pipeline.py", plain()), ("sub/pivot.yaml", yaml("below"))],
        ),
        case(
            "a sub-directory's Python beside the root's YAML",
            "sub",
            [("pivot.yaml", yaml("above")), ("sub/pipeline.py", plain())],
        ),
        case(
            "the root's YAML from below",
            "sub",
            [("pivot.yaml", yaml("above")), ("sub/x", String::new())],
        ),
        case(
            "a root within the root",
            "inner/deep",
            [
                ("pivot.yaml", yaml("above")),
                ("inner/.pivot/x", String::new()),
                ("inner/pivot.yaml", yaml("between")),
                ("inner/deep/x", String::new()),
            ],
        ),
        case(
            "a directory beyond ASCII, and a name that YAML would resolve",
            "größe/deep",
            [("größe/deep/pivot.yaml", yaml("'no'")), ("pivot.yaml", yaml("above"))],
        ),
        case(
            "both kinds in a directory between here and the root",
            "sub/deep",
            [
                ("pivot.yaml", yaml("above")),
                ("sub/pivot.yaml", yaml("between")),
                ("sub/pipeline.py", plain()),
                ("sub/deep/x", String::new()),
            ],
        ),
    ]
}

#[test]
fn stages_of_all_pipelines_are_those_of_pivot_list_all() {
    for pivot in Pivot::in_turn() {
        let sandbox = Sandbox::with(pivot);
        sandbox.make_directory("project/.pivot");
        for (directory, stage) in [("", "top"), ("one/", "first"), ("two/", "second")] {
            let text = match pivot {
                Pivot::V0511 => pipeline_0511(&format!("p{stage}"), &[stage]),
                Pivot::V010 => pipeline_010(&[stage]),
            };
            sandbox.write(&format!("project/{directory}pipeline.py"), text);
        }
        let said = sandbox.run(&["stages", "--all"]);
        let mut command = sandbox.command("pivot", "project");
        command.args(["list", "--all", "--json"]);
        let listed = super::listed(&ran(command).stdout);
        assert_eq!((said.lines(), listed.len()), (listed.iter().map(String::as_str).collect(), 3));
    }
}
