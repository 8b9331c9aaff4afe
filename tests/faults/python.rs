//! Pythons that are missing, crash, flood, hang, exit and fork away. Bounded, silent at a
//! TAB, and nothing left alive where the time was over.

use std::fs;
use std::sync::Mutex;
use std::time::Instant;

use crate::support::aftermath::{assert_no_litter, assert_nothing_is_alive, ran_within};
use crate::support::stub::Asked;
use crate::support::{Ran, Sandbox, pipeline_0511, several_at_a_time, soak};

/// `PIVOT_COMPLETE_TIMEOUT` where the time shall be over.
const TIMEOUT_S: u64 = 2;

/// When a command must have ended, if the machine is not busy.
const BOUNDED_S: u64 = 20;

/// What a faulty pipeline comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The names of the pipeline, whatever else happens.
    Answered,
    /// No answer; `stages` says this.
    Failed(&'static str),
    /// No answer within [`TIMEOUT_S`], and nothing of it alive afterwards.
    TimedOut,
}

use Outcome::{Answered, Failed, TimedOut};

/// What stands at the head of a real `pipeline.py`, and what comes of it.
const PIPELINES: &[(&str, &str, Outcome)] = &[
    ("noise", "print('noise ' * 1000); os.write(1, b'noise'); os.write(2, b'noise')", Answered),
    ("10 MB of stderr", "for _ in range(10): sys.stderr.write('e' * 1_000_000)", Answered),
    (
        "10 MB of stderr, then a failure",
        "for _ in range(10): sys.stderr.write('e' * 1_000_000)\nraise RuntimeError('on purpose')",
        Failed("on purpose"),
    ),
    ("10 MB of stdout", "for _ in range(10): os.write(1, b'o' * 1_000_000)", Answered),
    ("a crash", "import signal; os.kill(os.getpid(), signal.SIGSEGV)", Failed("SIGSEGV")),
    ("a crash with words", "os.write(2, b'last words'); os.abort()", Failed("last words")),
    ("sys.exit", "sys.exit(3)", Failed("called sys.exit(3)")),
    ("sys.exit with words", "sys.exit('these words')", Failed("these words")),
    ("os._exit(0)", "os._exit(0)", Failed("without an answer")),
    ("os._exit(7)", "os._exit(7)", Failed("without an answer")),
    ("reads stdin", "input()", Failed("EOF")),
    ("noise in every pipe", NOISE_IN_EVERY_PIPE, Answered),
    ("closes everything", "os.closerange(0, 256)", Answered),
    ("recursion", "def f(): f()\nf()", Failed("recursion")),
    ("a fork that stays", "if os.fork() == 0: time.sleep(600); os._exit(0)", Answered),
    ("a fork that goes on", "os.fork()", Answered),
    ("the parent leaves", "if os.fork(): os._exit(0)", Failed("without an answer")),
    ("an endless loop", "while True: pass", TimedOut),
    ("a sleep that ignores signals", IGNORES_SIGNALS, TimedOut),
    ("endless stderr", "while True: os.write(2, b'e' * 65536)", TimedOut),
    ("a hang with children", "if os.fork(): pass\ntime.sleep(600)", TimedOut),
    ("a hang with daemons", HANGS_WITH_DAEMONS, TimedOut),
    (
        "a hang of another group",
        "os.fork(); os.setpgid(0, 0) if os.fork() == 0 else 0\ntime.sleep(600)",
        TimedOut,
    ),
];

const NOISE_IN_EVERY_PIPE: &str = "\
for fd in range(3, 64):
    try: os.write(fd, b'noise')
    except OSError: pass
";

const IGNORES_SIGNALS: &str = "\
import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
while True: time.sleep(1)
";

const HANGS_WITH_DAEMONS: &str = "\
for generation in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        os.setsid()
        time.sleep(600)
time.sleep(600)
";

/// Each pipeline, in a real Pivot, by `stages` and by a TAB.
#[test]
fn faulty_pipelines_answer_by_themselves() {
    check(|outcome| outcome == Answered);
}

/// See above.
#[test]
fn faulty_pipelines_fail() {
    check(|outcome| matches!(outcome, Failed(_)));
}

/// See above.
#[test]
fn hanging_pipelines_are_ended() {
    check(|outcome| outcome == TimedOut);
}

fn check(wanted: impl Fn(Outcome) -> bool) {
    check_each(PIPELINES.iter().filter(|(_, _, outcome)| wanted(*outcome)));
}

