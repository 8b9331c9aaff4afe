//! The watcher, with a real Pivot: no TAB waits behind a save; and it leaves nothing behind.

mod edits;
mod left;
mod replaced;
mod survives;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{HANGS_S, Sandbox, children, is_alive, ran, soak, wait_until};

const PIPELINE: &str = "import os, time\nimport names\nfrom pivot import Pipeline, stage\n\
    @stage\ndef fit() -> dict:\n    return {}\n\
    pipeline = Pipeline('demo')\nwith pipeline:\n    for name in names.NAMES:\n        \
    with pipeline.variant(name):\n            fit()\n";

/// A project of the newest Pivot whose stages are what `names.py` says.
fn project() -> Sandbox {
    let mut sandbox = Sandbox::project(PIPELINE);
    sandbox.make_directory("run");
    let run = sandbox.path("run");
    sandbox.set("XDG_RUNTIME_DIR", run);
    sandbox.write("project/names.py", "NAMES = ['a']\n");
    sandbox.start_trace();
    sandbox
}

/// A process that stands for a shell, until it is dropped.
struct Shell(Child);

impl Shell {
    fn new() -> Self {
        Self(Command::new("sleep").arg("infinity").stdin(Stdio::null()).spawn().unwrap())
    }

    /// Its prompt comes.
    fn prompt(&self, sandbox: &Sandbox) {
        self.prompt_with(sandbox.front_in("project", &[]));
    }

    /// The same by a command that is in a directory, and has an environment.
    fn prompt_with(&self, mut command: Command) {
        let said = ran({
            command.args(["watch", "--behind", &self.0.id().to_string()]);
            command
        });
        assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (0, "", ""));
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ends a watcher that a test has left.
struct Watched<'a>(&'a Sandbox);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        for watcher in watchers(self.0) {
            let _ = kill(Pid::from_raw(watcher), Signal::SIGTERM);
        }
    }
}

fn rooms(sandbox: &Sandbox) -> Vec<PathBuf> {
    let rooms = fs::read_dir(sandbox.path("run/pivot-complete"));
    let mut rooms: Vec<PathBuf> =
        rooms.into_iter().flatten().map(|room| room.unwrap().path()).collect();
    rooms.sort();
    rooms
}

/// Their process ids.
fn watchers(sandbox: &Sandbox) -> Vec<i32> {
    let id = |room: PathBuf| fs::read_to_string(room.join("lock")).ok()?.trim().parse().ok();
    rooms(sandbox).into_iter().filter_map(id).collect()
}

/// What a fresh cache says, without anything being run for it.
fn cached(sandbox: &Sandbox) -> Option<String> {
    let said = ran(sandbox.front_in("project", &["stages", "--cached"]));
    (said.code == 0).then_some(said.stdout)
}

/// Waits; fails with what watcher and prompts have done.
#[track_caller]
fn wait_for(what: &str, sandbox: &Sandbox, mut condition: impl FnMut() -> bool) {
    for _ in 0..5 * HANGS_S {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let at_work = watchers(sandbox).into_iter().map(at_work).collect::<String>();
    let trace = fs::read_to_string(sandbox.path("trace")).unwrap_or_default();
    let is_watchers = |line: &&str| line.contains(" prewarm ") || line.contains(" watch ");
    let decisions: Vec<_> = trace.lines().filter(is_watchers).collect();
    let last = &decisions[decisions.len().saturating_sub(20)..];
    let said = sandbox.run(&["doctor"]).stdout;
    panic!("{what}: {last:#?}\n{at_work}{said}");
}

/// A process and all below it: what they are, and what they wait in.
fn at_work(process: i32) -> String {
    let of = |what: &str| fs::read_to_string(format!("/proc/{process}/{what}")).unwrap_or_default();
    let words = of("cmdline").replace('\0', " ");
    let below: String = children(process).into_iter().map(at_work).collect();
    format!("{process} {words}: {}, {}\n{below}", of("wchan"), of("syscall").trim())
}

#[track_caller]
fn becomes_a_hit(sandbox: &Sandbox, names: &str) {
    let wanted: String = names.split(' ').map(|name| format!("demo/fit@{name}\n")).collect();
    let is_known = || cached(sandbox).as_deref() == Some(&wanted);
    wait_for(names, sandbox, is_known);
}

/// A shell at its first prompt, behind which the project was discovered, and the watcher.
fn begun(sandbox: &Sandbox) -> (Shell, i32) {
    begun_by(sandbox, sandbox.front_in("project", &[]))
}

/// The same by a command of one's own.
fn begun_by(sandbox: &Sandbox, command: Command) -> (Shell, i32) {
    let shell = Shell::new();
    shell.prompt_with(command);
    becomes_a_hit(sandbox, "a");
    (shell, watchers(sandbox)[0])
}

#[test]
fn what_is_saved_is_known_before_a_tab() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (_shell, _) = begun(&sandbox);
    sandbox.write("project/names.py", "NAMES = ['a', 'b']\n");
    becomes_a_hit(&sandbox, "a b");
    // An editor that writes another file and gives it the name.
    sandbox.write("project/names.py~", "NAMES = ['c']\n");
    fs::rename(sandbox.path("project/names.py~"), sandbox.path("project/names.py")).unwrap();
    becomes_a_hit(&sandbox, "c");
    // A module that shadows it.
    sandbox.write("project/names/__init__.py", "NAMES = ['d']\n");
    becomes_a_hit(&sandbox, "d");
    // The whole project is another one.
    fs::rename(sandbox.path("project"), sandbox.path("elsewhere")).unwrap();
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/names.py", "NAMES = ['e']\n");
    sandbox.write("project/pipeline.py", PIPELINE);
    becomes_a_hit(&sandbox, "e");
    let doctor = sandbox.front_in("project", &["doctor"]);
    let watcher = watchers(&sandbox)[0];
    let said = ran(doctor).stdout;
    assert!(said.contains(&format!("process {watcher} discovers behind each save")), "{said}");
}

