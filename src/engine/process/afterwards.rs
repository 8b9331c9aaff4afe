//! What is done once the answer is given: everything that writes, and everything that waits for the
//! end of what need not be waited for.

use std::cell::RefCell;
use std::collections::VecDeque;

type Job = Box<dyn FnOnce()>;

thread_local! {
    static JOBS: RefCell<VecDeque<Job>> = const { RefCell::new(VecDeque::new()) };
}

/// Puts a job behind the answer, and behind all that were put there before.
pub fn push(job: impl FnOnce() + 'static) {
    JOBS.with_borrow_mut(|jobs| jobs.push_back(Box::new(job)));
}

/// Does all of them: now, where an answer depends on it.
pub fn run() {
    // One may put others there.
    while let Some(job) = JOBS.with_borrow_mut(VecDeque::pop_front) {
        job();
    }
}
