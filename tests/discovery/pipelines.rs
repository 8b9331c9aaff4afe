//! What a pipeline's code sees while it is discovered, and what it cannot do to the answer.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{fact, forget, noting, noting_pipeline};
use crate::support::{
    HANGS_S, Pivot, Ran, Sandbox, TIMEOUTS_S, is_alive, pipeline_0511, ran, soak, start, wait_until,
};

fn with(text: &str) -> Sandbox {
    Sandbox::project(&format!("{text}\n{}", pipeline_0511("demo", &["train"])))
}

#[test]
fn a_pipeline_sees_no_terminal_no_input_and_none_of_clicks_variables() {
    for pivot in Pivot::in_turn() {
        let sandbox = noting(pivot);
        let mut command = sandbox.tab_command("project", &["pivot", "repro", ""]);
        command.env("_PIVOT_COMPLETE", "bash_complete");
        for (what, command) in [
            ("a TAB", command),
            ("stages", sandbox.front_in("project", &["stages"])),
            ("refresh", sandbox.front_in("project", &["refresh"])),
        ] {
            forget(&sandbox);
            let said = ran(command);
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what}");
            for (name, value) in [
                ("PIVOT_COMPLETE", "1"),
                ("_PIVOT_COMPLETE", "None"),
                ("COMP_WORDS", "None"),
                ("COMP_CWORD", "None"),
                ("input", "''"),
                ("terminal", "False"),
                ("group", "True"),
                ("arguments", "1"),
                // 0.1.0 executes the pipeline by runpy, which puts its file there.
                (
                    "program",
                    match pivot {
                        Pivot::V0511 => pivot.bin().join("pivot"),
                        Pivot::V010 => sandbox.path("project/pipeline.py"),
                    }
                    .to_str()
                    .unwrap(),
                ),
                ("directory", sandbox.path("project").to_str().unwrap()),
            ] {
                assert_eq!(fact(&sandbox, name), value, "{pivot:?}, {what}: {name}");
            }
        }
    }
}

#[test]
fn a_pipeline_discovered_for_a_target_does_not_see_clicks_variables() {
    let sandbox = Sandbox::with(Pivot::V0511);
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", noting_pipeline(Pivot::V0511, &sandbox));
    sandbox.tab(&["pivot", "push", "demo/train:"]).candidates();
    for (name, value) in [("PIVOT_COMPLETE", "1"), ("_PIVOT_COMPLETE", "None"), ("input", "''")] {
        assert_eq!(fact(&sandbox, name), value, "{name}");
    }
}