/// Checks pipelines with these names, heads and outcomes.
pub fn check_each<'a>(pipelines: impl Iterator<Item = &'a (&'a str, &'a str, Outcome)>) {
    let cases =
        pipelines.flat_map(|case| soak::in_turn(Asked::ALL).map(move |asked| (case, asked)));
    let wrong = Mutex::new(Vec::new());
    several_at_a_time(cases.collect(), |((name, head, outcome), asked)| {
        let mut sandbox = Sandbox::project(&format!(
            "import os, sys, time\n{head}\n{}",
            pipeline_0511("demo", &["train"])
        ));
        if *outcome == TimedOut {
            sandbox.set("PIVOT_COMPLETE_TIMEOUT", TIMEOUT_S.to_string());
        }
        let start = Instant::now();
        let ran = ran_within(BOUNDED_S, asked.command(&sandbox));
        let took = start.elapsed();
        if let Err(why) = verdict(asked, *outcome, &ran) {
            wrong.lock().unwrap().push(format!("{name}, {asked:?}: {why}"));
        }
        if *outcome == TimedOut && took.as_secs() < TIMEOUT_S {
            wrong.lock().unwrap().push(format!("{name}, {asked:?}: took {took:?}"));
        }
        assert_no_litter(&sandbox, "project");
        if *outcome != Answered {
            assert!(!sandbox.path("project/.pivot/cache/stages.cache").exists(), "{name}");
        }
        // Also a fork that stays, since it shares its parent's group.
        assert_nothing_is_alive(&sandbox);
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn verdict(asked: Asked, outcome: Outcome, ran: &Ran) -> Result<(), String> {
    let names: &str = match (asked, outcome) {
        (Asked::Stages, Answered) => "demo/train\n",
        (Asked::Tab, Answered) => "plain,demo/train\nplain,train\n",
        (Asked::Stages, _) => "",
        (Asked::Tab, _) => "\n",
    };
    let (code, words) = match (asked, outcome) {
        (Asked::Tab, _) | (_, Answered) => (0, None),
        (Asked::Stages, Failed(words)) => (1, Some(words)),
        (Asked::Stages, TimedOut) => (1, Some("PIVOT_COMPLETE_TIMEOUT")),
    };
    let says = match words {
        None => ran.stderr.is_empty(),
        Some(words) => ran.stderr.contains(words) && (1..64 << 10).contains(&ran.stderr.len()),
    };
    let start: String = ran.stderr.chars().take(300).collect();
    match (ran.code, ran.stdout.as_str()) == (code, names) && says {
        true => Ok(()),
        false => Err(format!("exit {}, {:?}, {start:?}", ran.code, ran.stdout)),
    }
}

/// A fork in a session of its own holds nobody up, and is ended like all that a pipeline starts.
#[test]
fn a_daemon_of_the_pipeline_holds_nobody_up() {
    for asked in soak::in_turn(Asked::ALL) {
        let sandbox = Sandbox::project(&format!(
            "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n{}",
            pipeline_0511("demo", &["train"])
        ));
        let ran = ran_within(BOUNDED_S, asked.command(&sandbox));
        assert_eq!(verdict(asked, Answered, &ran), Ok(()));
        assert_nothing_is_alive(&sandbox);
    }
}

/// What PIVOT_COMPLETE_PYTHON may name: a script in its place, or nothing at all.
const INTERPRETERS: &[(&str, Option<&str>, Outcome)] = &[
    ("missing", None, Failed("cannot run")),
    ("crashing", Some("#!/bin/sh\nkill -SEGV $$\n"), Failed("SIGSEGV")),
    ("silent", Some("#!/bin/sh\nexit 0\n"), Failed("without an answer")),
    ("failing", Some("#!/bin/sh\necho some words >&2\nexit 1\n"), Failed("some words")),
    ("no program", Some("\0\0\0\0"), Failed("without an answer")),
    ("no interpreter", Some("#!/nonexistent/python\n"), Failed("cannot run")),
    ("loud", Some("#!/bin/sh\nhead -c 10000000 /dev/zero >&2\nexit 1\n"), Failed("without")),
    ("endlessly loud", Some("#!/bin/sh\ncat /dev/zero >&2\n"), TimedOut),
    ("endless frame", Some("#!/bin/sh\ncat /dev/zero > /proc/self/fd/$3\n"), Failed("")),
    (
        "endless honest frame",
        Some(
            "#!/bin/sh\n(printf 'pivot-complete 1 03ffffff\\n'; cat /dev/zero) > /proc/self/fd/$3\n",
        ),
        Failed(""),
    ),
    (
        "a frame too long",
        Some("#!/bin/sh\nprintf 'pivot-complete 1 ffffffff\\nn' > /proc/self/fd/$3\nsleep 600\n"),
        Failed(""),
    ),
    (
        "half a frame",
        Some("#!/bin/sh\nprintf 'pivot-complete 1 000000ff\\nn' > /proc/self/fd/$3\n"),
        Failed("without an answer"),
    ),
    (
        "half a frame, then nothing",
        Some("#!/bin/sh\nprintf 'pivot-complete 1 000000ff\\nn' > /proc/self/fd/$3\nsleep 600\n"),
        TimedOut,
    ),
    ("a background job", Some("#!/bin/sh\nsetsid sleep 600 &\nsleep 600\n"), TimedOut),
    (
        "a tree",
        Some("#!/bin/sh\nsh -c 'setsid sh -c \"sleep 600 & sleep 600\" & sleep 600' &\nwait\n"),
        TimedOut,
    ),
];

/// Asks in a sandbox with a faulty program in it; afterwards nothing may live or lie about.
fn what_is_wrong(
    name: &str,
    asked: Asked,
    outcome: Outcome,
    mut sandbox: Sandbox,
) -> Option<String> {
    if outcome == TimedOut {
        sandbox.set("PIVOT_COMPLETE_TIMEOUT", TIMEOUT_S.to_string());
    }
    let ran = ran_within(BOUNDED_S, asked.command(&sandbox));
    assert_nothing_is_alive(&sandbox);
    assert_no_litter(&sandbox, "project");
    verdict(asked, outcome, &ran).err().map(|why| format!("{name}, {asked:?}: {why}"))
}

/// Checks a table of what Python or Pivot may be, each put into a sandbox by `install`.
fn check_table<T: Copy>(table: &[(&str, T, Outcome)], install: impl Fn(&mut Sandbox, T)) {
    let cases =
        table.iter().flat_map(|case| soak::in_turn(Asked::ALL).map(move |asked| (case, asked)));
    let cases = cases.map(|((name, script, outcome), asked)| {
        let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
        install(&mut sandbox, *script);
        (*name, asked, *outcome, sandbox)
    });
    let wrong = Mutex::new(Vec::new());
    several_at_a_time(cases.collect(), |(name, asked, outcome, sandbox)| {
        let found = what_is_wrong(name, asked, outcome, sandbox);
        wrong.lock().unwrap().extend(found);
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn faulty_interpreters_are_bounded_and_silent() {
    check_table(INTERPRETERS, |sandbox, script: Option<&str>| {
        let interpreter = sandbox.path("interpreter");
        if let Some(script) = script {
            sandbox.write_program("interpreter", script);
        }
        sandbox.set("PIVOT_COMPLETE_PYTHON", interpreter);
    });
}

/// What the `pivot` on PATH may be that is no Python script: it is asked for its list.
const PROGRAMS: &[(&str, &str, Outcome)] = &[
    (
        "answers",
        "#!/bin/sh\n[ \"$*\" = 'list --json' ] && echo '{\"stages\": [{\"name\": \"demo/train\"}]}'\n",
        Answered,
    ),
    (
        "noise",
        "#!/bin/sh\necho noise >&2\necho noise\necho '{\"stages\": [{\"name\": \"demo/train\"}]}'\n",
        Answered,
    ),
    ("is no Pivot", "#!/bin/sh\necho hello\n", Failed("")),
    ("fails", "#!/bin/sh\nexit 1\n", Failed("")),
    ("crashes", "#!/bin/sh\nkill -SEGV $$\n", Failed("")),
    ("floods", "#!/bin/sh\ncat /dev/zero\n", Failed("")),
    ("hangs", "#!/bin/sh\nsetsid sleep 600 &\nsleep 600\n", TimedOut),
    ("answers and hangs", "#!/bin/sh\necho '{\"stages\": []}'\nexec sleep 600\n", TimedOut),
];

#[test]
fn faulty_programs_called_pivot_are_bounded_and_silent() {
    check_table(PROGRAMS, |sandbox, script: &str| {
        let program = sandbox.write_program("fake/pivot", script);
        sandbox.prepend_path(program.parent().unwrap());
    });
}

/// A flood into the answer's pipe does not fill the memory.
#[test]
fn a_flood_is_taken_with_bounded_memory() {
    let flood = "#!/bin/sh\ncat /dev/zero > /proc/self/fd/2\n";
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
    let interpreter = sandbox.write_program("interpreter", flood);
    sandbox.set("PIVOT_COMPLETE_PYTHON", interpreter);
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", TIMEOUT_S.to_string());
    let mut child = crate::support::start(sandbox.front_in("project", &["stages"]));
    let mut peak_kb = 0;
    crate::support::wait_until(BOUNDED_S, "the flood is ended", || {
        let worker = crate::support::worker(&child).unwrap_or_default();
        let text = fs::read_to_string(format!("/proc/{worker}/status")).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
        peak_kb = peak_kb.max(number.unwrap_or(0));
        child.try_wait().unwrap().is_some()
    });
    assert!((1000..16 << 10).contains(&peak_kb), "{peak_kb} kB");
    let _ = child.wait_with_output();
}
