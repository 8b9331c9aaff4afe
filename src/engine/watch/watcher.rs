//! When something is done: a burst of saves settles, then a process looks, and discovers if need be; it
//! tells what to watch. Never more than half of the time, and never against a TAB.

use std::io::{ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pivot_complete::reason::Reason;

use super::callers::{Callers, Handover};
use super::places::Places;
use super::room::{Bell, Room, YIELD};
use super::watched::{LimitReached, Watched};
use crate::environment::{program, was_replaced};
use crate::process::interrupts::Listening;

/// So long nothing may happen until it is looked.
const SETTLE: Duration = Duration::from_millis(200);
/// It is looked all the same after so much of it.
const SETTLE_MOST: Duration = Duration::from_secs(2);
/// After a TAB or another process was let go first.
const AFTER_OTHERS: Duration = Duration::from_secs(1);
/// The pause behind a look that told nothing is doubled so often.
const UNTOLD_MOST: u32 = 10;
/// Without a prompt for so long a watcher ends.
const IDLE_MOST: Duration = Duration::from_secs(3600);
/// So many looks in a row are given up for what is saved meanwhile.
const GIVEN_UP_MOST: usize = 2;
/// So long one that was interrupted may take to end with all that it started.
const END_MOST: Duration = Duration::from_secs(3);

/// How a look went, as it says itself: a reason's name, how many stages are known, and the places to
/// watch ([`Places::to_bytes`]), NUL behind each of the first two.
#[derive(Debug)]
pub struct Look {
    /// The reason's name.
    pub reason: String,
    /// How many stages.
    pub count: usize,
    /// How long it took.
    pub took: Duration,
    /// How many directories are watched now.
    pub watched: usize,
}

/// Why a watcher ends.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// Ctrl-C, or the session's end.
    Interrupted,
    /// Nobody is left that it would be for.
    Alone,
    /// The kernel watches no more.
    LimitReached,
    /// This program is gone, or is another one whose words this process does not know.
    Replaced,
    /// Nobody hears what it tells.
    Unheard,
}

/// Who is told of each look.
pub trait Tell {
    /// Tells of it; says whether somebody hears.
    fn tell(&self, look: &Look) -> bool;

    /// What would end if nobody did.
    fn sink(&self) -> Option<BorrowedFd<'_>>;
}

/// Nobody.
impl Tell for () {
    fn tell(&self, _: &Look) -> bool {
        true
    }

    fn sink(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// A watcher.
pub struct Watcher<'a> {
    room: &'a Room,
    bell: Bell,
    callers: Callers,
    /// Whether it is there for shells, and not in the foreground.
    is_for_shells: bool,
    handed: Option<Handover>,
    watched: Watched,
    tell: &'a dyn Tell,
    plan: Plan,
    running: Option<Running>,
    /// How many looks in a row were given up.
    given_up: usize,
    /// Whether the last discovery was told of something meanwhile, as where the pipeline writes its inputs.
    writes_inputs: bool,
    /// How many looks in a row told nothing.
    untold: u32,
}

/// When the next look is due.
#[derive(Debug, Default)]
struct Plan {
    due: Option<Instant>,
    /// When the first of what has happened since the last look was seen.
    since: Option<Instant>,
    /// Before that nothing is done.
    rest_until: Option<Instant>,
}

/// A look on its way.
struct Running {
    child: Child,
    pipe: OwnedFd,
    told: Vec<u8>,
    start: Instant,
}

impl From<LimitReached> for Ended {
    fn from(_: LimitReached) -> Self {
        Self::LimitReached
    }
}

impl<'a> Watcher<'a> {
    /// One that works as `handed` says, or as shells hand over. `tell` hears of each look.
    pub fn new(
        room: &'a Room,
        handed: Option<Handover>,
        tell: &'a dyn Tell,
    ) -> Result<Self, LimitReached> {
        // As long as it is there: from now on that is where it is looked for.
        let _ = program();
        let bell = Bell::of(room).ok_or(LimitReached)?;
        let (watched, callers) = (Watched::nothing()?, Callers::default());
        Ok(Self {
            room,
            bell,
            callers,
            is_for_shells: handed.is_none(),
            handed,
            watched,
            tell,
            plan: Plan::default(),
            running: None,
            given_up: 0,
            writes_inputs: false,
            untold: 0,
        })
    }

    /// Watches until there is nobody to watch for.
    pub fn run(&mut self, interrupts: &Listening) -> Ended {
        let ended = self.turn(interrupts).err().unwrap_or(Ended::Alone);
        self.stop();
        ended
    }

