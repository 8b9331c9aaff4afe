//! The shells that a watcher is there for, and what they handed over.
//!
//! `shell-PID` holds fields with NUL behind each: when the shell began to run (ticks since boot), its
//! working directory, its environment. Its mtime is that of the last prompt.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use pivot_complete::cache::freshness::environment::is_of_terminal;
use pivot_complete::environment::loader::{self, Cleaned};

use super::room::Room;
use crate::process::watched_process::{WatchedProcess, began};

const PREFIX: &str = "shell-";

/// How long a discovery may take, where the shell does not say so: seconds.
const TIMEOUT_S: f64 = 30.0;
const TIMEOUT: &str = "PIVOT_COMPLETE_TIMEOUT";
/// So many times that here.
const MORE_TIME: f64 = 4.0;

/// Where and with what a shell would run a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    directory: PathBuf,
    /// `NAME=value`, sorted.
    environment: Vec<Vec<u8>>,
}

impl Handover {
    /// This process's own.
    pub fn own(directory: &Path) -> Self {
        let entry = |(name, value): (OsString, OsString)| {
            cleaned([name.as_bytes(), b"=", value.as_bytes()].concat())
        };
        let mut environment: Vec<Vec<u8>> = std::env::vars_os().filter_map(entry).collect();
        environment.sort_unstable();
        Self { directory: directory.to_path_buf(), environment }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Has `command` run so, but for the time that a discovery may take: at low priority it takes longer
    /// than at a TAB, and one that ends too late would count as one that fails.
    pub fn apply(&self, command: &mut Command) {
        command.current_dir(&self.directory).env_clear();
        let mut patience = None;
        for entry in &self.environment {
            let (name, value) = name_and_value(entry);
            command.env(OsStr::from_bytes(name), OsStr::from_bytes(value));
            if name == TIMEOUT.as_bytes() {
                patience = str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
            }
        }
        let patience = patience.unwrap_or(TIMEOUT_S) * MORE_TIME;
        command.env(TIMEOUT, patience.to_string());
    }

    /// Whether programs would be the same but for what is a terminal's own.
    fn is_like(&self, other: &Self) -> bool {
        let telling = |handover: &'_ Self| -> Vec<Vec<u8>> {
            let is_telling = |entry: &&Vec<u8>| !is_of_terminal(name_and_value(entry).0);
            handover.environment.iter().filter(is_telling).cloned().collect()
        };
        self.directory == other.directory && telling(self) == telling(other)
    }

    fn to_bytes(&self, began: u64) -> Vec<u8> {
        let began = began.to_string();
        let directory = self.directory.as_os_str().as_bytes();
        let fields = [began.as_bytes(), directory].into_iter();
        let fields = fields.chain(self.environment.iter().map(Vec::as_slice));
        fields.flat_map(|field| [field, b"\0"].concat()).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<(u64, Self)> {
        let mut fields = bytes.strip_suffix(b"\0")?.split(|&byte| byte == 0);
        let began = str::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let directory = PathBuf::from(OsStr::from_bytes(fields.next()?));
        let environment = fields.map(<[u8]>::to_vec).collect();
        Some((began, Self { directory, environment }))
    }
}

/// Leaves for the watcher what the shell with this process id has now. Nothing is written where that is
/// what it had before.
pub fn hand_over(room: &Room, shell: u32, now: &Handover) -> Option<()> {
    let name = OsString::from(format!("{PREFIX}{shell}"));
    let began = began(shell)?;
    let before = room.read(&name).and_then(|bytes| Handover::from_bytes(&bytes));
    match before {
        Some((then, before)) if then == began && before.is_like(now) => {
            room.open(&name)?.set_modified(SystemTime::now()).ok()
        }
        _ => room.write(&name, &now.to_bytes(began)).then_some(()),
    }
}

/// Whether a file of this name is what a shell handed over.
pub fn is_shells(name: &OsStr) -> bool {
    name.as_bytes().starts_with(PREFIX.as_bytes())
}

/// The same, of a shell that runs yet.
pub fn is_of_running(room: &Room, name: &OsStr) -> bool {
    let told = || room.read(name).and_then(|bytes| Handover::from_bytes(&bytes));
    let then = id_of(name).zip(told());
    then.is_some_and(|(id, (then, _))| began(id) == Some(then))
}

fn id_of(name: &OsStr) -> Option<u32> {
    str::from_utf8(name.as_bytes().strip_prefix(PREFIX.as_bytes())?).ok()?.parse().ok()
}

/// The shells of a watcher.
#[derive(Default)]
pub struct Callers {
    shells: BTreeMap<OsString, Caller>,
}

struct Caller {
    process: WatchedProcess,
    handed: Handover,
}

impl Callers {
    /// Looks at who is there; gives what was handed over last, if that is another one than before.
    pub fn look(&mut self, room: &Room) -> Option<Handover> {
        let mut news = None;
        for name in room.names().into_iter().filter(|name| is_shells(name)) {
            let told = room.read(&name).and_then(|bytes| Handover::from_bytes(&bytes));
            let Some((began, handed)) = told else { continue };
            match self.shells.get_mut(&name) {
                Some(caller) if caller.handed == handed => {}
                Some(caller) => {
                    caller.handed = handed.clone();
                    news = Some(handed);
                }
                None => {
                    let process = id_of(&name).and_then(|id| WatchedProcess::open(id, began));
                    let Some(process) = process else {
                        room.remove(&name);
                        continue;
                    };
                    self.shells.insert(name, Caller { process, handed: handed.clone() });
                    news = Some(handed);
                }
            }
        }
        news
    }

