//! Caches that were cut, and caches that are cut while they are read.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::strace::wrapped;
use crate::support::stub::{self, Asked, NEW_NAMES, STAGES_CACHE, discoveries};
use crate::support::{Ran, Sandbox, soak, start, tally, wait_until};

/// `--cached`, and not cached.
const NOT_CACHED: i32 = 3;

/// `stages.cache` cut at every byte, its store beside it.
#[test]
fn a_cut_cache_gives_all_names_or_a_miss() {
    let mut sandbox = stub::sandbox();
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
    // No file that was cut at a line's end is mended behind a hit.
    sandbox.set("PIVOT_COMPLETE_TRUST", "explicit");
    assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
    let whole = fs::read(sandbox.path(STAGES_CACHE)).unwrap();
    for len in 0..whole.len() {
        sandbox.write(STAGES_CACHE, &whole[..len]);
        let cached = sandbox.run(&["stages", "--cached"]);
        let names = stub::tab(&sandbox);
        if whole[..len].ends_with(b"\n") && cached.code == 0 {
            // Nothing shows that lines are missing; but the store has them all.
            assert_eq!((cached.lines(), names.candidates()), (NEW_NAMES.into(), NEW_NAMES.into()));
        } else {
            assert_eq!((cached.code, cached.stdout.as_str()), (NOT_CACHED, ""), "cut at {len}");
            assert_eq!(names.candidates(), [""; 0], "cut at {len}");
        }
    }
    tally::survived(whole.len());
}

/// Without a store, as after Pivot wrote the file, a cut inside of a line is seen.
#[test]
fn a_line_that_was_cut_is_a_miss_also_in_what_pivot_wrote() {
    let sandbox = stub::sandbox();
    let whole = stub::fresh_cache(&NEW_NAMES);
    let header_end = whole.find(":1700000000.0\n").unwrap() + ":1700000000.0\n".len();
    for len in 0..whole.len() {
        let cut = &whole[..len];
        if len > header_end && cut.ends_with('\n') {
            continue;
        }
        sandbox.write(STAGES_CACHE, cut);
        assert_eq!(sandbox.run(&["stages", "--cached"]).code, NOT_CACHED, "cut at {len}");
    }
    sandbox.write(STAGES_CACHE, &whole);
    assert_eq!(sandbox.run(&["stages", "--cached"]).lines(), NEW_NAMES);
    // Nothing of all this was asked of Pivot.
    assert_eq!(discoveries(&sandbox), 0);
}

/// A part of the old `stages.cache` and a part of the new one, of the same mtime, so that its lines alone
/// show nothing: the store beside it has the new names, or there are none.
#[test]
fn halves_of_an_old_and_a_new_cache_give_the_new_names_or_a_miss() {
    let mut sandbox = stub::sandbox();
    let cache = |sandbox: &Sandbox| fs::read(sandbox.path(STAGES_CACHE)).unwrap();
    stub::write_config(&sandbox, "old_train\nold_evaluate\n");
    assert_eq!(sandbox.run(&["stages"]).lines(), ["old_train", "old_evaluate"]);
    let old = cache(&sandbox);
    stub::write_config(&sandbox, stub::NEW_CONFIG);
    assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
    let new = cache(&sandbox);
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
    // What the store contradicts is not mended behind a hit.
    sandbox.set("PIVOT_COMPLETE_TRUST", "explicit");
    let (mut tried, mut hits) = (0, 0);
    for (order, first, second) in [("old, new", &old, &new), ("new, old", &new, &old)] {
        for split in 0..=first.len().max(second.len()) {
            let head = &first[..split.min(first.len())];
            let tail = second.get(split..).unwrap_or_default();
            sandbox.write(STAGES_CACHE, [head, tail].concat());
            let what = format!("{order}, split at {split}");
            let cached = sandbox.run(&["stages", "--cached"]);
            let said = (cached.code, cached.stdout.as_str(), cached.stderr.as_str());
            let is_hit = said == (0, stub::NEW_CONFIG, "");
            assert!(is_hit || said == (NOT_CACHED, "", ""), "{what}: {cached:?}");
            let tab = stub::tab(&sandbox);
            let names = tab.candidates();
            assert!(names == NEW_NAMES || names == [""; 0], "{what}: {names:?}");
            hits += usize::from(is_hit);
            tried += 1;
        }
    }
    assert!(0 < hits && hits < tried, "{hits} hits of {tried}");
    tally::survived(tried);
}

