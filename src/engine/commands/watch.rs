//! `pivot-complete watch`: discovers behind each save; in the foreground it says what it does.

use std::ffi::OsStr;
use std::io::{Stdout, stdout};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;

use pivot_complete::reason::Reason;

use crate::cli::Watch;
use crate::context::{Context, trust};
use crate::discovery::may_execute;
use crate::environment::settings::{OnMiss, variable};
use crate::files::lock_file::Held;
use crate::process::watched_process::be_patient;
use crate::process::{afterwards, behind, interrupts, orphans};
use crate::report::{ANSWERED, Failure, say};
use crate::trace::Trace;
use crate::watch::{Ended, Handover, LOCK, Look, Room, Standing, Tell, Watcher, hand_over, sweep};

/// Watches here, for shells that hand over, or has another process do it for the shell that asks.
pub fn run(how: &Watch) -> Result<u8, Failure> {
    match how {
        Watch::Here => here(),
        Watch::Behind(shell) => {
            let trace = Trace::start("watch");
            match see_to_it(*shell) {
                Ok(reason) => trace.note("watched", reason),
                Err(reason) => trace.note("nothing", reason),
            }
            Ok(ANSWERED)
        }
        Watch::Of(name) => {
            for_shells(name);
            Ok(ANSWERED)
        }
    }
}

/// In the foreground, until Ctrl-C.
fn here() -> Result<u8, Failure> {
    let context = Context::here(None)?.for_tab();
    if let Some(failure) = context.no_stages() {
        return Err(failure);
    }
    context.refuse_nesting()?;
    trust::may_discover(&context)?;
    let (room, held) = enter(&context)?;
    be_patient();
    sweep(Some(&room.name()));
    let ended = watch(&room, Some(Handover::own(&context.directory)), &Out(stdout()));
    room.leave(held);
    sweep(None);
    match ended {
        // As of any program whose reader has enough.
        Ended::Unheard => Ok(ANSWERED),
        Ended::Replaced => Err(Failure::new(
            Reason::NotWatched,
            "pivot-complete is another one now, or is gone: start it again",
        )),
        Ended::Interrupted | Ended::Alone => Err(Failure::new(Reason::Interrupted, "interrupted")),
        Ended::LimitReached => Err(Failure::new(
            Reason::NotWatched,
            "the system watches no more directories: raise fs.inotify.max_user_watches and \
             fs.inotify.max_user_instances (sysctl)",
        )),
    }
}

/// Becomes the watcher here.
fn enter(context: &Context) -> Result<(Room, Held), Failure> {
    let refused = |message: String| Failure::new(Reason::NotWatched, message);
    let mut lock = PathBuf::new();
    // Once more where another one goes at this moment, and its room with it.
    for _ in 0..2 {
        let room = Room::here(context).ok_or_else(|| {
            refused("there is no runtime directory of your own: set XDG_RUNTIME_DIR".into())
        })?;
        if let Some(held) = room.occupy() {
            return Ok((room, held));
        }
        if let Standing::Runs(id) = room.standing() {
            return Err(refused(format!("a watcher is at work here already, as process {id}")));
        }
        lock = room.path().join(LOCK);
    }
    Err(refused(format!(
        "cannot lock {}: remove that, or set XDG_RUNTIME_DIR to a directory where files can be locked",
        lock.display()
    )))
}

/// Whoever reads what it says.
struct Out(Stdout);

impl Tell for Out {
    fn tell(&self, look: &Look) -> bool {
        let (count, reason, watched) = (look.count, &look.reason, look.watched);
        let seconds = look.took.as_secs_f32();
        let words =
            format!("{count} stages ({reason}) in {seconds:.2} s; {watched} directories watched\n");
        say(&words).is_ok()
    }

    fn sink(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }
}

/// Hands over what this shell has, and starts a watcher where there is none.
fn see_to_it(shell: u32) -> Result<Reason, Reason> {
    if variable("PIVOT_COMPLETE_OFF").is_some() {
        return Err(Reason::SwitchedOff);
    }
    let context = Context::here(None).map_err(|failure| failure.reason)?.for_tab();
    if context.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    let project = context.project.as_ref().ok_or(Reason::NoProject)?;
    project.config.as_ref().ok_or(Reason::NoConfig)?;
    may_execute(&context)?;
    let own = Handover::own(&context.directory);
    // Once more where another one took the room away meanwhile.
    let room = (0..2).find_map(|_| {
        let room = Room::here(&context)?;
        // What nobody waits for is left to nobody.
        (room.is_limited() || hand_over(&room, shell, &own).is_some()).then_some(room)
    });
    let room = room.ok_or(Reason::NotWatched)?;
    let (name, standing) = (room.name(), room.standing());
    let kept = name.clone();
    afterwards::push(move || {
        sweep(Some(&kept));
    });
    match standing {
        Standing::Runs(_) => {}
        Standing::LimitReached => return Err(Reason::NotWatched),
        Standing::None => {
            afterwards::push_start(move || behind::start(&["watch", "--of"], &name));
        }
    }
    Ok(Reason::Watched)
}

/// Watches as long as there are shells that want it.
fn for_shells(name: &OsStr) {
    // What the shell had open is not held, nor its directory.
    orphans::close_all_but(2);
    let _ = std::env::set_current_dir("/");
    be_patient();
    let Some(room) = Room::named(name) else { return };
    let Some(held) = room.occupy() else { return };
    sweep(Some(name));
    let ended = watch(&room, None, &());
    if ended == Ended::LimitReached {
        room.note_limit();
    }
    room.leave(held);
    sweep(Some(name));
}

fn watch(room: &Room, handed: Option<Handover>, tell: &dyn Tell) -> Ended {
    let Ok(interrupts) = interrupts::listen() else { return Ended::LimitReached };
    match Watcher::new(room, handed, tell) {
        Ok(mut watcher) => watcher.run(&interrupts),
        Err(limit) => limit.into(),
    }
}
