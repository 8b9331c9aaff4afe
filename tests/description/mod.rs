//! The description of Pivot's command line: what it tells of real Pivots, what makes a command
//! opaque, and what makes it outdated.

mod doubts;
mod freshness;
mod hooked;
mod kept;
mod real;

use std::path::PathBuf;

use serde_json::Value;

use crate::support::application::{PACKAGES, environment, installed};
use crate::support::{Ran, Sandbox, engine, ran};

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

/// The descriptions in a directory for caches.
fn stores(sandbox: &Sandbox, directory: &str) -> Vec<String> {
    let mut names = sandbox.listing(directory);
    names.retain(|name| name.ends_with(".store"));
    names
}

/// The only file of descriptions.
#[track_caller]
fn file(sandbox: &Sandbox) -> PathBuf {
    let names = stores(sandbox, "home/.cache/pivot-complete");
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
