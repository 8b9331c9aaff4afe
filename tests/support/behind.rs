//! What goes on behind an answer: a test that looks at caches waits for its end.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a TAB starts behind itself, which nobody waits for here.
const APART: [&[u8]; 3] = [b"refresh", b"describe", b"renew"];

/// Waits until nothing is written behind an answer any more, by programs whose home this is; not
/// for a refresh or the like that a TAB has started.
#[track_caller]
pub fn settle(home: &Path) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while processes().into_iter().any(|pid| is_behind(pid, home)) {
        assert!(Instant::now() < deadline, "something goes on behind an answer");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The numbers of all processes.
pub fn processes() -> Vec<i32> {
    let names = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.to_str()?.parse().ok()).collect()
}

/// Whether it is one of ours, in a session of its own, and nobody of ours waits for it.
fn is_behind(pid: i32, home: &Path) -> bool {
    let read = |name| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let field = |number: usize| stat_field(pid, number)?.parse::<i32>().ok();
    let home = [b"HOME=", home.as_os_str().as_bytes()].concat();
    is_ours(pid)
        && stat_field(pid, 3).is_some_and(|state| state != "Z")
        && field(6) == Some(pid)
        && !field(4).is_some_and(is_ours)
        && !read("cmdline").split(|&byte| byte == 0).any(|word| APART.contains(&word))
        && read("environ").split(|&byte| byte == 0).any(|one| one == home)
}

fn is_ours(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with(b"pivot-complete"))
}

/// A field of `/proc/PID/stat`, by its number in proc(5), from 3 on.
fn stat_field(pid: i32, number: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(number - 3).map(str::to_owned)
}