/// What a miss finds is written over the cut file.
#[test]
fn a_cut_cache_is_mended_by_the_next_command() {
    for asked in Asked::ALL {
        let sandbox = stub::sandbox();
        assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
        let whole = fs::read(sandbox.path(STAGES_CACHE)).unwrap();
        sandbox.write(STAGES_CACHE, &whole[..whole.len() - 1]);
        assert!(asked.is_answered(&crate::support::ran(asked.command(&sandbox))));
        assert_eq!(fs::read(sandbox.path(STAGES_CACHE)).unwrap(), whole);
    }
}

/// Cut and rewritten in place, all the time, while it is read: once a file that is read,
/// once one that is mapped; the store, and `stages.cache` beside it.
#[test]
fn cut_while_it_is_read() {
    for (stages, is_store) in [(40, false), (20_000, false), (40, true), (20_000, true)] {
        let mut sandbox = stub::sandbox();
        sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
        // No file that was cut at a line's end is mended behind a hit.
        sandbox.set("PIVOT_COMPLETE_TRUST", "explicit");
        let names = long_list(&sandbox, stages);
        let store = sandbox.path(&stub::store(&sandbox));
        let cache = if is_store { store } else { sandbox.path(STAGES_CACHE) };
        let whole = fs::read(&cache).unwrap();
        let tab_answer: String = names.lines().map(|name| format!("plain,{name}\n")).collect();
        let (mut hits, mut misses) = (0, 0);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| rewrite_until(&stop, &cache, &whole));
            let stop_at_the_end = StopAtTheEnd(&stop);
            let (mut rounds, most_rounds) = (0, 20_000);
            // Until the file was found whole and cut often enough to show anything.
            while rounds < soak::count(60, 400) || (hits.min(misses) <= 5 && rounds < most_rounds) {
                rounds += 1;
                let ran = sandbox.run(&["stages", "--cached"]);
                match (ran.code, ran.stdout.as_str()) {
                    (0, all) if all == names => hits += 1,
                    (NOT_CACHED, "") => misses += 1,
                    _ => panic!("{stages} stages: {}", shortened(&ran)),
                }
                let tab = stub::tab(&sandbox);
                let is_right = tab.stdout == tab_answer || tab.stdout == "\n";
                assert!(is_right && tab.code == 0, "{stages} stages: {}", shortened(&tab));
            }
            drop(stop_at_the_end);
        });
        assert!(hits > 5 && misses > 5, "{hits} hits, {misses} misses");
    }
}

