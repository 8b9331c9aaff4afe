//! What the environment says about how to answer.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use pivot_complete::environment::settings::{NAMES, PREFIX, has_meaning, is_misunderstood};

use super::owner::is_users;

/// What a TAB does where only discovery knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMiss {
    /// Waits for discovery.
    Wait,
    /// Gives the last known names and refreshes behind; with none, waits.
    Stale,
    /// Gives nothing.
    Never,
}

/// Whose projects a TAB may execute code of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustPolicy {
    /// One's own ones, and those in the list.
    Owner,
    /// Those in the list alone.
    Explicit,
}

/// The variables that all commands share.
#[derive(Clone)]
pub struct Settings {
    /// `PIVOT_COMPLETE_PYTHON`: the interpreter for discovery.
    pub python: Option<PathBuf>,
    /// `PIVOT_COMPLETE_TIMEOUT`: how long a discovery and the wait for one may take.
    pub timeout: Duration,
    /// When that time is over for this process.
    pub deadline: Instant,
    /// `PIVOT_COMPLETE_ON_MISS`.
    pub on_miss: OnMiss,
    /// `PIVOT_COMPLETE_TRUST`.
    pub trust: TrustPolicy,
    /// Whether this process runs inside a discovery (`PIVOT_COMPLETE=1`), where starting another
    /// one could go on for ever.
    pub nested: bool,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest timeout that is taken, so that clocks can hold it: a day.
const LONGEST_TIMEOUT_S: f64 = 86_400.0;

impl Settings {
    /// Reads the environment; what means nothing counts as unset.
    pub fn from_environment() -> Self {
        let timeout = timeout();
        Self {
            python: variable("PIVOT_COMPLETE_PYTHON").map(PathBuf::from),
            timeout,
            deadline: started() + timeout,
            on_miss: match understood("ON_MISS").as_deref() {
                Some("stale") => OnMiss::Stale,
                Some("never") => OnMiss::Never,
                _ => OnMiss::Wait,
            },
            trust: match understood("TRUST").as_deref() {
                Some("explicit") => TrustPolicy::Explicit,
                _ => TrustPolicy::Owner,
            },
            nested: variable("PIVOT_COMPLETE").is_some(),
        }
    }
}

/// `PIVOT_COMPLETE_TIMEOUT`.
pub fn timeout() -> Duration {
    understood("TIMEOUT")
        .and_then(|seconds| seconds.trim().parse::<f64>().ok())
        .map_or(DEFAULT_TIMEOUT, |s| Duration::from_secs_f64(s.min(LONGEST_TIMEOUT_S)))
}

/// The value of the setting `PIVOT_COMPLETE_` `name`, where it means something.
fn understood(name: &str) -> Option<String> {
    let value = variable(&format!("PIVOT_COMPLETE_{name}"))?.into_string().ok()?;
    has_meaning(name.as_bytes(), value.as_bytes()).then_some(value)
}

/// Every setting as it counts here, and where it comes from: `PIVOT_COMPLETE_TIMEOUT=30 (default)`.
pub fn all() -> Vec<String> {
    let defaults = ["", "30", "wait", "owner", "", ""];
    let told = NAMES.iter().zip(defaults).filter_map(|(name, default)| {
        Some(match understood(name) {
            Some(value) => format!("PIVOT_COMPLETE_{name}={value} (environment)"),
            None if default.is_empty() => return None,
            None => format!("PIVOT_COMPLETE_{name}={default} (default)"),
        })
    });
    told.collect()
}

/// What is set and means nothing, and what would: a line each, by name.
pub fn misunderstood() -> Vec<String> {
    let entry = |(name, value): (OsString, OsString)| {
        let entry = [name.as_bytes(), b"=", value.as_bytes()].concat();
        let is_one = entry.strip_prefix(PREFIX).is_some_and(is_misunderstood);
        is_one.then(|| String::from_utf8_lossy(&entry).into_owned())
    };
    let mut all: Vec<String> = std::env::vars_os().filter_map(entry).collect();
    all.sort();
    all.iter().map(|entry| format!("{entry} means nothing: {}", instead_of(entry))).collect()
}

/// What would mean something in the place of `entry`.
fn instead_of(entry: &str) -> &'static str {
    let setting = entry.get(PREFIX.len()..).unwrap_or_default();
    match setting.split('=').next().unwrap_or_default() {
        "TIMEOUT" => "a number of seconds above 0 would, such as 30 or 0.5",
        "ON_MISS" => "wait, stale or never would",
        "TRUST" => "owner or explicit would",
        "TRACE" => "a file's whole path would",
        _ => "`pivot-complete --help` lists the settings",
    }
}

/// When this command started: the first call of this.
pub fn started() -> Instant {
    static STARTED: OnceLock<Instant> = OnceLock::new();
    *STARTED.get_or_init(Instant::now)
}

/// The process that called this command: the parent at the first call of this.
pub fn caller() -> u32 {
    static CALLER: OnceLock<u32> = OnceLock::new();
    *CALLER.get_or_init(parent_id)
}

/// An environment variable that is set and not empty.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The user's directory of `kind` for this program.
pub fn xdg_directory(kind: &str, fallback: &str) -> Option<PathBuf> {
    xdg_home(kind, fallback).map(|path| path.join("pivot-complete"))
}

/// The user's directory of `kind` for all programs: `$XDG_<KIND>_HOME`, or `fallback` in the home
/// directory.
///
/// A relative path there is none (XDG Base Directory Specification).
pub fn xdg_home(kind: &str, fallback: &str) -> Option<PathBuf> {
    variable(&format!("XDG_{kind}_HOME"))
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(fallback)))
        .filter(|path| path.is_absolute())
}

/// Whether the home directory is the user's own: that of the user who became another one by
/// `sudo -E` stays his. Where there is none it is nobody else's.
pub fn is_own_home() -> bool {
    let home = variable("HOME").and_then(|home| std::fs::metadata(home).ok());
    home.is_none_or(|home| is_users(home.uid()))
}

/// Whether `path` lies in a home directory that does not exist. Whoever adds the user makes that, or
/// a mount is about to put it there.
pub fn is_in_no_home(path: &Path) -> bool {
    let home = variable("HOME").map(PathBuf::from);
    home.is_some_and(|home| path.starts_with(&home) && !home.exists())
}
