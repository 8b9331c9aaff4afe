//! How each stage's code stands against the manifest that was computed last, as far as that can be told
//! without Pivot: the same contents give the same manifest, others may.

use crate::cache::freshness::InputState;
use crate::cache::lookup::compare_inputs;
use crate::cache::store::Store;
use crate::cache::store::manifests::Manifests;
use crate::cache::store::record::Record;
use crate::environment::Process;
use crate::files::{Disk, PathBuffer};

/// What is known of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageState {
    /// All that its manifest was made from is as it was when that was computed, in seconds since the
    /// epoch.
    Unchanged(i64),
    /// Something of that is another, or what is kept is broken: only Pivot can tell whether the
    /// manifest is another.
    InDoubt,
    /// No manifest of it was computed.
    Unknown,
}

/// Compares stages with the file system; each source is looked at once.
pub struct Comparison<'a, 's, D> {
    disk: &'a D,
    root: &'a [u8],
    record: &'a Record<'a>,
    manifests: Manifests<'a>,
    walk: u64,
    /// Where in the record the last source was found.
    near: usize,
    seen: &'s mut [u8],
}

const SAME: u8 = 1;
const CHANGED: u8 = 2;

impl<'a, 's, D: Disk> Comparison<'a, 's, D> {
    /// Of stages in `root` on `disk`, by the manifests that were computed last, and the record here,
    /// which is fresh, as is a walk with the digest `walk`.
    ///
    /// `seen` is a zero byte for each source.
    pub fn new(
        disk: &'a D,
        root: &'a [u8],
        record: &'a Record<'a>,
        manifests: Manifests<'a>,
        walk: u64,
        seen: &'s mut [u8],
    ) -> Self {
        Self { disk, root, record, manifests, walk, near: 0, seen }
    }

    /// How the stage `name` stands. `path` is where paths are put together.
    pub fn state(&mut self, name: &[u8], path: &mut PathBuffer<'_>) -> StageState {
        let manifest = match self.manifests.find(name) {
            Ok(Some(manifest)) => manifest,
            Ok(None) => return StageState::Unknown,
            Err(_) => return StageState::InDoubt,
        };
        if !manifest.is_under(self.record, self.walk) {
            return StageState::InDoubt;
        }
        let mut any = false;
        for number in manifest.sources() {
            any = true;
            if !self.is_same(number, path) {
                return StageState::InDoubt;
            }
        }
        if any { StageState::Unchanged(manifest.computed_s) } else { StageState::InDoubt }
    }

    /// Whether the content of a source is what it was.
    fn is_same(&mut self, number: usize, path: &mut PathBuffer<'_>) -> bool {
        let known = self.seen.get(number).copied().unwrap_or_default();
        if known != 0 {
            return known == SAME;
        }
        let same = self.is_same_input(number) || {
            let state = self.manifests.compare_content(self.disk, number, self.root, path);
            !matches!(state, InputState::Changed(_))
        };
        if let Some(place) = self.seen.get_mut(number) {
            *place = if same { SAME } else { CHANGED };
        }
        same
    }

    /// Whether a source is an input, whose content is known since the record is fresh, and as it was.
    fn is_same_input(&mut self, number: usize) -> bool {
        let Some(source) = self.manifests.source(number) else { return false };
        let input = self.record.file_like(&source, &mut self.near);
        input.is_some_and(|input| input.digest == source.digest)
    }
}

/// The digest of what Pivot looked at to compute the manifests of `store`, where all of that is as it
/// was; zero where it is not, or was nothing.
pub fn fresh_walk<D: Disk>(
    disk: &D,
    store: Store<'_>,
    root: &[u8],
    here: (Process, &[u8]),
    path: &mut PathBuffer<'_>,
) -> u64 {
    let Ok(walk) = store.walk() else { return 0 };
    let proof = compare_inputs(disk, &walk, root, here, |_, _| None, path);
    proof.map_or(0, |_| walk.contents_digest())
}
