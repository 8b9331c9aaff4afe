//! The hook of `init SHELL --watch`.

use std::path::Path;

use super::*;
use crate::support::shell::programs::{init, install_programs};
use crate::support::{Pivot, pipeline_0511, wait_until};

/// A shell that has what `init` prints, and a runtime directory of its own.
fn session(shell: Shell, sandbox: &Sandbox) -> Session<'_> {
    let run = sandbox.make_directory("run").display().to_string();
    let rc = match shell {
        Shell::Fish => format!("set -gx XDG_RUNTIME_DIR {run}\nsource $HOME/init\n"),
        _ => format!(
            "export XDG_RUNTIME_DIR={run}\n{}\neval \"$(<$HOME/init)\"\n",
            shell.completion_system()
        ),
    };
    Session::start_with(shell, sandbox, &rc)
}

pub fn a_prompt_sees_to_the_watcher(shell: Shell) {
    let sandbox = Sandbox::new();
    let front = install_programs(&sandbox, b"tools");
    init(&sandbox, shell, &["--watch"], &front, Path::new("/usr/bin:/bin"));
    let mut session = session(shell, &sandbox);
    session.command("true");
    let calls = sandbox.calls();
    let (watching, others): (Vec<_>, Vec<_>) =
        calls.iter().partition(|call| call.starts_with("watch --behind "));
    assert_eq!((watching.len(), others), (2, vec![&"prewarm".to_owned(); 2]), "{calls:?}");
    // The shell itself: not what it has started for the hook.
    assert_eq!(watching[0], watching[1]);
    let id: i32 = watching[0].rsplit(' ').next().unwrap().parse().unwrap();
    assert!(crate::support::is_alive(id), "{id}");
    assert_silent(&session);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
}

pub fn a_watcher_discovers_behind_a_save_until_the_shell_ends(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.install_real(&Pivot::V0511.venv());
    let front = install_programs(&sandbox, b"tools");
    let mut command = std::process::Command::new(&front);
    command.args(["init", shell.name(), "--watch"]);
    sandbox.write("home/init", crate::support::ran(command).stdout);
    fs::create_dir_all(sandbox.path("work/.pivot")).unwrap();
    sandbox.write("work/pipeline.py", pipeline_0511("demo", &["first"]));
    let cached = |name: &str| {
        let mut command = sandbox.command(&front, "work");
        command.args(["stages", "--cached"]);
        command.env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()));
        crate::support::ran(command).stdout == format!("demo/{name}\n")
    };
    let session = session(shell, &sandbox);
    wait_until(60, "what was there is known", || cached("first"));
    sandbox.write("work/pipeline.py", pipeline_0511("demo", &["second"]));
    wait_until(60, "what was saved is known, without a prompt", || cached("second"));
    assert_silent(&session);
    drop(session);
    // The directory for such rooms goes with the last of them.
    let is_gone = || fs::read_dir(sandbox.path("run")).unwrap().next().is_none();
    wait_until(60, "nothing of it is left", is_gone);
}
