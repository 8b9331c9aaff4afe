//! Inputs that lie elsewhere: beside ROOT, behind links, in an editable install, and pipelines of
//! directories below.

use std::fs;

use super::shape::{Shape, pipeline_of};
use super::shapes;
use crate::support::Pivot;

shapes! {
    both: python_path editable_install linked_package linked_config pipeline_of_a_directory_below
        nested_project every_layer;
    of_0_1_0: file_outside linked_params config_of_the_root_from_below
}

const LOOP: &str = "NAMES = [f'v000_{i}' for i in range(2)]\n";

/// A library outside of the project, and another module in it.
fn library(pivot: Pivot, above: &str, other: fn(&crate::support::Sandbox)) -> Shape {
    Shape::naming(pivot, "from library.names import NAMES")
        .numbered(&format!("{above}/library/names.py"), LOOP)
        .file(&format!("{above}/library/__init__.py"), "")
        .quiet("another module there", other)
}

fn python_path(pivot: Pivot) -> Shape {
    library(pivot, "elsewhere", |s| drop(s.write("elsewhere/library/other.py", "x = 1\n")))
        .variable("PYTHONPATH", "elsewhere")
        .quiet_to("another package there", "elsewhere/another/__init__.py", "")
}

fn editable_install(pivot: Pivot) -> Shape {
    library(pivot, "checkout/src", |s| drop(s.write("checkout/src/library/other.py", "x\n")))
        .installed("checkout/src")
        .quiet_to("its README", "checkout/README.md", "x\n")
}

fn linked_package(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "from library.names import NAMES")
        .numbered("elsewhere/one/names.py", LOOP)
        .file("elsewhere/one/__init__.py", "")
        .file("elsewhere/two/__init__.py", "")
        .file("elsewhere/two/names.py", "NAMES = ['second']\n")
        .quiet_to("the package that is not linked", "elsewhere/two/names.py", "NAMES = ['third']\n")
        .retargeted("project/library", "../elsewhere/one", "../elsewhere/two")
        .change_to("and its text", "elsewhere/two/names.py", "NAMES = ['last']\n")
}

/// 0.5.11 wants what the link leads to below ROOT.
fn linked_config(pivot: Pivot) -> Shape {
    Shape::new(pivot)
        .numbered("project/configs/one.py", &pipeline_of(pivot, "NAMES = ['v000']"))
        .file("project/configs/two.py", &pipeline_of(pivot, "NAMES = ['second']"))
        .retargeted("project/pipeline.py", "configs/one.py", "configs/two.py")
        .change("a file instead", |s| {
            let text = fs::read_to_string(s.path("project/configs/two.py")).unwrap();
            fs::remove_file(s.path("project/pipeline.py")).unwrap();
            s.write("project/pipeline.py", text.replace("second", "third"));
        })
}

fn file_outside(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "NAMES = open('../größe/☃ a', encoding='utf-8').read().split()")
        .numbered("größe/☃ a", "train v000")
}

/// A link in a chain changes what is read, though no file does.
fn linked_params(pivot: Pivot) -> Shape {
    let code = "NAMES = open('params/current/names').read().split()";
    let [one, two] = ["project/params/one/names", "project/params/two/names"];
    Shape::choosing(pivot, code, (one, "train v000"), (two, "train w000"))
        .exchanged("project/params/current", "one", "two")
        .quiet_to("the file that it led to", one, "x")
}

fn pipeline_of_a_directory_below(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "NAMES = ['of_the_root']")
        .pipeline("project/sub/pipeline.py", "NAMES = open('names').read().split()")
        .numbered("project/sub/names", "train v000")
        .asked_in("project/sub")
        .quiet("the root's config", |s| {
            let path = s.path("project/pipeline.py");
            let text = fs::read_to_string(&path).unwrap().replace("of_the_root", "at_the_root");
            fs::write(path, text).unwrap();
        })
        .change("its own config goes", |s| {
            fs::remove_file(s.path("project/sub/pipeline.py")).unwrap();
        })
}

/// A relative path is read where the command runs: another key, other inputs.
fn config_of_the_root_from_below(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "NAMES = open('names').read().split()")
        .file("project/names", "train of_the_root")
        .numbered("project/sub/names", "train v000")
        .asked_in("project/sub")
        .quiet_to("the file in the root", "project/names", "x")
        .change("a config of its own", |s| {
            let text = fs::read_to_string(s.path("project/pipeline.py")).unwrap();
            s.write("project/sub/pipeline.py", text.replace(".split()", ".split()[:1]"));
        })
}

/// ROOT is the topmost `.pivot`; the inner one is a directory like any other.
fn nested_project(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "NAMES = ['outer']")
        .file("project/inner/.pivot/config.yaml", "")
        .pipeline("project/inner/pipeline.py", "from helper import NAMES")
        .numbered("project/inner/helper.py", "NAMES = ['train', 'v000']\n")
        .variable("PYTHONPATH", "project/inner")
        .asked_in("project/inner")
        .quiet("a root in between", |s| drop(s.make_directory("project/inner/deep/.pivot")))
}

/// Parameters, a listing, a package and a module elsewhere, in one pipeline.
fn every_layer(pivot: Pivot) -> Shape {
    let code = "import json, os\nfrom library import PREFIX\nfrom steps.names import names\n\
                NAMES = [PREFIX + n for n in names(json.load(open('params.json')))]\n\
                NAMES += sorted(os.listdir('data'))";
    Shape::naming(pivot, code)
        .numbered("project/params.json", r#"["train", "v000"]"#)
        .numbered("project/steps/names.py", "def names(p):\n    return [*p, 'w000']\n")
        .numbered("elsewhere/library.py", "PREFIX = 'u000'\n")
        .file("project/data/raw", "")
        .variable("PYTHONPATH", "elsewhere")
        .change_to("one more in the directory", "project/data/more", "")
        .quiet_to("what an entry there holds", "project/data/raw", "x")
}
