//! Pipelines that start workers, and such as close what is not their own. Pivot answers, and
//! so do we; nothing of it stays.

use std::fs;

use super::python::Outcome::{self, Answered};
use super::python::check_each;
use crate::support::{Sandbox, pipeline_0511};

const STARTING: &[(&str, &str, Outcome)] = &[
    ("exit handlers that hang", "import atexit; atexit.register(time.sleep, 600)", Answered),
    (
        "a thread that stays",
        "import threading; threading.Thread(target=time.sleep, args=[600]).start()",
        Answered,
    ),
    (
        "a process pool",
        "import concurrent.futures as f\nf.ProcessPoolExecutor(2).submit(abs, 1).result()",
        Answered,
    ),
    (
        "a pool by fork",
        "import multiprocessing as m; m.get_context('fork').Pool(2).map(abs, [1])",
        Answered,
    ),
    (
        "a pool by spawn",
        "import multiprocessing as m; m.get_context('spawn').Pool(2).map(abs, [1])",
        Answered,
    ),
    (
        "a pool by a server",
        "import multiprocessing as m; m.get_context('forkserver').Pool(2).map(abs, [1])",
        Answered,
    ),
    ("a worker that goes on", WORKER_THAT_GOES_ON, Answered),
    ("a program that goes on", "import subprocess; subprocess.Popen(['sleep', '600'])", Answered),
    (
        "a daemon",
        "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)",
        Answered,
    ),
];

const CLOSING: &[(&str, &str, Outcome)] = &[
    ("closes what is not its own", "os.closerange(3, 1 << 20)", Answered),
    (
        "closes with each of its own",
        "for fd in range(3, 4096):\n    try: os.close(fd)\n    except OSError: pass",
        Answered,
    ),
];

const WRITING: &[(&str, &str, Outcome)] = &[
    (
        "writes to whatever may be open",
        "for fd in range(3, 256):\n    try: os.write(fd, b'noise')\n    except OSError: pass",
        Answered,
    ),
    (
        "puts a file of its own at each number",
        "log = open('/dev/null', 'wb')\n\
         for fd in range(log.fileno() + 1, 21):\n    os.dup2(log.fileno(), fd)\n    \
         os.write(fd, b'noise')",
        Answered,
    ),
    (
        "has a program write there",
        "import subprocess\n\
         for fd in range(3, 21):\n    \
         subprocess.run(['sh', '-c', f'echo noise >&{fd}'], close_fds=False)",
        Answered,
    ),
];

/// As joblib's: found by Python's exit handlers, which wait for it where nobody ends it before.
const WORKER_THAT_GOES_ON: &str = "\
import multiprocessing
multiprocessing.get_context('fork').Process(target=time.sleep, args=[600]).start()
";

#[test]
fn pipelines_that_start_workers_answer() {
    check_each(STARTING.iter());
}

#[test]
fn pipelines_that_close_what_is_not_their_own_answer() {
    check_each(CLOSING.iter());
}

#[test]
fn pipelines_that_write_to_what_is_not_their_own_answer() {
    check_each(WRITING.iter());
}

/// What such a pipeline opens gets the number of the answer's pipe, and keeps what it holds.
#[test]
fn an_answer_goes_into_no_file_of_the_pipelines() {
    let head = "import os\nos.closerange(3, 1024)\n\
                logs = [open(f'../log{number}', 'w') for number in range(64)]\n\
                for log in logs: os.dup2(log.fileno(), 1023 - log.fileno())\n";
    let sandbox = Sandbox::project(&format!("{head}{}", pipeline_0511("demo", &["train"])));
    assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"]);
    for number in 0..64 {
        let log = sandbox.path(&format!("log{number}"));
        assert_eq!(fs::metadata(log).unwrap().len(), 0, "{number}");
    }
}
