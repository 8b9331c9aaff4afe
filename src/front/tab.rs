//! Second stop of a TAB, behind main.rs: the shell's line, answered from the description of Pivot's
//! command line and from the caches of the project.

use pivot_complete::answer::{compare_inputs, unread};
use pivot_complete::click::completion;
use pivot_complete::click::description::{Callbacks, Click, Kind};
use pivot_complete::click::place::description_path;
use pivot_complete::disk::Disk;
use pivot_complete::environment::Program;
use pivot_complete::input::Input;
use pivot_complete::query::{Line, Shell};
use pivot_complete::store::{self, Store};
use pivot_complete::verdict::Reason;
use pivot_complete::wire::{self, Items};

use crate::place::Place;
use crate::system::{self, Stdout};

/// Completes the shell's line.
///
/// Kept out of `run`, so that its words' room is on the stack for a line alone.
#[inline(never)]
pub fn complete(shell: Shell) -> Result<Reason, Reason> {
    let (Some(comp_words), Some(comp_cword)) =
        (system::variable(b"COMP_WORDS"), system::variable(b"COMP_CWORD"))
    else {
        return Ok(Reason::OtherWord);
    };
    let storage = system::memory(comp_words.len() + comp_cword.len());
    let line = Line::read(shell, comp_words, comp_cword, storage)?;
    let mut place = Place::here(line.program())?;
    let bytes = match read_description(&mut place) {
        // Where Pivot's command line was not described yet, or cannot be.
        Err(Reason::CacheMissing) => {
            return stages(place, shell, None, line.stage_prefix()?, false);
        }
        found => found?,
    };
    let store = Store::open(AsRef::<[u8]>::as_ref(&bytes))?;
    check(&mut place, &store)?;
    let description = store.command_line()?;
    let click = description.click();
    let (args, incomplete) = line.split_at_cursor(click)?;
    let found = completion::complete(&description, args, incomplete)?;
    match found.kind() {
        kind @ (Kind::Stages | Kind::Targets) => {
            let callbacks = Some(description.callbacks().ok_or(Reason::CommandOpaque)?);
            let has_key = kind == Kind::Targets && found.incomplete.contains(&b':');
            return stages(place, shell, callbacks, found.incomplete, has_key);
        }
        // The remotes among them stand in configs, which the engine reads.
        Kind::ConfigKeys => return Err(Reason::OtherWord),
        _ => {}
    }
    let mut out = Stdout::new();
    let mut put = |piece: &[u8]| out.put(piece);
    let mut items = Items::new(shell, click, &mut put);
    items.add_described(&found);
    items.finish();
    place.finish(out)?;
    Ok(Reason::Fresh)
}

/// Completes a stage's name, or a target's where `has_key` says that one was begun. Without
/// `callbacks` the names tell what Pivot offers.
fn stages(
    place: Place<'_>,
    shell: Shell,
    callbacks: Option<Callbacks>,
    prefix: &[u8],
    has_key: bool,
) -> Result<Reason, Reason> {
    place.with_names(false, &mut |found, out| {
        let text = found.text();
        let callbacks = callbacks.map_or_else(|| wire::callbacks_for(text), Ok)?;
        let mut put = |piece: &[u8]| out.put(piece);
        // No click prints an item without help otherwise than another.
        let mut items = Items::new(shell, Click::V85, &mut put);
        if has_key {
            items.add_targets(text, found.targets()?, callbacks, prefix);
        } else {
            items.add_stages(text, callbacks, prefix);
        }
        items.finish();
        Ok(())
    })
}

/// The store with the description of the command line of the `pivot` that is meant.
fn read_description(place: &mut Place<'_>) -> Result<<crate::system::Disk as Disk>::Bytes, Reason> {
    let root = place.root();
    let Place { disk, directory, environment, path, .. } = place;
    let program = Program::find(disk, environment, directory, root, path);
    place.program = Some(program);
    // Without a directory for caches nothing is described there.
    description_path(environment, path).map_err(|_| Reason::CacheMissing)?;
    disk.read(path.as_c_path(), store::LIMIT_BYTES).map_err(unread)
}

/// Whether all that a description was made from is still the same.
fn check(place: &mut Place<'_>, store: &Store<'_>) -> Result<(), Reason> {
    let Place { disk, path, program, directory, .. } = place;
    let record = store.current()?;
    if !record.is_about_directory(directory) {
        return Err(Reason::OtherDirectory);
    }
    let known = |_, input: &Input<'_>| program.as_ref()?.stat_of(input.path);
    compare_inputs(disk, &record, b"", known, path).map(|_| ())
}
