//! Why a TAB is not answered from a cache: one name for each reason, printed alike by `doctor`,
//! the trace and the tests.

/// The one reason a decision was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The cache says fresh: the only reason that is a hit.
    Fresh,
    /// No directory at or above the working directory has `.pivot` or `.git`.
    NoProject,
    /// Only a `.git` was found; Pivot's commands want `.pivot`.
    NoPivotDirectory,
    /// The project has no config file, so it has no stages.
    NoConfig,
    /// The working directory cannot be named (deleted, unreachable).
    NoWorkingDirectory,
    /// A path is longer than the kernel takes.
    PathTooLong,
    /// The file system did not say whether a directory or config exists.
    FileSystemFails,
    /// There is no cache file.
    CacheMissing,
    /// The cache is a FIFO, a device, a directory.
    CacheNotRegular,
    /// The cache is longer than any that would be written.
    CacheTooLarge,
    /// The cache cannot be opened or read.
    CacheUnreadable,
    /// The cache has another version line.
    CacheVersion,
    /// The cache breaks its format.
    CacheMalformed,
    /// The cache is not UTF-8.
    CacheNotUtf8,
    /// The cache does not end in a newline: it was cut off.
    CacheTorn,
    /// The cache's header names an absolute path or climbs with `..`.
    CacheHostilePath,
    /// The cache belongs to another config file.
    CacheOtherConfig,
    /// The config's mtime is not the recorded one.
    ConfigChanged,
    /// A file that the discovery read has another content.
    InputChanged,
    /// A file or directory that the discovery read is gone.
    InputGone,
    /// There is something where the discovery found nothing.
    InputAppeared,
    /// A directory has other names than the discovery saw, of those that count.
    ListingChanged,
    /// A file that the discovery read cannot be compared.
    InputUnreadable,
    /// The inputs are longer than the front compares.
    InputsTooLarge,
    /// The pipeline read by a path relative to another working directory.
    OtherDirectory,
    /// `stages.cache` was written for another Pivot, Python or environment.
    OtherEnvironment,
    /// `stages.cache` lies beside the store of another ROOT, which this one is a copy of.
    OtherRoot,
    /// Only click can tell what becomes of a command's words.
    CommandOpaque,
    /// The cache tells no `stage:key` targets.
    TargetsUnknown,
    /// No manifest of the stage was computed under these inputs.
    ManifestMissing,
    /// A file that a stage's code lies in has another mtime, size or inode.
    SourceChanged,
    /// The discovery failed with these very inputs: a TAB gets the last good names.
    FailedBefore,
    /// An earlier discovery saw exactly these contents.
    KnownContent,
    /// No pipeline here has a stage of that name.
    NoSuchStage,
    /// Pivot refuses to fingerprint the stage.
    Refused,
    /// Manifests were computed.
    Computed,
    /// Stamps that had proved nothing were taken anew.
    Renewed,
    /// The command line holds something that only the engine knows.
    EngineCommand,
    /// The words are not at a stage name; Pivot itself completes them.
    OtherWord,
    /// More words or longer ones than the front holds.
    LineTooLong,
    /// Standard output takes no answer (a full disk).
    OutputFails,
    /// The answer is longer than the front writes in one piece.
    AnswerTooLong,
    /// The names do not tell whether bare names are offered (Pivot 0.1 and later differ).
    BareNamesUnclear,
    /// Pivot's command line was described anew.
    Described,
    /// `PIVOT_COMPLETE_ON_MISS=never`.
    OnMissNever,
    /// `PIVOT_COMPLETE_ON_MISS=stale`: the last known answer was given.
    OnMissStale,
    /// ROOT or the config belongs to someone else.
    OtherOwner,
    /// ROOT or the config is writable by everyone.
    WorldWritable,
    /// `PIVOT_COMPLETE_TRUST=explicit`, and the project is not in the list.
    NotTrusted,
    /// The command runs inside a discovery, and starts no other.
    Nested,
    /// No `pivot` program and no Python to ask.
    NoPivot,
    /// Discovery did not end in time and was ended.
    TimedOut,
    /// Discovery was ended by the user.
    Interrupted,
    /// Discovery failed; Pivot's message is shown by explicit commands.
    DiscoveryFailed,
    /// The stages were discovered.
    Discovered,
    /// The stages were read from a `pivot.yaml`, without Python.
    ParsedYaml,
    /// Another process's discovery gave the answer.
    Shared,
    /// What a prompt had found out a moment ago could not be kept.
    PrewarmPaused,
}

impl Reason {
    /// The reason's name in `doctor`, in the trace and in tests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Fresh => "fresh",
            Reason::NoProject => "no-project",
            Reason::NoPivotDirectory => "no-pivot-directory",
            Reason::NoConfig => "no-config",
            Reason::NoWorkingDirectory => "no-working-directory",
            Reason::PathTooLong => "path-too-long",
            Reason::FileSystemFails => "file-system-fails",
            Reason::CacheMissing => "cache-missing",
            Reason::CacheNotRegular => "cache-not-regular",
            Reason::CacheTooLarge => "cache-too-large",
            Reason::CacheUnreadable => "cache-unreadable",
            Reason::CacheVersion => "cache-version",
            Reason::CacheMalformed => "cache-malformed",
            Reason::CacheNotUtf8 => "cache-not-utf-8",
            Reason::CacheTorn => "cache-torn",
            Reason::CacheHostilePath => "cache-hostile-path",
            Reason::CacheOtherConfig => "cache-other-config",
            Reason::ConfigChanged => "config-changed",
            Reason::InputChanged => "input-changed",
            Reason::InputGone => "input-gone",
            Reason::InputAppeared => "input-appeared",
            Reason::ListingChanged => "listing-changed",
            Reason::InputUnreadable => "input-unreadable",
            Reason::InputsTooLarge => "inputs-too-large",
            Reason::OtherDirectory => "other-directory",
            Reason::OtherEnvironment => "other-environment",
            Reason::OtherRoot => "other-root",
            Reason::CommandOpaque => "command-opaque",
            Reason::TargetsUnknown => "targets-unknown",
            Reason::ManifestMissing => "manifest-missing",
            Reason::SourceChanged => "source-changed",
            Reason::FailedBefore => "failed-before",
            Reason::KnownContent => "known-content",
            Reason::NoSuchStage => "no-such-stage",
            Reason::Refused => "refused",
            Reason::Computed => "computed",
            Reason::Renewed => "renewed",
            Reason::EngineCommand => "engine-command",
            Reason::OtherWord => "other-word",
            Reason::LineTooLong => "line-too-long",
            Reason::OutputFails => "output-fails",
            Reason::AnswerTooLong => "answer-too-long",
            Reason::BareNamesUnclear => "bare-names-unclear",
            Reason::Described => "described",
            Reason::OnMissNever => "on-miss-never",
            Reason::OnMissStale => "on-miss-stale",
            Reason::OtherOwner => "other-owner",
            Reason::WorldWritable => "world-writable",
            Reason::NotTrusted => "not-trusted",
            Reason::Nested => "nested",
            Reason::NoPivot => "no-pivot",
            Reason::TimedOut => "timed-out",
            Reason::Interrupted => "interrupted",
            Reason::DiscoveryFailed => "discovery-failed",
            Reason::Discovered => "discovered",
            Reason::ParsedYaml => "parsed-yaml",
            Reason::Shared => "shared",
            Reason::PrewarmPaused => "prewarm-paused",
        }
    }
}
