//! Benchmarks of whole processes, as ratios: `cargo bench --bench latency`.
//!
//! The candidates are started in turn, so that a noisy moment of the machine hits all of them.
//! The floor is an empty program without libc: what fork, exec and wait cost by themselves. Real
//! Pivot comes from the environment that `scripts/set-up` prints. With `--check` the ratios that
//! the project promises are asserted.

use std::fs::{self, File};
use std::io::{stderr, stdin, stdout};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout};

const STAGES: usize = 108;
const FAST_ROUNDS: usize = 2_000;
const SLOW_ROUNDS: usize = 15;

fn main() {
    let check = std::env::args().any(|argument| argument == "--check");
    let bench = Bench::set_up();
    let quiet = Quiet::start();
    let fast = bench.fast();
    let slow = bench.slow();
    quiet.end();
    let floor = median(&fast[0].times);
    println!("{:<44} {:>12} {:>12} {:>10}", "", "median µs", "p99 µs", "of floor");
    for row in fast.iter().chain(&slow) {
        let ratio = median(&row.times) / floor;
        println!(
            "{:<44} {:>12.1} {:>12.1} {:>10.2}",
            row.name,
            median(&row.times),
            percentile(&row.times, 99),
            ratio
        );
    }
    let of = |name: &str| {
        let row = fast.iter().chain(&slow).find(|row| row.name == name).expect("a row");
        median(&row.times)
    };
    let hit = of("front: stages, hit");
    let promises = [
        ("hit / floor", hit / floor, 1.35),
        ("hit / true", hit / of("true"), 0.2),
        ("hit * 5000 / Pivot's hit", hit * 5_000.0 / of("Pivot: repro <TAB>, hit"), 1.0),
        ("miss - discovery, ms", (of("stages, miss") - of("bare discovery")) / 1_000.0, 60.0),
        ("miss / Pivot's miss", of("stages, miss") / of("Pivot: repro <TAB>, miss"), 1.0),
    ];
    println!();
    let mut kept = true;
    for (name, value, bound) in promises {
        let verdict = if value <= bound { "kept" } else { "BROKEN" };
        kept &= value <= bound;
        println!("{name:<32} {value:>8.3}  at most {bound:>6.2}  {verdict}");
    }
    if check && !kept {
        std::process::exit(1);
    }
}

struct Row {
    name: &'static str,
    /// Microseconds.
    times: Vec<f64>,
}

struct Bench {
    directory: PathBuf,
    project: PathBuf,
    venv: PathBuf,
    floor: PathBuf,
}

/// Points the three standard streams to nowhere while programs are timed: what they inherit needs
/// no set-up of its own in each start.
struct Quiet {
    streams: [OwnedFd; 3],
}

impl Quiet {
    fn start() -> Self {
        let null = File::options().read(true).write(true).open("/dev/null").expect("/dev/null");
        let kept = |fd: BorrowedFd<'_>| fd.try_clone_to_owned().expect("a stream");
        let streams = [kept(stdin().as_fd()), kept(stdout().as_fd()), kept(stderr().as_fd())];
        Self::point([null.as_fd(); 3]);
        Self { streams }
    }

    fn end(self) {
        let [first, second, third] = &self.streams;
        Self::point([first.as_fd(), second.as_fd(), third.as_fd()]);
    }

    fn point([first, second, third]: [BorrowedFd<'_>; 3]) {
        dup2_stdin(first).and(dup2_stdout(second)).and(dup2_stderr(third)).expect("dup2");
    }
}

impl Bench {
    fn set_up() -> Self {
        let venv = PathBuf::from(
            std::env::var_os("PIVOT_COMPLETE_TEST_VENV_0511")
                .expect("PIVOT_COMPLETE_TEST_VENV_0511; run scripts/bench"),
        );
        let directory = std::env::temp_dir().join(format!("pivot-bench-{}", std::process::id()));
        let project = directory.join("project");
        fs::create_dir_all(project.join(".pivot")).expect("a project");
        fs::write(project.join("pipeline.py"), pipeline()).expect("a pipeline");
        let floor = directory.join("floor");
        build_floor(&floor);
        // Once for all: what a command sets up by itself is no part of the program's time.
        std::env::set_current_dir(&project).expect("a project");
        Self { directory, project, venv, floor }
    }

