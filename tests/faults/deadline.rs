//! Whatever the work is stuck in, the deadline and Ctrl-C hold, the
//! answer comes before what is written, and nothing of it stays.
//!
//! strace holds up a call of any process of a command, longer than any test waits.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::aftermath::{assert_no_litter, assert_nothing_is_alive, processes_of};
use crate::support::stub::{self, Asked, NEW_CONFIG, NEW_NAMES, discoveries};
use crate::support::{
    Ran, Sandbox, children, has_open, listens, settle, several_at_a_time, start, wait_until, worker,
};

/// For how long a call is held up: microseconds.
const HELD_UP_US: u32 = 600_000_000;

/// When a command must have ended whose time is over after two seconds.
const BOUNDED_S: u64 = 60;

/// A command under strace, which follows all processes and holds up each `call` of theirs that is
/// about `about`. Whoever is held up cannot even be killed, as long as strace runs, which
/// [`end_all`] ends; what the command says is in files, since strace holds all else open.
fn held_up(sandbox: &Sandbox, asked: Asked, call: &str, about: &str) -> Command {
    let command = asked.command(sandbox);
    let mut strace = sandbox.command("strace", "project");
    strace.args(["-D", "-f", "-o"]).arg(sandbox.path("strace.log"));
    if !about.is_empty() {
        strace.arg("-P").arg(sandbox.path(about));
    }
    strace.args(["-e", &format!("inject={call}:delay_enter={HELD_UP_US}")]);
    strace.arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        strace.env(name, value.unwrap());
    }
    let file = |name| fs::File::create(sandbox.path(name)).unwrap();
    strace.stdout(file("stdout")).stderr(file("stderr"));
    strace
}

/// What such a command said, which must end soon.
#[track_caller]
fn ended(sandbox: &Sandbox, mut command: Child) -> Ran {
    wait_until(BOUNDED_S, "the command has ended", || command.try_wait().unwrap().is_some());
    let read = |name| fs::read_to_string(sandbox.path(name)).unwrap();
    let code = command.wait().unwrap().code().unwrap_or(-1);
    // Held up, and killed: strace wonders.
    let stderr = read("stderr").lines().filter(|line| !line.starts_with("strace: ")).collect();
    Ran { code, stdout: read("stdout"), stderr }
}

/// What strace has seen.
fn log(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.path("strace.log")).unwrap_or_default()
}

#[test]
fn a_file_system_that_does_not_answer_is_left_at_the_deadline() {
    let mut soonest = Duration::MAX;
    // The front's own look at the config goes by another call.
    for (call, about) in [("statx", "project/pipeline.py"), ("flock", "")] {
        for asked in Asked::ALL {
            let mut sandbox = stub::sandbox();
            sandbox.set("PIVOT_COMPLETE_TIMEOUT", "2");
            sandbox.start_trace();
            let began = Instant::now();
            let ran = ended(&sandbox, start(held_up(&sandbox, asked, call, about)));
            soonest = soonest.min(began.elapsed());
            assert!(log(&sandbox).contains(call), "{call} was never made");
            let what = format!("{call}, {asked:?}: {ran:?}");
            match asked {
                Asked::Tab => {
                    let said = (ran.code, ran.stdout.as_str(), ran.stderr.as_str());
                    assert_eq!(said, (0, "\n", ""), "{what}");
                    let is_noted = || {
                        sandbox.trace().last().is_some_and(|last| last == "engine empty timed-out")
                    };
                    wait_until(BOUNDED_S, "it is noted", is_noted);
                }
                Asked::Stages => {
                    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{what}");
                    assert!(ran.stderr.contains("PIVOT_COMPLETE_TIMEOUT"), "{what}");
                }
            }
            end_all(&sandbox);
        }
    }
    assert!(soonest < Duration::from_millis(3_000), "{soonest:?}, of a timeout of two seconds");
}

#[test]
fn an_answer_does_not_wait_for_what_is_written() {
    for call in ["fdatasync", "renameat"] {
        for asked in Asked::ALL {
            let sandbox = stub::sandbox();
            let mut child = start(held_up(&sandbox, asked, call, ""));
            wait_until(BOUNDED_S, "something is written", || log(&sandbox).contains(call));
            if asked == Asked::Tab {
                let ran = ended(&sandbox, child);
                assert_eq!(asked.names(&ran), NEW_NAMES, "{call}");
            } else {
                // Says it, and waits for the rest.
                let answer = || fs::read_to_string(sandbox.path("stdout")).unwrap();
                wait_until(BOUNDED_S, "it answers", || answer() == NEW_CONFIG);
                assert!(child.try_wait().unwrap().is_none());
                kill_and_wait(child);
            }
            end_all(&sandbox);
        }
    }
}