#[test]
fn what_the_shell_has_set_since_counts() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    sandbox.write("project/names.py", "import os\nNAMES = [os.environ.get('WHICH', 'none')]\n");
    let shell = Shell::new();
    shell.prompt(&sandbox);
    becomes_a_hit(&sandbox, "none");
    let with = |which: &str| {
        let mut command = sandbox.front_in("project", &[]);
        command.env("WHICH", which);
        command
    };
    shell.prompt_with(with("x"));
    let is_known = || {
        let mut asked = with("x");
        asked.args(["stages", "--cached"]);
        ran(asked).stdout == "demo/fit@x\n"
    };
    wait_until(100, "x", is_known);
    // One and the same.
    assert_eq!(watchers(&sandbox).len(), 1);
}

#[test]
fn it_ends_with_the_last_shell_and_leaves_nothing() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (first, second) = (Shell::new(), Shell::new());
    first.prompt(&sandbox);
    second.prompt(&sandbox);
    becomes_a_hit(&sandbox, "a");
    wait_until(100, "one watcher", || watchers(&sandbox).len() == 1);
    let watcher = watchers(&sandbox)[0];
    drop(first);
    sandbox.write("project/names.py", "NAMES = ['b']\n");
    becomes_a_hit(&sandbox, "b");
    assert!(is_alive(watcher), "for the second shell");
    drop(second);
    wait_until(100, "it ends", || !is_alive(watcher));
    assert_eq!(rooms(&sandbox), Vec::<PathBuf>::new());
}

#[test]
fn idle_it_does_nothing_and_is_small() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (shell, watcher) = begun(&sandbox);
    let status = |name: &str| -> u64 {
        let status = fs::read_to_string(format!("/proc/{watcher}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_matches(|char: char| !char.is_ascii_digit()).parse().unwrap()
    };
    // A second look, behind the watches that the first one had set, is the last.
    let has_looked = |line: &String| line.contains("prewarmed fresh");
    wait_for("a second look", &sandbox, || sandbox.trace().iter().any(has_looked));
    let is_quiet = |seconds| {
        let before = status("voluntary_ctxt_switches:");
        std::thread::sleep(Duration::from_secs(seconds));
        status("voluntary_ctxt_switches:") == before
    };
    wait_until(100, "it sleeps", || is_quiet(5));
    assert!(is_quiet(soak::count(5, 60)), "it does so however long it is watched");
    let own_kib = status("RssAnon:");
    assert!(own_kib <= 3 << 10, "{own_kib} KiB");
    // A prompt with nothing new wakes nobody.
    let before = status("voluntary_ctxt_switches:");
    shell.prompt(&sandbox);
    assert_eq!(status("voluntary_ctxt_switches:"), before);
    // Nor do files that no discovery looked at.
    fs::write(sandbox.path("project/log.txt"), "x").unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let looks =
        |sandbox: &Sandbox| sandbox.trace().iter().filter(|line| line.contains("prewarm")).count();
    let before = looks(&sandbox);
    fs::write(sandbox.path("project/log.txt"), "y").unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(looks(&sandbox), before);
}

/// Has the watcher be in the midst of a discovery that takes very long, as soon as something is in the
/// way of it; says what would find `b`, too.
fn discovers_slowly(sandbox: &Sandbox) -> (Shell, String) {
    let slow = "import time, os\nNAMES = ['a']\nprint(1, file=open('begun', 'a'))\n\
                time.sleep(200 if os.path.exists('slow') else 0)\n";
    sandbox.write("project/names.py", slow);
    let (shell, _) = begun(sandbox);
    sandbox.write("project/slow", "");
    let lines = || fs::read_to_string(sandbox.path("project/begun")).unwrap_or_default();
    let before = lines().len();
    let other = slow.to_owned() + "# Another.\nNAMES += ['b']\n";
    sandbox.write("project/names.py", &other);
    wait_until(100, "the watcher discovers", || lines().len() > before);
    (shell, other)
}

#[test]
fn a_save_ends_the_discovery_of_what_was_there_before() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (_shell, other) = discovers_slowly(&sandbox);
    // It takes four times as long as any of this, and rests as long.
    sandbox.write("project/names.py", other.replace("200", "0"));
    becomes_a_hit(&sandbox, "a b");
}

