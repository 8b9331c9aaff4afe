//! What a pipeline leaves to its own end: objects in shared memory, temporary files, exit handlers. However
//! its discovery ends, that is seen to, and nobody waits for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::aftermath::assert_nothing_is_alive;
use crate::support::stub::Asked;
use crate::support::{Ran, Sandbox, is_alive, listens, pipeline_0511, soak, start, wait_until};

/// How a discovery ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Answered,
    /// And then what it does at its end takes for ever.
    EndsSlowly,
    TimedOut,
    Interrupted,
}

/// Makes what multiprocessing and loky keep in /dev/shm; joblib's folders are loky's, too.
const SHARES: &str = r#"
import glob, multiprocessing, os, tempfile, time
from multiprocessing import shared_memory
from loky import get_reusable_executor
from loky.backend import resource_tracker

memory = shared_memory.SharedMemory(create=True, size=64)
semaphore = multiprocessing.get_context("spawn").Semaphore(1)
pool = get_reusable_executor(2)
pool.submit(abs, 1).result()
folder = tempfile.mkdtemp(prefix="joblib_memmapping_folder_", dir="/dev/shm")
resource_tracker.register(folder, "folder")
held = [folder, "/dev/shm/" + memory.name, "/dev/shm/sem." + semaphore._semlock.name[1:]]
held += glob.glob(f"/dev/shm/sem.loky-{os.getpid()}-*")
"#;

/// Makes temporary files, in the sandbox.
const FILES: &str = r#"
import atexit, os, tempfile, time

file = tempfile.NamedTemporaryFile()
directory = tempfile.TemporaryDirectory()
by_handler = tempfile.mkdtemp()
atexit.register(os.rmdir, by_handler)
held = [file.name, directory.name, by_handler]
"#;

/// Says what is held, which must be there by then.
const TELLS: &str = r#"
assert all(map(os.path.exists, held)), held
with open("../held.new", "w") as told:
    told.write("\n".join(held))
os.rename("../held.new", "../held")
"#;

/// Paths that a pipeline says it holds.
fn held(sandbox: &Sandbox) -> Option<Vec<PathBuf>> {
    let told = fs::read_to_string(sandbox.path("held")).ok()?;
    Some(told.lines().map(PathBuf::from).collect())
}

#[track_caller]
fn leaves_nothing(makes: &str, count: usize) {
    for end in [End::Answered, End::EndsSlowly, End::TimedOut, End::Interrupted] {
        for asked in soak::in_turn(Asked::ALL) {
            let hangs = match end {
                End::Answered => "",
                End::EndsSlowly => "import atexit; atexit.register(time.sleep, 600)\n",
                End::TimedOut | End::Interrupted => "time.sleep(600)\n",
            };
            let pipeline = [makes, TELLS, hangs, &pipeline_0511("demo", &["train"])].concat();
            let mut sandbox = Sandbox::project(&pipeline);
            let temporary = sandbox.make_directory("tmp");
            sandbox.set("TMPDIR", temporary);
            sandbox.describe_pivot();
            if end == End::TimedOut {
                sandbox.set("PIVOT_COMPLETE_TIMEOUT", "8");
            }
            let command = start(asked.command(&sandbox));
            wait_until(60, "the pipeline runs", || held(&sandbox).is_some());
            let held = held(&sandbox).unwrap();
            if end == End::Interrupted {
                wait_until(60, "it listens", || listens(&command));
                kill(Pid::from_raw(command.id() as i32), Signal::SIGINT).unwrap();
            }
            let ran = Ran::from(command.wait_with_output().unwrap());
            let is_answered = matches!(end, End::Answered | End::EndsSlowly);
            assert_eq!(ran.stdout.contains("demo/train"), is_answered, "{ran:?}");
            assert!(held.len() >= count, "{held:?}");
            assert_nothing_is_alive(&sandbox);
            let left: Vec<&PathBuf> = held.iter().filter(|path| path.exists()).collect();
            assert!(left.is_empty(), "{end:?}, {asked:?}: {left:?}");
        }
    }
}

/// multiprocessing's and loky's resource trackers clean up once all others have ended.
#[test]
fn what_is_shared_by_processes_is_removed() {
    leaves_nothing(SHARES, 4);
}

/// Some by exit handlers, others by finalizers alone.
#[test]
fn temporary_files_are_removed() {
    leaves_nothing(FILES, 3);
}

/// A tracker that the pipeline's end does not reach is no reason to stay, nor one who only looks like it.
#[test]
fn who_outlives_the_others_on_purpose_is_ended_too() {
    let makes = "import os, signal, time\nfor leave in [False, True]:\n    \
                 if os.fork() == 0:\n        leave and os.setsid()\n        \
                 signal.signal(signal.SIGINT, signal.SIG_IGN)\n        \
                 signal.signal(signal.SIGTERM, signal.SIG_IGN)\n        time.sleep(600)\n        \
                 os._exit(0)\nheld = []\n";
    leaves_nothing(makes, 0);
}

/// The lock is given back while the exit handlers still run, and the next TAB is a hit.
#[test]
fn exit_handlers_that_hang_hold_up_no_tab() {
    let hangs = "import atexit, os, time\nopen('../pid', 'w').write(str(os.getpid()))\n\
                 atexit.register(time.sleep, 600)\n";
    let sandbox = Sandbox::project(&[hangs, &pipeline_0511("demo", &["train"])].concat());
    sandbox.describe_pivot();
    let lock = sandbox.path("project/.pivot/cache/complete.lock");
    // Without waiting for what goes on behind it.
    let tab = || start(sandbox.tab_command("project", &["pivot", "repro", "demo/"]));
    let began = Instant::now();
    assert_eq!(Ran::from(tab().wait_with_output().unwrap()).candidates(), ["demo/train"]);
    wait_until(60, "the lock is given back", || !lock.exists());
    let is_running = is_alive(pid_in(&sandbox.path("pid")));
    assert!(is_running, "its end was waited for: {:?}", began.elapsed());
    assert_eq!(Ran::from(tab().wait_with_output().unwrap()).candidates(), ["demo/train"]);
    assert!(is_alive(pid_in(&sandbox.path("pid"))), "the next TAB waited: {:?}", began.elapsed());
    assert_nothing_is_alive(&sandbox);
}

fn pid_in(file: &Path) -> i32 {
    fs::read_to_string(file).unwrap().parse().unwrap()
}
