//! What was asked about the machine and the user: the answers count.

use xxhash_rust::xxh64::xxh64;

use crate::environment::Process;

/// The digest of the answers to what `letters` ask of `process`; see [`Process::machine`].
pub fn digest(letters: &[u8], process: Process) -> u64 {
    let mut digest = 0;
    for &letter in letters {
        (process.machine)(letter, &mut |answer| digest = xxh64(answer, digest));
    }
    digest
}
