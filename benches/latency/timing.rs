//! Starts programs and takes the time until they have ended.

use std::fs::File;
use std::io::{Write, stderr, stdin, stdout};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout};

/// One thing to measure.
pub struct Candidate<'a> {
    /// Its row's name.
    pub name: &'static str,
    /// Where it is started.
    pub directory: PathBuf,
    /// What is started, made anew for each run.
    pub command: Box<dyn Fn() -> Command + 'a>,
    /// What happens before each run, and is no part of it.
    pub before: Box<dyn Fn() + 'a>,
}

impl<'a> Candidate<'a> {
    /// Nothing happens before it.
    pub fn new(
        name: &'static str,
        directory: &std::path::Path,
        command: impl Fn() -> Command + 'a,
    ) -> Self {
        let directory = directory.to_path_buf();
        Self { name, directory, command: Box::new(command), before: Box::new(|| {}) }
    }

    /// The same, after `before`.
    pub fn after(self, before: impl Fn() + 'a) -> Self {
        Self { before: Box::new(before), ..self }
    }
}

/// What one candidate took.
pub struct Row {
    /// The candidate's name.
    pub name: &'static str,
    /// Microseconds, sorted.
    times: Vec<f64>,
}

impl Row {
    /// A row of these times, in microseconds.
    pub fn new(name: &'static str, mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self { name, times }
    }

    /// The time that `percent` of the runs did not exceed, in microseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        self.times[(self.times.len() - 1) * percent / 100]
    }

    /// The median, in microseconds.
    pub fn median(&self) -> f64 {
        self.percentile(50)
    }
}

/// Times every candidate `rounds` times, one after the other in each round, so that a noisy moment
/// of the machine hits all of them.
pub fn interleave(candidates: &[Candidate<'_>], rounds: usize) -> Vec<Row> {
    let mut times = vec![Vec::new(); candidates.len()];
    for _ in 0..rounds {
        for (times, candidate) in times.iter_mut().zip(candidates) {
            (candidate.before)();
            // Not by the command: what it sets up by itself would be part of the time.
            std::env::set_current_dir(&candidate.directory).expect("a directory");
            times.push(microseconds(time((candidate.command)())));
        }
    }
    candidates.iter().zip(times).map(|(candidate, times)| Row::new(candidate.name, times)).collect()
}

fn time(mut command: Command) -> Duration {
    let start = Instant::now();
    let done = command.spawn().and_then(|mut child| child.wait()).expect("a run");
    let elapsed = start.elapsed();
    assert!(done.success(), "{command:?}: {done}");
    elapsed
}

/// A duration as the rows have it.
pub fn microseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1_000.0
}

/// Points the three standard streams to nowhere while programs are timed: what they inherit needs
/// no set-up of its own in each start.
pub struct Quiet {
    streams: [OwnedFd; 3],
}

impl Quiet {
    /// From now on.
    pub fn start() -> Self {
        let null = File::options().read(true).write(true).open("/dev/null").expect("/dev/null");
        let kept = |fd: BorrowedFd<'_>| fd.try_clone_to_owned().expect("a stream");
        let streams = [kept(stdin().as_fd()), kept(stdout().as_fd()), kept(stderr().as_fd())];
        // What goes wrong is said all the same.
        let said = Mutex::new(File::from(kept(stderr().as_fd())));
        panic::set_hook(Box::new(move |why| {
            let _ = said.lock().map(|mut said| writeln!(said, "{why}"));
        }));
        Self::point([null.as_fd(); 3]);
        Self { streams }
    }

    fn point([first, second, third]: [BorrowedFd<'_>; 3]) {
        dup2_stdin(first).and(dup2_stdout(second)).and(dup2_stderr(third)).expect("dup2");
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let [first, second, third] = &self.streams;
        Self::point([first.as_fd(), second.as_fd(), third.as_fd()]);
    }
}
