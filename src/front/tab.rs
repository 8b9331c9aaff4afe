//! Second stop of a TAB, behind main.rs: the shell's line, answered as its plan says from the
//! description of Pivot's command line and from the caches of the project.

use pivot_complete::answer;
use pivot_complete::cache::freshness::Input;
use pivot_complete::cache::key::{StoreName, cache_directory, description_path, remotes_path};
use pivot_complete::cache::lookup::{compare_own, unread};
use pivot_complete::cache::store::record::Part;
use pivot_complete::cache::store::{self, Store};
use pivot_complete::files::{Disk, PathBuffer};
use pivot_complete::line::{Form, Line, Shell};
use pivot_complete::pivot::Stages;
use pivot_complete::project::Program;
use pivot_complete::reason::Reason;
use pivot_complete::tab::{self, Need, Plan, Supply};

use crate::context::{Context, have_aged, renew_behind};
use crate::system::{self, Stdout};

type Bytes = <system::Disk as Disk>::Bytes;

/// Completes the shell's line.
///
/// Kept out of `run`, so that its words' room is on the stack for a line alone.
#[inline(never)]
pub fn complete(shell: Shell, form: Form) -> Result<Reason, Reason> {
    let (Some(comp_words), Some(comp_cword)) =
        (system::variable(b"COMP_WORDS"), system::variable(b"COMP_CWORD"))
    else {
        return Ok(Reason::NoLine);
    };
    let storage = system::memory(Line::room(comp_words, comp_cword));
    let line = match Line::read(shell, form, comp_words, comp_cword, storage) {
        Err(Reason::OtherCommand) => return other_command(),
        line => line?,
    };
    if let Some(directory) = line.directory()
        && !system::enter(directory)
    {
        return Err(Reason::DirectoryNotEntered);
    }
    let mut context = Context::here(line.program())?;
    let bytes = match read_description(&mut context) {
        // Where Pivot's command line was not described yet, or cannot be.
        Err(Reason::CacheMissing) => {
            return supply(context, &Plan::without_description(shell, form, &line)?);
        }
        found => found?,
    };
    let store = Store::open(AsRef::<[u8]>::as_ref(&bytes))?;
    let description = store.command_line()?;
    let found = tab::read_line(&line, form, &description)?;
    supply(context, &Plan::by_description(shell, form, &description, &found)?)
}

/// Leaves the line to whoever completes the program that it runs.
#[cold]
fn other_command() -> Result<Reason, Reason> {
    let mut out = Stdout::new();
    out.put(answer::OTHER_COMMAND);
    out.finish()?;
    Ok(Reason::OtherCommand)
}

/// Answers as `plan` says with what it needs.
fn supply(mut context: Context<'_>, plan: &Plan<'_>) -> Result<Reason, Reason> {
    let which = match plan.need() {
        need @ (Need::Stages | Need::Targets) => {
            return context.with_names(false, &mut |mut found, out| {
                let targets = if need == Need::Targets { found.targets()? } else { b"" };
                let states = if plan.shows_help() { found.states() } else { b"" };
                let (names, blurbs, failure) = (found.text(), found.blurbs(), found.failure());
                let are_in_root = found.root == found.here.1;
                let stages = Stages { names, targets, blurbs, states, failure, are_in_root };
                plan.write(&Supply::Stages(stages), &mut |piece| out.put(piece))
            });
        }
        Need::Nothing => None,
        Need::RemoteKeys => Some(Part::Blurbs),
        Need::Remotes => Some(Part::Names),
        // Too rare for a program that is to stay small.
        Need::Every | Need::Told(_) => return Err(Reason::EngineCommand),
    };
    let mut out = Stdout::new();
    let bytes = which.map(|_| read_remotes(&mut context)).transpose()?;
    let remotes = match &bytes {
        Some(bytes) => Some(Store::open(AsRef::<[u8]>::as_ref(bytes))?.current()?),
        None => None,
    };
    let supply = match (&remotes, which) {
        (Some(remotes), Some(which)) => Supply::Lines(remotes.part(which)),
        _ => Supply::Nothing,
    };
    plan.write(&supply, &mut |piece| out.put(piece))?;
    // Descriptions are data, too.
    if !answer::is_plain(out.text()) {
        return Err(Reason::CacheMalformed);
    }
    context.finish(out)?;
    Ok(Reason::Fresh)
}

/// The store with the description of the command line of the `pivot` that is meant.
fn read_description(context: &mut Context<'_>) -> Result<Bytes, Reason> {
    let root = context.root();
    let Context { disk, directory, environment, path, .. } = context;
    let program = Program::find(disk, environment, directory, root, path);
    context.program = Some(program);
    // Without a directory for caches nothing is described there.
    description_path(environment, path).map_err(|_| Reason::CacheMissing)?;
    let name = name_in(path);
    let (bytes, renewable_s) = read_fresh(context)?;
    let Context { environment, path, .. } = context;
    if have_aged(renewable_s) && cache_directory(environment, path).is_ok() {
        renew_behind(path, &name);
    }
    Ok(bytes)
}

/// The name of the store whose path is put together.
fn name_in(path: &PathBuffer<'_>) -> StoreName {
    path.as_bytes().last_chunk().copied().unwrap_or_default()
}

/// The store with the names of the remotes.
fn read_remotes(context: &mut Context<'_>) -> Result<Bytes, Reason> {
    let root = context.root();
    remotes_path(&context.environment, root, &mut context.path)?;
    read_fresh(context).map(|(bytes, _)| bytes)
}

/// The store whose path is put together, if all that it was made from is still the same; and when
/// the earliest change was whose stamp did not prove it.
#[inline(never)]
fn read_fresh(context: &mut Context<'_>) -> Result<(Bytes, Option<i64>), Reason> {
    let Context { disk, path, program, directory, environment, .. } = context;
    let bytes = disk.read(path.as_c_path(), store::LIMIT_BYTES).map_err(unread)?;
    let known = |_, input: &Input<'_>| program.as_ref()?.stat_of(input.path);
    let proof = compare_own(
        disk,
        AsRef::<[u8]>::as_ref(&bytes),
        (environment.process, directory),
        known,
        path,
    )?;
    Ok((bytes, proof.renewable_s))
}