/// Cut exactly while the front looks at it, at each of its calls from the mapping on.
#[test]
fn cut_between_two_calls_of_the_front() {
    for stages in [40, 20_000] {
        let sandbox = stub::sandbox();
        let names = long_list(&sandbox, stages);
        let store = sandbox.path(&stub::store(&sandbox));
        let whole = fs::read(&store).unwrap();
        let command = Asked::Stages.command(&sandbox);
        let (_, calls) = crate::support::strace::traced(&sandbox, &command, &[]);
        let opened = calls.iter().position(|call| call.line.contains(".store"));
        let mut befallen = 0;
        let mut wrong = Vec::new();
        // Where it looks at inputs, one time is like another.
        let calls = calls[opened.unwrap()..].iter().filter(|call| call.occurrence < 4);
        for call in soak::share(3, calls) {
            // A part of the first page, or of all pages.
            for len in [0, if whole.len() > 4096 { 3 * 4096 } else { 100 }] {
                fs::write(&store, &whole).unwrap();
                let (ran, delayed) = cut_during(&sandbox, &call.name, call.occurrence, &store, len);
                befallen += usize::from(delayed);
                if (ran.code, ran.stdout.as_str(), ran.stderr.as_str()) != (0, &names, "") {
                    let what = format!("cut to {len} bytes before {}", call.line);
                    wrong.push(format!("{stages} stages, {what}: {}", shortened(&ran)));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(befallen >= soak::count(2, 6), "{befallen} cuts only");
    }
}

/// Runs `stages` and cuts `file` to `len` bytes while a call of the front is held up; whether it
/// made that call.
fn cut_during(
    sandbox: &Sandbox,
    call: &str,
    occurrence: usize,
    file: &Path,
    len: usize,
) -> (Ran, bool) {
    let log = sandbox.path("strace.log");
    let _ = fs::remove_file(&log);
    let command = Asked::Stages.command(sandbox);
    // The engine, where the front gives up, makes other calls than these.
    let delay = format!("inject={call}:delay_enter=80000:when={occurrence}");
    let mut strace = wrapped(sandbox, &command, &[&delay]);
    // A pipe that nobody reads meanwhile would hold the front up.
    let answer = sandbox.path("answer");
    strace.stdout(File::create(&answer).unwrap());
    let mut child = start(strace);
    wait_until(30, "the call is made or the command has ended", || {
        let reached = fs::read_to_string(&log).is_ok_and(|text| count(&text, call) >= occurrence);
        reached || child.try_wait().unwrap().is_some()
    });
    OpenOptions::new().write(true).open(file).unwrap().set_len(len as u64).unwrap();
    let mut ran = Ran::from(child.wait_with_output().unwrap());
    ran.stdout = String::from_utf8_lossy(&fs::read(answer).unwrap()).into_owned();
    (ran, fs::read_to_string(&log).unwrap().contains("(DELAYED)"))
}

fn count(log: &str, call: &str) -> usize {
    log.lines().filter(|line| line.split_once('(').is_some_and(|(name, _)| name == call)).count()
}

/// A list of that many stages, fresh in both caches; its text.
fn long_list(sandbox: &Sandbox, stages: usize) -> String {
    let names: String = (0..stages).map(|number| format!("stage_number_{number}\n")).collect();
    stub::write_config(sandbox, &names);
    // Old stamps are not renewed behind a hit, in place of the store that is being cut.
    std::thread::sleep(Duration::from_millis(2100));
    assert_eq!(sandbox.run(&["stages"]).stdout, names);
    names
}

/// Cuts and rewrites the file in place, in pieces, the way no good program does.
///
/// Rests as long in each state, so that readers find all of them; shortly and long, so that on a
/// slow machine too some reads last longer than a rest and others do not.
fn rewrite_until(stop: &AtomicBool, path: &Path, whole: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let line_end =
        whole.len() / 2 + whole[whole.len() / 2..].iter().position(|&b| b == b'\n').unwrap() + 1;
    let rests = [0, 30, 300, 3000].map(Duration::from_micros);
    for rest in rests.into_iter().cycle().take_while(|_| !stop.load(Ordering::Relaxed)) {
        for len in [0, line_end, whole.len() / 3, 5000.min(whole.len())] {
            file.set_len(len as u64).unwrap();
            std::thread::sleep(rest);
            file.seek(SeekFrom::Start(0)).unwrap();
            file.write_all(&whole[..line_end]).unwrap();
            std::thread::sleep(rest);
            file.write_all(&whole[line_end..]).unwrap();
            std::thread::sleep(rest);
        }
    }
}

/// Ends the writer also where an assertion fails.
struct StopAtTheEnd<'a>(&'a AtomicBool);

impl Drop for StopAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn shortened(ran: &Ran) -> String {
    let start: String = ran.stdout.chars().take(200).collect();
    format!("exit {}, {} bytes, {start:?}…, {:?}", ran.code, ran.stdout.len(), ran.stderr)
}
