//! click's algorithm over any bytes as a description, over edits of a sound one and of the JSON that it
//! is made from; and any line.

use std::sync::LazyLock;

use super::forms::{FORMS, assert_has_no_control};
use super::pieces::Pieces;
use pivot_complete::click::Description;
use pivot_complete::click::layout::{ENTRY_LEN_BYTES, header};
use pivot_complete::line::{Form, Line, Shell};
use pivot_complete::pivot::Stages;
use pivot_complete::tab::{self, Need, Plan, Supply};

// The engine's encoder: edits begin at what it writes.
use crate::encode::encode;

/// A parameter of each kind, a group of each kind, in the driver's words.
const DRIVERS: &[u8] = include_bytes!("description.json");

/// The description that is made from it.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| encode(DRIVERS).expect("a sound one"));

/// Completes a line by a description.
pub fn look(bytes: &[u8]) {
    let mut input = Pieces(bytes);
    let (shell, form) = FORMS[usize::from(input.byte()) % FORMS.len()];
    let made_from = input.byte() % 4;
    let (words, cword) = (input.piece(), input.piece());
    let bytes = match made_from {
        0 => input.0.to_vec(),
        1 => framed(input.0),
        2 => edited(SOUND.clone(), &mut input),
        _ => {
            let Some(bytes) = encode(&edited(DRIVERS.to_vec(), &mut input)) else { return };
            assert!(Description::open(&bytes).is_ok());
            bytes
        }
    };
    complete(&bytes, shell, form, words, cword);
}

/// Lines are completed by the sound description: else nothing below would be reached.
pub fn assert_is_sound() {
    let (shell, form) = FORMS[0];
    for (words, cword, expected) in [
        ("pivot\nrep", "1", "plain,repro\n"),
        ("pivot\nrepro\n", "2", "plain,a\nplain,d/b\nplain,b\n"),
        ("pivot\nrepro\na:", "2", "plain,a:k\n"),
        ("pivot\nrepro\n--mo", "2", "plain,--mode\n"),
        ("pivot\nrepro\n--mode\nSL", "3", "plain,slow\n"),
        ("pivot\nremote\nshow\n", "3", "plain,a\nplain,b\n"),
        ("pivot\nset\nremotes", "2", "plain,remotes.a\nplain,remotes.b\n"),
        ("pivot\nsteps\nfirst\nse", "3", "plain,second\n"),
    ] {
        let printed = complete(&SOUND, shell, form, words.as_bytes(), cword.as_bytes());
        let printed = printed.map(|bytes| String::from_utf8(bytes).expect("text"));
        assert_eq!(printed.as_deref(), Some(expected), "{words:?}");
    }
}

/// What is printed for a line; nothing where only Pivot can tell.
fn complete(bytes: &[u8], shell: Shell, form: Form, words: &[u8], cword: &[u8]) -> Option<Vec<u8>> {
    let description = Description::open(bytes).ok()?;
    let mut storage = vec![0; Line::room(words, cword)];
    let line = Line::read(shell, form, words, cword, &mut storage).ok()?;
    let found = tab::read_line(&line, form, &description).ok()?;
    let (_, incomplete) = line.split_at_cursor(form.line_click(description.click())).ok()?;
    assert!(incomplete.ends_with(found.incomplete));
    let _ = (found.given().iter().count(), found.argument_before());
    let plan = Plan::by_description(shell, form, &description, &found).ok()?;
    let stages = Stages {
        names: b"a\nd/b\n",
        targets: b"a:k\n",
        blurbs: b"a\nA.\n>out/x\na:k\n",
        states: b"a\nnever run\n",
        failure: b"it\x1b fails",
        are_in_root: true,
    };
    let supply = match plan.need() {
        Need::Nothing => Supply::Nothing,
        Need::Stages | Need::Targets | Need::Every => Supply::Stages(stages),
        Need::RemoteKeys => Supply::Lines(b"remotes.a\nA.\nremotes.b\nB.\n"),
        Need::Remotes => Supply::Lines(b"a\nb\n"),
        Need::Told(_) => Supply::Lines(b"a\tA.\nb\tB.\n"),
    };
    let write = |supply: &Supply<'_>| {
        let mut printed = Vec::new();
        let mut put = |piece: &[u8]| printed.extend_from_slice(piece);
        plan.write(supply, &mut put).expect("it is known which Pivot it is");
        assert!(!printed.is_empty());
        if form != Form::Click {
            assert_has_no_control(&printed);
        }
        printed
    };
    write(&Supply::Nothing);
    Some(write(&supply))
}

/// A description with parts of `bytes` where parts are expected: most bytes would have none.
fn framed(bytes: &[u8]) -> Vec<u8> {
    let third = (bytes.len() / 3).next_multiple_of(ENTRY_LEN_BYTES).min(bytes.len());
    let two = (2 * third).min(bytes.len());
    let all = header::LEN_BYTES + bytes.len();
    let at = |place: usize| header::LEN_BYTES + place;
    let parts = [at(0)..at(third), at(third)..at(two), at(0)..all, at(0)..all, at(two)..all];
    let mut description = vec![0, 0, 0, 0, 2, 0, 0, 0];
    for part in parts {
        description.extend((part.start as u32).to_le_bytes());
        description.extend((part.len() as u32).to_le_bytes());
    }
    description.extend(bytes);
    description
}

/// `bytes`, some of which are written over.
fn edited(mut bytes: Vec<u8>, input: &mut Pieces<'_>) -> Vec<u8> {
    while !input.is_empty() {
        let (start, new) = (usize::from(input.number()), input.piece());
        let start = start.min(bytes.len());
        let end = (start + new.len()).min(bytes.len());
        bytes[start..end].copy_from_slice(&new[..end - start]);
    }
    bytes
}
