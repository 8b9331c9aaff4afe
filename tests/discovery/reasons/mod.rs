//! Every reason is reached: for each one a situation in which a program's trace names it, or the test
//! elsewhere that brings it about and names it.

mod situations;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use pivot_complete::reason::Reason::{self, *};

use crate::support::{Ran, Sandbox, fake_pivot, ran, set_mtime, settle, strace};
use situations::*;

/// Where a reason is reached.
enum Where {
    /// Here: by this, in a project of the fake Pivot's.
    Fake(fn(&mut Sandbox)),
    /// Here: by this, in the project that [`looks_at_much`] makes, before the caches are asked.
    Looked(fn(&mut Sandbox)),
    /// Here: this explicit command fails by it, with these words.
    Said(&'static str, fn(&mut Sandbox) -> Ran),
    /// In this file of `tests`, by a test that wants more.
    Elsewhere(&'static str),
}
use Where::{Elsewhere, Fake, Looked, Said};

#[rustfmt::skip]
const TABLE: &[(Reason, Where)] = &[
    (Fresh, Fake(|s| (0..2).for_each(|_| stages(s)))),
    (FailedBefore, Fake(|s| { pipeline(s, "! no\n"); tab(s) })),
    (NoProject, Fake(|s| drop(s.tab_in("", &["pivot", "repro", ""])))),
    (NoConfig, Fake(|s| { fs::remove_file(s.path("project/pipeline.py")).unwrap(); cached(s) })),
    (NoLine, Fake(|s| drop(s.run(&["complete", "bash"])))),
    (OtherCommand, Fake(|s| typed_rich(s, "uv\nsync\n", "2"))),
    (EngineCommand, Fake(|s| drop(s.run(&["doctor"])))),
    (SettingMeansNothing, Fake(|s| { s.set("PIVOT_COMPLETE_TIMEOUT", "soon"); cached(s) })),
    (LineTooLong, Fake(|s| typed(s, &[b"pivot\n", &b"x\n".repeat(50_000)[..]].concat(), "2"))),
    (LineNotUtf8, Fake(|s| typed(s, b"pivot\nrepro\n\xff", "2"))),
    (CursorNotNumber, Fake(|s| typed(s, b"pivot\nrepro\n", "two"))),
    (NoCursorWord, Fake(|s| {
        described_as(s, "repro it.", "repro it.");
        let mut command = s.front_in("project", &["complete", "fish"]);
        command.env("COMP_WORDS", "pivot repro").env("COMP_CWORD", " ");
        ran(command);
    })),
    (NoStageWord, Fake(|s| typed(s, b"pivot\nre", "1"))),
    (OptionUnread, Fake(|s| {
        described_as(s, "\"--force\",\"-f\"", "\"--force\",\"\\u00e9f\"");
        typed(s, b"pivot\nrepro\n--f", "2");
    })),
    (CommandOpaque, Fake(of_an_opaque_command)),
    (BareNamesUnclear, Fake(|s| { pipeline(s, "train\ndemo/x\n"); tab(s) })),
    (NoPivotDirectory, Fake(|s| {
        fs::rename(s.path("project/.pivot"), s.path("project/.git")).unwrap();
        cached(s);
    })),
    (NoWorkingDirectory, Fake(in_a_directory_that_is_gone)),
    (DirectoryNotEntered, Fake(|s| drop(s.run(&["-C", "nowhere", "stages"])))),
    (PathTooLong, Fake(below_a_path_without_end)),
    (FileSystemFails, Fake(|s| failing(s, "inject=stat,statx,newfstatat,fstatat64:error=EIO"))),
    (CacheMissing, Fake(|s| cached(s))),
    (CacheNotRegular, Fake(|s| {
        s.make_directory("project/.pivot/cache");
        mkfifo(&s.path(CACHE), Mode::from_bits_truncate(0o600)).unwrap();
        cached(s);
    })),
    (CacheTooLarge, Fake(|s| {
        let file = File::create(s.write(CACHE, "")).unwrap();
        file.set_len(8 << 30).unwrap();
        cached(s);
    })),
    (CacheUnreadable, Fake(|s| { stages(s); failing(s, "inject=read,pread64:error=EIO") })),
    (CacheChanged, Fake(|s| {
        let names: String = (0..2_000).map(|n| format!("long-enough-to-be-mapped-{n}\n")).collect();
        told(s, format!("v1\npipeline.py:1700000000.0\n{names}").as_bytes());
        // When it is looked at once more, behind the first time.
        failing(s, "inject=fstat:error=EIO:when=2");
    })),
    (CacheVersion, Fake(|s| told(s, b"v2\npipeline.py:1700000000.0\na\n"))),
    (CacheMalformed, Fake(|s| told(s, b"v1\npipeline.py\na\n"))),
    (CacheNotUtf8, Fake(|s| told(s, b"v1\npipeline.py:1700000000.0\n\xff\n"))),
    (CacheTorn, Fake(|s| told(s, b"v1\npipeline.py:1700000000.0\na"))),
    (CacheHostilePath, Fake(|s| told(s, b"v1\n/etc/x:1700000000.0\na\n"))),
    (CacheOtherConfig, Fake(|s| told(s, b"v1\npivot.yaml:1700000000.0\na\n"))),
    (ConfigChanged, Fake(|s| told(s, b"v1\npipeline.py:1700000001.0\na\n"))),
    (InputChanged, Looked(|s| drop(s.write("project/read", "other")))),
    (InputGone, Looked(|s| fs::remove_file(s.path("project/read")).unwrap())),
    (InputAppeared, Looked(|s| drop(s.write("project/absent", "")))),
    (ListingChanged, Looked(|s| drop(s.write("project/listed/more", "")))),
    (StatChanged, Looked(|s| drop(s.write("project/measured", "longer")))),
    (LinkChanged, Looked(|s| {
        fs::remove_file(s.path("project/link")).unwrap();
        symlink("elsewhere", s.path("project/link")).unwrap();
    })),
    (EnvironmentChanged, Looked(|s| s.set("VARIABLE", "other"))),
    (MachineChanged, Looked(on_one_processor)),
    (InputUnreadable, Looked(one_input_unreadable)),
    (InputsTooLarge, Fake(|s| {
        let large = s.write("project/large", "");
        File::options().write(true).open(&large).unwrap().set_len(65 << 20).unwrap();
        pipeline(s, &format!("a\n+ f {}\n", seen_without_digest(&large)));
        set_mtime(&large, 1, 0);
        cached(s);
    })),
    (OtherDirectory, Looked(|s| {
        s.make_directory("project/below");
        ran(s.front_in("project/below", &["stages", "--cached"]));
    })),
    (OtherEnvironment, Fake(|s| { stages(s); s.set("VIRTUAL_ENV", "/elsewhere"); cached(s) })),
    (OtherRoot, Fake(|s| {
        stages(s);
        let mut copy = Command::new("cp");
        copy.args(["-a", "project", "copy"]).current_dir(s.path(""));
        assert!(copy.status().unwrap().success());
        ran(s.front_in("copy", &["stages", "--cached"]));
    })),
    (TargetsUnknown, Fake(|s| {
        told(s, b"v1\npipeline.py:1700000000.0\na\n");
        s.run(&["targets", "--cached"]);
    })),
    (FailureRecorded, Fake(|s| { pipeline(s, "! no\n"); cached(s) })),
    (ManifestMissing, Fake(|s| { stages(s); s.run(&["manifest", "a", "--cached"]); })),
    (SourceChanged, Fake(|s| {
        s.write("project/code.py", "");
        pipeline(s, "a\n% code.py\n");
        s.run(&["manifest", "a"]);
        s.write("project/code.py", "other");
        s.run(&["manifest", "a", "--cached"]);
    })),
    (AnswerTooLong, Fake(|s| {
        let names: String = (0..30_000).map(|n| format!("a-name-of-some-length-{n}\n")).collect();
        pipeline(s, &names);
        cached(s);
    })),
    (Discovered, Fake(|s| stages(s))),
    (ParsedYaml, Elsewhere("cache/roots.rs")),
    (Shared, Elsewhere("faults/crowd.rs")),
    (BeingDiscovered, Fake(|s| meanwhile(s, a_prompt_comes))),
    (SameShape, Elsewhere("shapes/answers.rs")),
    (KnownContent, Fake(|s| { stages(s); pipeline(s, "other\n"); pipeline(s, PIPELINE) })),
    (AnsweredByPivot, Fake(of_an_opaque_command)),
    (OnMissStale, Fake(|s| {
        stages(s);
        s.write("project/pipeline.py", "other\n");
        s.set("PIVOT_COMPLETE_ON_MISS", "stale");
        tab(s);
    })),
    (OnMissNever, Fake(|s| { s.set("PIVOT_COMPLETE_ON_MISS", "never"); tab(s) })),
    (SwitchedOff, Fake(|s| { s.set("PIVOT_COMPLETE_OFF", "1"); tab(s) })),
    (OtherProtocol, Fake(|s| drop(s.run(&["complete", "--rich", "bash", "999"])))),
    (Described, Fake(|s| typed_rich(s, "pivot\nrepro\n--f", "2"))),
    (Computed, Fake(|s| drop(s.run(&["manifest", "a"])))),
    (Renewed, Elsewhere("description/kept.rs")),
    (PrewarmPaused, Elsewhere("rich/prewarm.rs")),
    (Watched, Elsewhere("watch/mod.rs")),
    (NotWatched, Said("no runtime directory", |s| {
        s.set("XDG_RUNTIME_DIR", "/nowhere");
        s.set("TMPDIR", "/nowhere");
        s.run(&["watch"])
    })),
    (CacheUnwritable, Fake(|s| {
        s.write("project/.pivot/cache", "a file");
        s.run(&["prewarm"]);
        settle(&s.home());
    })),
    (CacheStays, Said("cannot remove", |s| {
        stages(s);
        let command = s.front_in("project", &["clear"]);
        ran(strace::wrapped(s, &command, &["inject=unlink,unlinkat:error=EPERM"]))
    })),
    (OtherOwner, Elsewhere("privileged/two_users.rs")),
    (WorldWritable, Fake(|s| {
        fs::set_permissions(s.path("project"), Permissions::from_mode(0o777)).unwrap();
        tab(s);
    })),
    (NotTrusted, Fake(|s| { s.set("PIVOT_COMPLETE_TRUST", "explicit"); tab(s) })),
    (ListUnwritable, Said("cannot write", |s| {
        s.write("home/.config", "a file");
        s.run(&["trust"])
    })),
    (Nested, Fake(|s| { s.set("PIVOT_COMPLETE", "1"); tab(s) })),
    (NoPivot, Fake(|s| { s.set("PIVOT_COMPLETE_PYTHON", "/nowhere"); stages(s) })),
    (NoSuchStage, Fake(|s| drop(s.run(&["manifest", "nobody"])))),
    (Refused, Fake(|s| { pipeline(s, "a\n- b\n"); s.run(&["manifest", "b"]); })),
    (DiscoveryFailed, Fake(|s| pipeline(s, "! no\n"))),
    (NameUnprintable, Said("cannot print", |s| {
        s.write("project/pipeline.py", "a\n+ n \n");
        s.run(&["stages"])
    })),
    (DescriptionBroken, Said("is broken", |s| {
        described_as(s, "{\"click\"", "[{\"click\"");
        s.run(&["describe"])
    })),
    (WorkerEnded, Fake(|s| meanwhile(s, its_worker_is_killed))),
    (TimedOut, Elsewhere("faults/deadline.rs")),
    (Interrupted, Elsewhere("faults/killed.rs")),
    (OutputFails, Fake(with_a_full_disk_for_an_answer)),
];

const PIPELINE: &str = "a\nb\n";

/// The reasons that come of it; `much` is the project that was looked at.
fn found(reason: Reason, reached: &Where, much: &mut Sandbox) -> Vec<String> {
    let mut sandbox = fake_pivot::project(PIPELINE);
    match reached {
        Elsewhere(file) => {
            let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
            let text = fs::read_to_string(tests.join(file)).unwrap();
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            words.filter(|&word| word == reason.as_str()).map(str::to_owned).collect()
        }
        Fake(brings_it_about) => {
            sandbox.start_trace();
            brings_it_about(&mut sandbox);
            reasons(&sandbox)
        }
        Said(words, command) => {
            let said = command(&mut sandbox);
            let is_so = said.code == 1 && said.stderr.contains(words);
            vec![if is_so { reason.as_str().to_owned() } else { format!("{said:?}") }]
        }
        Looked(changes) => {
            fs::remove_file(much.path("trace")).unwrap();
            changes(much);
            cached(much);
            as_it_was(much);
            reasons(much)
        }
    }
}

#[test]
fn each_is_reached_here_or_where_the_table_says() {
    let mut much = looks_at_much();
    let mut unreached = Vec::new();
    for (reason, reached) in TABLE {
        let found = found(*reason, reached, &mut much);
        if !found.iter().any(|it| it == reason.as_str()) {
            unreached.push((reason, found));
        }
    }
    assert!(unreached.is_empty(), "{unreached:#?}");
    let named: Vec<Reason> = TABLE.iter().map(|(reason, _)| *reason).collect();
    assert_eq!(named, Reason::ALL);
}
