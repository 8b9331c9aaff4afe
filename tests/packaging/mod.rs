//! The packages: what is in them, and that each way to install them works. `scripts/set-up` builds them
//! once; `venv-package` has the wheel beside Pivot.

mod ways;

use std::path::PathBuf;

use crate::support::installed::made;
use crate::support::{Sandbox, pipeline_0511, ran};

/// The environment that Pivot and this package are installed into.
fn environment() -> PathBuf {
    made("VENV_PACKAGE")
}

/// The environment with uv, pipx and their like.
pub fn tools() -> PathBuf {
    made("VENV_INSTALL")
}

/// The package whose name ends so.
fn artefact(ending: &str) -> PathBuf {
    let files = std::fs::read_dir(made("ARTEFACTS")).unwrap().map(|entry| entry.unwrap().path());
    let mut found = files.filter(|path| path.to_str().is_some_and(|path| path.ends_with(ending)));
    let one = found.next().unwrap_or_else(|| panic!("no {ending}"));
    assert_eq!(found.next(), None, "one {ending}");
    one
}

/// What Python prints for this code about the file.
fn python(code: &str, file: PathBuf) -> Vec<String> {
    let sandbox = Sandbox::empty();
    let mut command = sandbox.command(tools().join("bin/python"), "home");
    command.args(["-c", code]).arg(file);
    ran(command).lines().into_iter().map(String::from).collect()
}

#[test]
fn the_wheel_has_programs_manual_licences_and_bill_of_materials() {
    let code = "import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep='\\n')";
    let names = python(code, artefact(".whl"));
    let has = |end: &str| assert!(names.iter().any(|name| name.ends_with(end)), "{end}: {names:?}");
    has(".data/data/share/pivot-complete/budget");
    for program in ["pivot-complete", "pivot-complete-engine", "pivot-complete-smoke"] {
        has(&format!(".data/scripts/{program}"));
    }
    for page in ["pivot-complete.1", "pivot-complete-stages.1"] {
        has(&format!(".data/data/share/man/man1/{page}"));
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        has(&format!(".dist-info/licenses/{licence}"));
    }
    has(".dist-info/sboms/pivot-complete.cyclonedx.json");
}

/// maturin makes it (PEP 770) of what is linked: all that the manifest names, and what that needs.
#[test]
fn the_bill_of_materials_names_what_is_linked() {
    let code = "import json, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
name, = (name for name in wheel.namelist() if name.endswith('.cyclonedx.json'))
bill = json.loads(wheel.read(name))
assert bill['bomFormat'] == 'CycloneDX', bill['bomFormat']
assert bill['metadata']['component']['version'] == wheel.filename.split('/')[-1].split('-')[1]
for part in bill['components']:
    assert part['version'] and part['purl'].startswith('pkg:cargo/'), part
    assert part.get('licenses'), part
    print(part['name'])";
    let parts = python(code, artefact(".whl"));
    let manifest = include_str!("../../Cargo.toml");
    let (_, linked) = manifest.split_once("[dependencies]\n").unwrap();
    let (linked, of_tests) = linked.split_once("[dev-dependencies]\n").unwrap();
    let names = |text: &'static str| {
        let lines = text.lines().take_while(|line| !line.starts_with('['));
        lines
            .filter_map(|line| Some(line.split_once(" = ")?.0))
            .filter(|name| !name.starts_with('#'))
    };
    assert!(names(linked).count() > 8);
    for name in names(linked) {
        assert!(parts.iter().any(|part| part == name), "{name}: {parts:?}");
    }
    assert!(parts.iter().any(|part| part == "libc"), "what these need: {parts:?}");
    for name in names(of_tests).filter(|name| *name != "nix") {
        assert!(!parts.iter().any(|part| part == name), "{name} is of the tests alone");
    }
}

#[test]
fn the_sdist_builds_and_has_no_tests() {
    let code = "import sys, tarfile; print(*tarfile.open(sys.argv[1]).getnames(), sep='\\n')";
    let names = python(code, artefact(".tar.gz"));
    let has =
        |end: &str| names.iter().any(|name| name.split_once('/').is_some_and(|(_, n)| n == end));
    // The wheel of these tests was built from it.
    for file in [
        "Cargo.lock",
        "build.rs",
        "src/front/bare/front.ld",
        "completions/pivot.bash",
        "LICENSE-MIT",
    ] {
        assert!(has(file), "{file}");
    }
    let folders: Vec<&str> = names.iter().filter_map(|name| name.split('/').nth(1)).collect();
    assert!(!folders.contains(&"tests") && !folders.contains(&"scripts"), "{folders:?}");
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
    assert_eq!(pictures.len(), 6);
    for picture in pictures {
        let mut command = sandbox.command(environment().join("bin/python"), "home");
        command.args(["-c", "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])"]);
        command.arg(root.join(picture));
        ran(command).lines();
    }
}
