//! What a command line asks for.

use std::ffi::OsString;
use std::path::PathBuf;

use pivot_complete::line::{Form, Shell};
use pivot_complete::request::Format;

use super::scripts::Script;

/// What `stages` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct StagesRequest {
    /// Only names that start with this.
    pub prefix: Vec<u8>,
    /// How they are printed.
    pub format: Format,
    /// Only from a fresh cache.
    pub cached: bool,
    /// Of every pipeline.
    pub all: bool,
}

/// What `targets` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct TargetsRequest {
    /// Only targets that start with this.
    pub prefix: Vec<u8>,
    /// How they are printed.
    pub format: Format,
    /// Only from a fresh cache.
    pub cached: bool,
}

/// What `manifest` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct ManifestRequest {
    /// The stage; without one, all of them as one object.
    pub stage: Option<Vec<u8>>,
    /// How it ends.
    pub format: Format,
    /// Only from a fresh cache.
    pub cached: bool,
}

/// What a script does before a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// Finds out what is stale.
    Prewarm,
    /// Sees to it that a watcher does, at once.
    Watch,
}

/// What `watch` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Watch {
    /// To watch, and to say what it does.
    Here,
    /// By the hook of the shell with this process id: to see to it that somebody watches.
    Behind(u32),
    /// To watch in the room of this name.
    Of(OsString),
}

/// One command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// `stages`.
    Stages(StagesRequest),
    /// `targets`.
    Targets(TargetsRequest),
    /// `manifest`.
    Manifest(ManifestRequest),
    /// `status`.
    Status(Format),
    /// `complete`, or click's protocol.
    Complete(Shell, Form),
    /// What a script or a variable asks for that is not known here: at a TAB.
    Nothing,
    /// `init`.
    Init {
        /// The script.
        script: &'static Script,
        /// With a prompt hook.
        hook: Option<Hook>,
        /// Instead, what completes pivot-complete itself.
        own: bool,
    },
    /// `prewarm`.
    Prewarm {
        /// For a watcher, which is told what to watch.
        tells_places: bool,
    },
    /// `watch`.
    Watch(Watch),
    /// `refresh`.
    Refresh {
        /// The first word of the line of the TAB that started it behind itself.
        behind: Option<OsString>,
    },
    /// What a TAB starts behind itself: new stamps for the store of this name.
    Renew(OsString),
    /// Not for users: sees to it that Pivot's command line is described.
    Describe {
        /// Describes it anew, and prints that.
        json: bool,
        /// The first word of the line of the TAB that started it behind itself.
        behind: Option<OsString>,
    },
    /// `doctor`, as text or as JSON.
    Doctor(Format),
    /// `clear`.
    Clear {
        /// The user's cache directory too.
        all: bool,
    },
    /// `trust`.
    Trust {
        /// The project's directory, else the working directory.
        directory: Option<PathBuf>,
        /// Takes it out of the list.
        remove: bool,
    },
    /// `--help`, or `help`: of all, or of one command.
    Help(Option<&'static str>),
    /// `--version`.
    Version,
}

impl Command {
    /// Whether a user gave it, who is told what is wrong with his settings; doctor has a place for that.
    pub const fn is_users(&self) -> bool {
        let is_behind = matches!(
            self,
            Self::Refresh { behind: Some(_) } | Self::Renew(_) | Self::Describe { .. }
        );
        !is_behind && !matches!(self, Self::Doctor(_))
    }
}