    /// The floor first, then what is measured against it.
    fn fast(&self) -> Vec<Row> {
        let front = Path::new(env!("CARGO_BIN_EXE_pivot-complete"));
        self.miss(&self.stages(front));
        let complete = || {
            let mut command = self.command(front);
            command.args(["complete", "bash"]);
            command.env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
            command
        };
        let candidates: [(&str, &dyn Fn() -> Command); 4] = [
            ("floor: an empty program", &|| self.command(&self.floor)),
            ("front: stages, hit", &|| self.stages(front)),
            ("front: complete bash, hit", &complete),
            ("true", &|| self.command(Path::new("/bin/true"))),
        ];
        interleave(&candidates, FAST_ROUNDS, || {})
    }

    fn slow(&self) -> Vec<Row> {
        let front = Path::new(env!("CARGO_BIN_EXE_pivot-complete"));
        let cache = self.project.join(".pivot/cache");
        let forget = || {
            let _ = fs::remove_dir_all(&cache);
        };
        let python = self.venv.join("bin/python");
        let discovery = || {
            let mut command = self.command(&python);
            let script = "from pivot import discovery; discovery.discover_pipeline().list_stages()";
            command.args(["-c", script]);
            command
        };
        let mut rows = interleave(
            &[
                ("bare discovery", &discovery),
                ("stages, miss", &|| self.stages(front)),
                ("Pivot: repro <TAB>, miss", &|| self.pivot()),
            ],
            SLOW_ROUNDS,
            forget,
        );
        self.miss(&self.pivot());
        rows.extend(interleave(
            &[("Pivot: repro <TAB>, hit", &|| self.pivot())],
            SLOW_ROUNDS,
            || {},
        ));
        rows
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:/usr/bin:/bin", self.venv.join("bin").display());
        command.env_clear().env("PATH", path).env("HOME", "/");
        command
    }

    fn stages(&self, front: &Path) -> Command {
        let mut command = self.command(front);
        command.arg("stages");
        command
    }

    fn pivot(&self) -> Command {
        let mut command = self.command(&self.venv.join("bin/pivot"));
        command.env("_PIVOT_COMPLETE", "bash_complete");
        command.env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
        command
    }

    /// Runs once, so that there is a cache.
    fn miss(&self, command: &Command) {
        let mut again = Command::new(command.get_program());
        again.args(command.get_args()).env_clear();
        again.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let done = again.status().expect("a run");
        assert!(done.success(), "{again:?}: {done}");
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Times every candidate `rounds` times, one after the other in each round.
fn interleave(
    candidates: &[(&'static str, &dyn Fn() -> Command)],
    rounds: usize,
    before: impl Fn(),
) -> Vec<Row> {
    let mut rows: Vec<Row> =
        candidates.iter().map(|(name, _)| Row { name, times: Vec::new() }).collect();
    for _ in 0..rounds {
        for (row, (_, candidate)) in rows.iter_mut().zip(candidates) {
            before();
            row.times.push(time(candidate()).as_nanos() as f64 / 1_000.0);
        }
    }
    for row in &mut rows {
        row.times.sort_by(f64::total_cmp);
    }
    rows
}

fn time(mut command: Command) -> Duration {
    let start = Instant::now();
    let done = command.spawn().and_then(|mut child| child.wait()).expect("a run");
    let elapsed = start.elapsed();
    assert!(done.success(), "{command:?}: {done}");
    elapsed
}

fn median(sorted: &[f64]) -> f64 {
    percentile(sorted, 50)
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100]
}

/// A pipeline behind pandas, as real ones are.
fn pipeline() -> String {
    let mut text = String::from("import pandas\nfrom pivot import Pipeline, stage\n");
    for index in 0..STAGES {
        text += &format!("@stage\ndef stage_{index:03}() -> dict:\n    return {{}}\n");
    }
    text += "pipeline = Pipeline('demo')\nwith pipeline:\n";
    for index in 0..STAGES {
        text += &format!("    stage_{index:03}()\n");
    }
    text
}

/// Builds a program that only exits.
fn build_floor(program: &Path) {
    let source = program.with_extension("s");
    let text = ".globl _start\n_start:\n mov $60, %eax\n xor %edi, %edi\n syscall\n";
    fs::write(&source, text).expect("a source");
    let built = Command::new("cc")
        .args(["-nostdlib", "-static", "-o"])
        .args([program, source.as_path()])
        .status()
        .expect("cc");
    assert!(built.success(), "cc: {built}");
}
