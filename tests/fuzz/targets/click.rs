//! click's algorithm over any bytes as a description, and any line.
#![no_main]

use libfuzzer_sys::fuzz_target;

use pivot_complete::click::Description;
use pivot_complete::click::layout::{ENTRY_LEN_BYTES, header};
use pivot_complete::line::{Form, Line, Reader, Shell};
use pivot_complete::pivot::Stages;
use pivot_complete::tab::{self, Need, Plan, Supply};

fuzz_target!(|input: (u8, bool, &[u8], &[u8])| {
    let (choice, is_framed, words, bytes) = input;
    let framed = if is_framed { framed(bytes) } else { bytes.to_vec() };
    let Ok(description) = Description::open(&framed) else { return };
    let shell = [Shell::Bash, Shell::Zsh, Shell::Fish][usize::from(choice % 3)];
    let cword: &[u8] = if shell == Shell::Fish { b"-" } else { b"3" };
    for form in [Form::Click, Form::Rich(Reader::Fish)] {
        let mut storage = vec![0; Line::room(words, cword)];
        let Ok(line) = Line::read(shell, form, words, cword, &mut storage) else { continue };
        let Ok(found) = tab::read_line(&line, form, &description) else { continue };
        let Ok((_, incomplete)) = line.split_at_cursor(form.line_click(description.click())) else {
            continue;
        };
        assert!(incomplete.ends_with(found.incomplete));
        let _ = (found.given().iter().count(), found.argument_before());
        let Ok(plan) = Plan::by_description(shell, form, &description, &found) else { continue };
        let stages = Stages { names: b"a\nd/b\n", targets: b"a:k\n", blurbs: b"a\nA.\n", states: b"a\nnever run\n", are_in_root: true };
        let supply = match plan.need() {
            Need::Nothing => Supply::Nothing,
            Need::Stages | Need::Targets => Supply::Stages(stages),
            Need::RemoteKeys | Need::Remotes | Need::Told(_) => Supply::Lines(b"a\nA.\nb\nB.\n"),
        };
        for supply in [supply, Supply::Nothing] {
            let mut printed = Vec::new();
            let mut put = |piece: &[u8]| printed.extend_from_slice(piece);
            plan.write(&supply, &mut put).expect("it is known which Pivot it is");
            assert!(!printed.is_empty());
            if form != Form::Click {
                assert_has_no_control(&printed);
            }
        }
    }
});

/// Only what ends a line, and the first of what stands between a value and its help.
fn assert_has_no_control(printed: &[u8]) {
    assert!(printed.windows(2).all(|pair| !matches!(pair, [0xc2, 0x80..=0x9f])));
    for line in printed.split(|&byte| byte == b'\n') {
        let (value, help) = match line.iter().position(|&byte| byte == b'\t') {
            Some(tab) => (&line[..tab], &line[tab + 1..]),
            None => (line, &b""[..]),
        };
        assert!(![value, help].concat().iter().any(u8::is_ascii_control), "{line:?}");
    }
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
