//! What each reason means to a user, and what to do about it.

use std::path::Path;

use nix::sys::statvfs::{FsFlags, statvfs};

use pivot_complete::reason::Reason;

/// What happened, as a clause that follows a colon; and what to do, a whole sentence.
pub struct Words {
    pub what: &'static str,
    pub remedy: &'static str,
}

/// How a remedy begins that is none.
pub const NOTHING_NEEDED: &str = "Nothing needs to be done";

const NOTHING: &str = "Nothing needs to be done.";
const ONCE: &str = "Nothing needs to be done: Pivot is asked once, and once it has answered a TAB is \
                    answered from the cache. `pivot-complete refresh` does it now; where each TAB \
                    waits anew, it says why.";
const OURS: &str =
    "`pivot-complete clear` removes what is cached here; it is made anew by the next TAB.";
const LINE: &str = "Nothing needs to be done: such a line is completed by Pivot itself.";
const PLACE: &str = "Go to a directory that exists and that you may enter.";
const TRUST: &str = "Look at what is named; `pivot-complete trust DIRECTORY` allows it, where you know \
                     whose it is.";

/// The words for `reason`.
pub fn words(reason: Reason) -> Words {
    let (what, remedy) = of(reason);
    Words { what, remedy }
}

/// What lets a file be made where `place` is the nearest that is there on the way, a clause that begins a
/// sentence.
pub fn opened(place: &Path) -> String {
    let place_is = place.display();
    let mount = statvfs(place).map(|about| about.flags());
    if mount.is_ok_and(|flags| flags.contains(FsFlags::ST_RDONLY)) {
        format!("Have what {place_is} lies on mounted for writing")
    } else if place.is_dir() {
        format!("Make {place_is} writable for you")
    } else {
        format!("Have a directory where {place_is} is, which is none")
    }
}

fn of(reason: Reason) -> (&'static str, &'static str) {
    hits(reason).or_else(|| misses(reason)).or_else(|| outcomes(reason)).unwrap_or(("", ""))
}

fn hits(reason: Reason) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        Reason::Fresh => ("nothing changed since the stages were discovered", NOTHING),
        Reason::FailedBefore => (
            "the pipeline failed when it was discovered, and nothing changed since",
            "Mend the pipeline; `pivot-complete stages` prints what Pivot says about it. A TAB has it tried again \
             once a minute.",
        ),
        Reason::NoProject => (
            "no directory at or above this one has .pivot or .git",
            "Go to a Pivot project, or make one with `pivot init`.",
        ),
        Reason::NoConfig => (
            "the project has no pipeline.py, so it has no stages",
            "Write a pipeline.py, here or in the project's top directory.",
        ),
        Reason::NoLine => (
            "there is no line to complete",
            "Let the shell ask: `pivot-complete init SHELL` prints its script.",
        ),
        _ => return None,
    })
}

