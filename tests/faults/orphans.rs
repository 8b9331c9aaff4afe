//! A leader that is killed while children of the pipeline run, some in sessions of their own: nothing of
//! them stays, whichever of the command's processes it was, and whether it had answered.

use std::fs;
use std::process::{Child, Command};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::aftermath::{assert_no_litter, assert_nothing_is_alive, processes_of};
use crate::support::stub::{self, Asked, NEW_NAMES};
use crate::support::{Sandbox, start, tally, wait_until, warden, worker};

/// What the pipeline starts: a child, one in a session of its own, and one that did so before it ended.
const CHILDREN: &str = "sleep 600 &\nsetsid sleep 600 &\n(setsid sh -c 'sleep 600; :' &)\n";

/// Who is killed: all of them at once, or one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Killed {
    /// The one that the shell waits for.
    Command,
    /// The one that works.
    Worker,
    /// The one between.
    Warden,
    /// The first and the second, of which neither can see to the other.
    CommandAndWorker,
}

#[test]
fn a_killed_leader_leaves_nothing_of_the_pipeline() {
    use Killed::{CommandAndWorker, Warden, Worker};
    let mut tried = 0;
    for killed in [Killed::Command, Worker, Warden, CommandAndWorker] {
        for arguments in [&["stages"][..], &["complete", "bash"], &["prewarm"], &["refresh"]] {
            let sandbox = stub::sandbox();
            let script = format!("#!/bin/sh\n{CHILDREN}touch {}\nsleep 600\n", began(&sandbox));
            let slow = sandbox.write_program("bin/slow", &script);
            let mut command = engine(&sandbox, arguments);
            command.env("PIVOT_COMPLETE_PYTHON", slow);
            let child = start(command);
            wait_for_children(&sandbox);
            kill_of(&child, killed);
            drop(child.wait_with_output());
            assert_nothing_is_alive(&sandbox);
            assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES, "{killed:?} {arguments:?}");
            // What a prompt asked in vain is noted, and is no litter.
            if arguments != ["prewarm"] {
                assert_no_litter(&sandbox, "project");
            }
            tried += 1;
        }
    }
    tally::survived(tried);
}

/// A TAB has its answer, and nobody waits for it any more.
#[test]
fn a_leader_that_is_killed_behind_its_answer_leaves_nothing_either() {
    let was_there = (0..10).any(|_| {
        let sandbox = stub::sandbox();
        let stub = sandbox.path("bin/stub").display().to_string();
        let script = format!(
            "#!/bin/sh\n\"{stub}\" \"$@\"\n[ \"$4\" != describe ] || exit 0\n\
             {CHILDREN}touch {}\nsleep 600\n",
            began(&sandbox)
        );
        let slow = sandbox.write_program("bin/slow", &script);
        let mut command = Asked::Tab.command(&sandbox);
        command.env("PIVOT_COMPLETE_PYTHON", slow);
        let child = start(command);
        let mut working = None;
        wait_until(20, "it works", || {
            working = worker(&child).or(working);
            sandbox.path("began").exists()
        });
        drop(child.wait_with_output());
        // None where all was done before anybody looked.
        let was_there = working
            .is_some_and(|pid| is_ours(pid) && kill(Pid::from_raw(pid), Signal::SIGKILL).is_ok());
        assert_nothing_is_alive(&sandbox);
        was_there
    });
    assert!(was_there, "it was always done before it could be killed");
}

fn began(sandbox: &Sandbox) -> String {
    sandbox.path("began").display().to_string()
}

/// The engine, of which prewarm does not go behind itself.
fn engine(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(crate::support::engine(), "project");
    command.args(arguments).env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
    command
}

#[track_caller]
fn wait_for_children(sandbox: &Sandbox) {
    let sleeps = || {
        let is_sleep =
            |pid: &i32| fs::read(format!("/proc/{pid}/comm")).is_ok_and(|name| name == b"sleep\n");
        processes_of(sandbox).iter().filter(|pid| is_sleep(pid)).count()
    };
    wait_until(20, "the pipeline's children run", || {
        sandbox.path("began").exists() && sleeps() == 4
    });
}

fn kill_of(child: &Child, killed: Killed) {
    let send = |pid: i32, signal| kill(Pid::from_raw(pid), signal).unwrap();
    let command = child.id() as i32;
    let (warden, worker) = (warden(child).unwrap(), worker(child).unwrap());
    match killed {
        Killed::Command => send(command, Signal::SIGKILL),
        Killed::Worker => send(worker, Signal::SIGKILL),
        Killed::Warden => send(warden, Signal::SIGKILL),
        Killed::CommandAndWorker => {
            // Neither has the time to do anything about the other.
            send(command, Signal::SIGSTOP);
            send(worker, Signal::SIGSTOP);
            send(worker, Signal::SIGKILL);
            send(command, Signal::SIGKILL);
        }
    }
}

fn is_ours(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with(b"pivot-complete"))
}
