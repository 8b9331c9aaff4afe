//! Second stop of a TAB, behind main.rs: the shell's line, answered from the description of Pivot's command line and from the
//! caches of the project.

use pivot_complete::answer::unread;
use pivot_complete::click::completion::{self, Wanted};
use pivot_complete::click::description::{Click, Kind};
use pivot_complete::click::place::description_path;
use pivot_complete::disk::Disk;
use pivot_complete::environment::Program;
use pivot_complete::input::Proof;
use pivot_complete::query::{Line, Shell};
use pivot_complete::store::record::Part;
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
        Err(Reason::CacheMissing) => return without_description(place, shell, &line),
        found => found?,
    };
    let store = Store::open(AsRef::<[u8]>::as_ref(&bytes))?;
    check(&mut place, &store)?;
    let description = store.command_line()?;
    let click = description.click();
    let (args, incomplete) = line.split_at_cursor(click)?;
    let found = completion::complete(&description, args, incomplete)?;
    let incomplete = found.incomplete;
    let kind = match &found.wanted {
        Wanted::Value(param) => param.kind(),
        Wanted::Listing(_) => Kind::Nothing,
    };
    if let Kind::Stages | Kind::Targets = kind {
        let callbacks = description.callbacks().ok_or(Reason::CommandOpaque)?;
        let has_key = kind == Kind::Targets && incomplete.contains(&b':');
        return place.with_names(false, &mut |found, out| {
            let mut put = |piece: &[u8]| out.put(piece);
            let mut items = Items::new(shell, click, &mut put);
            match has_key {
                false => items.add_stages(found.text(), callbacks, incomplete),
                true => {
                    items.add_targets(found.text(), found.targets()?, callbacks, incomplete);
                }
            }
            items.finish();
            Ok(())
        });
    }
    if kind == Kind::ConfigKeys {
        // The remotes among them stand in configs, which the engine reads.
        return Err(Reason::OtherWord);
    }
    let mut out = Stdout::new();
    let mut put = |piece: &[u8]| out.put(piece);
    let mut items = Items::new(shell, click, &mut put);
    items.add_described(&found);
    items.finish();
    place.finish(out)?;
    Ok(Reason::Fresh)
}

/// Completes a stage's name where Pivot's command line was not described yet, or cannot be.
#[inline(never)]
fn without_description(place: Place<'_>, shell: Shell, line: &Line<'_>) -> Result<Reason, Reason> {
    let prefix = line.stage_prefix()?;
    place.with_names(false, &mut |found, out| {
        let callbacks = wire::callbacks_for(found.text())?;
        let mut put = |piece: &[u8]| out.put(piece);
        let mut items = Items::new(shell, Click::V85, &mut put);
        items.add_stages(found.text(), callbacks, prefix);
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

/// Whether all that a store was made from is still the same.
fn check(place: &mut Place<'_>, store: &Store<'_>) -> Result<(), Reason> {
    let Place { disk, path, program, directory, .. } = place;
    let record = store.current()?;
    let own = record.part(Part::Directory);
    if !own.is_empty() && own != *directory {
        return Err(Reason::OtherDirectory);
    }
    let mut proof = Proof::NONE;
    for input in record.inputs() {
        let input = input.ok_or(Reason::CacheMalformed)?;
        path.set(input.path)?;
        let known = program.as_ref().and_then(|program| program.stat_of(input.path));
        proof.add(input.compare(disk, path, known))?;
    }
    Ok(())
}
