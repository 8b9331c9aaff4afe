//! Other click applications in Pivot's place.

use std::fs;
use std::path::PathBuf;

use super::{Pivot, Sandbox};

/// An environment first on PATH whose Pivot is this click application, installed as pip would.
pub fn installed(cli: &str) -> (Sandbox, PathBuf) {
    let (mut sandbox, packages) = environment();
    for (name, text) in [("__init__.py", ""), ("cli/__init__.py", cli)] {
        sandbox.write(&format!("{PACKAGES}/pivot/{name}"), text);
    }
    sandbox.write(
        &format!("{PACKAGES}/pivot-9.9.dist-info/RECORD"),
        "pivot/__init__.py,sha256=x,0\npivot/cli/__init__.py,sha256=y,1\n\
         pivot-9.9.dist-info/RECORD,,\n",
    );
    sandbox.prepend_path(sandbox.path("environment/bin"));
    (sandbox, packages)
}

/// Where the environment's packages lie in a sandbox.
pub const PACKAGES: &str = "environment/lib/python3.13/site-packages";

/// An environment with all that Pivot needs and a program that starts it, but no Pivot.
pub fn environment() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::empty();
    let packages = sandbox.environment("environment", Pivot::V0511);
    for entry in fs::read_dir(&packages).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name == "pivot" || name.starts_with("pivot-") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let python = sandbox.path("environment/bin/python3").display().to_string();
    sandbox.write_program(
        "environment/bin/pivot",
        &format!("#!{python}\nimport sys\nfrom pivot.cli import main\nsys.exit(main())\n"),
    );
    (sandbox, packages)
}
