//! Words and names from any bytes, in any shell's protocol, in too little room as well.
#![no_main]

use libfuzzer_sys::fuzz_target;

use pivot_complete::answer::{Head, Items, Wire};
use pivot_complete::line::{Click, Form, GivenWords, Line, Shell};
use pivot_complete::pivot::{Callbacks, StageWord, Stages};

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
    let mut items = Items::new(Wire { shell, form: Form::Click, click }, Head::NONE, &mut put);
    let word = StageWord {
        prefix: incomplete,
        has_key: incomplete.contains(&b':'),
        given: GivenWords::all(args),
        callbacks: Some(callbacks),
    };
    let stages = Stages { names, targets, ..Stages::default() };
    word.add(&stages, &mut items).expect("it is known which Pivot it is");
    items.finish();
    assert_eq!(printed.last(), Some(&b'\n'));
    assert!(printed == b"\n" || printed.starts_with(b"plain"));
});
