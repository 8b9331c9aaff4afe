//! Lines that every Pivot from 0.1.0 to 0.5.11 completes with stages: nobody need know which one is
//! installed.

use crate::click::Paths;
use crate::line::{Click, Form, GivenWords, Line};
use crate::pivot::StageWord;
use crate::reason::Reason;

/// The stage's name at the cursor of such a line, and the paths beside it for a rich answer; fails where
/// it is none.
pub fn stage_word<'l>(line: &'l Line<'_>, form: Form) -> Result<(StageWord<'l>, Paths), Reason> {
    let (args, incomplete) = line.split_at_cursor(Click::V85)?;
    let Some((has_keys, paths, commands)) = taken(args.get(0), args.get(1), form) else {
        return Err(Reason::NoStageWord);
    };
    // After a colon come `stage:key` targets, but not in every Pivot.
    let is_key = has_keys && incomplete.contains(&b':');
    let given = args.from(commands);
    if is_key || given.iter().chain([incomplete]).any(|word| word.starts_with(b"-")) {
        return Err(Reason::NoStageWord);
    }
    // click drops a lone "=": a piece of another word, which scripts of ours do not cut.
    let is_piece = incomplete == b"=";
    let is_click = form == Form::Click;
    let prefix = if is_click && is_piece { &b""[..] } else { incomplete };
    let given = GivenWords::all(given);
    let paths = if is_click || is_piece { Paths::None } else { paths };
    let has_outputs = !is_click && StageWord::takes_outputs(has_keys, paths);
    Ok((
        StageWord { prefix, has_key: false, has_outputs, of_every: false, given, callbacks: None },
        paths,
    ))
}

/// Whether a command takes keys behind stages, the paths that it takes beside them, and how many words
/// name it; nothing for one that takes no stages in every Pivot.
fn taken(command: Option<&[u8]>, sub: Option<&[u8]>, form: Form) -> Option<(bool, Paths, usize)> {
    let is_rich = form != Form::Click;
    match (command?, sub) {
        (b"repro", _) => Some((false, Paths::FilesElse, 1)),
        (b"run" | b"status" | b"verify", _) => Some((false, Paths::None, 1)),
        (b"params", Some(b"diff" | b"show")) => Some((false, Paths::None, 2)),
        (b"check-ignore" | b"checkout" | b"fetch" | b"pull" | b"push", _) => {
            Some((true, Paths::FilesElse, 1))
        }
        // Where click is silent.
        (b"commit", _) if is_rich => Some((false, Paths::None, 1)),
        (b"dag", _) if is_rich => Some((false, Paths::FilesElse, 1)),
        (b"get", _) if is_rich => Some((true, Paths::Files, 1)),
        (b"metrics" | b"plots", Some(b"diff" | b"show")) if is_rich => {
            Some((false, Paths::Files, 2))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;

    use super::*;
    use crate::line::{Reader, Shell};

    #[test]
    fn stage_words_are_recognised() {
        let of = |words: &str| {
            let mut storage = [0; 512];
            let cword = words.split('\n').count() - 1;
            let cword = std::format!("{cword}");
            let (words, cword) = (words.as_bytes(), cword.as_bytes());
            let line = Line::read(Shell::Bash, Form::Click, words, cword, &mut storage)?;
            Ok(String::from_utf8(stage_word(&line, Form::Click)?.0.prefix.to_vec()).unwrap())
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

    #[test]
    fn a_rich_answer_knows_more_commands_and_paths() {
        let of = |words: &str, form| {
            let mut storage = [0; 512];
            let cword = std::format!("{}", words.split(' ').count() - 1);
            let words = words.replace(' ', "\n");
            let (words, cword) = (words.as_bytes(), cword.as_bytes());
            let line = Line::read(Shell::Bash, form, words, cword, &mut storage)?;
            stage_word(&line, form).map(|(_, paths)| paths)
        };
        let rich = Form::Rich(Reader::Bash);
        for (words, paths) in [
            ("pivot run t", Paths::None),
            ("pivot repro t", Paths::FilesElse),
            ("pivot checkout data/", Paths::FilesElse),
        ] {
            assert_eq!(of(words, rich), Ok(paths), "{words}");
            assert_eq!(of(words, Form::Click), Ok(Paths::None), "{words}");
        }
        for (words, paths) in [
            ("pivot commit t", Paths::None),
            ("pivot dag t", Paths::FilesElse),
            ("pivot plots show t", Paths::Files),
            ("pivot get t", Paths::Files),
        ] {
            assert_eq!(of(words, rich), Ok(paths), "{words}");
            assert_eq!(of(words, Form::Click), Err(Reason::NoStageWord), "{words}");
        }
        for words in ["pivot metrics t", "pivot get t:", "pivot diff t", "pivot dag --all t"] {
            assert_eq!(of(words, rich), Err(Reason::NoStageWord), "{words}");
        }
    }
}
