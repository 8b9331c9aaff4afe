//! Discovery with real Pivot: which `pivot` and which Python, what a pipeline may do to us, and
//! the commands around it (ARCHITECTURE.md, "At a TAB", "Which
//! pivot").

mod asked;
mod commands;
mod doctor;
pub mod driven;
mod failures;
mod imports;
mod inputs;
mod kept_driver;
mod managers;
mod manifests;
mod observation;
mod pipelines;
mod reasons;
mod settings;
mod which;
mod whole;

use std::fs;
use std::path::Path;

use crate::support::{Pivot, Sandbox, pipeline_010, pipeline_0511};

/// A pipeline of this Pivot with the stage `train`, which first notes what it sees of the world.
///
/// Notes are lines in the file `facts` of the sandbox, `NAME=VALUE`.
fn noting_pipeline(pivot: Pivot, sandbox: &Sandbox) -> String {
    let notes = format!(
        "import os, sys\n\
         with open({:?}, 'w') as facts:\n    \
         def note(name, value):\n        print(f'{{name}}={{value}}', file=facts)\n    \
         note('executable', sys.executable)\n    \
         note('program', sys.argv[0])\n    \
         note('arguments', len(sys.argv))\n    \
         note('no_user_site', sys.flags.no_user_site)\n    \
         note('isolated', sys.flags.isolated)\n    \
         note('dont_write_bytecode', sys.flags.dont_write_bytecode)\n    \
         note('path', [p for p in sys.path if p != os.getcwd()][0])\n    \
         note('input', repr(sys.stdin.read()))\n    \
         note('group', os.getpgid(0) == os.getpid())\n    \
         note('directory', os.getcwd())\n    \
         for name in ('PIVOT_COMPLETE', '_PIVOT_COMPLETE', 'COMP_WORDS', 'COMP_CWORD'):\n        \
         note(name, os.environ.get(name))\n    \
         try:\n        os.open('/dev/tty', os.O_RDWR)\n        note('terminal', True)\n    \
         except OSError:\n        note('terminal', False)\n",
        sandbox.path("facts")
    );
    match pivot {
        Pivot::V0511 => notes + &pipeline_0511("demo", &["train"]),
        Pivot::V010 => notes + &pipeline_010(&["train"]),
    }
}

/// What the pipeline noted under `name` when it last ran.
#[track_caller]
fn fact(sandbox: &Sandbox, name: &str) -> String {
    let facts = fs::read_to_string(sandbox.path("facts")).expect("the pipeline ran");
    let value = facts.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name} in {facts}")).to_owned()
}

/// Makes the next command discover, whatever was cached.
fn forget(sandbox: &Sandbox) {
    let _ = fs::remove_dir_all(sandbox.path("project/.pivot/cache"));
    let _ = fs::remove_file(sandbox.path("facts"));
}

/// A project whose pipeline notes what it sees.
fn noting(pivot: Pivot) -> Sandbox {
    let sandbox = Sandbox::with(pivot);
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", noting_pipeline(pivot, &sandbox));
    sandbox
}

/// The text of what Pivot's own command prints after `Error: `.
#[track_caller]
fn pivots_message(stderr: &str) -> &str {
    let (_, message) = stderr.split_once("Error: ").unwrap_or_else(|| panic!("{stderr:?}"));
    message.trim_end()
}

/// The installed programs once more, in the sandbox's directory `relative`.
fn install(sandbox: &Sandbox, relative: &str) {
    sandbox.make_directory(relative);
    for program in [crate::support::front(), crate::support::engine()] {
        let name = Path::new(relative).join(program.file_name().unwrap());
        fs::copy(&program, sandbox.path(name.to_str().unwrap())).unwrap();
    }
}

/// A project with these stages of the pipeline `demo`, traced.
fn demo(stages: &[&str]) -> Sandbox {
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", stages));
    sandbox.start_trace();
    sandbox
}

/// Asserts that a command printed `stdout` and had nothing to complain of.
#[track_caller]
fn is_silent(said: &crate::support::Ran, stdout: &str) {
    assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, stdout, ""));
}
