//! The forms of an answer that are asked for, and what holds for each that our scripts read.

use pivot_complete::line::{Form, Reader, Shell};

/// Whose line it is, and who reads the answer.
pub const FORMS: [(Shell, Form); 9] = [
    (Shell::Bash, Form::Click),
    (Shell::Zsh, Form::Click),
    (Shell::Fish, Form::Click),
    (Shell::Bash, Form::Rich(Reader::Bash)),
    (Shell::Bash, Form::Rich(Reader::BashIgnoringCase)),
    (Shell::Zsh, Form::Rich(Reader::Zsh)),
    (Shell::Zsh, Form::Rich(Reader::ZshWaiting)),
    (Shell::Fish, Form::Rich(Reader::Fish)),
    (Shell::Zsh, Form::Rich(Reader::Other)),
];

/// Only what ends a line, and the first of what stands between a value and its help.
pub fn assert_has_no_control(printed: &[u8]) {
    assert_eq!(printed.last(), Some(&b'\n'));
    assert!(printed.windows(2).all(|pair| !matches!(pair, [0xc2, 0x80..=0x9f])));
    for line in printed.split(|&byte| byte == b'\n') {
        let (value, help) = match line.iter().position(|&byte| byte == b'\t') {
            Some(tab) => (&line[..tab], &line[tab + 1..]),
            None => (line, &b""[..]),
        };
        assert!(![value, help].concat().iter().any(u8::is_ascii_control), "{line:?}");
    }
}
