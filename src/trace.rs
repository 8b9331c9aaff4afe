//! Which file `PIVOT_COMPLETE_TRACE` may name.

/// Whether the variable names a file by a whole path: any other would be made wherever a TAB is
/// pressed.
pub fn is_file(value: &[u8]) -> bool {
    value.first() == Some(&b'/')
}

/// Whether lines may be appended to what was opened, without following a link: a file of the user's
/// that has no second name as somebody's data, or a terminal and the like.
pub const fn may_append(is_regular: bool, owner: u32, user: u32, links: u64) -> bool {
    if is_regular { owner == user && links == 1 } else { owner == user || owner == 0 }
}