    /// Forgets those that have ended; says whether there are any left.
    pub fn sweep(&mut self, room: &Room) -> bool {
        self.shells.retain(|name, caller| {
            let is_there = !caller.process.has_ended();
            if !is_there {
                room.remove(name);
            }
            is_there
        });
        !self.shells.is_empty()
    }

    /// How long ago the last prompt was.
    pub fn idle(&self, room: &Room) -> Duration {
        let prompt = |name: &OsString| room.open(name)?.metadata().ok()?.modified().ok();
        let last = self.shells.keys().filter_map(prompt).max();
        last.and_then(|last| last.elapsed().ok()).unwrap_or_default()
    }

    /// What there is to wait for: the end of each.
    pub fn sources(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.shells.values().map(|caller| caller.process.source())
    }
}

fn name_and_value(entry: &[u8]) -> (&[u8], &[u8]) {
    // A name may begin with `=`.
    let at = entry.iter().skip(1).position(|&byte| byte == b'=').map_or(entry.len(), |at| at + 1);
    (&entry[..at], entry.get(at + 1..).unwrap_or_default())
}

/// Without what would have the loader look into a directory.
fn cleaned(entry: Vec<u8>) -> Option<Vec<u8>> {
    let mut room = vec![0; entry.len() + 1];
    match loader::clean(&entry, &mut room) {
        Cleaned::Whole => Some(entry),
        Cleaned::Gone => None,
        Cleaned::Shortened => room.split(|&byte| byte == 0).next().map(<[u8]>::to_vec),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handover(directory: &str, environment: &[&str]) -> Handover {
        let environment = environment.iter().map(|entry| entry.as_bytes().to_vec()).collect();
        Handover { directory: directory.into(), environment }
    }

    #[test]
    fn a_handover_comes_back() {
        let handed = handover("/a b", &["A=1", "B=x=y", "C="]);
        assert_eq!(Handover::from_bytes(&handed.to_bytes(7)), Some((7, handed)));
        assert_eq!(Handover::from_bytes(b"7\0/a"), None);
        assert_eq!(Handover::from_bytes(b""), None);
    }

    #[test]
    fn a_discovery_may_take_longer_than_at_a_tab() {
        let patience = |environment: &[&str]| {
            let mut command = Command::new("x");
            handover("/", environment).apply(&mut command);
            let mut envs = command.get_envs();
            envs.find(|(name, _)| *name == TIMEOUT).unwrap().1.unwrap().to_owned()
        };
        assert_eq!(patience(&["PIVOT_COMPLETE_TIMEOUT=0.5"]), "2");
        assert_eq!(patience(&[]), "120");
        assert_eq!(patience(&["PIVOT_COMPLETE_TIMEOUT=x"]), "120");
    }

    #[test]
    fn what_is_a_terminals_own_is_no_news() {
        let before = handover("/a", &["A=1", "SHLVL=1", "STARSHIP_X=1"]);
        assert!(before.is_like(&handover("/a", &["A=1", "SHLVL=2", "STARSHIP_X=2"])));
        assert!(!before.is_like(&handover("/a", &["A=2", "SHLVL=1"])));
        assert!(!before.is_like(&handover("/b", &["A=1"])));
    }
}
