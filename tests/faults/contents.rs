//! What may lie where a cache is expected, and what must not happen
//! to it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::support::aftermath::{assert_no_litter, ran_within};
use crate::support::strace::{Call, traced};
use crate::support::stub::{
    self, Asked, MTIME_S, MTIME_TEXT, NEW_NAMES, STAGES_CACHE, discoveries,
};
use crate::support::{Sandbox, pipeline_0511, set_mtime, soak, start, wait_until};

/// More than anything here takes on a busy machine, and less than any timeout.
const BOUNDED_S: u64 = 10;

/// `--cached`, and not cached.
const NOT_CACHED: i32 = 3;

/// Edited while it is being discovered, with the mtime put back and without.
#[test]
fn edited_during_discovery_is_answered_but_not_cached() {
    for asked in soak::in_turn(Asked::ALL) {
        for restores_mtime in [false, true] {
            let sandbox = Sandbox::project("");
            let gate = "import os, time\n\
                        open('../entered', 'w').close()\n\
                        while not os.path.exists('../go'): time.sleep(0.01)\n";
            let config = sandbox.write(
                "project/pipeline.py",
                format!("{gate}{}", pipeline_0511("demo", &["before"])),
            );
            set_mtime(&config, MTIME_S, 0);
            let child = start(asked.command(&sandbox));
            let entered = sandbox.path("entered");
            wait_until(20, "the pipeline is being imported", || entered.exists());
            sandbox.write("project/pipeline.py", pipeline_0511("demo", &["edited"]));
            if restores_mtime {
                set_mtime(&config, MTIME_S, 0);
            }
            sandbox.write("go", "");
            let ran = child.wait_with_output().unwrap().into();
            assert_eq!(asked.names(&ran)[0], "demo/before", "{asked:?}");
            assert!(!sandbox.path(STAGES_CACHE).exists());
            assert_no_litter(&sandbox, "project");
            assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/edited"]);
        }
    }
}

/// A root and a sub-directory with pipelines of their own, asked in turn.
#[test]
fn two_configs_in_turn_do_not_mix() {
    let mut sandbox = Sandbox::project(&pipeline_0511("above", &["train"]));
    sandbox.write("project/sub/pipeline.py", pipeline_0511("below", &["train"]));
    sandbox.start_trace();
    let stages = |relative: &str| {
        let ran = ran_within(BOUNDED_S, sandbox.front_in(relative, &["stages"]));
        ran.lines().join(" ")
    };
    for round in 0..3 {
        assert_eq!(stages("project"), "above/train", "round {round}");
        assert_eq!(stages("project/sub"), "below/train", "round {round}");
        let offered = sandbox.tab_in("project/sub", &["pivot", "repro", "b"]);
        assert_eq!(offered.candidates(), ["below/train"]);
    }
    // The first round discovered; all else was the front alone.
    let discovered = |line: &&String| line.ends_with("discovered");
    assert_eq!(sandbox.trace().iter().filter(discovered).count(), 2, "{:?}", sandbox.trace());
    // What Pivot's own completion does in a sub-directory: its stages under ROOT's header.
    let cache = fs::read_to_string(sandbox.path(STAGES_CACHE)).unwrap();
    sandbox.write(STAGES_CACHE, cache.replace("above", "below"));
    assert_eq!(stages("project"), "above/train");
    assert_eq!(stages("project/sub"), "below/train");
}

/// Caches of versions to come.
#[test]
fn an_unknown_version_is_a_miss() {
    let fresh = stub::fresh_cache(&["of", "another", "version"]);
    for version in ["v2\n", "v10\n", "v1.1\n", "v0\n", "\u{feff}v1\n", "V1\n", "v1 \n"] {
        let sandbox = stub::sandbox();
        sandbox.write(STAGES_CACHE, fresh.replacen("v1\n", version, 1));
        assert_eq!(sandbox.run(&["stages", "--cached"]).code, NOT_CACHED, "{version:?}");
        assert_eq!(stub::tab(&sandbox).candidates(), NEW_NAMES, "{version:?}");
        // A miss leads to a discovery that overwrites it.
        let written = fs::read_to_string(sandbox.path(STAGES_CACHE)).unwrap();
        assert_eq!(written, stub::fresh_cache(&NEW_NAMES), "{version:?}");
    }
}

