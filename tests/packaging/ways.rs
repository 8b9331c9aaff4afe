//! Each way to install it, from the artefact in a HOME that has nothing: install, the README's line, a
//! TAB, an upgrade over an older build while a shell is open, uninstall. What stays is caches.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{artefact, tools};
use crate::support::shell::{Session, Shell, ShellSandbox};
use crate::support::{Pivot, ran, settle};

/// Each import of it is a line in `imports`.
const PIPELINE: &str = "
from pivot import Pipeline, stage
print(1, file=open('../imports', 'a'))
@stage
def train() -> dict: return {'a': 1}
pipeline = Pipeline('demo')
with pipeline:
    train()
";

/// A store as the first releases wrote it.
const OLD_STORE: &[u8] = include_bytes!("../fixtures/store-version-1.store");

/// The number of the build that is there before: this one's programs, called older.
const OLDER: &str = "0.0.1";

/// A way to install it.
struct Way {
    /// Of the shell whose sessions use it.
    shell: Shell,
    /// Where the programs are then, in HOME.
    bin: &'static str,
    /// The command that installs this wheel, or puts it in the place of what is there.
    install: fn(&ShellSandbox, &Path) -> Command,
    /// Whether it lies among what Pivot's Python imports: an upgrade is a change of what a discovery saw.
    is_beside_pivot: bool,
    /// The command that takes it away.
    uninstall: fn(&ShellSandbox) -> Command,
}

/// A command of what users install packages with, which asks no network.
fn tool(sandbox: &ShellSandbox, name: &str, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(tools().join("bin").join(name), "home");
    command.env("PIP_NO_INDEX", "1").env("UV_OFFLINE", "1").args(arguments);
    command
}

fn python() -> PathBuf {
    tools().join("bin/python").canonicalize().unwrap()
}

const UV: Way = Way {
    shell: Shell::Bash,
    bin: ".local/bin",
    install: |sandbox, wheel| {
        let mut command = tool(sandbox, "uv", &["tool", "install", "--force", "--python"]);
        command.arg(python()).arg(wheel);
        command
    },
    is_beside_pivot: false,
    uninstall: |sandbox| tool(sandbox, "uv", &["tool", "uninstall", "pivot-complete"]),
};

const PIPX: Way = Way {
    shell: Shell::Zsh,
    bin: ".local/bin",
    install: |sandbox, wheel| {
        let mut command = tool(sandbox, "pipx", &["install", "--force", "--python"]);
        command.arg(python()).arg(wheel);
        command
    },
    is_beside_pivot: false,
    uninstall: |sandbox| tool(sandbox, "pipx", &["uninstall", "pivot-complete"]),
};

/// A virtual environment with Pivot, and ours beside it.
const VENV: Way = Way {
    shell: Shell::Fish,
    bin: "venv/bin",
    install: |sandbox, wheel| {
        if !sandbox.path("home/venv").exists() {
            sandbox.environment("home/venv", Pivot::V0511);
        }
        let mut command = tool(sandbox, "python", &["-m", "pip", "--python"]);
        command.arg(sandbox.path("home/venv/bin/python3"));
        command.args(["install", "--upgrade", "--no-deps"]).arg(wheel);
        command
    },
    is_beside_pivot: true,
    uninstall: |sandbox| {
        let mut command = tool(sandbox, "python", &["-m", "pip", "--python"]);
        command.arg(sandbox.path("home/venv/bin/python3"));
        command.args(["uninstall", "--yes", "pivot-complete"]);
        command
    },
};

/// From the checkout. What is built already is taken: `--root` is where cargo would put it by itself.
const CARGO: Way = Way {
    shell: Shell::Bash,
    bin: ".cargo/bin",
    install: |sandbox, _| {
        let mut command = cargo(sandbox, &["install", "--offline", "--locked", "--force"]);
        let target = crate::support::binaries().parent().unwrap().to_path_buf();
        command.arg("--path").arg(env!("CARGO_MANIFEST_DIR")).env("CARGO_TARGET_DIR", target);
        command
    },
    is_beside_pivot: false,
    uninstall: |sandbox| cargo(sandbox, &["uninstall", "pivot-complete"]),
};

/// cargo, with the toolchain and the registry of who runs the tests.
fn cargo(sandbox: &ShellSandbox, arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").expect("cargo says where it is");
    let mut command = sandbox.command(cargo, "home");
    command.args(arguments).arg("--root").arg(sandbox.path("home/.cargo"));
    builds(&mut command);
    command
}

