//! What the lock files of the last runs tell of stages, looked at behind an answer: which are there.

use std::collections::HashSet;
use std::fs;

use pivot_complete::cache::store::states::{NEVER_RUN, States};
use pivot_complete::encoding::lines;
use pivot_complete::files::{Disk as _, FileType, PathBuffer, Stamp, StatError};
use pivot_complete::project::input_path;

use crate::files::{Disk, path, path_storage};

/// The part of a record for the lock files in `locks`, an absolute path; empty for one that is not below
/// `root`.
pub fn in_directory(root: &[u8], locks: &[u8]) -> Vec<u8> {
    let below = locks.strip_prefix(root).and_then(|below| below.strip_prefix(b"/"));
    let is_line = |below: &&[u8]| std::str::from_utf8(below).is_ok_and(lines::is_storable_name);
    below.filter(is_line).map_or_else(Vec::new, |below| written(Stamp::default(), &[below]))
}

/// The same part after a look at the lock files of the stages `names`, which are lines. `clock` is the
/// time of the file system's clock before that.
pub fn looked_at(root: &[u8], part: &[u8], names: &[u8], clock: (i64, u32)) -> Vec<u8> {
    let Some(states) = States::read(part) else { return Vec::new() };
    let unknown = || written(Stamp::default(), &[states.locks]);
    let Some(directory) = shared_directory(states.locks, names) else { return unknown() };
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    if input_path(root, &directory, &mut buffer).is_err() {
        return unknown();
    }
    // Before its names are: what comes meanwhile is another stamp.
    let stamp = match Disk.stat(buffer.as_c_path()) {
        Ok(stat) if stat.kind == FileType::Directory => Stamp::of(&stat),
        Err(StatError::Absent) => Stamp::default(),
        Ok(_) | Err(StatError::Unsure) => return unknown(),
    };
    if stamp != Stamp::default() && stamp.is_racy(clock) {
        // It may change without a trace: to be looked at once more.
        return written(Stamp::default(), &[states.locks, &directory]);
    }
    let there: HashSet<_> = fs::read_dir(path(buffer.as_bytes()))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().into_encoded_bytes())
        .collect();
    let has_run = |name: &[u8]| there.contains(&[own_name(name), b".lock"].concat());
    let mut text = vec![states.locks, &directory];
    // What would be said of each of them helps nobody to choose.
    let any_has_run = lines::names(names).any(has_run);
    for name in lines::names(names).filter(|name| any_has_run && !has_run(name)) {
        text.extend([name, NEVER_RUN]);
    }
    written(stamp, &text)
}

/// The directory that the lock files of all these stages lie in, where that is one.
fn shared_directory(locks: &[u8], names: &[u8]) -> Option<Vec<u8>> {
    let mut pipelines = lines::names(names).map(pipeline);
    let first = pipelines.next()?;
    pipelines.all(|pipeline| pipeline == first).then(|| match first {
        b"" => locks.to_vec(),
        pipeline => [locks, b"/", pipeline].concat(),
    })
}

/// What stands before the last slash of a stage's name.
fn pipeline(name: &[u8]) -> &[u8] {
    name.iter().rposition(|&byte| byte == b'/').map_or(b"", |slash| &name[..slash])
}

/// What stands behind it.
fn own_name(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b'/').next().unwrap_or(name)
}

fn written(stamp: Stamp, text: &[&[u8]]) -> Vec<u8> {
    let mut part = stamp.to_bytes().to_vec();
    text.iter().for_each(|line| part.extend([line, &b"\n"[..]].concat()));
    part
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    const LATER: (i64, u32) = (i64::MAX, 0);

    fn pairs(part: &[u8]) -> String {
        let states = States::read(part).map(|states| states.pairs).unwrap_or_default();
        String::from_utf8(states.to_vec()).unwrap()
    }

    #[test]
    fn stages_without_a_lock_file_were_never_run() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().as_os_str().as_bytes();
        let part = in_directory(root, &[root, b"/.pivot/stages"].concat());
        let names = b"demo/a\ndemo/b\ndemo/a@x\n";
        let look = |names: &[u8], clock| looked_at(root, &part, names, clock);
        let none = look(names, LATER);
        assert_eq!(pairs(&none), "");
        let true_now = |part: &[u8]| {
            let mut storage = path_storage();
            let mut buffer = PathBuffer::new(&mut storage);
            let (pairs, changed_s) =
                States::read(part).unwrap().true_pairs(&Disk, root, &mut buffer);
            (String::from_utf8(pairs.to_vec()).unwrap(), changed_s.is_some())
        };
        assert_eq!(true_now(&none), (String::new(), false));
        let locks = place.path().join(".pivot/stages/demo");
        fs::create_dir_all(&locks).unwrap();
        fs::write(locks.join("a.lock"), "").unwrap();
        assert_eq!(true_now(&none), (String::new(), true));
        let one = look(names, LATER);
        assert_eq!(pairs(&one), "demo/b\nnever run\ndemo/a@x\nnever run\n");
        assert_eq!(true_now(&one), (pairs(&one), false));
        // Too young to tell, and to be looked at again.
        let young = look(names, (0, 0));
        assert_eq!((pairs(&young).as_str(), true_now(&young)), ("", (String::new(), true)));
        assert_eq!(pairs(&looked_at(root, &young, names, LATER)), pairs(&one));
        fs::write(locks.join("b.lock"), "").unwrap();
        assert_eq!(true_now(&one).0, "");
        // One stat does not tell of two directories.
        let two = look(b"demo/a\nother/c\n", LATER);
        assert_eq!((pairs(&two).as_str(), true_now(&two)), ("", (String::new(), false)));
        assert_eq!(
            pairs(&looked_at(root, &two, b"demo/a\ndemo/c\n", LATER)),
            "demo/c\nnever run\n"
        );
    }

    #[test]
    fn lock_files_elsewhere_tell_nothing() {
        assert_eq!(in_directory(b"/root", b"/elsewhere/.pivot/stages"), b"");
        assert_eq!(in_directory(b"/root", b"/root/a\nb"), b"");
        assert_eq!(looked_at(b"/root", b"", b"a\n", LATER), b"");
    }
}
