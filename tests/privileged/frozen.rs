//! A file system that is frozen under a project. What writes there waits in a call that no
//! signal ends, until it thaws; the TAB does not, nor does Ctrl-C.

use std::fs;
use std::process::{Child, Command};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ticks::loop_mounted;
use crate::support::aftermath::{assert_no_litter, assert_nothing_is_alive};
use crate::support::rights::{Mounted, require_root, take_own_mounts};
use crate::support::stub::{self, Asked, NEW_NAMES, discoveries};
use crate::support::{Ran, Sandbox, children, listens, settle, start, wait_until, worker};

/// When a command must have ended whose time is over after two seconds.
const BOUNDED_S: u64 = 60;

/// A stub's project on a file system of its own; in the end it thaws, and is unmounted.
struct Frozen {
    sandbox: Sandbox,
    _mounted: Mounted,
}

impl Frozen {
    fn project() -> Self {
        require_root();
        take_own_mounts();
        let sandbox = stub::sandbox();
        let mounted = loop_mounted(&sandbox);
        sandbox.make_directory("project/.pivot");
        stub::write_config(&sandbox, stub::NEW_CONFIG);
        Self { sandbox, _mounted: mounted }
    }

    fn freeze(&self) {
        self.fsfreeze("-f").unwrap();
    }

    fn thaw(&self) {
        self.fsfreeze("-u").unwrap();
    }

    fn fsfreeze(&self, option: &str) -> Result<(), String> {
        let mut command = Command::new("fsfreeze");
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").arg(option);
        let ended = command.arg(self.sandbox.path("project")).output();
        let ended = ended.map_err(|error| format!("needs fsfreeze (util-linux): {error}"))?;
        if ended.status.success() { Ok(()) } else { Err(format!("{ended:?}")) }
    }

    /// Once it is thawed, the next command answers, and sweeps what was left.
    #[track_caller]
    fn works_again(&mut self) {
        self.sandbox.set("PIVOT_COMPLETE_TIMEOUT", "120");
        assert_eq!(self.sandbox.run(&["stages"]).lines(), NEW_NAMES);
        assert_no_litter(&self.sandbox, "project");
    }

    /// Has the stub freeze the project itself, once it has read it: the answer is known by then.
    fn freeze_before_the_answer(&self) {
        let stub = self.sandbox.path("bin/stub");
        let text = fs::read_to_string(&stub).unwrap();
        let freezes = format!(
            "/usr/sbin/fsfreeze -f {}\nprintf 'pivot-complete 1",
            self.sandbox.path("project").display()
        );
        let (before, after) = text.rsplit_once("printf 'pivot-complete 1").unwrap();
        self.sandbox.write_program("bin/stub", &[before, &freezes, after].concat());
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = self.fsfreeze("-u");
    }
}

#[test]
fn a_frozen_project_is_left_at_the_deadline() {
    let mut frozen = Frozen::project();
    frozen.sandbox.set("PIVOT_COMPLETE_TIMEOUT", "2");
    for asked in Asked::ALL {
        frozen.freeze();
        let ran = ended(start(asked.command(&frozen.sandbox)));
        frozen.thaw();
        check_unanswered(asked, &ran, 1);
        let place = frozen.sandbox.path("project").display().to_string();
        assert!(asked == Asked::Tab || ran.stderr.contains(&place), "{ran:?}");
        assert_nothing_is_alive(&frozen.sandbox);
    }
    assert_eq!(discoveries(&frozen.sandbox), 0);
    frozen.works_again();
}

#[test]
fn an_interrupt_ends_a_command_in_a_frozen_project() {
    let mut frozen = Frozen::project();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        for asked in Asked::ALL {
            frozen.freeze();
            let command = start(asked.command(&frozen.sandbox));
            wait_until(BOUNDED_S, "it hangs", || worker(&command).is_some_and(hangs));
            wait_until(BOUNDED_S, "it listens", || listens(&command));
            kill(Pid::from_raw(command.id() as i32), signal).unwrap();
            let ran = ended(command);
            frozen.thaw();
            check_unanswered(asked, &ran, 130);
            assert_nothing_is_alive(&frozen.sandbox);
        }
    }
    frozen.works_again();
}

/// The child that hangs need not be the worker: here Python does.
#[test]
fn a_child_that_nothing_ends_is_left_behind() {
    let mut frozen = Frozen::project();
    let place = frozen.sandbox.path("project");
    let script = format!("#!/bin/sh\n: > {0}/first\n: > {0}/second\n", place.display());
    let writer = frozen.sandbox.write_program("bin/writer", &script);
    frozen.sandbox.set("PIVOT_COMPLETE_PYTHON", writer);
    frozen.sandbox.set("PIVOT_COMPLETE_TIMEOUT", "2");
    // The project is elsewhere, so that the worker does not hang itself.
    frozen.sandbox.make_directory("other/.pivot");
    frozen.sandbox.write("other/pipeline.py", "train\n");
    for asked in Asked::ALL {
        // That the one before was in vain is remembered.
        let _ = fs::remove_dir_all(frozen.sandbox.path("other/.pivot/cache"));
        frozen.freeze();
        let mut command = asked.command(&frozen.sandbox);
        command.current_dir(frozen.sandbox.path("other"));
        let command = start(command);
        wait_until(BOUNDED_S, "Python hangs", || {
            worker(&command).is_some_and(|pid| children(pid).into_iter().any(hangs))
        });
        let ran = ended(command);
        frozen.thaw();
        check_unanswered(asked, &ran, 1);
        assert_nothing_is_alive(&frozen.sandbox);
        assert!(!place.join("second").exists(), "it went on");
    }
}

/// What was found is said before anything is written, and written once that can be.
#[test]
fn an_answer_is_given_although_it_cannot_be_written() {
    let frozen = Frozen::project();
    frozen.freeze_before_the_answer();
    let ran = ended(start(Asked::Tab.command(&frozen.sandbox)));
    let names = Asked::Tab.names(&ran).join(" ");
    frozen.thaw();
    assert_eq!(names, NEW_NAMES.join(" "));
    settle(&frozen.sandbox.home());
    let ran = frozen.sandbox.run(&["stages", "--cached"]);
    assert_eq!(ran.lines(), NEW_NAMES);
    assert_no_litter(&frozen.sandbox, "project");
}

/// A command whose time was over is told so; one that was interrupted need not be.
#[track_caller]
fn check_unanswered(asked: Asked, ran: &Ran, code: i32) {
    let expected = if asked == Asked::Tab { (0, "\n") } else { (code, "") };
    assert_eq!((ran.code, ran.stdout.as_str()), expected, "{asked:?}: {ran:?}");
    match ran.code {
        1 => assert!(ran.stderr.contains("PIVOT_COMPLETE_TIMEOUT"), "{ran:?}"),
        _ => assert_eq!(ran.stderr, "", "{asked:?}"),
    }
}

/// Whether a process is in a call that no signal ends.
fn hangs(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit(')').next().unwrap_or_default().starts_with(" D"))
}

#[track_caller]
fn ended(mut command: Child) -> Ran {
    wait_until(BOUNDED_S, "the command has ended", || command.try_wait().unwrap().is_some());
    command.wait_with_output().unwrap().into()
}
