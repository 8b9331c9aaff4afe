//! What the lock files of the last runs tell of stages, looked at behind an answer: which are there, and
//! which were written for other code than a manifest tells that is known of now.

use std::collections::{HashMap, HashSet};
use std::fs;

use pivot_complete::cache::freshness::{Input, InputKind};
use pivot_complete::cache::lookup::compare_inputs;
use pivot_complete::cache::store::manifests::Manifests;
use pivot_complete::cache::store::record::{Part, Record};

use pivot_complete::cache::store::states::{CHANGED, NEVER_RUN, States};
use pivot_complete::encoding::lines;
use pivot_complete::files::{Disk as _, FileType, PathBuffer, Stamp, StatError};
use pivot_complete::project::{Project, input_path};

use crate::cache::record;
use crate::environment::PROCESS;
use crate::files::{Disk, path, path_storage};
use crate::told::locks::{self, LastRun};

/// How many members of a stage's code are named.
const MEMBERS_MAX: usize = 3;

/// The manifests that hold as long as the stamps of a record do: computed under its contents, from sources
/// that are inputs of it, and from a walk each of whose inputs such a stamp tells of.
#[derive(Default)]
pub struct Known<'a> {
    manifests: Option<Manifests<'a>>,
    contents: u64,
    /// The digest of that walk; zero where there is none.
    walk: u64,
    /// The digests of the inputs that are files, by their paths.
    files: HashMap<&'a [u8], u64>,
}

impl<'a> Known<'a> {
    /// Those of `manifests` with their `walk`, under `inputs` with these `contents`, here and now.
    pub fn under(
        manifests: Option<Manifests<'a>>,
        walk: Option<&Record<'_>>,
        (contents, inputs): (u64, &[Input<'a>]),
        project: &Project<'_>,
    ) -> Self {
        let files = inputs.iter().filter(|input| input.kind == InputKind::File);
        let files = files.map(|file| (file.path, file.digest)).collect();
        let holds = |walk: &&Record<'_>| is_covered(walk, inputs) && is_fresh(walk, project);
        let walk = walk.filter(holds).map_or(0, Record::contents_digest);
        Self { manifests, contents, walk, files }
    }

    /// The manifest of the stage `name`, as JSON.
    fn json(&self, name: &[u8]) -> Option<&'a [u8]> {
        let manifests = self.manifests?;
        let manifest = manifests.find(name).ok()??;
        let is_input = |number| {
            let source = manifests.source(number)?;
            Some(source.digest != 0 && self.files.get(source.path) == Some(&source.digest))
        };
        let mut sources = manifest.sources().peekable();
        let holds = manifest.contents_digest == self.contents
            && (manifest.walk == 0 || manifest.walk == self.walk)
            && sources.peek().is_some()
            && sources.all(|number| is_input(number) == Some(true));
        manifest.json().ok().filter(|_| holds)
    }

    /// What a stage with this lock file says of its last run; nothing where nothing is to be said.
    fn state(&self, name: &[u8], lock: &[u8]) -> Option<Vec<u8>> {
        let now = locks::computed(self.json(name)?)?;
        let last = match LastRun::read(path(lock)) {
            LastRun::Never => return Some(NEVER_RUN.to_vec()),
            LastRun::Unknown => return None,
            LastRun::Of(last) => last,
        };
        let changed = locks::changed_members(&last, &now);
        let mut words: Vec<String> = Vec::new();
        // What a stage does is told before what it is made of.
        let (functions, others): (Vec<&str>, Vec<&str>) = changed
            .into_iter()
            .filter(|member| locks::is_of_code(member))
            .partition(|member| member.starts_with("func:") || member.starts_with("self:"));
        for word in functions.into_iter().chain(others).map(locks::words) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.len() > MEMBERS_MAX {
            words.truncate(MEMBERS_MAX);
            words.push("…".to_owned());
        }
        let said = format!("{}{}", CHANGED, words.join(", "));
        (!words.is_empty() && lines::is_storable_name(&said)).then(|| said.into_bytes())
    }
}

/// Whether each input of a walk is one of the record, or changes only along with a stamp of that.
fn is_covered(walk: &Record<'_>, inputs: &[Input<'_>]) -> bool {
    walk.inputs().all(|input| {
        let Some(walked) = input else { return false };
        let covers = |input: &Input<'_>| {
            let has_stamps = walked.kind.has_stamp() && input.kind.has_stamp();
            let is_same = input.kind == walked.kind
                && (input.names, input.aspects, input.digest)
                    == (walked.names, walked.aspects, walked.digest);
            input.path == walked.path && (has_stamps || is_same)
        };
        inputs.iter().any(covers)
    })
}

