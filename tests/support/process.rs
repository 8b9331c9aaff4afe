//! Commands: run, started, waited for, and looked at while they run.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use super::settle;

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
}

impl Ran {
    /// The lines of stdout, for a command that answered and did not complain.
    #[track_caller]
    pub fn lines(&self) -> Vec<&str> {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout.lines().collect()
    }

    /// The candidates of a TAB in bash's protocol.
    #[track_caller]
    pub fn candidates(&self) -> Vec<&str> {
        self.lines().into_iter().filter_map(|line| line.strip_prefix("plain,")).collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// What a Python that imports numpy is told, as Pivot's does: its threads, one for each processor, compute
/// while they wait, which is a fifth of what a discovery costs.
pub const ONE_THREAD: (&str, &str) = ("OPENBLAS_NUM_THREADS", "1");

/// Runs `command` to its end, and a TAB to the end of what it does behind its answer.
#[track_caller]
pub fn ran(mut command: Command) -> Ran {
    let ran = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}")).into();
    let variable = |name| command.get_envs().find(|(key, _)| *key == name)?.1;
    if let (Some(home), Some(_)) = (variable("HOME"), variable("COMP_WORDS")) {
        settle(Path::new(home));
    }
    ran
}

/// The processes that a process has started and that are still its own.
pub fn children(pid: i32) -> Vec<i32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let listed = listed.unwrap_or_default();
    listed.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// The process that works for a command, once there is one: the child of its child, which watches over
/// it.
pub fn worker(command: &Child) -> Option<i32> {
    children(warden(command)?).first().copied()
}

/// The process that watches over the worker of a command.
pub fn warden(command: &Child) -> Option<i32> {
    children(command.id() as i32).first().copied()
}

/// Timeouts, in seconds, for what must be under way when its time is over: the first will do on a
/// quiet machine, a later one on a busy one.
pub const TIMEOUTS_S: [u64; 5] = [2, 4, 8, 16, 32];

/// Starts `command`.
#[track_caller]
pub fn start(mut command: Command) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Does `run` with each case, several at a time: for what waits more than it works.
///
/// All programs that the cases need must have been written before: a process that is forked while
/// one is written would hold it open, and nobody could execute it.
pub fn several_at_a_time<T: Send>(cases: Vec<T>, run: impl Fn(T) + Sync) {
    let cases = std::sync::Mutex::new(cases.into_iter());
    let next = || cases.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = next() {
                    run(case);
                }
            });
        }
    });
}

/// What takes longer than this hangs, however busy the machine is; and still less than the
/// timeouts of what is tested, so that one which was waited out is seen.
pub const HANGS_S: u64 = 60;

/// Waits until `condition` holds, for `seconds` or as long as a busy machine may need.
#[track_caller]
pub fn wait_until(seconds: u64, what: &str, mut condition: impl FnMut() -> bool) {
    let seconds = seconds.max(HANGS_S);
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !condition() {
        assert!(Instant::now() < deadline, "not within {seconds} s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process with this number lives and is no zombie.
pub fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().starts_with(" Z"))
}

/// Whether a command has begun to listen for Ctrl-C and its kin: before, they end it.
pub fn listens(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    // The last that is asked for.
    caught & (1 << (nix::libc::SIGQUIT - 1)) != 0
}

/// Whether the worker of `child` has `file` open, as those do who wait for a lock.
pub fn has_open(child: &Child, file: &Path) -> bool {
    let descriptors = worker(child).map(|pid| fs::read_dir(format!("/proc/{pid}/fd")));
    descriptors
        .into_iter()
        .flatten()
        .flatten()
        .flatten()
        .any(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|target| target == file))
}