#[test]
fn a_look_that_is_killed_is_made_again() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let _shell = discovers_slowly(&sandbox);
    let looks = children(watchers(&sandbox)[0]);
    assert!(!looks.is_empty());
    let begun = || fs::read_to_string(sandbox.path("project/begun")).unwrap().len();
    let before = begun();
    for look in looks {
        kill(Pid::from_raw(look), Signal::SIGKILL).unwrap();
    }
    // Nothing was saved meanwhile.
    wait_until(100, "another look", || begun() > before);
}

#[test]
fn a_pipeline_that_writes_its_inputs_is_discovered() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let writes = "import time\nopen('own', 'w').write(str(time.time()))\nopen('own').read()\n\
                  time.sleep(1)\n";
    sandbox.write("project/names.py", format!("{writes}NAMES = ['a']\n"));
    let (_shell, _) = begun(&sandbox);
    for name in ["b", "c"] {
        sandbox.write("project/names.py", format!("{writes}NAMES = ['{name}']\n"));
        becomes_a_hit(&sandbox, name);
    }
    // It has learned by then who writes there: no look is given up any more.
    let given_up =
        || sandbox.trace().iter().filter(|line| line.contains("nothing interrupted")).count();
    let before = given_up();
    sandbox.write("project/names.py", format!("{writes}NAMES = ['d']\n"));
    becomes_a_hit(&sandbox, "d");
    assert_eq!(given_up(), before);
}

#[test]
fn a_tab_goes_before_its_discovery() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let _shell = discovers_slowly(&sandbox);
    fs::remove_file(sandbox.path("project/slow")).unwrap();
    let said = ran(sandbox.front_in("project", &["stages"]));
    assert_eq!((said.code, said.stdout.as_str()), (0, "demo/fit@a\ndemo/fit@b\n"));
}

#[test]
fn in_the_foreground_it_says_what_it_does() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let mut command = sandbox.front_in("project", &["watch"]);
    let out = fs::File::create(sandbox.path("said")).unwrap();
    command.stdout(out.try_clone().unwrap()).stderr(out);
    let mut running = command.spawn().unwrap();
    becomes_a_hit(&sandbox, "a");
    let said = || fs::read_to_string(sandbox.path("said")).unwrap();
    wait_until(100, "it says so", || said().contains("1 stages (discovered)"));
    // A second one has nothing to do.
    let second = ran(sandbox.front_in("project", &["watch"]));
    assert_eq!(second.code, 1);
    assert!(second.stderr.contains("already"), "{second:?}");
    kill(Pid::from_raw(running.id() as i32), Signal::SIGINT).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert_eq!(rooms(&sandbox), Vec::<PathBuf>::new());
}

#[test]
fn where_a_tab_may_not_discover_nobody_watches() {
    let mut sandbox = project();
    sandbox.set("PIVOT_COMPLETE_TRUST", "explicit");
    let shell = Shell::new();
    shell.prompt(&sandbox);
    let foreground = ran(sandbox.front_in("project", &["watch"]));
    assert_eq!(foreground.code, 1, "{foreground:?}");
    assert!(foreground.stderr.contains("not trusted"), "{foreground:?}");
    let mut never = sandbox.front_in("project", &[]);
    never.env("PIVOT_COMPLETE_ON_MISS", "never");
    shell.prompt_with(never);
    let mut off = sandbox.front_in("project", &[]);
    off.env("PIVOT_COMPLETE_TRUST", "owner").env("PIVOT_COMPLETE_OFF", "1");
    shell.prompt_with(off);
    shell.prompt_with(sandbox.front_in("home", &[]));
    assert_eq!(rooms(&sandbox), Vec::<PathBuf>::new());
}