fn is_fresh(walk: &Record<'_>, project: &Project<'_>) -> bool {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let here = (PROCESS, project.directory);
    compare_inputs(&Disk, walk, project.root, here, |_, _| None, &mut buffer).is_ok()
}

/// A record with its states looked at anew, by `manifests` that were computed since with this `walk`.
pub fn renewed(
    project: &Project<'_>,
    record: &Record<'_>,
    manifests: Manifests<'_>,
    walk: Option<&Record<'_>>,
    clock: (i64, u32),
) -> Vec<u8> {
    let inputs: Vec<Input<'_>> = record.inputs().flatten().collect();
    let under = (record.contents_digest(), &inputs[..]);
    let known = Known::under(Some(manifests), walk, under, project);
    let (states, names) = (record.part(Part::States), record.part(Part::Names));
    record::with_states(record, &looked_at(project.root, states, names, &known, clock))
}

/// The part of a record for the lock files in `locks`, an absolute path; empty for one that is not below
/// `root`.
pub fn in_directory(root: &[u8], locks: &[u8]) -> Vec<u8> {
    let below = locks.strip_prefix(root).and_then(|below| below.strip_prefix(b"/"));
    let is_line = |below: &&[u8]| std::str::from_utf8(below).is_ok_and(lines::is_storable_name);
    below
        .filter(is_line)
        .map_or_else(Vec::new, |below| written(Stamp::default(), &[below.to_vec()]))
}

/// The same part after a look at the lock files of the stages `names`, which are lines. `clock` is the
/// time of the file system's clock before that.
pub fn looked_at(
    root: &[u8],
    part: &[u8],
    names: &[u8],
    known: &Known<'_>,
    clock: (i64, u32),
) -> Vec<u8> {
    let Some(states) = States::read(part) else { return Vec::new() };
    let unknown = || written(Stamp::default(), &[states.locks.to_vec()]);
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
        return written(Stamp::default(), &[states.locks.to_vec(), directory]);
    }
    let there: HashSet<_> = fs::read_dir(path(buffer.as_bytes()))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().into_encoded_bytes())
        .collect();
    let has_run = |name: &[u8]| there.contains(&[own_name(name), b".lock"].concat());
    let mut text: Vec<Vec<u8>> = vec![states.locks.to_vec(), directory];
    // What would be said of each of them helps nobody to choose.
    let any_has_run = lines::names(names).any(has_run);
    for name in lines::names(names).filter(|_| any_has_run) {
        let said = if has_run(name) {
            known.state(name, &[buffer.as_bytes(), b"/", own_name(name), b".lock"].concat())
        } else {
            Some(NEVER_RUN.to_vec())
        };
        text.extend(said.into_iter().flat_map(|said| [name.to_vec(), said]));
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

fn written(stamp: Stamp, text: &[Vec<u8>]) -> Vec<u8> {
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
        let look = |names: &[u8], clock| looked_at(root, &part, names, &Known::default(), clock);
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
        assert_eq!(pairs(&looked_at(root, &young, names, &Known::default(), LATER)), pairs(&one));
        fs::write(locks.join("b.lock"), "").unwrap();
        assert_eq!(true_now(&one).0, "");
        // One stat does not tell of two directories.
        let two = look(b"demo/a\nother/c\n", LATER);
        assert_eq!((pairs(&two).as_str(), true_now(&two)), ("", (String::new(), false)));
        assert_eq!(
            pairs(&looked_at(root, &two, b"demo/a\ndemo/c\n", &Known::default(), LATER)),
            "demo/c\nnever run\n"
        );
    }

    #[test]
    fn lock_files_elsewhere_tell_nothing() {
        assert_eq!(in_directory(b"/root", b"/elsewhere/.pivot/stages"), b"");
        assert_eq!(in_directory(b"/root", b"/root/a\nb"), b"");
        assert_eq!(looked_at(b"/root", b"", b"a\n", &Known::default(), LATER), b"");
    }
}