/// Has the command build with what whoever runs the tests builds with.
fn builds(command: &mut Command) {
    let ours = |name: &str| {
        ["CARGO_PROFILE_", "RUSTUP_"].iter().any(|start| name.starts_with(start))
            || ["CARGO_HOME", "CARGO_INCREMENTAL", "RUSTFLAGS", "RUSTC", "PATH"].contains(&name)
    };
    let settings = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(ours));
    command.envs(settings);
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    for (name, directory) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        if std::env::var_os(name).is_none() {
            command.env(name, home.join(directory));
        }
    }
}

#[track_caller]
fn succeeds(command: Command) {
    let said = ran(command);
    assert_eq!(said.code, 0, "{said:?}");
}

impl Way {
    /// What a user writes into an rc file.
    fn rc(&self, sandbox: &ShellSandbox) -> String {
        let bin = sandbox.path("home").join(self.bin).display().to_string();
        let path = match self.shell {
            Shell::Fish => format!("set -gx PATH {bin} $PATH\n"),
            _ => format!("PATH={bin}:$PATH\n"),
        };
        path + &self.shell.rc_with_init()
    }

    fn front(&self, sandbox: &ShellSandbox) -> PathBuf {
        sandbox.path("home").join(self.bin).join("pivot-complete")
    }

    fn is_lived_with(&self) {
        let sandbox = ShellSandbox::new();
        fs::remove_file(sandbox.path("bin/pivot")).unwrap();
        symlink(Pivot::V0511.bin().join("pivot"), sandbox.path("bin/pivot")).unwrap();
        sandbox.make_directory("work/.pivot");
        sandbox.write("work/pipeline.py", PIPELINE);
        let wheel = artefact("whl");
        succeeds((self.install)(&sandbox, &older(&sandbox, &wheel)));
        let mut open = Session::start_with(self.shell, &sandbox, &self.rc(&sandbox));
        let completes = |session: &mut Session<'_>| {
            assert_eq!(session.type_line("pivot repro tr", "\t"), "pivot repro train ");
            session.clear();
            settle(&sandbox.home());
        };
        completes(&mut open);

        succeeds((self.install)(&sandbox, &wheel));
        let mut version = sandbox.command(self.front(&sandbox), "home");
        version.arg("--version");
        let version = ran(version);
        assert_eq!(version.lines(), [concat!("pivot-complete ", env!("CARGO_PKG_VERSION"))]);
        completes(&mut open);
        let imports = || sandbox.read("imports").lines().count();
        let read = 1 + usize::from(self.is_beside_pivot);
        assert_eq!(imports(), read, "what the older one kept is read");
        with_old_stores(&sandbox);
        completes(&mut open);
        assert_eq!(imports(), read + 1, "or it is found out again");
        completes(&mut Session::start_with(self.shell, &sandbox, &self.rc(&sandbox)));
        assert_eq!(imports(), read + 1);

        // As long as it is there, it takes away itself what it keeps; the next TAB begins anew.
        let mut clear = sandbox.command(self.front(&sandbox), "work");
        clear.args(["clear", "--all"]);
        succeeds(clear);
        for place in ["home/.cache/pivot-complete", "work/.pivot/cache"] {
            let kept = sandbox.listing(place).into_iter();
            let kept: Vec<_> = kept.filter(|it| sandbox.path(place).join(it).is_file()).collect();
            assert_eq!(kept, [""; 0], "{place}");
        }
        completes(&mut open);
        assert_eq!(imports(), read + 2);

        succeeds((self.uninstall)(&sandbox));
        assert!(!self.front(&sandbox).exists());
        let mut new = Session::start_with(self.shell, &sandbox, &self.rc(&sandbox));
        for session in [&mut open, &mut new] {
            assert!(!session.shown().contains("pivot-complete"), "{}", session.shown());
            let line = session.type_line("pivot repro tr", "\t");
            assert_eq!(line.trim_end(), "pivot repro tr");
        }
        assert_eq!(left(&sandbox, &["home/.cache/pivot-complete", "work/.pivot/cache"]), [""; 0]);
        succeeds(sandbox.front_in("work", &["clear", "--all"]));
        assert_eq!(left(&sandbox, &[]), [""; 0]);
    }
}

/// The same wheel with another number.
fn older(sandbox: &ShellSandbox, wheel: &Path) -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packaging/older.py");
    let mut command = sandbox.command(python(), "home");
    command.arg(script).arg(wheel).arg(OLDER).arg(sandbox.root());
    ran(command).lines()[0].into()
}

/// Puts stores of the first format into the place of today's, and takes Pivot's own cache away.
fn with_old_stores(sandbox: &ShellSandbox) {
    fs::remove_file(sandbox.path("work/.pivot/cache/stages.cache")).unwrap();
    let mut replaced = 0;
    for entry in fs::read_dir(sandbox.path("work/.pivot/cache/complete")).unwrap().flatten() {
        if entry.file_type().unwrap().is_file() {
            fs::write(entry.path(), OLD_STORE).unwrap();
            replaced += 1;
        }
    }
    assert!(replaced > 0);
}

