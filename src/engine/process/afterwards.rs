//! What is done once the answer is given: everything that writes, what goes on behind this process, and
//! the end of the programs that it ran, which nobody waits for.

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::process::child::{self, Parting};

type Job = Box<dyn FnOnce()>;

thread_local! {
    static JOBS: RefCell<VecDeque<Job>> = const { RefCell::new(VecDeque::new()) };
    static STARTS: RefCell<Vec<Job>> = const { RefCell::new(Vec::new()) };
    static PARTING: RefCell<Option<Parting>> = const { RefCell::new(None) };
}

/// Puts a job behind the answer, and behind all that were put there before.
pub fn push(job: impl FnOnce() + 'static) {
    JOBS.with_borrow_mut(|jobs| jobs.push_back(Box::new(job)));
}

/// Puts the start of a program that outlives this process behind all else: no child of this process
/// is left when that is done.
pub fn push_start(start: impl FnOnce() + 'static) {
    STARTS.with_borrow_mut(|starts| starts.push(Box::new(start)));
}

/// Does all of them. The programs that have run end meanwhile, beside: what they do at their end may
/// hang, and the next TAB waits for the lock that is given back here.
pub fn run() {
    PARTING.set(Some(child::part()));
    // One may put others there.
    while let Some(job) = JOBS.with_borrow_mut(VecDeque::pop_front) {
        job();
    }
    have_parted();
    // What a job ran.
    child::part().wait();
    for start in STARTS.take() {
        start();
    }
}

/// Waits until nothing is left of the programs that have run: before a job runs one, which would be ended
/// with them.
pub fn have_parted() {
    PARTING.take().into_iter().for_each(Parting::wait);
}
