//! What a file was when it was looked at, and whether that proves anything later.
//!
//! In a store, 40 bytes:
//!
//! ```text
//!      0      8  mtime, seconds        24      8  inode
//!      8      8  ctime, seconds        32      4  mtime, nanoseconds
//!     16      8  length                36      4  ctime, nanoseconds
//! ```

use crate::encoding::layout::Field;
use crate::files::Stat;

const MTIME_S: Field<8> = Field::first();
const CTIME_S: Field<8> = MTIME_S.then();
const LEN: Field<8> = CTIME_S.then();
/// The inode in a stamp's bytes.
pub const STAMP_INODE: Field<8> = LEN.then();
const MTIME_NS: Field<4> = STAMP_INODE.then();
const CTIME_NS: Field<4> = MTIME_NS.then();
/// Length of a stamp in a store, in bytes.
pub const STAMP_LEN_BYTES: usize = CTIME_NS.end();

/// Stamps younger than this prove nothing: the file may change again within one tick of its file
/// system's clock (git's rule for its index, with room for file systems that count whole seconds).
pub const RACY_S: i64 = 2;

/// What `stat` tells of a file, as far as it says whether the file changed.
///
/// Device numbers are left out: they change on NFS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Modification time: seconds since the epoch, and nanoseconds from 0 to 999,999,999.
    pub mtime: (i64, u32),
    /// Change time, as [`mtime`](Self::mtime).
    pub ctime: (i64, u32),
    /// Length in bytes.
    pub len_bytes: u64,
    /// Inode number.
    pub inode: u64,
}

impl Stamp {
    /// The stamp in what `stat` says.
    pub const fn of(stat: &Stat) -> Self {
        Self { mtime: stat.mtime, ctime: stat.ctime, len_bytes: stat.len_bytes, inode: stat.inode }
    }

    /// Whether equal stamps prove nothing, for a recording at `recorded_at`: the file changed less
    /// than [`RACY_S`] before it, or after it by a clock that was set back, or its times are what
    /// reproducible builds set (0 or 1).
    ///
    /// `recorded_at` is the time of the file system's own clock.
    pub fn is_racy(&self, recorded_at: (i64, u32)) -> bool {
        let limit = (recorded_at.0.saturating_sub(RACY_S), recorded_at.1);
        let proves_nothing = |time: (i64, u32)| time > limit || time.0 <= 1;
        proves_nothing(self.mtime) || proves_nothing(self.ctime)
    }

    /// The later of its times, in seconds, where a later look could prove something: `None` for
    /// times that reproducible builds set.
    pub fn changed_s(&self) -> Option<i64> {
        (self.mtime.0 > 1 && self.ctime.0 > 1).then_some(self.mtime.0.max(self.ctime.0))
    }

    /// Whether the file is the same but for its ctime, which a new hard link changes too.
    pub fn is_same_file(&self, other: &Self) -> bool {
        (self.mtime, self.len_bytes, self.inode) == (other.mtime, other.len_bytes, other.inode)
    }

    /// Whether the file has the other's mtime and length: it is that one, or a copy of it.
    pub fn is_copy_of(&self, other: &Self) -> bool {
        (self.mtime, self.len_bytes) == (other.mtime, other.len_bytes)
    }

    /// The stamp as it stands in a store.
    pub fn to_bytes(&self) -> [u8; STAMP_LEN_BYTES] {
        let mut bytes = [0; STAMP_LEN_BYTES];
        MTIME_S.set(&mut bytes, self.mtime.0.to_le_bytes());
        CTIME_S.set(&mut bytes, self.ctime.0.to_le_bytes());
        LEN.set(&mut bytes, self.len_bytes.to_le_bytes());
        STAMP_INODE.set(&mut bytes, self.inode.to_le_bytes());
        MTIME_NS.set(&mut bytes, self.mtime.1.to_le_bytes());
        CTIME_NS.set(&mut bytes, self.ctime.1.to_le_bytes());
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    pub fn from_bytes(bytes: &[u8; STAMP_LEN_BYTES]) -> Self {
        let number = |field: Field<8>| field.u64(bytes).unwrap_or_default();
        let nanoseconds = |field: Field<4>| field.u32(bytes).unwrap_or_default();
        Self {
            mtime: (number(MTIME_S) as i64, nanoseconds(MTIME_NS)),
            ctime: (number(CTIME_S) as i64, nanoseconds(CTIME_NS)),
            len_bytes: number(LEN),
            inode: number(STAMP_INODE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp =
        Stamp { mtime: (-5, 7), ctime: (1_700_000_000, 999_999_999), len_bytes: 9, inode: 1 << 40 };

    #[test]
    fn bytes_come_back() {
        assert_eq!(Stamp::from_bytes(&STAMP.to_bytes()), STAMP);
        assert_eq!(Stamp::from_bytes(&[0; STAMP_LEN_BYTES]), Stamp::default());
    }

    #[test]
    fn young_and_odd_stamps_prove_nothing() {
        let at = |mtime, ctime| Stamp { mtime: (mtime, 5), ctime: (ctime, 5), ..STAMP };
        for (mtime, ctime, racy) in [
            (100, 100, false),
            (998, 100, false),
            (999, 100, true),
            (100, 999, true),
            (2_000, 100, true),
            (0, 100, true),
            (1, 100, true),
            (-7, 100, true),
            (100, 0, true),
        ] {
            assert_eq!(at(mtime, ctime).is_racy((1_000, 5)), racy, "{mtime} {ctime}");
        }
        assert_eq!(at(1, 50).changed_s(), None);
        assert_eq!(at(30, 50).changed_s(), Some(50));
    }
}