/// The files of ours, but for those below `known`, and what installers keep for themselves.
fn left(sandbox: &ShellSandbox, known: &[&str]) -> Vec<String> {
    const INSTALLERS: [&str; 2] =
        ["home/.cache/uv/", "home/.local/share/pipx/venvs/.pivot-complete.lock"];
    let all = sandbox.listing("").into_iter();
    let is_ours =
        |path: &String| path.contains("pivot-complete") || path.starts_with("work/.pivot/");
    let is_known =
        |path: &String| known.iter().chain(&INSTALLERS).any(|start| path.starts_with(start));
    all.filter(|path| sandbox.path(path).is_file() && is_ours(path) && !is_known(path)).collect()
}

#[test]
fn uv_tool() {
    UV.is_lived_with();
}

#[test]
fn pipx() {
    PIPX.is_lived_with();
}

#[test]
fn a_venv_beside_pivot() {
    VENV.is_lived_with();
}

#[test]
fn cargo_install() {
    CARGO.is_lived_with();
}

/// What the README names where an installer's programs are no command: the next shell of each finds them.
#[test]
fn what_puts_the_programs_on_path() {
    const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];
    for (way, line) in [(UV, "uv tool update-shell"), (PIPX, "pipx ensurepath")] {
        let sandbox = ShellSandbox::new();
        succeeds((way.install)(&sandbox, &artefact("whl")));
        for shell in SHELLS {
            let found = || {
                let mut command = sandbox.command(shell, "home");
                command.env("PATH", "/usr/bin:/bin").args(["-ic", "command -v pivot-complete"]);
                ran(command).stdout.trim_end().to_owned()
            };
            assert_eq!(found(), "", "{line}: {shell}");
            let words: Vec<&str> = line.split(' ').collect();
            let mut command = tool(&sandbox, words[0], &words[1..]);
            command.env("PATH", "/usr/bin:/bin").env("SHELL", format!("/usr/bin/{shell}"));
            succeeds(command);
            assert_eq!(Path::new(&found()), way.front(&sandbox), "{line}: {shell}");
        }
    }
}

/// The manual, by the guide's lines.
#[test]
fn the_manual_is_where_the_guide_says() {
    const OF_UV: &str = r#"man -M "$(uv tool dir)/pivot-complete/share/man" pivot-complete"#;
    for (way, line) in
        [(UV, OF_UV), (PIPX, "man pivot-complete"), (VENV, "man pivot-complete-stages")]
    {
        let sandbox = ShellSandbox::new();
        succeeds((way.install)(&sandbox, &artefact("whl")));
        let path =
            [sandbox.path("home").join(way.bin), tools().join("bin"), "/usr/bin:/bin".into()];
        let path: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
        let mut command = sandbox.command("sh", "home");
        command.env("PATH", path.join(":")).env("MANPAGER", "cat").args(["-c", line]);
        let said = ran(command);
        assert!(said.stdout.contains("pivot-complete") && said.code == 0, "{line}: {said:?}");
        assert_eq!(said.stderr, "", "{line}");
    }
}

/// From the checkout, beside Pivot: the backend is the tools', and what it depends on is built.
#[test]
fn pip_install_of_the_checkout() {
    let sandbox = ShellSandbox::new();
    sandbox.environment("home/venv", Pivot::V0511);
    let mut command = tool(&sandbox, "python", &["-m", "pip", "--python"]);
    command.arg(sandbox.path("home/venv/bin/python3"));
    command.args("install .".split(' ')).current_dir(env!("CARGO_MANIFEST_DIR"));
    builds(&mut command);
    let path = std::env::var_os("PATH").unwrap();
    let path = [tools().join("bin")].into_iter().chain(std::env::split_paths(&path));
    let library = fs::read_dir(tools().join("lib")).unwrap().next().unwrap().unwrap().path();
    command.env("PATH", std::env::join_paths(path).unwrap()).env("PIP_NO_BUILD_ISOLATION", "0");
    command.env("PYTHONPATH", library.join("site-packages"));
    command.env("CARGO_TARGET_DIR", artefact("whl").parent().unwrap().with_file_name("packaging"));
    succeeds(command);
    let mut stages = sandbox.command(sandbox.path("home/venv/bin/pivot-complete"), "work");
    sandbox.make_directory("work/.pivot");
    sandbox.write("work/pipeline.py", PIPELINE);
    stages.env("PATH", sandbox.path("home/venv/bin")).arg("stages");
    assert_eq!(ran(stages).lines(), ["demo/train"]);
}