/// Later versions take another file name (ARCHITECTURE.md), so what lies under ours with
/// another version is damage: a miss, and replaced.
#[test]
fn an_unknown_store_is_a_miss() {
    for (magic, version) in [
        ("PvtStore", 0_u32),
        ("PvtStore", 1),
        ("PvtStore", 3),
        ("PvtStore", 2 << 24),
        ("PvtStorf", 2),
        ("names 1", 1),
    ] {
        let sandbox = stub::sandbox();
        let store = stub::store(&sandbox);
        assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
        let mut other = fs::read(sandbox.path(&store)).unwrap();
        other[..magic.len()].copy_from_slice(magic.as_bytes());
        other[8..12].copy_from_slice(&version.to_le_bytes());
        let table_end = 24 + 32 * u32::from_le_bytes(other[12..16].try_into().unwrap()) as usize;
        let seal = xxhash_rust::xxh3::xxh3_64(&other[..table_end]);
        other[table_end..table_end + 8].copy_from_slice(&seal.to_le_bytes());
        sandbox.write(&store, other);
        let what = format!("{magic} {version}");
        let cached = sandbox.run(&["stages", "--cached"]);
        assert_eq!((cached.code, cached.stdout.as_str()), (NOT_CACHED, ""), "{what}");
        assert_eq!(stub::tab(&sandbox).candidates(), NEW_NAMES, "{what}");
        assert_eq!(sandbox.run(&["stages", "--cached"]).lines(), NEW_NAMES, "{what}");
        let ours = fs::read(sandbox.path(&store)).unwrap();
        assert!(ours.starts_with(b"PvtStore\x02\0\0\0"), "{what}");
    }
}

/// Eight gigabytes of nothing.
#[test]
fn a_huge_sparse_cache_is_a_miss_at_once() {
    for is_store in [false, true] {
        let sandbox = stub::sandbox();
        let store = stub::store(&sandbox);
        let huge = if is_store { store.as_str() } else { STAGES_CACHE };
        assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
        fs::remove_file(sandbox.path(huge)).unwrap();
        File::create(sandbox.path(huge)).unwrap().set_len(8 << 30).unwrap();
        let cached = sandbox.front_in("project", &["stages", "--cached"]);
        let (ran, calls) = traced(&sandbox, &cached, &[]);
        assert_eq!(ran.code, NOT_CACHED, "{ran:?}");
        // At once: it is opened and looked at, and nothing of it is read.
        let place = sandbox.path(huge).display().to_string();
        let made = calls.iter().filter(|call| call.line.contains(&place));
        let made: Vec<&str> = made.map(|call| call.name.as_str()).collect();
        assert!(made.iter().any(|name| name.starts_with("open")), "{huge}: {made:?}");
        let looks = ["stat", "open", "openat", "fstat", "statx", "close"];
        assert!(made.iter().all(|name| looks.contains(name)), "{huge}: {made:?}");
        assert_eq!(stub::tab(&sandbox).candidates(), NEW_NAMES);
        assert_eq!(sandbox.run(&["refresh"]).code, 0);
        assert!(fs::metadata(sandbox.path(huge)).unwrap().len() < 5000, "{huge} was not replaced");
    }
}

/// What is no regular file, in each place that is read.
#[test]
fn what_is_no_regular_file_is_a_miss_and_blocks_nobody() {
    let places = [
        "project/.pivot/cache",
        STAGES_CACHE,
        STORE,
        "project/.pivot/cache/complete",
        "project/.pivot/cache/complete.lock",
        "home/.config/pivot-complete/trusted",
    ];
    for place in places {
        for thing in Thing::ALL {
            if place.ends_with("/complete") && thing == Thing::Directory {
                continue;
            }
            // Each asks first: what one finds may be a hit for the next.
            for asked in Asked::ALL {
                let sandbox = stub::sandbox();
                let path = path_of(&sandbox, place);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                thing.make(&path);
                let what = format!("{asked:?} with {thing:?} at {place}");
                let cached = sandbox.front_in("project", &["stages", "--cached"]);
                let cached = ran_within(BOUNDED_S, cached);
                assert_eq!((cached.code, cached.stdout.as_str()), (NOT_CACHED, ""), "{what}");
                for _ in 0..2 {
                    let ran = ran_within(BOUNDED_S, asked.command(&sandbox));
                    assert!(asked.is_answered(&ran), "{what}: {ran:?}");
                }
                assert!(sandbox.listing("tmp").iter().all(|name| !name.ends_with(".tmp")));
            }
        }
    }
}

