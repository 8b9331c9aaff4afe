//! The situations of the table: lines, caches, faults.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{
    HANGS_S, Pivot, Sandbox, children, front, pipeline_010, ran, set_mtime, settle, start, strace,
    wait_until,
};

pub const CACHE: &str = "project/.pivot/cache/stages.cache";

/// Asks at an empty stage's name.
pub fn tab(sandbox: &Sandbox) {
    sandbox.tab(&["pivot", "repro", ""]);
}

/// Asks with the caches alone.
pub fn cached(sandbox: &Sandbox) {
    sandbox.run(&["stages", "--cached"]);
}

/// Asks, and waits for what goes on behind the answer.
pub fn stages(sandbox: &Sandbox) {
    sandbox.run(&["stages"]);
    settle(&sandbox.home());
}

/// A TAB with such words, the cursor at the one of this number.
pub fn typed(sandbox: &Sandbox, words: &[u8], cword: &str) {
    let mut command = sandbox.front_in("project", &["complete", "bash"]);
    command.env("COMP_WORDS", OsStr::from_bytes(words)).env("COMP_CWORD", cword);
    ran(command);
}

/// The same as scripts of ours ask.
pub fn typed_rich(sandbox: &Sandbox, words: &str, cword: &str) {
    let mut command = sandbox.front_in("project", &["complete", "--rich", "bash"]);
    command.env("COMP_WORDS", words).env("COMP_CWORD", cword);
    ran(command);
}

/// Asks where a `stages.cache` says this of the config, and nothing else is known.
pub fn told(sandbox: &Sandbox, text: &[u8]) {
    set_mtime(&sandbox.path("project/pipeline.py"), 1_700_000_000, 0);
    sandbox.write(CACHE, text);
    cached(sandbox);
}

/// Has a pipeline that says this discovered.
pub fn pipeline(sandbox: &Sandbox, text: &str) {
    sandbox.write("project/pipeline.py", text);
    stages(sandbox);
}

/// A command line that the stub of Pivot describes otherwise.
pub fn described_as(sandbox: &mut Sandbox, from: &str, to: &str) {
    sandbox.write_program("bin/pivot", "#!/bin/sh\n");
    sandbox.prepend_path(sandbox.path("bin"));
    let program = sandbox.path("bin/fake");
    let text = fs::read_to_string(&program).unwrap();
    assert!(text.contains(from), "no {from}");
    fs::write(&program, text.replace(from, to)).unwrap();
    typed_rich(sandbox, "pivot\nrepr", "1");
    settle(&sandbox.home());
}

/// Asks with the caches alone, while system calls fail.
pub fn failing(sandbox: &Sandbox, fault: &str) {
    let command = sandbox.front_in("project", &["stages", "--cached"]);
    ran(strace::wrapped(sandbox, &command, &[fault]));
}

/// Makes every read of a file that is compared by content fail.
pub fn one_input_unreadable(sandbox: &mut Sandbox) {
    // Its stamp is another; its content is not.
    let read = sandbox.write("project/read", "it");
    let command = sandbox.front_in("project", &["stages", "--cached"]);
    ran(strace::wrapped_at(sandbox, &command, &read, "inject=read,pread64:error=EIO"));
}

/// Does something while a TAB waits for a discovery; it is given the number of the TAB's process.
pub fn meanwhile(sandbox: &Sandbox, does: fn(&Sandbox, i32)) {
    sandbox.write("project/pipeline.py", "~ gate\n");
    let asker = start(sandbox.tab_command("project", &["pivot", "repro", ""]));
    wait_until(HANGS_S, "it is being discovered", || sandbox.path("project/gate.waits").exists());
    does(sandbox, asker.id().cast_signed());
    sandbox.write("project/gate", "");
    asker.wait_with_output().unwrap();
}

pub fn in_a_directory_that_is_gone(sandbox: &mut Sandbox) {
    let gone = sandbox.make_directory("project/gone");
    let mut command = Command::new("sh");
    command.args(["-c", "rmdir \"$PWD\"; exec \"$0\" stages --cached"]);
    command.arg(front()).current_dir(gone).env_clear();
    command.env("PIVOT_COMPLETE_TRACE", sandbox.path("trace"));
    ran(command);
}

