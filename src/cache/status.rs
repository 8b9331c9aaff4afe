//! How fresh each stage is, against the manifests that were computed last.

use crate::cache::freshness::{InputKind, InputState};
use crate::cache::store::manifests::{Manifest, Manifests};
use crate::cache::store::record::{Part, Record};
use crate::files::{Disk, PathBuffer, Stamp};
use crate::reason::Reason;

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

impl<'a> StageState<'a> {
    /// The state's name in an answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            StageState::Fresh => "fresh",
            StageState::Changed(_) => "changed",
            StageState::Unknown => "unknown",
        }
    }

    /// The file that has changed.
    pub const fn changed(self) -> Option<&'a [u8]> {
        match self {
            StageState::Changed(path) => Some(path),
            StageState::Fresh | StageState::Unknown => None,
        }
    }
}

/// Compares stages with the file system; each source is looked at once.
pub struct Comparison<'a, 's, D> {
    disk: &'a D,
    root: &'a [u8],
    manifests: Option<(&'a Record<'a>, Manifests<'a>)>,
    by_stamps: bool,
    gave_up: bool,
    /// Where in the record the last source was found.
    near: usize,
    /// The record's [others](Record::others), once they were needed.
    others: Option<u64>,
    seen: &'s mut [u8],
}

const SAME: u8 = 1;
const CHANGED: u8 = 2;

impl<'a, 's, D: Disk> Comparison<'a, 's, D> {
    /// Of stages in `root` on `disk`, by the manifests that were computed last, where there are any,
    /// and the record that they belong to, which is fresh.
    ///
    /// `by_stamps` says whether stamps alone just proved every input of the record the same. `seen` is
    /// a zero byte for each source.
    pub fn new(
        disk: &'a D,
        root: &'a [u8],
        manifests: Option<(&'a Record<'a>, Manifests<'a>)>,
        by_stamps: bool,
        seen: &'s mut [u8],
    ) -> Self {
        Self { disk, root, manifests, by_stamps, gave_up: false, near: 0, others: None, seen }
    }

    /// Whether a source was taken for changed that nobody may read to the end here.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

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