    fn turn(&mut self, interrupts: &Listening) -> Result<(), Ended> {
        self.plan.at(Instant::now());
        self.hear();
        loop {
            if self.is_for_shells && !self.callers.sweep(self.room) {
                return Err(Ended::Alone);
            }
            let now = Instant::now();
            if self.may_give_up() && self.plan.is_due(now) {
                self.stop();
                self.given_up += 1;
            }
            if self.running.is_none() && self.plan.is_due(now) {
                self.start()?;
            }
            let is_ready = self.running.is_none() || self.may_give_up();
            let wait = self.plan.wait(now).filter(|_| is_ready);
            let patience = self.patience()?;
            self.sleep(interrupts, [wait, patience].into_iter().flatten().min());
            if interrupts.has_come() {
                return Err(Ended::Interrupted);
            }
            if self.tell.sink().is_some_and(is_broken) {
                return Err(Ended::Unheard);
            }
            if self.bell.has_rung() {
                self.hear();
            }
            if self.watched.take() {
                self.plan.settle(Instant::now());
            }
            if self.running.as_mut().is_some_and(Running::has_ended) {
                self.finish()?;
            }
        }
    }

    /// What shells want.
    fn hear(&mut self) {
        if self.room.read(YIELD.as_ref()).is_some() {
            self.room.remove(YIELD.as_ref());
            self.stop();
            self.plan.at(Instant::now() + AFTER_OTHERS);
        }
        if self.is_for_shells
            && let Some(handed) = self.callers.look(self.room)
        {
            self.handed = Some(handed);
            self.plan.at(Instant::now());
        }
    }

    /// How long nobody may come until it ends; it ends if that is over.
    fn patience(&self) -> Result<Option<Duration>, Ended> {
        if !self.is_for_shells {
            return Ok(None);
        }
        let left = IDLE_MOST.checked_sub(self.callers.idle(self.room));
        left.filter(|left| !left.is_zero()).map(Some).ok_or(Ended::Alone)
    }

    fn sleep(&self, interrupts: &Listening, time: Option<Duration>) {
        let sources = [interrupts.as_fd(), self.bell.source(), self.watched.source()];
        let pipe = self.running.iter().map(|running| running.pipe.as_fd());
        let sources = sources.into_iter().chain(pipe).chain(self.callers.sources());
        let mut sources: Vec<PollFd<'_>> =
            sources.map(|source| PollFd::new(source, PollFlags::POLLIN)).collect();
        // The kernel tells its end, whatever is asked.
        let sink = self.tell.sink().into_iter();
        sources.extend(sink.map(|sink| PollFd::new(sink, PollFlags::empty())));
        let whole_ms = |time: Duration| i32::try_from(time.as_millis() + 1).unwrap_or(i32::MAX);
        let timeout = time.map(whole_ms).and_then(|ms| PollTimeout::try_from(ms).ok());
        let _ = poll(&mut sources, timeout.unwrap_or(PollTimeout::NONE));
    }

