//! Lines that every Pivot from 0.1.0 to 0.5.11 completes with stages: nobody need know which one is
//! installed.

use crate::line::{Click, Form, GivenWords, Line};
use crate::pivot::StageWord;
use crate::reason::Reason;

/// The stage's name at the cursor of such a line; fails where it is none.
pub fn stage_word<'l>(line: &'l Line<'_>, form: Form) -> Result<StageWord<'l>, Reason> {
    let (args, incomplete) = line.split_at_cursor(Click::V85)?;
    let mut words = args.iter();
    let (has_keys, commands) = match (words.next(), args.get(1)) {
        (Some(b"repro" | b"run" | b"status" | b"verify"), _) => (false, 1),
        (Some(b"params"), Some(b"diff" | b"show")) => {
            words.next();
            (false, 2)
        }
        (Some(b"check-ignore" | b"checkout" | b"fetch" | b"pull" | b"push"), _) => (true, 1),
        _ => return Err(Reason::NoStageWord),
    };
    // After a colon come `stage:key` targets, but not in every Pivot.
    let is_key = has_keys && incomplete.contains(&b':');
    if is_key || words.chain([incomplete]).any(|word| word.starts_with(b"-")) {
        return Err(Reason::NoStageWord);
    }
    // click drops a lone "=": a piece of another word, which scripts of ours do not cut.
    let is_piece = form == Form::Click && incomplete == b"=";
    let prefix = if is_piece { &b""[..] } else { incomplete };
    let given = GivenWords::all(args.from(commands));
    Ok(StageWord { prefix, has_key: false, given, callbacks: None })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;

    use super::*;
    use crate::line::Shell;

    #[test]
    fn stage_words_are_recognised() {
        let of = |words: &str| {
            let mut storage = [0; 512];
            let cword = words.split('\n').count() - 1;
            let cword = std::format!("{cword}");
            let (words, cword) = (words.as_bytes(), cword.as_bytes());
            let line = Line::read(Shell::Bash, Form::Click, words, cword, &mut storage)?;
            Ok(String::from_utf8(stage_word(&line, Form::Click)?.prefix.to_vec()).unwrap())
        };
        for (words, expected) in [
            ("pivot\nrepro\n", ""),
            ("pivot\nparams\nshow\na\nb@", "b@"),
            ("pivot\npush\ndemo/tr", "demo/tr"),
            ("pivot\nrun\n=", ""),
            ("pivot\nrun\na:", "a:"),
        ] {
            assert_eq!(of(words), Ok(String::from(expected)), "{words:?}");
        }
        for words in [
            "pivot\n",
            "pivot\nre",
            "pivot\nrepro\n-",
            "pivot\nrepro\n--\ntr",
            "pivot\n-v\nrepro\ntr",
            "pivot\nparams\n",
            "pivot\npush\na:",
            "pivot\nexport\n",
        ] {
            assert_eq!(of(words), Err(Reason::NoStageWord), "{words:?}");
        }
    }
}