/// Who waits gets what the leader found, before it is written; who comes then waits for that.
#[test]
fn those_who_wait_are_told_before_it_is_written() {
    let mut sandbox = stub::sandbox();
    // It finds its names once the other one waits, however late that is on a busy machine.
    let (go, stub) = (sandbox.path("go"), sandbox.path("bin/stub"));
    let waits =
        format!("#!/bin/sh\nuntil [ -e {go:?} ]; do sleep 0.01; done\nexec {stub:?} \"$@\"\n");
    let waits = sandbox.write_program("bin/waits", &waits);
    sandbox.set("PIVOT_COMPLETE_PYTHON", waits);
    let mut leader = start(held_up(&sandbox, Asked::Tab, "fdatasync", ""));
    let lock = sandbox.path("project/.pivot/cache/complete.lock");
    wait_until(BOUNDED_S, "one leads", || lock.exists());
    let other = start(Asked::Stages.command(&sandbox));
    wait_until(BOUNDED_S, "the other waits", || has_open(&other, &lock));
    fs::write(go, "").unwrap();
    let ran = ended_within(BOUNDED_S, other);
    // Whoever came too late to be told would have led itself, once the lock were free.
    let was_told = Asked::Stages.is_answered(&ran);
    leader.kill().unwrap();
    leader.wait().unwrap();
    end_all(&sandbox);
    assert!(was_told, "{ran:?}");
    assert_eq!(discoveries(&sandbox), 1);
}

/// A TAB right behind another one finds what that has written, or waits until it has.
#[test]
fn a_tab_right_behind_another_one_starts_no_second_discovery() {
    for _ in 0..10 {
        let sandbox = stub::sandbox();
        for _ in 0..3 {
            // Without waiting for what goes on behind it.
            let child = start(Asked::Tab.command(&sandbox));
            let ran = Ran::from(child.wait_with_output().unwrap());
            assert_eq!(Asked::Tab.names(&ran), NEW_NAMES);
        }
        settle(&sandbox.home());
        assert_eq!(discoveries(&sandbox), 1);
        assert_no_litter(&sandbox, "project");
    }
}

/// Whatever it waits for: a call that does not come back, a lock that is held, a child, a sync.
#[test]
fn an_interrupt_ends_a_command_whatever_it_waits_for() {
    let mut cases = Vec::new();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        for asked in Asked::ALL {
            for held in [Some(("statx", "project/pipeline.py")), Some(("fdatasync", "")), None] {
                // A TAB has ended by the time that anything is synced.
                if (asked, held) != (Asked::Tab, Some(("fdatasync", ""))) {
                    cases.push((signal, asked, held, stub::sandbox()));
                }
            }
        }
    }
    let soonest = Mutex::new(Duration::MAX);
    several_at_a_time(cases, |(signal, asked, held, sandbox)| match held {
        Some((call, about)) => {
            let took = interrupt_held_up(&sandbox, signal, asked, call, about);
            let mut soonest = soonest.lock().unwrap();
            *soonest = took.min(*soonest);
        }
        None => interrupt_waiting(&sandbox, signal, asked),
    });
    let soonest = soonest.into_inner().unwrap();
    assert!(soonest < Duration::from_millis(450), "{soonest:?} after Ctrl-C");
}

/// In a call that does not come back; how long the command takes to end.
fn interrupt_held_up(
    sandbox: &Sandbox,
    signal: Signal,
    asked: Asked,
    call: &str,
    about: &str,
) -> Duration {
    let command = start(held_up(sandbox, asked, call, about));
    wait_until(BOUNDED_S, "the call is made", || log(sandbox).contains(call));
    wait_until(BOUNDED_S, "it listens", || listens(&command));
    let began = Instant::now();
    kill(Pid::from_raw(command.id() as i32), signal).unwrap();
    let ran = ended(sandbox, command);
    let took = began.elapsed();
    let what = format!("{signal}, {asked:?}, {call}: {ran:?}");
    assert_eq!(ran.code, if asked == Asked::Tab { 0 } else { 130 }, "{what}");
    assert_eq!(ran.stderr, "", "{what}");
    end_all(sandbox);
    took
}

/// For a lock that is held.
fn interrupt_waiting(sandbox: &Sandbox, signal: Signal, asked: Asked) {
    let lock = sandbox.write("project/.pivot/cache/complete.lock", "");
    // One that others can open would be replaced.
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o600)).unwrap();
    let held = fs::File::open(&lock).unwrap();
    held.lock().unwrap();
    let child = start(asked.command(sandbox));
    wait_until(BOUNDED_S, "it waits", || has_open(&child, &lock) && listens(&child));
    kill(Pid::from_raw(child.id() as i32), signal).unwrap();
    let ran = ended_within(BOUNDED_S, child);
    assert_eq!(ran.code, if asked == Asked::Tab { 0 } else { 130 }, "{signal}, {ran:?}");
    assert_nothing_is_alive(sandbox);
}

