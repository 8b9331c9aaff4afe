//! How answers and requests of FUSE are laid out (`linux/fuse.h`, version 7.31).

use nix::errno::Errno;

use super::fuse_tree::{Content, Node, TOP, Tree};

/// `fuse_init_out`: version 7.31, large writes, nothing of what needs care.
pub fn init() -> Vec<u8> {
    const BIG_WRITES: u32 = 1 << 5;
    let mut answer = [7u32, 31, 1 << 17, BIG_WRITES].map(u32::to_le_bytes).concat();
    answer.extend([16u16, 12].map(u16::to_le_bytes).concat());
    answer.extend([1u32 << 17, 1].map(u32::to_le_bytes).concat());
    answer.resize(64, 0);
    answer
}

/// `fuse_entry_out`, with what the kernel may keep of it for so long.
pub fn entry(tree: &mut Tree, number: u64) -> Result<Vec<u8>, Errno> {
    // The node, its generation, how long its name and its attributes are good, and that in nanoseconds.
    let mut answer = [number, 0, tree.kept_s, tree.kept_s, 0].map(u64::to_le_bytes).concat();
    answer.extend(attribute(number, tree.get(number)?));
    Ok(answer)
}

/// `fuse_attr_out`, as above.
pub fn attributes(tree: &mut Tree, number: u64) -> Result<Vec<u8>, Errno> {
    let mut answer = [tree.kept_s, 0].map(u64::to_le_bytes).concat();
    answer.extend(attribute(number, tree.get(number)?));
    Ok(answer)
}

/// `fuse_attr`.
fn attribute(number: u64, node: &Node) -> Vec<u8> {
    const SECOND_NS: i64 = 1_000_000_000;
    let times = [node.mtime_ns, node.mtime_ns, node.ctime_ns];
    let seconds = times.map(|time| time.div_euclid(SECOND_NS).cast_unsigned());
    let nanoseconds = times.map(|time| u32::try_from(time.rem_euclid(SECOND_NS)).unwrap());
    let len = node.len() as u64;
    let mut answer = [number, len, len.div_ceil(512)].map(u64::to_le_bytes).concat();
    answer.extend(seconds.map(u64::to_le_bytes).concat());
    answer.extend(nanoseconds.map(u32::to_le_bytes).concat());
    answer.extend([node.mode(), 1, 0, 0, 0, 4096, 0].map(u32::to_le_bytes).concat());
    answer
}

/// `fuse_dirent`s from an offset on, as many as there is room for.
pub fn list(tree: &mut Tree, number: u64, body: &[u8]) -> Result<Vec<u8>, Errno> {
    let Content::Directory(entries) = &tree.get(number)?.content else {
        return Err(Errno::ENOTDIR);
    };
    let own = [(b".".to_vec(), number), (b"..".to_vec(), TOP)];
    let all: Vec<(Vec<u8>, u64)> =
        own.into_iter().chain(entries.iter().map(|(name, &node)| (name.clone(), node))).collect();
    let mut answer = Vec::new();
    for (index, (name, node)) in all.iter().enumerate().skip(offset(body)) {
        let kind = tree.get(*node)?.mode() >> 12;
        let mut record = [*node, index as u64 + 1].map(u64::to_le_bytes).concat();
        record.extend([u32::try_from(name.len()).unwrap(), kind].map(u32::to_le_bytes).concat());
        record.extend(name);
        record.resize(record.len().next_multiple_of(8), 0);
        if answer.len() + record.len() > u32_at(body, 16) as usize {
            break;
        }
        answer.extend(record);
    }
    Ok(answer)
}

/// The offset of `fuse_read_in` and `fuse_write_in`.
pub fn offset(body: &[u8]) -> usize {
    usize::try_from(u64_at(body, 8)).unwrap()
}

/// A name that ends in NUL.
pub fn text(body: &[u8]) -> &[u8] {
    body.split(|&byte| byte == 0).next().unwrap()
}

pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}
