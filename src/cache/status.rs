//! How fresh each stage is, against the manifests that were computed last.

use crate::cache::freshness::{InputKind, InputState};
use crate::cache::store::manifests::{Manifest, Manifests};
use crate::cache::store::record::{Part, Record};
use crate::encoding::lines;
use crate::encoding::lines::has_control;
use crate::encoding::write_json_escaped;
use crate::files::Disk;
use crate::files::PathBuffer;
use crate::files::Stamp;
use crate::reason::Reason;
use crate::request::Format;

/// How a stage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageState<'a> {
    /// Nothing that its manifest depends on has changed.
    Fresh,
    /// This file, relative to ROOT where it lies there, is the first that has.
    Changed(&'a [u8]),
    /// No manifest of it was computed, or one without any file.
    Unknown,
}

/// Compares stages with the file system; each source is looked at once.
pub struct Comparison<'a, 's, D> {
    /// Where the files are.
    pub disk: &'a D,
    /// ROOT.
    pub root: &'a [u8],
    /// The stages, one a line.
    pub names: &'a [u8],
    /// The record that they come from, which is fresh, and the manifests, where there are any.
    pub manifests: Option<(&'a Record<'a>, Manifests<'a>)>,
    /// Whether stamps alone just proved every input of the record the same.
    pub by_stamps: bool,
    /// Whether a source was taken for changed that nobody may read to the end here.
    pub gave_up: bool,
    /// Where in the record the last source was found.
    pub near: usize,
    /// The record's [others](Record::others), once they were needed.
    pub others: Option<u64>,
    /// A zero byte for each source.
    pub seen: &'s mut [u8],
}

const SAME: u8 = 1;
const CHANGED: u8 = 2;

impl<'a, D: Disk> Comparison<'a, '_, D> {
    /// How the stage `name` stands. `path` is where paths are put together.
    pub fn state(&mut self, name: &[u8], path: &mut PathBuffer<'_>) -> StageState<'a> {
        let Some((record, manifests)) = self.manifests else { return StageState::Unknown };
        let Some(manifest) = manifests.find(name) else { return StageState::Unknown };
        let mut any = false;
        for number in manifest.sources() {
            any = true;
            if !self.is_same(record, &manifests, number, path) {
                let source = manifests.source(number);
                return source.map_or(StageState::Unknown, |s| StageState::Changed(s.path));
            }
        }
        match any {
            false => StageState::Unknown,
            true if manifest.contents == record.contents() => StageState::Fresh,
            true if manifest.others == self.others(record, &manifests) => StageState::Fresh,
            true => StageState::Changed(changed_other(record, &manifests, &manifest)),
        }
    }

    /// Prints every stage's state piece by piece into `put`.
    pub fn write(&mut self, format: Format, path: &mut PathBuffer<'_>, mut put: impl FnMut(&[u8])) {
        let names = lines::names(self.names);
        if format == Format::Json {
            put(b"{");
        }
        for (index, name) in names.enumerate() {
            let (state, changed) = match self.state(name, path) {
                StageState::Fresh => (&b"fresh"[..], None),
                StageState::Changed(path) => (&b"changed"[..], Some(path)),
                StageState::Unknown => (&b"unknown"[..], None),
            };
            if format == Format::Json {
                put(if index == 0 { b"\"" } else { b",\"" });
                write_json_escaped(name, &mut put);
                put(b"\":{\"state\":\"");
                put(state);
                if let Some(path) = changed {
                    put(b"\",\"path\":\"");
                    write_json_escaped(path, &mut put);
                }
                put(b"\"}");
                continue;
            }
            put(name);
            put(b"\t");
            put(state);
            if let Some(path) = changed {
                put(b"\t");
                // One line for one stage, whatever the path.
                let is_in_doubt = |byte: u8| byte.is_ascii_control() || byte == 0xc2;
                let has_control = has_control(path);
                path.split(|&byte| has_control && is_in_doubt(byte)).for_each(&mut put);
            }
            put(if format == Format::Nul { b"\0" } else { b"\n" });
        }
        if format == Format::Json {
            put(b"}\n");
        }
    }

    fn others(&mut self, record: &Record<'_>, manifests: &Manifests<'_>) -> u64 {
        let count = || record.others(|path| is_source(manifests, path));
        *self.others.get_or_insert_with(count)
    }

    /// Whether a source is what it was.
    fn is_same(
        &mut self,
        record: &Record<'_>,
        manifests: &Manifests<'_>,
        number: usize,
        path: &mut PathBuffer<'_>,
    ) -> bool {
        let known = self.seen.get(number).copied().unwrap_or_default();
        if known != 0 {
            return known == SAME;
        }
        let same = self.is_same_input(record, manifests, number) || {
            let (disk, root) = (self.disk, self.root);
            let state = manifests.compare(disk, record, number, &mut self.near, root, path);
            self.gave_up |= state == InputState::Changed(Reason::InputsTooLarge);
            !matches!(state, InputState::Changed(_))
        };
        if let Some(place) = self.seen.get_mut(number) {
            *place = if same { SAME } else { CHANGED };
        }
        same
    }

    /// Whether a source is an input that was looked at just now, and is as it was.
    fn is_same_input(
        &mut self,
        record: &Record<'_>,
        manifests: &Manifests<'_>,
        number: usize,
    ) -> bool {
        if !self.by_stamps {
            return false;
        }
        let Some(source) = manifests.source(number) else { return false };
        record.file_like(&source, &mut self.near).is_some_and(|input| {
            input.stamp.is_same_file(&source.stamp) && input.digest == source.digest
        })
    }
}

/// The input that no stage's code lies in and that changed since `manifest` was computed; the
/// config, where none shows it (one that is no longer read).
fn changed_other<'a>(
    record: &Record<'a>,
    manifests: &Manifests<'_>,
    manifest: &Manifest<'_>,
) -> &'a [u8] {
    let latest = |stamp: &Stamp| stamp.mtime.max(stamp.ctime);
    let others = record.inputs().flatten().filter(|input| {
        input.kind == InputKind::File
            && latest(&input.stamp).0 >= manifest.computed_s
            && !is_source(manifests, input.path)
    });
    // What was edited last: others may have been made in the second of the computation.
    let changed = others.max_by_key(|input| latest(&input.stamp));
    changed.map_or(record.part(Part::Config), |input| input.path)
}

fn is_source(manifests: &Manifests<'_>, path: &[u8]) -> bool {
    let mut numbers = 0..manifests.source_count();
    numbers.any(|number| manifests.source(number).is_some_and(|source| source.path == path))
}
