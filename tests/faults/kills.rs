//! Random kills, by SIGKILL, of refreshes and discoveries while eight readers complete: no wrong answer, no
//! broken file, and nothing stays that one later run does not sweep.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::support::aftermath::{assert_nothing_is_alive, assert_refreshed, time_of_a_refresh};
use crate::support::oracle::Random;
use crate::support::stub::{self, Asked};
use crate::support::{Ran, Sandbox, set_mtime, soak, tally, warden, worker};

const READERS: usize = 8;

/// The config of a version, and its names.
fn text(version: usize) -> String {
    format!("train_{version}\nevaluate_{version}\n")
}

/// Puts a version there, whole: by rename, as editors do.
fn put(sandbox: &Sandbox, version: usize) {
    let new = sandbox.write("new", text(version));
    set_mtime(&new, 1_600_000_000 + version as i64, 0);
    fs::rename(new, sandbox.path("project/pipeline.py")).unwrap();
}

/// The versions that an answer may be of: the first that may have been read, and the last.
#[derive(Default)]
struct Versions {
    oldest: AtomicUsize,
    newest: AtomicUsize,
}

/// One reader: asks until it is done, and gives how often it was answered.
fn read(sandbox: &Sandbox, versions: &Versions, done: &AtomicBool, asked: Asked) -> usize {
    let mut answers = 0;
    while !done.load(Ordering::SeqCst) {
        let oldest = versions.oldest.load(Ordering::SeqCst);
        let ran: Ran = asked.command(sandbox).output().unwrap().into();
        let newest = versions.newest.load(Ordering::SeqCst);
        let names = asked.names(&ran).join("\n") + "\n";
        let is_right = (oldest..=newest).any(|version| names == text(version));
        assert!(is_right, "{asked:?} of {oldest} to {newest}: {ran:?}");
        answers += 1;
    }
    answers
}

/// Kills a command, or one of its processes, or all of its group.
fn kill_some(child: &Child, random: &mut Random) {
    let send = |pid: Option<i32>| pid.map(|pid| kill(Pid::from_raw(pid), Signal::SIGKILL));
    let _ = match random.below(4) {
        0 => send(Some(child.id() as i32)),
        1 => send(worker(child)),
        2 => send(warden(child)),
        _ => Some(killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL)),
    };
}

#[test]
fn random_kills_while_eight_readers_complete() {
    let kills = soak::count(60, 1_000);
    let sandbox = stub::sandbox();
    let mut random = Random(soak::seed());
    put(&sandbox, 0);
    let whole = time_of_a_refresh(&sandbox);
    let (versions, done) = (Versions::default(), AtomicBool::new(false));
    let answers = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|number| {
                let (sandbox, versions, done) = (&sandbox, &versions, &done);
                scope.spawn(move || read(sandbox, versions, done, Asked::ALL[number % 2]))
            })
            .collect();
        for number in 1..=kills {
            if number % 4 == 0 {
                versions.newest.store(number, Ordering::SeqCst);
                put(&sandbox, number);
                versions.oldest.store(number, Ordering::SeqCst);
            }
            let arguments = if number % 2 == 0 { "refresh" } else { "stages" };
            let mut command = sandbox.front_in("project", &[arguments]);
            command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(whole * random.below(300) as u32 / 100);
            kill_some(&child, &mut random);
            child.wait().unwrap();
            if readers.iter().any(std::thread::ScopedJoinHandle::is_finished) {
                break;
            }
        }
        done.store(true, Ordering::SeqCst);
        readers.into_iter().map(|reader| reader.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(answers.iter().all(|count| *count > 0), "{answers:?}");
    assert_nothing_is_alive(&sandbox);
    assert_refreshed(&sandbox);
    assert_eq!(sandbox.listing("tmp"), [""; 0]);
    tally::survived(kills);
}
