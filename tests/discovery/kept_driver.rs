//! The driver's compiled code in the user's directory for caches: used where it may be, and nobody sees it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

use crate::support::{Sandbox, pipeline_0511, ran, start};

/// Tells what its process looks like to it.
const LOOKS: &str = "
import os, sys, inspect
main = sys.modules['__main__']
looks = [sys.argv, sorted(vars(main)), dict(os.environ), sys.path, sys.flags,
    sorted(os.listdir('/proc/self/fd'), key=int),
    [(frame.function, frame.filename, frame.lineno) for frame in inspect.stack()[1:]]]
with open(os.path.expanduser('~/looks'), 'w') as file:
    file.write(repr(looks))
";

fn project() -> Sandbox {
    Sandbox::project(&pipeline_0511("demo", &["train"])).without_tabs()
}

/// Discovers anew.
fn discover(sandbox: &Sandbox) {
    let _ = fs::remove_dir_all(sandbox.path("project/.pivot/cache"));
    let said = sandbox.run(&["stages"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "demo/train\n"), "{said:?}");
}

/// A project that was discovered, and what was kept of that.
fn discovered() -> (Sandbox, PathBuf) {
    let sandbox = project();
    discover(&sandbox);
    let file = kept(&sandbox);
    (sandbox, file)
}

fn directory(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join(".cache/pivot-complete")
}

fn all_kept(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory(sandbox)).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "code")).collect()
}

fn kept(sandbox: &Sandbox) -> PathBuf {
    let kept = all_kept(sandbox);
    assert_eq!(kept.len(), 1, "{kept:?}");
    kept[0].clone()
}

/// A file that is replaced has another inode, or at least another ctime.
fn which(file: &PathBuf) -> (u64, i64, i64) {
    let found = fs::symlink_metadata(file).unwrap();
    (found.ino(), found.ctime(), found.ctime_nsec())
}

#[test]
fn it_is_kept_once_and_then_used() {
    let (sandbox, file) = discovered();
    let before = which(&file);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    discover(&sandbox);
    assert_eq!(which(&file), before, "compiled again");
}

#[test]
fn what_may_not_be_used_is_compiled_anew() {
    let (sandbox, file) = discovered();
    let good = fs::read(&file).unwrap();
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    };
    // Sealed as it should be, but another Python's.
    let mut anothers = changed(16, b"\x01\x02\r\n");
    let seal = xxhash_rust::xxh3::xxh3_64(&anothers[16..]);
    anothers[8..16].copy_from_slice(&seal.to_le_bytes());
    // Another script's.
    let mut scripts = good.clone();
    let last = scripts.len() - 1;
    scripts[last] = b' ';
    let seal = xxhash_rust::xxh3::xxh3_64(&scripts[16..]);
    scripts[8..16].copy_from_slice(&seal.to_le_bytes());
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("cut off", good[..good.len() / 2].to_vec()),
        ("a broken code", changed(200, b"xxxx")),
        ("a broken head", changed(24, b"\xff\xff\xff\xff")),
        ("another Python's", anothers),
        ("another script's", scripts),
    ] {
        fs::write(&file, bytes).unwrap();
        let before = which(&file);
        discover(&sandbox);
        assert_ne!(which(&file), before, "{what}: used");
        // Marshalled again it need not be the same.
        assert_eq!(fs::read(&file).unwrap()[16..24], good[16..24], "{what}");
    }
    // Others may write it.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    discover(&sandbox);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    // A link, whatever it leads to.
    let elsewhere = sandbox.path("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    let before = which(&file);
    discover(&sandbox);
    assert_eq!(which(&file), before, "what is not ours was written over");
}

#[test]
fn it_is_of_no_use_where_others_may_write() {
    let (sandbox, file) = discovered();
    fs::set_permissions(directory(&sandbox), fs::Permissions::from_mode(0o777)).unwrap();
    fs::remove_file(&file).unwrap();
    discover(&sandbox);
    assert!(all_kept(&sandbox).is_empty());
}

#[test]
fn without_a_directory_for_it_all_is_answered() {
    let mut sandbox = project();
    // A file, which is no directory.
    sandbox.set("XDG_CACHE_HOME", sandbox.write("file", ""));
    discover(&sandbox);
    let mut command = sandbox.front_in("project", &["refresh"]);
    command.env_remove("XDG_CACHE_HOME").env_remove("HOME");
    assert_eq!(ran(command).code, 0);
}

#[test]
fn two_at_once_keep_a_whole_one() {
    let sandbox = project();
    fs::create_dir_all(sandbox.path("other/.pivot")).unwrap();
    sandbox.write("other/pipeline.py", pipeline_0511("demo", &["train"]));
    let both = ["project", "other"].map(|place| start(sandbox.front_in(place, &["stages"])));
    for child in both {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let before = which(&kept(&sandbox));
    discover(&sandbox);
    assert_eq!(which(&kept(&sandbox)), before);
}

#[test]
fn the_pipeline_sees_no_difference() {
    let pipeline = format!("{LOOKS}{}", pipeline_0511("demo", &["train"]));
    let sandbox = Sandbox::project(&pipeline).without_tabs();
    let looks = || {
        discover(&sandbox);
        fs::read_to_string(sandbox.home().join("looks")).unwrap()
    };
    let compiled = looks();
    let used = looks();
    assert_eq!(compiled, used);
    assert!(!used.contains("'start'"), "{used}");
}

#[test]
fn clear_removes_it() {
    let sandbox = project();
    discover(&sandbox);
    kept(&sandbox);
    assert_eq!(sandbox.run(&["clear", "--all"]).code, 0);
    assert!(all_kept(&sandbox).is_empty());
}
