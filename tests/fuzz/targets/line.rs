//! Words and names from any bytes, in any shell's protocol, in too little room as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pivot_complete::click::spec::Callbacks;
use pivot_complete::line::Click;
use pivot_complete::line::{Form, Line, Shell};
use pivot_complete::answer::items::Items;

fuzz_target!(|input: (u8, &[u8], &[u8], u16, &[u8], &[u8])| {
    let (choice, words, cword, room, names, targets) = input;
    let shell = [Shell::Bash, Shell::Zsh, Shell::Fish][usize::from(choice % 3)];
    let click = if choice & 64 == 0 { Click::V85 } else { Click::V81 };
    let callbacks = if choice & 128 == 0 { Callbacks::Late } else { Callbacks::Early };
    let mut storage = vec![0; usize::from(room)];
    let Ok(line) = Line::read(shell, words, cword, &mut storage) else { return };
    let _ = line.program();
    let Ok((args, incomplete)) = line.split_at_cursor(click) else { return };
    assert!(args.iter().chain([incomplete]).all(|word| std::str::from_utf8(word).is_ok()));
    let mut printed = Vec::new();
    let mut put = |piece: &[u8]| printed.extend_from_slice(piece);
    let mut items = Items::new(shell, Form::Click, click, &mut put);
    items.add_targets(names, targets, callbacks, incomplete);
    items.finish();
    assert_eq!(printed.last(), Some(&b'\n'));
    assert!(printed == b"\n" || printed.starts_with(b"plain"));
});
