//! Words and names from any bytes, in any shell's protocol, in too little room as well; and the words as
//! a command line of ours.

use super::forms::{FORMS, assert_has_no_control};
use super::pieces::Pieces;
use pivot_complete::answer::{Head, Items, Wire};
use pivot_complete::line::{Click, Form, GivenWords, Line, MAX_WORDS, Shell};
use pivot_complete::pivot::{Callbacks, StageWord, Stages};
use pivot_complete::reason::Reason;
use pivot_complete::request::FrontLine;
use pivot_complete::tab::{Plan, Supply};

/// Reads a line, and completes a stage there.
pub fn look(bytes: &[u8]) {
    let mut input = Pieces(bytes);
    let (shell, form) = FORMS[usize::from(input.byte()) % FORMS.len()];
    let (choice, room) = (input.byte(), usize::from(input.number()));
    let [words, cword, names, targets] = [(); 4].map(|()| input.piece());
    let stages = Stages { names, targets, ..Stages::default() };
    let mut args = words.split(|&byte| byte == 0);
    let _ = FrontLine::read(args.by_ref(), Some(cword));
    let (needed, is_scarce) = (Line::room(words, cword), choice & 1 == 1);
    let mut storage = vec![0; if is_scarce { room.min(needed) } else { needed }];
    let line = match Line::read(shell, form, words, cword, &mut storage) {
        Ok(line) => line,
        Err(Reason::LineTooLong) => {
            return assert!(is_scarce || words.len().max(cword.len()) > MAX_WORDS);
        }
        Err(_) => return,
    };
    let _ = (line.program(), line.directory());
    if form == Form::Click {
        offer_to_click(&line, shell, choice, &stages);
    } else if let Ok(plan) = Plan::without_description(shell, form, &line) {
        let mut printed = Vec::new();
        let mut put = |piece: &[u8]| printed.extend_from_slice(piece);
        if plan.write(&Supply::Stages(stages), &mut put).is_ok() {
            assert_has_no_control(&printed);
        }
    }
}

/// Offers stages as click does.
fn offer_to_click(line: &Line<'_>, shell: Shell, choice: u8, stages: &Stages<'_>) {
    let form = Form::Click;
    let click = if choice & 64 == 0 { Click::V85 } else { Click::V81 };
    let callbacks = if choice & 128 == 0 { Callbacks::Late } else { Callbacks::Early };
    let Ok((args, incomplete)) = line.split_at_cursor(click) else { return };
    assert!(args.iter().chain([incomplete]).all(|word| std::str::from_utf8(word).is_ok()));
    let mut printed = Vec::new();
    let mut put = |piece: &[u8]| printed.extend_from_slice(piece);
    let mut items = Items::new(Wire { shell, form, click }, Head::NONE, &mut put);
    let word = StageWord {
        prefix: incomplete,
        has_key: incomplete.contains(&b':'),
        has_outputs: choice & 32 != 0,
        of_every: false,
        given: GivenWords::all(args),
        callbacks: Some(callbacks),
    };
    word.add(stages, &mut items).expect("it is known which Pivot it is");
    items.finish();
    assert_eq!(printed.last(), Some(&b'\n'));
    assert!(printed == b"\n" || printed.starts_with(b"plain"));
}
