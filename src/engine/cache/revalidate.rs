//! Looks at the inputs of a record once more: to take their stamps anew, and to tell what changed.
//! Their paths are absolute, or relative to a ROOT.

use std::path::PathBuf;

use pivot_complete::cache::freshness::{Input, InputKind, InputState};
use pivot_complete::cache::store::record::Record;
use pivot_complete::files::{Disk as _, PathBuffer, Stamp, StatError};
use pivot_complete::project::input_path;
use pivot_complete::reason::Reason;

use crate::cache::record::Recorded;
use crate::files::{Disk, path, path_storage};

/// Takes the stamps of a record's inputs anew; `None` where one has another content by now.
pub fn again(root: &[u8], record: &Record<'_>) -> Option<Vec<Recorded>> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let look = |input: Option<Input<'_>>| {
        let input = input?;
        // A stamp proves nothing about another time's content, but for what is never compared.
        let is_racy = input.is_racy || input.kind != InputKind::StampOnly;
        let input = Input { is_racy, ..input };
        input_path(root, input.path, &mut buffer).ok()?;
        // The stamp before the content: an edit in between shows as another stamp later.
        let stamp = match Disk.stat(buffer.as_c_path()) {
            Ok(stat) => Stamp::of(&stat),
            Err(_) => Stamp::default(),
        };
        match input.compare(&Disk, &buffer, None) {
            InputState::Same | InputState::SameContent(_) => Some(Recorded::again(&input, stamp)),
            InputState::Changed(_) => None,
        }
    };
    record.inputs().map(look).collect()
}

/// The first input of a record that is not what it was, and what became of it.
pub fn first_changed(root: &[u8], record: &Record<'_>) -> Option<(PathBuf, Reason)> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    record.inputs().flatten().find_map(|input| {
        input_path(root, input.path, &mut buffer).ok()?;
        match input.compare(&Disk, &buffer, None) {
            InputState::Changed(reason) => Some((path(buffer.as_bytes()).to_path_buf(), reason)),
            InputState::Same | InputState::SameContent(_) => None,
        }
    })
}

/// The first input that no longer has the stamp that was taken.
pub fn first_outdated(root: &[u8], inputs: &[Recorded]) -> Option<PathBuf> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let mut is_current = |input: &Recorded| {
        if input_path(root, &input.path, &mut buffer).is_err() {
            return false;
        }
        match Disk.stat(buffer.as_c_path()) {
            Ok(stat) if input.kind == InputKind::StampOnly => {
                Stamp::of(&stat).is_same_file(&input.stamp)
            }
            // What else is in the directory may come and go.
            Ok(_) if input.kind == InputKind::Directory => true,
            Ok(stat) => Stamp::of(&stat) == input.stamp,
            Err(StatError::Absent) => input.kind == InputKind::Absent,
            Err(StatError::Unsure) => false,
        }
    };
    let outdated = inputs.iter().find(|input| !is_current(input))?;
    Some(path(root).join(path(&outdated.path)))
}