/// A worker that is stopped or killed: the command ends, takes its lock away, and one that leads has a
/// successor.
#[test]
fn a_worker_that_is_stopped_or_killed_holds_nobody_up() {
    for signal in [Signal::SIGSTOP, Signal::SIGKILL] {
        for asked in Asked::ALL {
            let mut sandbox = stub::sandbox();
            sandbox.set("PIVOT_COMPLETE_TIMEOUT", "2");
            let slow = sandbox.write_program("bin/slow", "#!/bin/sh\nsleep 600 &\nsleep 600\n");
            let mut command = asked.command(&sandbox);
            command.env("PIVOT_COMPLETE_PYTHON", slow);
            let child = start(command);
            wait_until(BOUNDED_S, "Python runs", || {
                worker(&child).is_some_and(|pid| !children(pid).is_empty())
            });
            kill(Pid::from_raw(worker(&child).unwrap()), signal).unwrap();
            let ran = ended_within(BOUNDED_S, child);
            let expected = if asked == Asked::Tab { (0, "\n") } else { (1, "") };
            assert_eq!((ran.code, ran.stdout.as_str()), expected, "{signal}, {asked:?}: {ran:?}");
            assert_nothing_is_alive(&sandbox);
            assert_no_litter(&sandbox, "project");
            sandbox.set("PIVOT_COMPLETE_TIMEOUT", "120");
            assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
        }
    }
}

/// What the pipeline had started is ended, too, when the command is killed.
#[test]
fn a_killed_command_leaves_nothing_of_the_pipeline() {
    for asked in Asked::ALL {
        let sandbox = stub::sandbox();
        let script = "#!/bin/sh\nsleep 600 &\nsetsid sleep 600 &\nsleep 600\n";
        let slow = sandbox.write_program("bin/slow", script);
        let mut command = asked.command(&sandbox);
        command.env("PIVOT_COMPLETE_PYTHON", slow);
        let child = start(command);
        wait_until(BOUNDED_S, "its children run", || {
            worker(&child).is_some_and(|pid| {
                children(pid).first().is_some_and(|shell| children(*shell).len() == 3)
            })
        });
        kill_and_wait(child);
        assert_nothing_is_alive(&sandbox);
    }
}

/// Nothing that goes on behind an answer holds what the shell waits for the end of: stdout, stderr,
/// and whatever else it had open.
#[test]
fn what_goes_on_behind_an_answer_holds_nothing_open() {
    let sandbox = stub::sandbox();
    let (reader, writer) = std::io::pipe().unwrap();
    fcntl(&writer, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
    let (stdout, from_stdout) = std::io::pipe().unwrap();
    let (stderr, from_stderr) = std::io::pipe().unwrap();
    let mut command = held_up(&sandbox, Asked::Tab, "fdatasync", "");
    command.stdout(from_stdout).stderr(from_stderr);
    let mut command = start(command);
    drop(writer);
    let ends = [reader.as_raw_fd(), stdout.as_raw_fd(), stderr.as_raw_fd()];
    let shells = ends.map(|fd| fs::read_link(format!("/proc/self/fd/{fd}")).unwrap());
    wait_until(BOUNDED_S, "the command has ended", || command.try_wait().unwrap().is_some());
    wait_until(BOUNDED_S, "it is written", || log(&sandbox).contains("fdatasync"));
    let is_engine = |pid: &i32| {
        let name = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.starts_with(b"pivot-complete")
    };
    let behind: Vec<i32> = processes_of(&sandbox).into_iter().filter(is_engine).collect();
    let open = behind.iter().flat_map(|pid| fs::read_dir(format!("/proc/{pid}/fd")).unwrap());
    let open: Vec<_> = open.filter_map(|fd| fs::read_link(fd.unwrap().path()).ok()).collect();
    end_all(&sandbox);
    assert_eq!(behind.len(), 2, "the worker, and who watches over it");
    assert!(shells.iter().all(|pipe| !open.contains(pipe)), "{shells:?} in {open:?}");
}

/// Waits for a command, and for so long at most.
#[track_caller]
fn ended_within(seconds: u64, mut child: Child) -> Ran {
    wait_until(seconds, "the command has ended", || child.try_wait().unwrap().is_some());
    child.wait_with_output().unwrap().into()
}

/// Ends what strace holds up for ever.
fn end_all(sandbox: &Sandbox) {
    for pid in processes_of(sandbox) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    assert_nothing_is_alive(sandbox);
}

/// Ends a command by SIGKILL.
fn kill_and_wait(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}
