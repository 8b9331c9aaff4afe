//! A discovery that makes or removes what it had looked at: the next one sees something else, and may find
//! other names. So the next one is run at once, and what that finds is kept. At a TAB that is done behind
//! the answer, which is what Pivot itself says then; a command says what is kept, where it has the time.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use pivot_complete::cache::freshness::InputKind;
use xxhash_rust::xxh64::xxh64;

use super::findings::cacheable;
use crate::cache::inputs::look_at_file;
use crate::context::{Context, config_path};
use crate::files::{NotCached, path};
use crate::process::afterwards;
use crate::python::observed::Seen;
use crate::python::{Found, Inquiry, Origin, Subject};
use crate::trace::Trace;

/// Where on its way a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The user waits for it.
    BeforeAnswer,
    /// It is about to be kept.
    BehindAnswer,
}

/// How long the second may take behind an answer, where there is a minute for all that is to do.
const BEHIND: Duration = Duration::from_secs(45);

/// How long a file must stay as it is that others may write to, for a log of what is discovered alone.
const REST: Duration = Duration::from_millis(500);

/// What is to be kept: what was `found`, or what is found once more. A third time it is not run; of one that
/// overtakes itself again, the second is kept as far as [`First::settles`] says so.
/// Behind an answer the second has time of its own: there it is run, too, where a command has too little left.
pub fn settled(
    context: &Context,
    found: &Rc<Found>,
    subject: &Subject,
    when: When,
) -> Result<Rc<Found>, NotCached> {
    let overtaken = &found.frame.seen.overtaken;
    let Some(one) = overtaken.first() else { return Ok(Rc::clone(found)) };
    // Names are those of the config that was read: of one that changed itself nothing is kept.
    let here = context.project.as_ref().and_then(cacheable);
    let config = here.map(|(project, config)| config_path(project, config));
    if overtaken.iter().any(|it| config.as_deref() == Some(path(it))) {
        return Ok(Rc::clone(found));
    }
    let mut context = context.clone();
    let changed = || NotCached::InputChanged(path(one).to_owned());
    let settings = &mut context.settings;
    let left = settings.deadline.saturating_duration_since(Instant::now());
    match when {
        When::BeforeAnswer if context.is_tab || left < settings.timeout / 2 => {
            return Ok(Rc::clone(found));
        }
        When::BeforeAnswer => {}
        When::BehindAnswer => {
            afterwards::have_parted();
            settings.deadline = Instant::now() + settings.timeout.min(BEHIND);
        }
    }
    Trace::start("discovery").note_error("once-more", &path(one).display());
    let first = First::of(&found.frame.seen);
    let mut again = Inquiry::about(&context).stages(subject).map_err(|_| changed())?;
    let is_alike = again.frame.seen.overtaken.is_empty() || is_same(found, &again);
    // Where it took too long, or ended without a word, what was found is not worth less.
    let is_last = is_alike && first.settles(&mut again.frame.seen) && again.origin != Origin::Ended;
    if is_last { Ok(Rc::new(again)) } else { Err(changed()) }
}

/// What the first discovery left of what it overtook.
struct First<'a> {
    seen: &'a Seen,
    /// Digests of what was at its paths when it had ended.
    left: HashMap<&'a [u8], u64>,
    /// Whether those that others may write to stayed so for a while.
    rested: bool,
}

/// What the second does to a path that it had looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overtakes {
    /// It writes the same bytes, or makes the same link or directory anew.
    Alike,
    /// It makes what no other looks at: under a name of its own, as chance and clocks give it.
    OfOneRun,
    /// It gives other bytes to a file that the first gave others, too: a log of its runs, a counter.
    Rewritten,
    /// The next one may find anything there.
    Otherwise,
}

impl<'a> First<'a> {
    fn of(seen: &'a Seen) -> Self {
        let is_open_to_others = |it: &&Vec<u8>| seen.disturbed.contains(it) && is_file(it);
        let rested = rest(seen.overtaken.iter().filter(is_open_to_others));
        Self { seen, left: contents(&seen.overtaken), rested }
    }

    /// Whether the next discovery finds what the second did, that saw this and found the same names.
    fn settles(&self, second: &mut Seen) -> bool {
        let alike = second.remain(|path| self.is_as_left(path));
        let overtaken = std::mem::take(&mut second.overtaken);
        let does = |it: &Vec<u8>| {
            if alike.contains(it) || !is_file(it) && self.is_as_left(it) {
                Overtakes::Alike
            } else if !self.seen.overtaken.contains(it) && has_digit(it) {
                Overtakes::OfOneRun
            } else if self.left.contains_key(&it[..]) && is_file(it) {
                Overtakes::Rewritten
            } else {
                Overtakes::Otherwise
            }
        };
        let rewritten: Vec<_> =
            overtaken.iter().filter(|it| does(it) == Overtakes::Rewritten).collect();
        second.left(&rewritten);
        // Who writes to it meanwhile is no child of the second: the first would have had that one, too.
        let is_its_own = |it: &&Vec<u8>| second.arrivals(it) <= self.seen.arrivals(it);
        let open_to_others = rewritten.iter().copied().filter(|it| second.disturbed.contains(it));
        !overtaken.iter().any(|it| does(it) == Overtakes::Otherwise)
            && (rewritten.is_empty() || self.rested && rewritten.iter().all(is_its_own))
            && rest(open_to_others)
    }

    fn is_as_left(&self, path: &[u8]) -> bool {
        self.left.get(path).is_some_and(|left| content(path).as_ref() == Some(left))
    }
}

/// Whether these stay as they are for a while; at once where there are none.
fn rest<'a>(paths: impl Iterator<Item = &'a Vec<u8>>) -> bool {
    let paths: Vec<&Vec<u8>> = paths.collect();
    let then = contents(paths.iter().copied());
    if !paths.is_empty() {
        thread::sleep(REST);
    }
    contents(paths) == then
}

/// What is at those of these paths where something is.
fn contents<'a>(paths: impl IntoIterator<Item = &'a Vec<u8>>) -> HashMap<&'a [u8], u64> {
    paths.into_iter().filter_map(|path| Some((&path[..], content(path)?))).collect()
}

/// A digest of what is in a file, where a link leads, or what a directory holds.
fn content(file: &[u8]) -> Option<u64> {
    if is_file(file) {
        let (now, _) = look_at_file(file, true).ok()?;
        return (now.kind == InputKind::File).then_some(now.digest);
    }
    let place = path(file);
    if let Ok(target) = fs::read_link(place) {
        return Some(xxh64(target.as_os_str().as_bytes(), 0));
    }
    let entries = fs::read_dir(place).ok()?.map(|entry| Ok(entry?.file_name()));
    let mut names = entries.collect::<io::Result<Vec<_>>>().ok()?;
    names.sort();
    Some(xxh64(names.join(OsStr::new("/")).as_bytes(), 0))
}

fn is_file(file: &[u8]) -> bool {
    fs::symlink_metadata(path(file)).is_ok_and(|status| status.is_file())
}

/// Whether there is a digit in the name at the end of a path, as there is in those that chance or a clock make.
fn has_digit(path: &[u8]) -> bool {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or_default().iter().any(u8::is_ascii_digit)
}

/// Whether both found the same names, or none.
fn is_same(found: &Found, again: &Found) -> bool {
    found.names.as_ref().ok() == again.names.as_ref().ok()
}