/// Stands for the store, whose name differs in each sandbox.
const STORE: &str = "the store";

fn path_of(sandbox: &Sandbox, place: &str) -> PathBuf {
    sandbox.path(if place == STORE { stub::store(sandbox) } else { place.into() }.as_str())
}

/// What is no regular file in place of the config and of `.pivot`: then there are no stages.
#[test]
fn a_config_that_is_no_regular_file_is_none() {
    for place in ["project/pipeline.py", "project/pivot.yaml", "project/.pivot"] {
        for thing in Thing::ALL {
            let sandbox = Sandbox::project("");
            let path = sandbox.path(place);
            fs::remove_file(sandbox.path("project/pipeline.py")).unwrap();
            if place.ends_with(".pivot") {
                fs::remove_dir(&path).unwrap();
            }
            if place.ends_with(".pivot") && thing == Thing::Directory {
                continue;
            }
            thing.make(&path);
            for asked in Asked::ALL {
                let ran = ran_within(BOUNDED_S, asked.command(&sandbox));
                assert_eq!(asked.names(&ran), [""; 0], "{thing:?} at {place}");
            }
        }
    }
}

/// What somebody may leave where a file belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Fifo,
    LinkToFifo,
    Socket,
    Directory,
    LinkToZero,
    LinkToFull,
    LinkToTerminal,
    LinkToNothing,
    LinkToItself,
}

impl Thing {
    const ALL: [Thing; 9] = [
        Thing::Fifo,
        Thing::LinkToFifo,
        Thing::Socket,
        Thing::Directory,
        Thing::LinkToZero,
        Thing::LinkToFull,
        Thing::LinkToTerminal,
        Thing::LinkToNothing,
        Thing::LinkToItself,
    ];

    fn make(self, path: &Path) {
        let other = path.with_extension("other");
        match self {
            Thing::Fifo => mkfifo(path, Mode::S_IRWXU).unwrap(),
            Thing::LinkToFifo => {
                mkfifo(&other, Mode::S_IRWXU).unwrap();
                symlink(&other, path).unwrap();
            }
            Thing::Socket => drop(UnixListener::bind(path).unwrap()),
            Thing::Directory => fs::create_dir(path).unwrap(),
            Thing::LinkToZero => symlink("/dev/zero", path).unwrap(),
            Thing::LinkToFull => symlink("/dev/full", path).unwrap(),
            Thing::LinkToTerminal => symlink("/dev/tty", path).unwrap(),
            Thing::LinkToNothing => symlink("/nonexistent/file", path).unwrap(),
            Thing::LinkToItself => symlink(path, path).unwrap(),
        }
    }
}

/// Links to directories of one's own are followed.
#[test]
fn a_link_to_ones_own_directory_works() {
    for link in ["project/.pivot", "project/.pivot/cache", "project/.pivot/cache/complete"] {
        let sandbox = stub::sandbox();
        let path = sandbox.path(link);
        fs::create_dir_all(&path).unwrap();
        fs::remove_dir(&path).unwrap();
        symlink(sandbox.make_directory("elsewhere"), &path).unwrap();
        for asked in Asked::ALL {
            assert!(asked.is_answered(&ran_within(BOUNDED_S, asked.command(&sandbox))), "{link}");
        }
        assert_eq!(sandbox.run(&["stages", "--cached"]).lines(), NEW_NAMES, "{link}");
        assert_eq!(discoveries(&sandbox), 1, "{link}");
        assert!(path.is_symlink(), "{link}");
        let files = |name: &String| !name.ends_with("cache") && !name.ends_with("complete");
        assert!(sandbox.listing("elsewhere").iter().any(files), "{link}");
    }
}

