//! Second stop of a TAB, behind main.rs: the shell's line, answered from the description of Pivot's
//! command line and from the caches of the project.

use pivot_complete::answer::items::{self, Items, StageWord, Stages};
use pivot_complete::cache::freshness::Input;
use pivot_complete::cache::key::{cache_directory, description_path, remotes_path};
use pivot_complete::cache::lookup::{compare_inputs, unread};
use pivot_complete::cache::store::record::Part;
use pivot_complete::cache::store::{self, Store};
use pivot_complete::click::completion;
use pivot_complete::click::spec::{Callbacks, Kind, Paths};
use pivot_complete::files::Disk;
use pivot_complete::files::PathBuffer;
use pivot_complete::line::Click;
use pivot_complete::line::{Form, Line, Shell};
use pivot_complete::project::Program;
use pivot_complete::reason::Reason;

use crate::place::{Place, have_aged};
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
        return Ok(Reason::OtherWord);
    };
    let storage = system::memory(comp_words.len() + comp_cword.len());
    let line = Line::read(shell, comp_words, comp_cword, storage)?;
    let mut place = Place::here(line.program())?;
    let bytes = match read_description(&mut place) {
        // Where Pivot's command line was not described yet, or cannot be.
        Err(Reason::CacheMissing) => return without_description(place, shell, form, &line),
        found => found?,
    };
    let store = Store::open(AsRef::<[u8]>::as_ref(&bytes))?;
    let description = store.command_line()?;
    let (args, incomplete) = line.split_at_cursor(form.line_click(description.click()))?;
    let found = completion::complete(&description, args, incomplete)?;
    let source = found.source(&description, form);
    let head = (source.paths, found.start);
    match source.kind {
        Kind::Stages | Kind::Targets => {
            let callbacks = Some(description.callbacks().ok_or(Reason::CommandOpaque)?);
            let has_key = source.kind == Kind::Targets && found.incomplete.contains(&b':');
            let is_given = |name: &[u8]| found.given().any(|word| word == name);
            let word = StageWord { prefix: found.incomplete, has_key, is_given: &is_given };
            return stages(place, shell, form, callbacks, head, &word);
        }
        _ => {}
    }
    let mut out = Stdout::new();
    let mut put = |piece: &[u8]| out.put(piece);
    let mut items = Items::new(shell, form, description.click(), &mut put);
    items.begin(head);
    match source.kind {
        kind @ (Kind::ConfigKeys | Kind::Remotes) => {
            let bytes = read_remotes(&mut place)?;
            let remotes = Store::open(AsRef::<[u8]>::as_ref(&bytes))?.current()?;
            let prefix = found.incomplete;
            match kind {
                Kind::Remotes => items.add_remotes(remotes.part(Part::Names), prefix),
                _ => items.add_config_keys(&description, remotes.part(Part::Blurbs), prefix),
            }
        }
        _ => items.add_described(&found, &source),
    }
    items.finish();
    // Descriptions are data, too.
    if !items::is_plain(out.text()) {
        return Err(Reason::CacheMalformed);
    }
    place.finish(out)?;
    Ok(Reason::Fresh)
}

/// Completes a stage's name where nobody need know which Pivot it is.
fn without_description(
    place: Place<'_>,
    shell: Shell,
    form: Form,
    line: &Line<'_>,
) -> Result<Reason, Reason> {
    let (given, prefix) = line.stage_word(form)?;
    let is_given = |name: &[u8]| given.iter().any(|word| word == name);
    let word = StageWord { prefix, has_key: false, is_given: &is_given };
    stages(place, shell, form, None, (Paths::None, b""), &word)
}

/// Completes a stage's name, or a target's. Without `callbacks` the names tell what Pivot offers.
fn stages(
    place: Place<'_>,
    shell: Shell,
    form: Form,
    callbacks: Option<Callbacks>,
    head: (Paths, &[u8]),
    word: &StageWord<'_>,
) -> Result<Reason, Reason> {
    place.with_names(false, &mut |found, out| {
        let names = found.text();
        let callbacks = callbacks.map_or_else(|| items::callbacks_for(names), Ok)?;
        let targets = if word.has_key { found.targets()? } else { b"" };
        let mut put = |piece: &[u8]| out.put(piece);
        // No click prints an item without help otherwise than another.
        let mut items = Items::new(shell, form, Click::V85, &mut put);
        items.begin(head);
        let stages = Stages { names, targets, blurbs: found.blurbs() };
        items.add_stage_word(&stages, callbacks, word);
        items.finish();
        Ok(())
    })
}

/// The store with the description of the command line of the `pivot` that is meant.
fn read_description(place: &mut Place<'_>) -> Result<Bytes, Reason> {
    let root = place.root();
    let Place { disk, directory, environment, path, .. } = place;
    let program = Program::find(disk, environment, directory, root, path);
    place.program = Some(program);
    // Without a directory for caches nothing is described there.
    description_path(environment, path).map_err(|_| Reason::CacheMissing)?;
    let name = store_name(path);
    let (bytes, renewable_s) = read_fresh(place)?;
    let Place { environment, path, .. } = place;
    if have_aged(renewable_s)
        && cache_directory(environment, path).is_ok()
        && system::is_writable(path.as_c_path())
    {
        system::start_engine(b"renew", &name);
    }
    Ok(bytes)
}

/// The name of the store whose path is put together.
fn store_name(path: &PathBuffer<'_>) -> [u8; store::FILE_NAME_LEN_BYTES] {
    path.as_bytes().last_chunk().copied().unwrap_or_default()
}

/// The store with the names of the remotes.
fn read_remotes(place: &mut Place<'_>) -> Result<Bytes, Reason> {
    let root = place.root();
    remotes_path(&place.environment, root, &mut place.path)?;
    read_fresh(place).map(|(bytes, _)| bytes)
}

/// The store whose path is put together, if all that it was made from is still the same; and when
/// the earliest change was whose stamp did not prove it.
#[inline(never)]
fn read_fresh(place: &mut Place<'_>) -> Result<(Bytes, Option<i64>), Reason> {
    let Place { disk, path, program, directory, .. } = place;
    let bytes = disk.read(path.as_c_path(), store::LIMIT_BYTES).map_err(unread)?;
    let record = Store::open(AsRef::<[u8]>::as_ref(&bytes))?.current()?;
    if !record.is_about_directory(directory) {
        return Err(Reason::OtherDirectory);
    }
    let known = |_, input: &Input<'_>| program.as_ref()?.stat_of(input.path);
    let proof = compare_inputs(disk, &record, b"", known, path)?;
    Ok((bytes, proof.renewable_s))
}