fn misses(reason: Reason) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        Reason::EngineCommand => ("the second program answers this", NOTHING),
        Reason::SettingMeansNothing => (
            "a setting means nothing",
            "Look at your settings: `pivot-complete --help` lists them.",
        ),
        Reason::OtherCommand => ("the line runs another program than Pivot", NOTHING),
        Reason::LineTooLong => ("the line has more words, or longer ones, than are read", LINE),
        Reason::LineNotUtf8 => ("the line is no UTF-8", LINE),
        Reason::CursorNotNumber => ("the shell's cursor is no plain number", LINE),
        Reason::NoCursorWord => ("what stands at the cursor is no word to click", LINE),
        Reason::NoStageWord => {
            ("Pivot's command line was not described yet, and the word may be anything", ONCE)
        }
        Reason::OptionUnread => ("an option of the line is none that is read here", LINE),
        Reason::CommandOpaque => ("only click can tell what becomes of the command's words", LINE),
        Reason::BareNamesUnclear => (
            "Pivot 0.1 and later Pivots offer other names here, and nothing tells which it is",
            ONCE,
        ),
        Reason::NoPivotDirectory => (
            "there is a .git and no .pivot, which Pivot's commands want",
            "Go to the project, a directory below that has a .pivot; `pivot init` makes one of this directory, \
             where answers are kept.",
        ),
        Reason::NoWorkingDirectory => ("the working directory cannot be named", PLACE),
        Reason::DirectoryNotEntered => ("the directory that is named cannot be entered", PLACE),
        Reason::PathTooLong => {
            ("a path is longer than the kernel takes", "Give the project a shorter path.")
        }
        Reason::FileSystemFails => (
            "the file system did not say whether a directory or a config exists",
            "See whether the file system that the project lies on answers: `ls` there.",
        ),
        Reason::CacheMissing => ("the stages were not discovered yet", ONCE),
        Reason::CacheNotRegular => {
            ("something that is no regular file lies in the cache's place", OURS)
        }
        Reason::CacheTooLarge => (
            "the cache is larger than is read at a TAB, and each TAB asks Pivot",
            "Pipelines in directories of their own have a cache each: divide the pipeline; if \
             the cache is not so large for its stages, `pivot-complete clear` removes it.",
        ),
        Reason::CacheUnreadable => (
            "the cache cannot be opened or read",
            "See who owns what lies in .pivot/cache; `pivot-complete clear` removes it.",
        ),
        Reason::CacheChanged => ("the cache changed while it was read", NOTHING),
        Reason::CacheVersion => ("the cache was written by another version", ONCE),
        Reason::CacheMalformed => ("the cache is damaged", ONCE),
        Reason::CacheNotUtf8 => ("the cache is no UTF-8", ONCE),
        Reason::CacheTorn => ("the cache was cut off", ONCE),
        Reason::CacheHostilePath => (
            "the cache names a path outside of the project",
            "See who wrote .pivot/cache/stages.cache; `pivot-complete clear` removes it.",
        ),
        Reason::CacheOtherConfig => ("the cache belongs to another pipeline", ONCE),
        Reason::ConfigChanged => ("the pipeline was edited or touched", ONCE),
        Reason::InputChanged => ("a file that the pipeline reads has another content", ONCE),
        Reason::InputGone => ("a file or directory that the pipeline reads is gone", ONCE),
        Reason::InputAppeared => ("there is something where the pipeline found nothing", ONCE),
        Reason::ListingChanged => ("a directory that the pipeline lists has other names", ONCE),
        Reason::StatChanged => ("what the pipeline asks about a file is otherwise", ONCE),
        Reason::LinkChanged => ("a link that the pipeline goes through leads elsewhere", ONCE),
        Reason::EnvironmentChanged => {
            ("a variable that the pipeline reads has another value", ONCE)
        }
        Reason::MachineChanged => ("what the pipeline asks about the machine is otherwise", ONCE),
        Reason::InputUnreadable => {
            ("a file that the pipeline reads cannot be read now", "See who may read the file.")
        }
        Reason::InputsTooLarge => {
            ("the files that the pipeline reads are too large to compare", ONCE)
        }
        Reason::OtherDirectory => {
            ("the pipeline reads by a relative path, from another directory", ONCE)
        }
        Reason::OtherEnvironment => ("the cache was written for another Pivot or Python", ONCE),
        Reason::OtherRoot => ("the project was copied or moved with its caches", ONCE),
        Reason::TargetsUnknown => ("the cache does not tell the stages' outputs", ONCE),
        Reason::FailureRecorded => (
            "the pipeline failed when it was discovered",
            "Mend the pipeline; `pivot-complete stages` prints what Pivot says about it.",
        ),
        Reason::ManifestMissing => (
            "no manifest of the stage was computed for this state of the pipeline",
            "`pivot-complete refresh` computes all of them.",
        ),
        Reason::SourceChanged => (
            "a file that a stage's code lies in was edited",
            "`pivot-complete refresh` computes the manifests anew.",
        ),
        Reason::AnswerTooLong => ("the answer is longer than the first program prints", NOTHING),
        _ => return None,
    })
}

