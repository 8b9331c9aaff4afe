//! A real full disk: a tmpfs with room for a part of what must be written.

use std::fs;

use crate::support::rights::{Mounted, OWNER, Shared, chmod};
use crate::support::stub::{MTIME_S, STAGES_CACHE, write_config};
use crate::support::{Ran, ran, set_mtime};

/// Names that take six pages, and as many in the lock, for those who wait.
fn long_list(word: &str) -> String {
    (0..2500).map(|number| format!("{word}_{number}\n")).collect()
}

#[test]
fn the_answer_is_given_and_the_old_cache_is_intact_where_the_disk_is_full() {
    const PAGE_BYTES: usize = 4096;
    for is_tab in [false, true] {
        let (mut old_ones, mut new_ones) = (0, 0);
        for free_pages in [0, 1, 2, 3, 5, 6, 7, 9, 11, 12, 16, 18, 20, 24] {
            let shared = Shared::with_stub();
            let sandbox = &shared.sandbox;
            let disk = Mounted::tmpfs(&sandbox.path("project/.pivot"), "size=512k,mode=755");
            write_config(sandbox, "old\n");
            set_mtime(&sandbox.path("project/pipeline.py"), MTIME_S - 1, 0);
            shared.give("project", OWNER);
            assert_eq!(ran(shared.front(OWNER, "project", &["stages"])).lines(), ["old"]);
            let old = fs::read(sandbox.path(STAGES_CACHE)).unwrap();
            let names = long_list("new");
            write_config(sandbox, &names);
            fill(&shared, free_pages * PAGE_BYTES);
            let (answer, expected) = if is_tab {
                let answer = ran(shared.tab(OWNER, "project", &["pivot", "repro", ""]));
                (answer, names.lines().map(|name| format!("plain,{name}\n")).collect())
            } else {
                (ran(shared.front(OWNER, "project", &["stages"])), names)
            };
            assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{free_pages} pages");
            assert!(answer.stdout == expected, "{free_pages} pages: {} bytes", answer.stdout.len());
            let found = fs::read(sandbox.path(STAGES_CACHE)).unwrap();
            let is_whole = found.len() > 20_000 && found.ends_with(b"new_2499\n");
            assert!(found == old || is_whole, "{free_pages} pages: {} bytes", found.len());
            old_ones += usize::from(found == old);
            new_ones += usize::from(is_whole);
            let litter: Vec<String> = sandbox.listing("project/.pivot/cache");
            let is_temporary = |name: &String| name.ends_with(".tmp") || name.ends_with(".lock");
            assert!(!litter.iter().any(is_temporary), "{free_pages} pages: {litter:?}");
            drop(disk);
        }
        assert!(old_ones > 4 && new_ones > 1, "{old_ones} old caches, {new_ones} new ones");
    }
}

/// No room for a single file more.
#[test]
fn the_answer_is_given_where_no_file_can_be_made() {
    for inodes in 1..=5 {
        let shared = Shared::with_stub();
        let sandbox = &shared.sandbox;
        let options = format!("nr_inodes={inodes},mode=755");
        let disk = Mounted::tmpfs(&sandbox.path("project/.pivot"), &options);
        shared.give("project", OWNER);
        let tab = ran(shared.tab(OWNER, "project", &["pivot", "repro", ""]));
        assert_eq!(tab.candidates(), crate::support::stub::NEW_NAMES, "{inodes} inodes");
        let stages = ran(shared.front(OWNER, "project", &["stages"]));
        assert_eq!(stages.lines(), crate::support::stub::NEW_NAMES, "{inodes} inodes");
        // Whoever asks for caches is told which cannot be.
        let refresh = ran(shared.front(OWNER, "project", &["refresh"]));
        assert_eq!((refresh.code, refresh.stderr.as_str()), (0, ""), "{inodes} inodes");
        assert_told_what_was_not_cached(&shared, &refresh, "No space left on device");
        drop(disk);
    }
}

/// What `refresh` could not write, by its path, and why; nothing of that where it could.
#[track_caller]
pub fn assert_told_what_was_not_cached(shared: &Shared, refresh: &Ran, why: &str) {
    let place = shared.sandbox.path("project/.pivot").display().to_string();
    let told = format!("cannot write {place}");
    let is_told = refresh.stdout.contains(&told) && refresh.stdout.contains(why);
    let is_cached = ran(shared.front(OWNER, "project", &["stages", "--cached"])).code == 0;
    assert!(is_told || is_cached && !refresh.stdout.contains("cannot"), "{refresh:?}");
}

/// Fills the disk but for `free` bytes.
fn fill(shared: &Shared, free: usize) {
    use std::io::Write;
    let filler = shared.sandbox.path("project/.pivot/filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[b'f'; 4096]).is_ok() {}
    let len = file.metadata().unwrap().len();
    file.set_len(len - free as u64).unwrap();
    chmod(&filler, 0o600);
}
