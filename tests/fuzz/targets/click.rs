//! click's algorithm over any bytes as a description, and any line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pivot_complete::click::completion;
use pivot_complete::click::description::{Description, ENTRY_LEN_BYTES, HEADER_LEN_BYTES};
use pivot_complete::query::{Line, Shell};
use pivot_complete::wire::Items;

fuzz_target!(|input: (u8, bool, &[u8], &[u8])| {
    let (choice, is_framed, words, bytes) = input;
    let framed = if is_framed { framed(bytes) } else { bytes.to_vec() };
    let Ok(description) = Description::open(&framed) else { return };
    let shell = [Shell::Bash, Shell::Zsh, Shell::Fish][usize::from(choice % 3)];
    let cword: &[u8] = if shell == Shell::Fish { b"-" } else { b"3" };
    let mut storage = vec![0; words.len() + cword.len()];
    let Ok(line) = Line::read(shell, words, cword, &mut storage) else { return };
    let click = description.click();
    let Ok((args, incomplete)) = line.split_at_cursor(click) else { return };
    let Ok(found) = completion::complete(&description, args, incomplete) else { return };
    assert!(incomplete.ends_with(found.incomplete));
    let mut len = 0;
    let mut put = |piece: &[u8]| len += piece.len();
    let mut items = Items::new(shell, click, &mut put);
    items.add_described(&found);
    items.add_config_keys(&description, b"a\nb\n", found.incomplete);
    items.finish();
    assert!(len > 0);
});

/// A description with parts of `bytes` where parts are expected: most bytes would have none.
fn framed(bytes: &[u8]) -> Vec<u8> {
    let third = (bytes.len() / 3).next_multiple_of(ENTRY_LEN_BYTES).min(bytes.len());
    let two = (2 * third).min(bytes.len());
    let all = HEADER_LEN_BYTES + bytes.len();
    let at = |place: usize| HEADER_LEN_BYTES + place;
    let parts = [at(0)..at(third), at(third)..at(two), at(0)..all, at(0)..all, at(two)..all];
    let mut description = vec![0, 0, 0, 0, 2, 0, 0, 0];
    for part in parts {
        description.extend((part.start as u32).to_le_bytes());
        description.extend((part.len() as u32).to_le_bytes());
    }
    description.extend(bytes);
    description
}