/// Its answer is about the config all the same, and is cached.
#[test]
fn a_pipeline_may_change_its_directory_and_its_environment() {
    let mut wrong = Vec::new();
    for (what, text) in [
        ("up", "os.chdir('..')"),
        ("to the root", "os.chdir('/')"),
        (
            "down, where another pipeline lies",
            "os.makedirs('other', exist_ok=True)\n\
          open('other/pipeline.py', 'w').close()\nos.chdir('other')",
        ),
        ("into one that is gone", "os.mkdir('gone')\nos.chdir('gone')\nos.rmdir('../gone')"),
        ("variables", "os.environ.clear()"),
        ("path and arguments", "import sys\nsys.path[:] = []\nsys.argv[:] = []"),
        ("limits", "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))"),
    ] {
        for directory in soak::in_turn(["project", "project/sub"]) {
            let sandbox = with("");
            let text = format!("{}\nimport os\n{text}\n", pipeline_0511("below", &["train"]));
            sandbox.write(&format!("{directory}/pipeline.py"), text);
            let stages = || ran(sandbox.front_in(directory, &["stages"]));
            let said = stages();
            let cached = ran(sandbox.front_in(directory, &["stages", "--cached"]));
            for said in [said, cached] {
                if (said.code, said.stdout.as_str()) != (0, "below/train\n") {
                    wrong.push(format!("{what}, {directory}: {said:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn whatever_a_pipeline_prints_goes_nowhere() {
    let sandbox = with(
        "import os, sys, subprocess, logging, warnings\n\
         print('noise')\nsys.stderr.write('noise' * 400_000)\nos.write(1, b'noise' * 400_000)\n\
         os.write(2, b'noise\\n')\nsubprocess.run(['echo', 'noise'])\nlogging.error('noise')\n\
         warnings.warn('noise')\n\
         print = None\nsys.stdout = sys.stderr = None\n",
    );
    assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"]);
    forget(&sandbox);
    assert_eq!(sandbox.tab(&["pivot", "repro", "demo/"]).candidates(), ["demo/train"]);
    let option = sandbox.tab(&["pivot", "push", "demo/train:"]);
    assert_eq!((option.code, option.stderr.as_str()), (0, ""));
    assert!(!option.stdout.contains("noise"), "{option:?}");
}

#[test]
fn a_pipeline_that_writes_into_every_descriptor_breaks_no_more_than_its_own_answer() {
    let sandbox = with(
        "import os\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b'noise')\n    \
         except OSError:\n        pass\n",
    );
    let said = sandbox.run(&["stages"]);
    let whole = said.code == 0 && said.stdout == "demo/train\n";
    let refused = said.code == 1 && said.stdout.is_empty() && !said.stderr.is_empty();
    assert!(whole || refused, "{said:?}");
    let tab = sandbox.tab(&["pivot", "repro", "demo/"]);
    assert_eq!((tab.code, tab.stderr.as_str()), (0, ""));
    assert!(["\n", "plain,demo/train\n"].contains(&tab.stdout.as_str()), "{tab:?}");
}

#[test]
fn what_a_pipeline_registered_for_its_end_is_done() {
    for (what, command) in [("stages", &["stages"][..]), ("refresh", &["refresh"])] {
        let sandbox = with("");
        let text = format!(
            "import atexit, tempfile\nheld = tempfile.TemporaryDirectory(dir={:?})\n\
             atexit.register(lambda: open({:?}, 'w').close())\n{}",
            sandbox.root(),
            sandbox.path("ended"),
            pipeline_0511("demo", &["train"])
        );
        sandbox.write("project/pipeline.py", text);
        let before = sandbox.listing("").len();
        sandbox.run(command).lines();
        assert!(sandbox.path("ended").exists(), "{what}");
        let left = sandbox.listing("");
        let temporary: Vec<_> = left.iter().filter(|name| name.starts_with("tmp")).collect();
        assert!(temporary.is_empty(), "{what}: {temporary:?}, {before} files before");
    }
}

#[test]
fn an_exit_handler_that_fails_prints_or_exits_changes_nothing() {
    for handler in ["1 / 0", "print('noise')", "sys.exit(4)", "sys.stdout.close()"] {
        let sandbox = with(&format!("import atexit, sys\natexit.register(lambda: {handler})\n"));
        assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"], "{handler}");
    }
}

/// A process that a pipeline started must not be waited for, whether it lives in the pipeline's
/// group or left it.
#[test]
fn a_fork_that_outlives_discovery_is_not_waited_for() {
    for (what, leave) in [("in the group", ""), ("in a session of its own", "os.setsid()")] {
        let sandbox = with("");
        let pid_file = sandbox.path("pid");
        let text = format!(
            "import os, time\npid = os.fork()\nif pid == 0:\n    {leave}\n    time.sleep(600)\n    \
             os._exit(0)\nopen({pid_file:?}, 'w').write(str(pid))\n{}",
            pipeline_0511("demo", &["train"])
        );
        sandbox.write("project/pipeline.py", text);
        let begin = Instant::now();
        assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"], "{what}");
        assert!(begin.elapsed().as_secs() < HANGS_S, "{what}: {:?}", begin.elapsed());
        let pid: i32 = fs::read_to_string(&pid_file).unwrap().parse().unwrap();
        if leave.is_empty() {
            wait_until(10, "what is left of the group is ended", || !is_alive(pid));
        }
        // Ours to end: the test's own pipeline started it.
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// The fork returns from the import too, and must not answer a second time.
#[test]
fn a_fork_that_comes_back_from_the_import_does_not_answer_twice() {
    let sandbox = with("import os\nos.fork()\n");
    for _ in 0..3 {
        forget(&sandbox);
        assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"]);
    }
}

/// Starts a child of its own, one that left the group, and hangs; their numbers are in `pids`.
fn hanging(sandbox: &Sandbox) -> String {
    format!(
        "import os, signal, subprocess, time\n\
         signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n\
         a = subprocess.Popen(['sleep', '600'])\n\
         b = subprocess.Popen(['sh', '-c', 'trap \"\" INT TERM HUP; sleep 600; :'])\n\
         c = subprocess.Popen(['sleep', '600'], start_new_session=True)\n\
         with open({0:?} + '.new', 'w') as f:\n    \
         f.write(' '.join(str(p) for p in (os.getpid(), a.pid, b.pid, c.pid)))\n\
         os.rename({0:?} + '.new', {0:?})\n\
         time.sleep(600)\n",
        sandbox.path("pids")
    )
}

/// The processes of a hanging pipeline, once they all run.
#[track_caller]
fn processes(sandbox: &Sandbox) -> Vec<i32> {
    let file = sandbox.path("pids");
    wait_until(60, "the pipeline runs", || file.exists());
    let text = fs::read_to_string(file).unwrap();
    text.split(' ').map(|pid| pid.parse().unwrap()).collect()
}

/// Runs a command whose pipeline hangs until its time is over; nothing of it is left then.
#[track_caller]
fn timed_out(sandbox: &Sandbox, command: impl Fn() -> Command) -> Ran {
    for seconds in TIMEOUTS_S {
        let _ = fs::remove_file(sandbox.path("pids"));
        // A TAB at a pipeline that is known to hang does not wait for it.
        sandbox.run(&["clear"]);
        let begin = Instant::now();
        let mut command = command();
        command.env("PIVOT_COMPLETE_TIMEOUT", seconds.to_string());
        let said = ran(command);
        let took = begin.elapsed().as_secs();
        assert!((seconds..seconds + HANGS_S).contains(&took), "{took} s, not {seconds}");
        // Else Python did not even come to the pipeline in that time.
        if sandbox.path("pids").exists() {
            for pid in processes(sandbox) {
                wait_until(5, "the pipeline's processes are gone", || !is_alive(pid));
            }
            return said;
        }
    }
    panic!("the pipeline never ran");
}

#[test]
fn a_hang_is_ended_at_the_timeout_with_all_that_it_started() {
    let sandbox = with("");
    sandbox.write("project/pipeline.py", hanging(&sandbox));
    let said = timed_out(&sandbox, || sandbox.front_in("project", &["stages"]));
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains("PIVOT_COMPLETE_TIMEOUT"), "{said:?}");
    for words in [&["pivot", "repro", ""][..], &["pivot", "push", "demo/x:"]] {
        let tab = timed_out(&sandbox, || sandbox.tab_command("project", words));
        assert_eq!(
            (tab.code, tab.stdout.as_str(), tab.stderr.as_str()),
            (0, "\n", ""),
            "{words:?}"
        );
    }
    let left = sandbox.listing("project/.pivot");
    assert!(!left.iter().any(|n| n.ends_with(".tmp") || n.ends_with(".lock")), "{left:?}");
}

#[test]
fn an_interrupt_leaves_nothing_running() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        for at_tab in [false, true] {
            let sandbox = with("");
            sandbox.write("project/pipeline.py", hanging(&sandbox));
            let words = ["pivot", "repro", ""];
            let command = match at_tab {
                true => sandbox.tab_command("project", &words),
                false => sandbox.front_in("project", &["stages"]),
            };
            let child = start(command);
            let pids = processes(&sandbox);
            kill(Pid::from_raw(child.id() as i32), signal).unwrap();
            let said = Ran::from(child.wait_with_output().unwrap());
            if at_tab {
                assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{signal}");
                assert!(["", "\n"].contains(&said.stdout.as_str()), "{signal}: {said:?}");
            } else {
                assert_ne!(said.code, 0, "{signal}");
                assert_eq!(said.stdout, "", "{signal}");
            }
            for pid in pids {
                wait_until(5, "the pipeline's processes are gone", || !is_alive(pid));
            }
        }
    }
}

/// What a killed engine cannot end itself, the kernel does: at least Python.
#[test]
fn a_killed_engine_takes_python_with_it() {
    let sandbox = with("");
    sandbox.write("project/pipeline.py", hanging(&sandbox));
    let mut child = start(sandbox.front_in("project", &["stages"]));
    let pids = processes(&sandbox);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until(5, "Python is gone", || !is_alive(pids[0]));
    // The rest is the test's own to end: the group, and the one that left it.
    for pid in [-pids[0], pids[3]] {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// What the next discovery would find is found at once, behind a TAB and before a command's answer.
#[test]
fn a_pipeline_that_makes_what_it_had_looked_for_is_discovered_once_more() {
    let text = "\
import os
try:
    name = open('kept').read()
except FileNotFoundError:
    name = 'first'
    open('kept', 'w').write('later')
open('ran', 'a').write('x')
";
    let pipeline = pipeline_0511("demo", &["train"])
        .replace("    train()", "    with pipeline.variant(name):\n        train()");
    let mut sandbox = Sandbox::project(&format!("{text}{pipeline}"));
    sandbox.start_trace();
    let tab = || sandbox.tab(&["pivot", "repro", "demo/"]);
    let ran = || fs::read_to_string(sandbox.path("project/ran")).unwrap().len();
    assert_eq!(tab().candidates(), ["demo/train@first"]);
    // Whoever comes right behind waits for what is kept, and starts nothing.
    assert_eq!(tab().candidates(), ["demo/train@later"]);
    assert_eq!((tab().candidates(), ran()), (vec!["demo/train@later"], 2));
    for file in ["kept", "ran"] {
        fs::remove_file(sandbox.path(&format!("project/{file}"))).unwrap();
    }
    assert_eq!((sandbox.run(&["stages"]).lines(), ran()), (vec!["demo/train@later"], 2));
    assert_eq!(
        (sandbox.run(&["stages", "--cached"]).lines(), ran()),
        (vec!["demo/train@later"], 2)
    );
}

/// What only one of many discoveries finds is kept of none.
#[test]
fn a_pipeline_that_finds_other_names_each_time_is_not_kept() {
    let text = "\
import os
name = f'run-{len(os.listdir())}'
open(name, 'x').close()
";
    // The second finds the same as the first, and the third something else.
    let steps = "\
import os
name = 'report'
for step in ['raw', 'clean']:
    if not os.path.isdir(step):
        os.mkdir(step)
        name = 'none'
        break
";
    let pipeline = pipeline_0511("demo", &["train"])
        .replace("    train()", "    with pipeline.variant(name):\n        train()");
    for (text, times) in [(text, 2), (steps, 1)] {
        let sandbox = Sandbox::project(&format!("{text}{pipeline}"));
        for _ in 0..times {
            assert_eq!(sandbox.run(&["stages"]).code, 0);
            assert_eq!(sandbox.run(&["stages", "--cached"]).code, 3, "{text}");
        }
    }
}

/// A log that it adds to itself is none of that; one that others add to is, for nobody knows what it held
/// when it was read.
#[test]
fn what_others_write_to_all_the_time_is_not_kept() {
    let text = "\
import subprocess
subprocess.run('echo x >>log; cat log', shell=True, stdout=subprocess.DEVNULL)
";
    let pipeline = pipeline_0511("demo", &["train"]);
    for others in [false, true] {
        let mut sandbox = Sandbox::project(&format!("{text}{pipeline}"));
        sandbox.start_trace();
        let mut child = start(sandbox.front_in("project", &["stages"]));
        let log = sandbox.path("project/log");
        while child.try_wait().unwrap().is_none() {
            if others && log.exists() {
                OpenOptions::new().append(true).open(&log).unwrap().write_all(b"y").unwrap();
            }
            thread::sleep(Duration::from_millis(50));
        }
        let said = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout), "demo/train\n");
        assert_eq!(sandbox.run(&["stages", "--cached"]).code, if others { 3 } else { 0 });
        let trace = sandbox.trace().join("\n");
        assert!(!trace.contains("input-changed"), "{trace}");
    }
}

/// The second finds the same names beside what it leaves itself, and not beside what somebody else puts there
/// meanwhile.
#[test]
fn what_others_write_during_the_second_is_not_kept() {
    let json = "\
import json, os, time
state = json.load(open('state')) if os.path.exists('state') else {'runs': 0, 'names': ['train']}
state['runs'] += 1
with open('state.new', 'w') as file:
    json.dump(state, file)
os.replace('state.new', 'state')
names = state['names']
time.sleep(0.4)
";
    let text = json.replace("state.new", "state").replace("os.replace", "0 and os.replace");
    let shell = "\
import re, subprocess, time
said = subprocess.run('echo run >>state; cat state', shell=True, capture_output=True, text=True).stdout
names = ['evaluate' if 'evaluate' in said else 'train']
time.sleep(0.4)
";
    let pipeline = "\
from pivot import Pipeline, stage
@stage
def fit() -> dict:
    return {'a': 1}
pipeline = Pipeline('demo')
with pipeline, pipeline.variant(names[0]):
    fit()
";
    let held = "\
import logging, os, time
said = open('state').read() if os.path.exists('state') else ''
logging.basicConfig(filename='state', level='INFO', format='run%(message)s')
logging.info('')
names = ['evaluate' if 'evaluate' in said else 'train']
time.sleep(0.4)
";
    for (text, mark, there) in [
        (json, "\"runs\": 2", r#"{"runs": 2, "names": ["evaluate"]}"#),
        (&text, "\"runs\": 2", r#"{"runs": 2, "names": ["evaluate"]}"#),
        (shell, "run\nrun\n", "evaluate\n"),
        (held, "run\nrun\n", "evaluate\n"),
    ] {
        let sandbox = Sandbox::project(&format!("{text}{pipeline}"));
        let mut child = start(sandbox.front_in("project", &["stages"]));
        let state = sandbox.path("project/state");
        let mut is_done = false;
        while child.try_wait().unwrap().is_none() {
            let now = fs::read_to_string(&state).unwrap_or_default();
            if !is_done && now.contains(mark) {
                is_done = true;
                fs::write(&state, there).unwrap();
            }
            thread::sleep(Duration::from_millis(5));
        }
        assert!(is_done, "{text}");
        let said = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout), "demo/fit@train\n", "{text}");
        assert_eq!(sandbox.run(&["stages", "--cached"]).code, 3, "{text}");
    }
}

/// Whatever becomes of the second.
#[test]
fn a_discovery_that_cannot_be_run_once_more_is_answered() {
    let text = "\
import os
if os.path.exists('kept'):
    os._exit(3)
open('kept', 'w').close()
";
    let pipeline = pipeline_0511("demo", &["train"]);
    let sandbox = Sandbox::project(&format!("{text}{pipeline}"));
    let said = sandbox.run(&["stages"]);
    assert_eq!((said.code, said.lines()), (0, vec!["demo/train"]));
    assert_eq!(sandbox.run(&["stages", "--cached"]).code, 3);
}

/// Whoever waits for the first has no time for a second.
#[test]
fn a_slow_discovery_is_run_once_more_in_time_of_its_own() {
    let text = "\
import os, time
time.sleep(13)
os.makedirs('runs', exist_ok=True)
open(f'runs/{os.urandom(3).hex()}1', 'x').close()
";
    let pipeline = pipeline_0511("demo", &["train"]);
    let mut sandbox = Sandbox::project(&format!("{text}{pipeline}"));
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", "24");
    let tab = || sandbox.tab(&["pivot", "repro", "demo/"]);
    assert_eq!(tab().candidates(), ["demo/train"]);
    // Whoever comes then waits for it, and starts none.
    assert_eq!(tab().candidates(), ["demo/train"]);
    assert_eq!(tab().candidates(), ["demo/train"]);
    assert_eq!(fs::read_dir(sandbox.path("project/runs")).unwrap().count(), 2);
}