/// A link where a file will be written; its target stays as it was.
#[test]
fn a_planted_link_is_not_written_through() {
    let planted = ["project/.pivot/cache/.pivot-complete-0123456789abcdef.tmp"];
    let places = [STAGES_CACHE, STORE, "project/.pivot/cache/complete.lock", planted[0]];
    for place in places {
        for asked in Asked::ALL {
            let sandbox = stub::sandbox();
            let victim = sandbox.write("victim", "untouched");
            let path = path_of(&sandbox, place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(&victim, &path).unwrap();
            assert!(asked.is_answered(&ran_within(BOUNDED_S, asked.command(&sandbox))), "{place}");
            assert_eq!(sandbox.run(&["clear"]).code, 0);
            assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched", "{place}");
            assert!(!path.is_symlink(), "{place} is still there");
        }
    }
}

/// The same under the very names that will be drawn, by fixing the random numbers.
#[test]
fn a_link_at_the_temporary_name_is_not_written_through() {
    let dice = "inject=getrandom:poke_exit=@arg1=0102030405060708090a0b0c0d0e0f10";
    let sandbox = stub::sandbox();
    let created = |calls: &[Call]| -> Vec<String> {
        let is_new = |call: &&Call| call.name == "openat" && call.line.contains("O_EXCL");
        let name = |call: &Call| call.line.split('"').nth(1).unwrap().to_owned();
        calls.iter().filter(is_new).map(name).collect()
    };
    let command = Asked::Stages.command(&sandbox);
    let (ran, calls) = traced(&sandbox, &command, &[dice]);
    assert!(Asked::Stages.is_answered(&ran));
    let names = created(&calls);
    // For the clock, for stages.cache, for the store.
    assert_eq!(names.len(), 3, "{names:?}");
    let victim = sandbox.write("victim", "untouched");
    let lock = sandbox.write("project/.pivot/cache/complete.lock", "");
    // Someone else discovers, as far as can be seen: then young temporary files are not swept.
    let held = File::open(&lock).unwrap();
    for (index, directory) in ["complete/", "", "complete/"].into_iter().enumerate() {
        fs::remove_file(sandbox.path(STAGES_CACHE)).unwrap();
        let planted = sandbox.path(&format!("project/.pivot/cache/{directory}{}", names[index]));
        symlink(&victim, &planted).unwrap();
        let no_lock = "inject=flock:error=ENOLCK";
        let (ran, calls) = traced(&sandbox, &command, &[dice, no_lock]);
        assert!(Asked::Stages.is_answered(&ran), "{ran:?}");
        let drawn = created(&calls);
        assert_eq!(drawn[..=index], names[..=index], "the numbers were not fixed");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
        let _ = fs::remove_file(planted);
        assert_eq!(sandbox.run(&["refresh"]).code, 0);
    }
    drop(held);
}

/// A header that names a file elsewhere.
#[test]
fn a_hostile_header_is_a_miss_and_its_path_is_never_opened() {
    let sandbox = stub::sandbox();
    let secret = sandbox.write("secret.py", "secret");
    set_mtime(&secret, MTIME_S, 0);
    let absolute = secret.display().to_string();
    let paths = [
        absolute.as_str(),
        "../secret.py",
        "sub/../../secret.py",
        "pipeline.py/../../secret.py",
        "..",
        "./../secret.py",
        "//secret.py",
        "secret.py\u{0}pipeline.py",
        "secret.py\rpipeline.py",
        "",
    ];
    for path in paths {
        let content = format!("v1\n{path}:{MTIME_TEXT}\nhostile\n").into_bytes();
        for asked in Asked::ALL {
            let _ = fs::remove_dir_all(sandbox.path("project/.pivot/cache"));
            sandbox.write(STAGES_CACHE, &content);
            let cached = sandbox.run(&["stages", "--cached"]);
            assert_eq!((cached.code, cached.stdout.as_str()), (NOT_CACHED, ""), "{path:?}");
            let (ran, calls) = traced(&sandbox, &asked.command(&sandbox), &["trace=%file"]);
            assert!(asked.is_answered(&ran), "{path:?}: {ran:?}");
            assert!(calls.len() > 10, "{calls:?}");
            let opened = calls.iter().find(|call| call.line.contains("secret"));
            assert!(opened.is_none(), "{opened:?}");
        }
    }
}
