//! Looks at the inputs of a record once more: to take their stamps anew, and to tell what changed.
//! Their paths are absolute, or relative to a ROOT.

use std::path::PathBuf;

use pivot_complete::cache::freshness::{Here, Input, InputKind, InputState};
use pivot_complete::cache::store::record::Record;
use pivot_complete::files::{Disk as _, PathBuffer, Stamp, StatError};
use pivot_complete::project::input_path;
use pivot_complete::reason::Reason;

use crate::cache::record::Recorded;
use crate::environment::PROCESS;
use crate::files::{Disk, path, path_storage};

/// Takes the stamps of a record's inputs anew; `None` where one has another content by now, or is
/// otherwise in the working directory `directory`.
pub fn again(root: &[u8], record: &Record<'_>, directory: &[u8]) -> Option<Vec<Recorded>> {
    again_edited(root, record, directory, &[])
}

/// The same where the inputs of these numbers were edited: each has a content of that xxh64 now.
pub fn again_edited(
    root: &[u8],
    record: &Record<'_>,
    directory: &[u8],
    edited: &[(usize, u64)],
) -> Option<Vec<Recorded>> {
    let here = Here { process: PROCESS, directory, salt: record.salt() };
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let look = |(number, input): (usize, Option<Input<'_>>)| {
        let input = input?;
        // A stamp proves nothing about another time's content, but for what is never compared.
        let is_racy = input.is_racy || input.kind != InputKind::StampOnly;
        let input = Input { is_racy, ..input };
        input_path(root, input.path, &mut buffer).ok()?;
        // The stamp before the content: an edit in between shows as another stamp later.
        let stamp = match input.kind.has_stamp().then(|| Disk.stat(buffer.as_c_path())) {
            Some(Ok(stat)) => Stamp::of(&stat),
            Some(Err(_)) | None => Stamp::default(),
        };
        let input = match edited.iter().find(|(edited, _)| *edited == number) {
            Some(&(_, digest)) => Input { digest, stamp, ..input },
            None => input,
        };
        match input.compare(&Disk, &here, &buffer, None) {
            InputState::Same | InputState::SameContent(_) => Some(Recorded::again(&input, stamp)),
            InputState::Changed(_) => None,
        }
    };
    record.inputs().enumerate().map(look).collect()
}

/// The first input of a record that is not what it was, as a path or as the variables of which one is
/// another; and what became of it.
pub fn first_changed(
    root: &[u8],
    record: &Record<'_>,
    directory: &[u8],
) -> Option<(String, Reason)> {
    let here = Here { process: PROCESS, directory, salt: record.salt() };
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    record.inputs().flatten().find_map(|input| {
        input_path(root, input.path, &mut buffer).ok()?;
        match input.compare(&Disk, &here, &buffer, None) {
            InputState::Changed(reason) => Some((named(&input, &buffer), reason)),
            InputState::Same | InputState::SameContent(_) => None,
        }
    })
}

/// What a user calls an input that lies at `place`.
fn named(input: &Input<'_>, place: &PathBuffer<'_>) -> String {
    match input.kind {
        InputKind::Environment if input.names == b"*" => "any of them".to_owned(),
        InputKind::Environment => {
            let names: Vec<_> =
                input.names.split(|&byte| byte == 0).map(String::from_utf8_lossy).collect();
            names.join(" or ")
        }
        _ => path(place.as_bytes()).display().to_string(),
    }
}

/// The first input that no longer has the stamp that was taken, or says something else.
pub fn first_outdated(root: &[u8], inputs: &[Recorded]) -> Option<PathBuf> {
    // This process's own environment and directory do not change.
    let here = Here { process: PROCESS, directory: b"", salt: 0 };
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let mut is_current = |input: &Recorded| {
        if input_path(root, &input.path, &mut buffer).is_err() {
            return false;
        }
        match input.kind {
            InputKind::Environment | InputKind::WorkingDirectory | InputKind::Machine => {
                return true;
            }
            InputKind::Question | InputKind::Link | InputKind::Access => {
                let state = input.as_input().compare(&Disk, &here, &buffer, None);
                return state == InputState::Same;
            }
            _ => {}
        }
        match Disk.stat(buffer.as_c_path()) {
            Ok(stat) if input.kind == InputKind::StampOnly => {
                Stamp::of(&stat).is_same_file(&input.stamp)
            }
            // What else is in the directory may come and go.
            Ok(_) if matches!(input.kind, InputKind::Directory | InputKind::Listing) => true,
            Ok(stat) => Stamp::of(&stat) == input.stamp,
            Err(StatError::Absent) => input.kind == InputKind::Absent,
            Err(StatError::Unsure) => false,
        }
    };
    let outdated = inputs.iter().find(|input| !is_current(input))?;
    Some(path(root).join(path(&outdated.path)))
}
