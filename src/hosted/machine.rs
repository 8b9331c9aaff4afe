//! What a discovery may have asked of the process and the machine, by std: for the hosted front and the
//! engine.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use nix::sys::utsname::uname;
use nix::unistd::{Gid, getegid, geteuid, getgid, getuid};
use pivot_complete::environment::{PROCESSORS, Process};

/// This process.
pub const PROCESS: Process = Process { variable, variables, user, machine };

/// The value of a variable, which is looked up once or twice in a process's short life.
fn variable(name: &[u8]) -> Option<&'static [u8]> {
    let value = std::env::var_os(OsStr::from_bytes(name))?;
    Some(value.into_vec().leak())
}

fn variables(put: &mut dyn FnMut(&[u8])) {
    for (name, value) in std::env::vars_os() {
        put(&[name.as_bytes(), b"=", value.as_bytes()].concat());
    }
}

fn user() -> u32 {
    geteuid().as_raw()
}

fn machine(letter: u8, put: &mut dyn FnMut(&[u8])) {
    match letter {
        b'n' => {
            if let Ok(names) = uname() {
                let named = [names.sysname(), names.nodename(), names.release(), names.version()];
                named.into_iter().chain([names.machine()]).for_each(|name| put(name.as_bytes()));
            }
        }
        b'u' => {
            let (users, groups) = ([getuid(), geteuid()], [getgid(), getegid()]);
            users.iter().for_each(|user| put(&user.as_raw().to_le_bytes()));
            let more = more_groups();
            let groups = groups.iter().chain(&more);
            groups.for_each(|group| put(&group.as_raw().to_le_bytes()));
        }
        b'c' => {
            let text = std::fs::read(OsStr::from_bytes(PROCESSORS.to_bytes())).unwrap_or_default();
            put(&text);
            put(&processors().to_le_bytes());
        }
        _ => {}
    }
}

/// The groups beside its own; none where they are too many.
#[cfg(target_os = "linux")]
fn more_groups() -> Vec<Gid> {
    use pivot_complete::environment::GROUPS_MOST;

    let groups = nix::unistd::getgroups().unwrap_or_default();
    if groups.len() > GROUPS_MOST { Vec::new() } else { groups }
}

#[cfg(not(target_os = "linux"))]
fn more_groups() -> Vec<Gid> {
    Vec::new()
}

/// How many processors this process may use.
#[cfg(target_os = "linux")]
fn processors() -> u32 {
    use nix::sched::{CpuSet, sched_getaffinity};
    use nix::unistd::Pid;
    let is_in =
        |set: &CpuSet| (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu) == Ok(true)).count();
    sched_getaffinity(Pid::from_raw(0)).map_or(0, |set| is_in(&set) as u32)
}

#[cfg(not(target_os = "linux"))]
fn processors() -> u32 {
    std::thread::available_parallelism().map_or(0, |count| count.get() as u32)
}
