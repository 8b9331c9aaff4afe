//! What Pivot looked at to compute manifests, beyond their sources: whether that is as it was.

use crate::cache::lookup::compare_inputs;
use crate::cache::store::Store;
use crate::environment::Process;
use crate::files::{Disk, PathBuffer};

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