    /// Has a process look, in the place of a prompt.
    fn start(&mut self) -> Result<(), Ended> {
        self.plan.begin();
        let Some(handed) = &self.handed else { return Ok(()) };
        let engine = program().ok_or(Ended::Replaced)?;
        let mut command = Command::new(engine);
        command.args(["prewarm", "--places"]);
        handed.apply(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let Ok(mut child) = command.spawn() else {
            return self.try_later();
        };
        let Some(stdout) = child.stdout.take() else { return Ok(()) };
        let pipe = OwnedFd::from(stdout);
        let _ = fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        self.running = Some(Running { child, pipe, told: Vec::new(), start: Instant::now() });
        Ok(())
    }

    /// Where the directory to look in is gone nothing starts; its return is watched for. Where it is there
    /// memory was short, perhaps, or a limit was reached.
    fn try_later(&mut self) -> Result<(), Ended> {
        let directory = self.handed.as_ref().map(Handover::directory);
        let Some(gone) = directory.filter(|directory| !directory.is_dir()) else {
            self.plan.at(Instant::now() + AFTER_OTHERS * 2_u32.pow(self.untold.min(UNTOLD_MOST)));
            self.untold += 1;
            return Ok(());
        };
        if self.watched.set(&Places::way_to(gone))? {
            self.plan.at(Instant::now());
        }
        Ok(())
    }

    /// Whether a look is on its way that would find what was there before a save.
    fn may_give_up(&self) -> bool {
        let is_outdated = self.running.is_some() && self.plan.since.is_some();
        is_outdated && !self.writes_inputs && self.given_up < GIVEN_UP_MOST
    }

    /// Takes what a look told.
    fn finish(&mut self) -> Result<(), Ended> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        let _ = running.child.wait();
        let took = running.start.elapsed();
        self.plan.rest_from(running.start);
        self.given_up = 0;
        let mut fields = running.told.splitn(3, |&byte| byte == 0);
        let mut text = || str::from_utf8(fields.next().unwrap_or_default()).unwrap_or_default();
        let (reason, count) = (text().to_owned(), text().parse().unwrap_or_default());
        let Some(places) = fields.next().and_then(Places::from_bytes) else {
            if was_replaced() {
                return Err(Ended::Replaced);
            }
            return self.try_later();
        };
        self.untold = 0;
        if reason == Reason::Discovered.as_str() {
            self.writes_inputs = self.plan.since.is_some();
        }
        if self.watched.set(&places)? {
            // What happened between the look and the watch was not seen.
            self.plan.at(Instant::now());
        }
        if reason == Reason::BeingDiscovered.as_str() {
            self.plan.at(Instant::now() + AFTER_OTHERS);
        }
        let look = Look { reason, count, took, watched: self.watched.count() };
        if self.tell.tell(&look) { Ok(()) } else { Err(Ended::Unheard) }
    }

    /// Ends a look with all that it started.
    fn stop(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        if let Ok(id) = i32::try_from(running.child.id()) {
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
        let deadline = Instant::now() + END_MOST;
        while let Ok(None) = running.child.try_wait() {
            if Instant::now() >= deadline {
                let _ = running.child.kill();
                let _ = running.child.wait();
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.plan.rest_from(running.start);
    }
}

/// Whether nobody is left at the other end.
fn is_broken(sink: BorrowedFd<'_>) -> bool {
    let mut end = [PollFd::new(sink, PollFlags::empty())];
    let broken = PollFlags::POLLERR | PollFlags::POLLHUP;
    poll(&mut end, PollTimeout::ZERO).is_ok()
        && end[0].revents().is_some_and(|told| told.intersects(broken))
}

impl Running {
    /// Takes what there is; says whether that was all.
    fn has_ended(&mut self) -> bool {
        let Ok(pipe) = self.pipe.try_clone() else { return true };
        let mut pipe = std::fs::File::from(pipe);
        match pipe.read_to_end(&mut self.told) {
            Ok(_) => true,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
    }
}

impl Plan {
    /// A look is due then, at the latest.
    fn at(&mut self, then: Instant) {
        self.due = Some(self.due.map_or(then, |due| due.min(then)));
    }

    /// Something has happened: a look is due when nothing more does.
    fn settle(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        self.due = Some((now + SETTLE).min(since + SETTLE_MOST));
    }

    /// As long as what began at `start` took.
    fn rest_from(&mut self, start: Instant) {
        self.rest_until = Some(Instant::now() + start.elapsed());
    }

    fn is_due(&self, now: Instant) -> bool {
        self.wait(now) == Some(Duration::ZERO)
    }

    /// How long it is until a look.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let due = self.due?.max(self.rest_until.unwrap_or(now));
        Some(due.saturating_duration_since(now))
    }

    fn begin(&mut self) {
        (self.due, self.since) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_settles_and_one_that_goes_on_is_looked_at() {
        let start = Instant::now();
        let mut plan = Plan::default();
        assert_eq!(plan.wait(start), None);
        plan.settle(start);
        plan.settle(start + SETTLE / 2);
        assert_eq!(plan.wait(start + SETTLE), Some(SETTLE / 2));
        for step in 0..100 {
            plan.settle(start + SETTLE / 2 * step);
        }
        assert!(plan.is_due(start + SETTLE_MOST));
        plan.begin();
        assert_eq!(plan.wait(start + SETTLE_MOST), None);
    }

    #[test]
    fn it_rests_as_long_as_it_worked() {
        let start = Instant::now();
        let mut plan = Plan { rest_until: Some(start + SECOND), ..Plan::default() };
        plan.settle(start);
        assert_eq!(plan.wait(start), Some(SECOND));
        assert!(plan.is_due(start + SECOND));
        plan.at(start + 2 * SECOND);
        assert!(plan.is_due(start + SECOND), "the earlier one counts");
    }
}
