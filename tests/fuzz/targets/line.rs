//! Words and queries from any bytes, in any shell's protocol, in too little room as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pivot_complete::query::{Line, Shell};
use pivot_complete::wire::{self, BareNames};

fuzz_target!(|input: (u8, &[u8], &[u8], u16, &[u8])| {
    let (shell, words, cword, room, names) = input;
    let shell = [Shell::Bash, Shell::Zsh, Shell::Fish][usize::from(shell % 3)];
    let mut storage = vec![0; usize::from(room)];
    let Ok(line) = Line::read(shell, words, cword, &mut storage) else { return };
    let _ = line.program();
    let Ok(pivot_complete::query::Query::Stages { prefix }) = line.query() else { return };
    let Ok(bare) = BareNames::of(names) else { return };
    let mut printed = Vec::new();
    wire::write_names(shell, names, bare, prefix, |piece| printed.extend(piece));
    assert_eq!(printed.last(), Some(&b'\n'));
});