fn outcomes(reason: Reason) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        Reason::Discovered => ("the stages were discovered", NOTHING),
        Reason::ParsedYaml => ("the stages were read from a pivot.yaml, without Python", NOTHING),
        Reason::Shared => ("another TAB's discovery gave the answer", NOTHING),
        Reason::BeingDiscovered => ("the stages are being discovered at this moment", NOTHING),
        Reason::SameShape => ("modules were edited in a way that changes no name", NOTHING),
        Reason::KnownContent => ("an earlier discovery saw exactly this", NOTHING),
        Reason::AnsweredByPivot => ("Pivot itself completed the line", NOTHING),
        Reason::OnMissStale => {
            ("PIVOT_COMPLETE_ON_MISS=stale: the last known names were given", NOTHING)
        }
        Reason::OnMissNever => (
            "PIVOT_COMPLETE_ON_MISS=never: no TAB asks Pivot",
            "`pivot-complete refresh` asks it now; or take PIVOT_COMPLETE_ON_MISS away.",
        ),
        Reason::SwitchedOff => (
            "PIVOT_COMPLETE_OFF is set, and no TAB is answered",
            "Unset PIVOT_COMPLETE_OFF to switch it on.",
        ),
        Reason::OtherProtocol => (
            "the script that the shell has loaded is of a version that reads other answers",
            "Start a new shell: it loads the script of the program that is there now.",
        ),
        Reason::Described => ("Pivot's command line was described", NOTHING),
        Reason::Computed => ("manifests were computed", NOTHING),
        Reason::Renewed => ("stamps of unchanged files were taken anew", NOTHING),
        Reason::PrewarmPaused => {
            ("what a prompt found out could not be kept a moment ago", NOTHING)
        }
        Reason::Watched => ("a watcher discovers behind each save", NOTHING),
        Reason::NotWatched => (
            "the system watches no more directories, or there is no runtime directory of your own",
            "Set XDG_RUNTIME_DIR to a directory of your own, or raise fs.inotify.max_user_watches \
             and fs.inotify.max_user_instances by `sysctl`.",
        ),
        Reason::CacheUnwritable => (
            "there is no directory that caches can be written to",
            "Make the directory that is named writable for you, or set XDG_CACHE_HOME.",
        ),
        Reason::CacheStays => {
            ("a cache cannot be removed", "See who owns what is named, and remove it by hand.")
        }
        Reason::OtherOwner => ("what would be run belongs to another user", TRUST),
        Reason::WorldWritable => (
            "everyone can write to what would be run",
            "Take that away (`chmod o-w`), or `pivot-complete trust DIRECTORY`, where it is named.",
        ),
        Reason::NotTrusted => (
            "PIVOT_COMPLETE_TRUST=explicit, and the project is not trusted",
            "`pivot-complete trust` in the project's directory allows it.",
        ),
        Reason::ListUnwritable => (
            "the list of trusted directories cannot be written",
            "See who owns pivot-complete/trusted in your directory for configurations.",
        ),
        Reason::Nested => (
            "it runs inside of a discovery, and starts no other",
            "Unset PIVOT_COMPLETE in this shell, if you are not in a pipeline.",
        ),
        Reason::NoPivot => (
            "there is no Python to ask that has Pivot",
            "Activate the environment that Pivot is installed in, or name its Python in \
             PIVOT_COMPLETE_PYTHON.",
        ),
        Reason::NoSuchStage => {
            ("the pipeline here has no stage of that name", "`pivot-complete stages` lists them.")
        }
        Reason::Refused => (
            "Pivot refuses to fingerprint the stage",
            "Do what its message says; the names of the stages are completed all the same.",
        ),
        Reason::DiscoveryFailed => (
            "the pipeline fails",
            "Mend the pipeline; `pivot-complete stages` prints what Pivot says about it.",
        ),
        Reason::NameUnprintable => (
            "a name cannot be printed as a line",
            "Ask with --json, or give the stage another name.",
        ),
        Reason::DescriptionBroken => (
            "Pivot's description of its command line is broken",
            "`pivot-complete clear --all`; if it stays, please report it.",
        ),
        Reason::WorkerEnded => (
            "the process that should have answered has ended",
            "Try it again; if it stays, please report it.",
        ),
        Reason::TimedOut => (
            "Pivot did not answer in time",
            "PIVOT_COMPLETE_TIMEOUT=SECONDS gives it more; `pivot-complete refresh` shows how long it takes.",
        ),
        Reason::Interrupted => ("it was interrupted", NOTHING),
        Reason::OutputFails => {
            ("nobody takes the answer", "See whether the disk that it is written to is full.")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_clause_and_a_remedy() {
        for reason in Reason::ALL {
            let Words { what, remedy } = words(*reason);
            let name = reason.as_str();
            assert!(!what.is_empty() && !what.ends_with('.'), "{name}: {what:?}");
            assert!(remedy.ends_with('.') && remedy.len() > 10, "{name}: {remedy:?}");
            assert_eq!(remedy.starts_with("Nothing"), remedy.starts_with(NOTHING_NEEDED), "{name}");
            assert!(!name.contains('-') || !what.contains(name), "{name}: its name says no more");
        }
        for (index, reason) in Reason::ALL.iter().enumerate() {
            let same = |other: &&Reason| words(**other).what == words(*reason).what;
            assert_eq!(Reason::ALL[index + 1..].iter().find(same), None, "{}", reason.as_str());
        }
    }
}
