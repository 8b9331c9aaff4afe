//! Edits that cannot change a name are answered without a discovery, and no others (ARCHITECTURE.md, "Decisions"): real
//! Pivot, on the built programs, and in a warmed Python that forks (`warm.py`) for thousands of edits.

mod answers;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::discovery::driven::driver;
use crate::support::{ONE_THREAD, Pivot, Ran, Sandbox, ran, soak};

/// Every condition of such an edit has cases that break it.
#[test]
fn no_condition_is_overlooked() {
    let said = run_script("cases.py", &[]);
    assert_eq!(said.code, 0, "{}\n{}", failures(&said.stdout), said.stderr);
}

/// A share of three thousand, which `scripts/soak` does.
#[test]
fn random_edits_give_no_wrong_name() {
    let count = soak::count(120, 3000).to_string();
    let said = run_script("edits.py", &[&count, &soak::seed().to_string()]);
    // What the soak's log keeps.
    println!("{}", said.stdout);
    assert_eq!(said.code, 0, "{}\n{}", said.stdout, said.stderr);
}

fn run_script(name: &str, words: &[&str]) -> Ran {
    let sandbox = Sandbox::empty();
    let source = |path: &str| {
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(top.join("src/engine/python").join(path)).unwrap()
    };
    let check = [source("driver/shapes/shape.py"), source("check.py")].concat();
    let scripts = [sandbox.write("driver", driver("stages")), sandbox.write("check", check)];
    let mut command = Command::new(Pivot::V0511.bin().join("python3"));
    command.env_clear().env("LC_ALL", "C.UTF-8").env("PATH", "/usr/bin:/bin");
    command.env("HOME", sandbox.home()).envs([ONE_THREAD]);
    if soak::is_whole() {
        command.env("SHOW", "1");
    }
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shapes").join(name));
    command.args(scripts).arg(sandbox.make_directory("work")).args(words);
    ran(command)
}

/// All that is said, but for the cases that are right.
fn failures(stdout: &str) -> String {
    let lines = stdout.lines().filter(|line| !line.starts_with("right"));
    lines.collect::<Vec<_>>().join("\n")
}
