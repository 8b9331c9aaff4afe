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

/// What is to be kept: what was `found`, or what is found once more. One that makes something of another name
/// each time and finds the same is kept as it is; else nobody knows what is next where it overtakes itself again.
/// Behind an answer the second has time of its own; so it is there where a command has too little left.
pub fn settled(
    context: &Context,
    found: &Rc<Found>,
    subject: &Subject,
    when: When,
) -> Result<Rc<Found>, NotCached> {
    let all = &found.frame.seen.overtaken;
    let Some(overtaken) = all.first() else { return Ok(Rc::clone(found)) };
    // Names are those of the config that was read: of one that changed itself nothing is kept.
    let here = context.project.as_ref().and_then(cacheable);
    let config = here.map(|(project, config)| config_path(project, config));
    if all.iter().any(|it| config.as_deref() == Some(path(it))) {
        return Ok(Rc::clone(found));
    }
    let mut context = context.clone();
    let overtaken = path(overtaken);
    let changed = || NotCached::InputChanged(overtaken.to_owned());
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
    Trace::start("discovery").note_error("once-more", &overtaken.display());
    let disturbed = &found.frame.seen.disturbed;
    let rested = rest(all.iter().filter(|it| disturbed.contains(it) && is_file(it)));
    let before = contents(all);
    let mut again = Inquiry::about(&context).stages(subject).map_err(|_| changed())?;
    let is_last = is_last(found, &mut again, &before, rested);
    if is_last { Ok(Rc::new(again)) } else { Err(changed()) }
}

/// Whether what was found `again` may be kept, of what was overtaken `before` and whether that `rested`.
/// It is not run a third time: where that would look at the same again, or at what one more step makes,
/// nobody knows what it finds.
fn is_last(found: &Found, again: &mut Found, before: &HashMap<&[u8], u64>, rested: bool) -> bool {
    let seen = &mut again.frame.seen;
    let all = &found.frame.seen.overtaken;
    let is_as_before =
        |path: &[u8]| before.get(path).is_some_and(|then| content(path).as_ref() == Some(then));
    let remaining = seen.remain(is_as_before);
    let once_more = std::mem::take(&mut seen.overtaken);
    // A link or a directory that is made anew each time, and is as the one before left it.
    let is_kept = |it: &Vec<u8>| remaining.contains(it) || !is_file(it) && is_as_before(it);
    // A log or a counter that it reads, and gives other bytes each time.
    let (rewritten, others): (Vec<_>, Vec<_>) =
        once_more.iter().filter(|it| !is_kept(it)).partition(|it| {
            let it = &it[..];
            all.iter().any(|one| one == it) && before.contains_key(it) && is_file(it)
        });
    let rests =
        |seen: &Seen| rest(rewritten.iter().copied().filter(|it| seen.disturbed.contains(it)));
    // Who writes to it meanwhile is no child of it: the first would have had that one, too.
    let is_its_own = |it: &&Vec<u8>| seen.arrivals(it) <= found.frame.seen.arrivals(it);
    let is_alone = rewritten.iter().all(is_its_own);
    seen.left(&rewritten);
    // What has a name of its own each time is looked at by no other.
    let is_of_one = |it: &&Vec<u8>| !all.contains(it) && has_digit(it);
    let is_settled = others.iter().all(is_of_one)
        && (rewritten.is_empty() || is_alone && rested && rests(&again.frame.seen))
        && (once_more.is_empty() || is_same(found, again));
    // Where it took too long, or ended without a word, what was found is not worth less.
    is_settled && again.origin != Origin::Ended
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
