//! One name for each decision of a TAB and of a command, printed alike by `doctor`, the trace and the
//! tests; in three groups.

/// Declares the reasons once, each with its name, by their groups.
macro_rules! reasons {
    ($($(#[$about:meta])* $group:ident { $($(#[$doc:meta])* $reason:ident = $name:literal,)* })*) => {
        /// What a reason is given for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Group {
            $($(#[$about])* $group,)*
        }

        /// The one reason that a decision was taken for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason {
            $($($(#[$doc])* $reason,)*)*
        }

        impl Reason {
            /// Every reason, group by group.
            pub const ALL: &[Reason] = &[$($(Reason::$reason,)*)*];

            /// The reason's name in `doctor`, in the trace and in tests.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Reason::$reason => $name,)*)*
                }
            }

            /// What it is given for.
            pub const fn group(self) -> Group {
                match self {
                    $($(Reason::$reason => Group::$group,)*)*
                }
            }
        }
    };
}

reasons! {
    /// Why an answer needs nobody to be asked.
    Hit {
        /// The cache says fresh.
        Fresh = "fresh",
        /// The discovery failed with these very inputs: a TAB gets the last good names.
        FailedBefore = "failed-before",
        /// No directory at or above the working directory has `.pivot` or `.git`.
        NoProject = "no-project",
        /// The project has no config file, so it has no stages.
        NoConfig = "no-config",
        /// There is no line to complete.
        NoLine = "no-line",
        /// The line runs another program, which may have a completion of its own.
        OtherCommand = "other-command",
    }
    /// Why no cache answers, or not the front.
    Miss {
        /// The command line holds something that only the engine knows.
        EngineCommand = "engine-command",
        /// A setting means nothing, which the engine says.
        SettingMeansNothing = "setting-means-nothing",
        /// More words or longer ones than the front holds.
        LineTooLong = "line-too-long",
        /// The line is not UTF-8, with which Python has its own ways.
        LineNotUtf8 = "line-not-utf-8",
        /// The cursor's place is no plain number; click might still understand it.
        CursorNotNumber = "cursor-not-a-number",
        /// What stands at the cursor is no word to click, which fails there.
        NoCursorWord = "no-cursor-word",
        /// The word is no stage's name to every Pivot, and the command line was not described yet.
        NoStageWord = "no-stage-word",
        /// An option of the command is none that is read here: it starts with no ASCII character,
        /// or its number is too high, or that of its words.
        OptionUnread = "option-unread",
        /// Only click can tell what becomes of a command's words.
        CommandOpaque = "command-opaque",
        /// The names do not tell whether bare names are offered (Pivot 0.1 and later differ).
        BareNamesUnclear = "bare-names-unclear",
        /// Only a `.git` was found; Pivot's commands want `.pivot`.
        NoPivotDirectory = "no-pivot-directory",
        /// The working directory cannot be named (deleted, unreachable).
        NoWorkingDirectory = "no-working-directory",
        /// A directory that is named cannot be entered.
        DirectoryNotEntered = "directory-not-entered",
        /// A path is longer than the kernel takes.
        PathTooLong = "path-too-long",
        /// The file system did not say whether a directory or config exists.
        FileSystemFails = "file-system-fails",
        /// There is no cache file.
        CacheMissing = "cache-missing",
        /// The cache is a FIFO, a device, a directory.
        CacheNotRegular = "cache-not-regular",
        /// The cache is longer than any that would be written.
        CacheTooLarge = "cache-too-large",
        /// The cache cannot be opened or read.
        CacheUnreadable = "cache-unreadable",
        /// The cache changed while it was read.
        CacheChanged = "cache-changed",
        /// The cache has another version line.
        CacheVersion = "cache-version",
        /// The cache breaks its format.
        CacheMalformed = "cache-malformed",
        /// The cache is not UTF-8.
        CacheNotUtf8 = "cache-not-utf-8",
        /// The cache does not end in a newline: it was cut off.
        CacheTorn = "cache-torn",
        /// The cache's header names an absolute path or climbs with `..`.
        CacheHostilePath = "cache-hostile-path",
        /// The cache belongs to another config file.
        CacheOtherConfig = "cache-other-config",
        /// The config's mtime is not the recorded one.
        ConfigChanged = "config-changed",
        /// A file that the discovery read has another content.
        InputChanged = "input-changed",
        /// A file or directory that the discovery read is gone.
        InputGone = "input-gone",
        /// There is something where the discovery found nothing.
        InputAppeared = "input-appeared",
        /// A directory has other names than the discovery saw, of those that count.
        ListingChanged = "listing-changed",
        /// What the discovery saw of a file without reading it (its size, its mtime, that it is a
        /// directory) is otherwise.
        StatChanged = "stat-changed",
        /// A link that the discovery read leads elsewhere.
        LinkChanged = "link-changed",
        /// A variable that the discovery read has another value.
        EnvironmentChanged = "environment-changed",
        /// What the discovery asked about the machine (its name, its processors, the user) is
        /// otherwise.
        MachineChanged = "machine-changed",
        /// A file that the discovery read cannot be compared.
        InputUnreadable = "input-unreadable",
        /// The inputs are longer than the front compares.
        InputsTooLarge = "inputs-too-large",
        /// The pipeline read by a path relative to another working directory.
        OtherDirectory = "other-directory",
        /// `stages.cache` was written for another Pivot, Python or environment.
        OtherEnvironment = "other-environment",
        /// `stages.cache` lies beside the store of another ROOT, which this one is a copy of.
        OtherRoot = "other-root",
        /// The cache tells no `stage:key` targets.
        TargetsUnknown = "targets-unknown",
        /// The discovery failed with these very inputs: an explicit command has it tried again.
        FailureRecorded = "failure-recorded",
        /// No manifest of the stage was computed under these inputs.
        ManifestMissing = "manifest-missing",
        /// A file that a stage's code lies in has another mtime, size or inode.
        SourceChanged = "source-changed",
        /// The answer is longer than the front writes in one piece.
        AnswerTooLong = "answer-too-long",
    }
    /// What came of it then.
    Outcome {
        /// The stages were discovered.
        Discovered = "discovered",
        /// The stages were read from a `pivot.yaml`, without Python.
        ParsedYaml = "parsed-yaml",
        /// Another process's discovery gave the answer.
        Shared = "shared",
        /// Somebody else is finding it out at this moment, and nobody waits for that.
        BeingDiscovered = "being-discovered",
        /// Modules were edited, but none in a way that can change a name.
        SameShape = "same-shape",
        /// An earlier discovery saw exactly these contents.
        KnownContent = "known-content",
        /// Pivot itself completed the line.
        AnsweredByPivot = "answered-by-pivot",
        /// `PIVOT_COMPLETE_ON_MISS=stale`: the last known answer was given.
        OnMissStale = "on-miss-stale",
        /// `PIVOT_COMPLETE_ON_MISS=never`.
        OnMissNever = "on-miss-never",
        /// `PIVOT_COMPLETE_OFF` is set.
        SwitchedOff = "switched-off",
        /// The shell has a script of a version that reads other answers.
        OtherProtocol = "other-protocol",
        /// Pivot's command line was described anew.
        Described = "described",
        /// Manifests were computed.
        Computed = "computed",
        /// Stamps that had proved nothing were taken anew.
        Renewed = "renewed",
        /// What a prompt had found out a moment ago could not be kept.
        PrewarmPaused = "prewarm-paused",
        /// A watcher discovers behind each save.
        Watched = "watched",
        /// Nobody can watch here: no runtime directory of the user's own, or no more watches.
        NotWatched = "not-watched",
        /// There is no directory to keep a cache in.
        CacheUnwritable = "cache-unwritable",
        /// A cache cannot be removed.
        CacheStays = "cache-stays",
        /// ROOT or the config belongs to someone else.
        OtherOwner = "other-owner",
        /// ROOT or the config is writable by everyone.
        WorldWritable = "world-writable",
        /// `PIVOT_COMPLETE_TRUST=explicit`, and the project is not in the list.
        NotTrusted = "not-trusted",
        /// The list of trusted projects cannot be written.
        ListUnwritable = "list-unwritable",
        /// The command runs inside a discovery, and starts no other.
        Nested = "nested",
        /// No `pivot` program and no Python to ask.
        NoPivot = "no-pivot",
        /// No pipeline here has a stage of that name.
        NoSuchStage = "no-such-stage",
        /// Pivot refuses to fingerprint the stage.
        Refused = "refused",
        /// Discovery failed; Pivot's message is shown by explicit commands.
        DiscoveryFailed = "discovery-failed",
        /// A name cannot be printed as a line.
        NameUnprintable = "name-unprintable",
        /// Pivot's description of its command line is broken.
        DescriptionBroken = "description-broken",
        /// The process that should have answered has ended.
        WorkerEnded = "worker-ended",
        /// Discovery did not end in time and was ended.
        TimedOut = "timed-out",
        /// Discovery was ended by the user.
        Interrupted = "interrupted",
        /// Standard output takes no answer (a full disk).
        OutputFails = "output-fails",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_one_reasons() {
        for (index, reason) in Reason::ALL.iter().enumerate() {
            let name = reason.as_str();
            assert!(
                name.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric()),
                "{name}"
            );
            assert!(
                Reason::ALL.iter().skip(index + 1).all(|other| other.as_str() != name),
                "{name}"
            );
        }
    }

    #[test]
    fn groups_stand_together() {
        let mut groups = Reason::ALL.iter().map(|reason| reason.group());
        let ordered = [Group::Hit, Group::Miss, Group::Outcome];
        assert!(
            groups.clone().is_sorted_by_key(|group| ordered.iter().position(|it| *it == group))
        );
        assert!(ordered.iter().all(|group| groups.any(|it| it == *group)));
    }
}
