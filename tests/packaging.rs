//! `pip install .` puts both programs into a virtual environment beside Pivot.

use std::path::PathBuf;

use crate::support::{Sandbox, pipeline_0511, ran};

/// The environment that `scripts/set-up` installed Pivot and this package into.
fn environment() -> PathBuf {
    let name = "PIVOT_COMPLETE_TEST_VENV_PACKAGE";
    let path = std::env::var_os(name).unwrap_or_else(|| panic!("{name}; run scripts/test"));
    PathBuf::from(path)
}

#[test]
fn installed_by_pip_the_front_finds_its_engine_and_pivot() {
    let bin = environment().join("bin");
    let mut sandbox = Sandbox::empty();
    sandbox.prepend_path(&bin);
    sandbox.start_trace();
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["train"]));
    let stages = || {
        let mut command = sandbox.command(bin.join("pivot-complete"), "project");
        command.arg("stages");
        ran(command)
    };
    assert_eq!(stages().lines(), ["demo/train"]);
    assert_eq!(stages().lines(), ["demo/train"]);
    assert_eq!(
        sandbox.trace(),
        [
            "front handed-over cache-missing",
            "engine miss cache-missing",
            "engine answered discovered",
            "front answered fresh"
        ]
    );
}

#[test]
fn pip_knows_what_it_installed() {
    let sandbox = Sandbox::empty();
    let mut command = sandbox.command(environment().join("bin/pip"), "home");
    command.args(["show", "--files", "--disable-pip-version-check", "pivot-complete"]);
    let shown = ran(command);
    assert!(shown.stdout.contains(&format!("Version: {}", env!("CARGO_PKG_VERSION"))), "{shown:?}");
    for program in ["bin/pivot-complete\n", "bin/pivot-complete-engine\n"] {
        assert!(shown.stdout.contains(program), "{shown:?}");
    }
}

#[test]
fn the_readmes_pictures_are_there_and_well_formed() {
    let sandbox = Sandbox::empty();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let pictures: Vec<&str> =
        readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let pictures: Vec<&&str> = pictures.iter().filter(|name| name.ends_with(".svg")).collect();
    assert_eq!(pictures.len(), 3);
    for picture in pictures {
        let mut command = sandbox.command(environment().join("bin/python"), "home");
        command.args(["-c", "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])"]);
        command.arg(root.join(picture));
        ran(command).lines();
    }
}