pub fn below_a_path_without_end(sandbox: &mut Sandbox) {
    let mut command = Command::new("bash");
    command.args([
        "-c",
        "rmdir .pivot; while ((${#PWD} < 4060)); do
             name=$(printf %0$((${#PWD} < 3850 ? 200 : 4059 - ${#PWD}))d 0)
             mkdir -p $name; cd $name
         done
         mkdir -p .pivot; echo a >pipeline.py; exec \"$0\" stages --cached",
    ]);
    command.arg(front()).current_dir(sandbox.path("project")).env_clear();
    command.env("PIVOT_COMPLETE_TRACE", sandbox.path("trace"));
    ran(command);
}

pub fn with_a_full_disk_for_an_answer(sandbox: &mut Sandbox) {
    stages(sandbox);
    let mut command = sandbox.front_in("project", &["stages"]);
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
    command.stderr(Stdio::null());
    command.status().unwrap();
}

pub fn on_one_processor(sandbox: &mut Sandbox) {
    let front = sandbox.front_in("project", &["stages", "--cached"]);
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(front.get_program()).args(front.get_args());
    command.current_dir(front.get_current_dir().unwrap()).stdout(Stdio::null());
    command.env_clear().envs(front.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.status().unwrap();
}

/// A project of real Pivot's whose pipeline looks at something of every kind.
pub fn looks_at_much() -> Sandbox {
    let code = "
import os
os.path.exists('absent'), os.listdir('listed'), os.path.getsize('measured'), os.readlink('link')
os.environ.get('VARIABLE'), os.process_cpu_count(), open('read').read()
";
    let with_stages = pipeline_010(&["a"]);
    let mut sandbox = Sandbox::project_of(Pivot::V010, &[code, &with_stages].concat());
    sandbox.start_trace();
    as_it_was(&mut sandbox);
    stages(&sandbox);
    sandbox
}

/// Takes back what any row did there: the contents are what counts.
pub fn as_it_was(sandbox: &mut Sandbox) {
    for name in ["absent", "listed/more", "link"] {
        let _ = fs::remove_file(sandbox.path("project").join(name));
    }
    let _ = fs::remove_dir(sandbox.path("project/read"));
    sandbox.touch("project", "listed/one measured");
    sandbox.write("project/read", "it");
    symlink("listed", sandbox.path("project/link")).unwrap();
    sandbox.set("VARIABLE", "it");
}

/// The third group of words of a line in a trace is a reason.
pub fn reasons(sandbox: &Sandbox) -> Vec<String> {
    let trace = fs::read_to_string(sandbox.path("trace")).unwrap_or_default();
    trace.lines().filter_map(|line| line.split(' ').nth(5)).map(str::to_owned).collect()
}

/// A line of a command that only click can complete.
pub fn of_an_opaque_command(sandbox: &mut Sandbox) {
    let [clear, opaque] =
        ["false", "true"].map(|is| format!("\"repro it.\",\"listed\":true,\"opaque\":{is}"));
    described_as(sandbox, &clear, &opaque);
    typed(sandbox, b"pivot\nrepro\n--f", "2");
}

/// What the driver says of a file that was too long to be read twice.
pub fn seen_without_digest(file: &Path) -> String {
    let found = fs::metadata(file).unwrap();
    let ns = |s: i64, ns: i64| s * 1_000_000_000 + ns;
    let mtime = ns(found.mtime(), found.mtime_nsec());
    let ctime = ns(found.ctime(), found.ctime_nsec());
    format!("{mtime} {ctime} {} {} - {}", found.len(), found.ino(), file.display())
}

/// Does so at a prompt's hook, and waits until that has told what it found.
pub fn a_prompt_comes(sandbox: &Sandbox, _: i32) {
    sandbox.run(&["prewarm"]);
    let has_said_so = || reasons(sandbox).iter().any(|it| it == "being-discovered");
    wait_until(HANGS_S, "it says so", has_said_so);
}

/// Kills what works for the process.
pub fn its_worker_is_killed(_: &Sandbox, asker: i32) {
    // Between the two is who watches over it.
    for worker in children(asker).into_iter().flat_map(children) {
        kill(Pid::from_raw(worker), Signal::SIGKILL).unwrap();
    }
}
