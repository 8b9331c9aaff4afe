//! The description of Pivot's command line: what it tells of real Pivots, what makes a command
//! opaque, and what makes it outdated (DESIGN.md 10).

mod support;

#[path = "description/doubts.rs"]
mod doubts;
#[path = "description/freshness.rs"]
mod freshness;
#[path = "description/kept.rs"]
mod kept;
#[path = "description/real.rs"]
mod real;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use support::{Pivot, Ran, Sandbox, engine, ran};

/// What `describe` does in the sandbox's home: "discovered" where Pivot was asked, "fresh" where it
/// was not.
#[track_caller]
fn describe(sandbox: &Sandbox) -> String {
    let said = run(sandbox, "home", &["describe"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
    said.stdout.trim_end().to_owned()
}

/// The engine with these arguments in the sandbox's directory `relative`.
fn run(sandbox: &Sandbox, relative: &str, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command(engine(), relative);
    command.args(arguments);
    ran(command)
}

/// The description as JSON, made anew.
#[track_caller]
fn description(sandbox: &Sandbox) -> Value {
    let said = run(sandbox, "home", &["describe", "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str(&said.stdout).unwrap()
}

/// What `doctor` says of the description.
#[track_caller]
fn doctor(sandbox: &Sandbox) -> String {
    let said = run(sandbox, "home", &["doctor"]);
    let line = said.stdout.lines().find_map(|line| line.strip_prefix("command line: "));
    line.unwrap_or_else(|| panic!("{said:?}")).to_owned()
}

/// The only file of descriptions.
#[track_caller]
fn file(sandbox: &Sandbox) -> PathBuf {
    let names = sandbox.listing("home/.cache/pivot-complete");
    let [name] = &names[..] else { panic!("{names:?}") };
    sandbox.path("home/.cache/pivot-complete").join(name)
}

/// A click application, as `pivot/cli/__init__.py`, with one command and what comes before it.
fn application(head: &str) -> String {
    format!(
        "import click\n{head}\n@click.group()\ndef cli():\n    pass\n\
         @cli.command()\n@click.option('--first', help='The first.')\ndef run(first):\n    \
         \"\"\"Runs.\"\"\"\ndef main():\n    cli()\n"
    )
}

/// An environment first on PATH whose Pivot is this click application, installed as pip would.
fn installed(cli: &str) -> (Sandbox, PathBuf) {
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
const PACKAGES: &str = "environment/lib/python3.13/site-packages";

/// An environment with all that Pivot needs and a program that starts it, but no Pivot.
fn environment() -> (Sandbox, PathBuf) {
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
