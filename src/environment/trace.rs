//! Which file `PIVOT_COMPLETE_TRACE` may name.

/// Whether the variable names a file by a whole path: any other would be made wherever a TAB is
/// pressed.
pub fn is_file(value: &[u8]) -> bool {
    value.first() == Some(&b'/')
}

/// The directories that lead to a file of this path, the outermost first: none of them may be a link of
/// another user's than root.
pub fn directories(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = file.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/');
    slashes.filter_map(|(end, _)| file.get(..end))
}

/// Whether lines may be appended to what was opened, without following a link: a file of the user's or
/// root's that has no second name as somebody's data, or a terminal and the like.
pub const fn may_append(is_regular: bool, owner: u32, user: u32, links: u64) -> bool {
    (owner == user || owner == 0) && (!is_regular || links == 1)
}
