//! Readers during thousands of rewrites: every answer is whole, none is empty.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::aftermath::{assert_no_litter, assert_refreshed};
use crate::support::stub::{self, Asked, NEW_NAMES, STAGES_CACHE};
use crate::support::{Ran, soak, tally};

/// By whoever writes as we do, 10,000 times in the whole: readers hit each time, and say so.
#[test]
fn caches_that_are_replaced_all_the_time_are_read_whole() {
    let mut sandbox = stub::sandbox();
    // Nothing else writes behind a hit.
    sandbox.set("PIVOT_COMPLETE_TRUST", "explicit");
    assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
    let caches = [STAGES_CACHE.to_owned(), stub::store(&sandbox)];
    let contents = caches.each_ref().map(|name| fs::read(sandbox.path(name)).unwrap());
    let rewrites = soak::count(1_000, 10_000);
    let (read, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let ran = sandbox.run(&["stages", "--cached"]);
                    assert_eq!(ran.lines(), NEW_NAMES);
                    assert_eq!(stub::tab(&sandbox).candidates(), NEW_NAMES);
                    read.fetch_add(2, Ordering::Relaxed);
                }
            });
        }
        for number in 0..rewrites {
            let which = number % caches.len();
            let new = sandbox.write("new", &contents[which]);
            // Where the store was written along with the other, its stamp is of it.
            let kept = fs::metadata(sandbox.path(&caches[which])).unwrap().modified().unwrap();
            let file = fs::File::options().write(true).open(&new).unwrap();
            file.set_modified(kept).unwrap();
            fs::rename(new, sandbox.path(&caches[which])).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    let read = read.into_inner();
    assert!(read > 100, "{read} answers only during {rewrites} rewrites");
    tally::survived(rewrites);
}

/// By refreshes, one after the other: a TAB finds caches, or waits for the one at work.
#[test]
fn refreshes_one_after_the_other_leave_no_tab_without_names() {
    let sandbox = stub::sandbox();
    assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
    let done = AtomicBool::new(false);
    let answers = std::thread::scope(|scope| {
        let readers = [Asked::Stages, Asked::Tab].map(|asked| {
            let (sandbox, done) = (&sandbox, &done);
            scope.spawn(move || {
                let mut answers = 0;
                while !done.load(Ordering::Relaxed) {
                    let ran: Ran = asked.command(sandbox).output().unwrap().into();
                    assert!(asked.is_answered(&ran), "{asked:?}: {ran:?}");
                    answers += 1;
                }
                answers
            })
        });
        for _ in 0..soak::count(40, 1_000) {
            assert_eq!(sandbox.run(&["refresh"]).code, 0);
        }
        done.store(true, Ordering::Relaxed);
        readers.map(|reader| reader.join().unwrap())
    });
    assert!(answers.iter().all(|count| *count > 20), "{answers:?}");
    assert_refreshed(&sandbox);
    assert_no_litter(&sandbox, "project");
    assert_eq!(sandbox.listing("tmp"), [""; 0]);
}
