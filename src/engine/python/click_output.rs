//! Rich answers to lines that only Pivot itself can complete: what click prints, read again.

use pivot_complete::answer::{Head, Items, Wire};
use pivot_complete::click::{ItemType, Paths};
use pivot_complete::line::{Click, Form, Shell};

/// A rich answer with the items that click printed for `shell`, whose word at the cursor is `word`.
pub fn of_clicks(shell: Shell, form: Form, word: &[u8], printed: &[u8]) -> Vec<u8> {
    let items = items(shell, printed);
    let has = |wanted| items.iter().any(|item| item.kind == wanted);
    let paths = match (has("file"), has("dir")) {
        (true, _) => Paths::Files,
        (false, true) => Paths::Directories,
        (false, false) => Paths::None,
    };
    let equals = word.starts_with(b"-").then(|| word.iter().position(|&byte| byte == b'='));
    let start = &word[..equals.flatten().map_or(0, |equals| equals + 1)];
    let mut answer = Vec::new();
    let mut put = |piece: &[u8]| answer.extend_from_slice(piece);
    let wire = Wire { shell, form, click: Click::V85 };
    let mut rich = Items::new(wire, Head { paths, start, ..Head::NONE }, &mut put);
    for item in items.iter().filter(|item| item.kind == "plain" && !item.value.is_empty()) {
        rich.add(ItemType::Plain, item.value.as_bytes(), item.help.as_bytes());
    }
    rich.finish();
    answer
}

struct Item {
    kind: String,
    value: String,
    help: String,
}

/// Reads what click prints (8.5.1's and 8.1.8's `format_completion`), as far as it can be read: a
/// help of several lines breaks zsh's.
fn items(shell: Shell, printed: &[u8]) -> Vec<Item> {
    let text = String::from_utf8_lossy(printed);
    let mut lines = text.lines();
    if shell == Shell::Zsh {
        let mut items = Vec::new();
        while let Some(kind) = lines.next() {
            if !["plain", "file", "dir"].contains(&kind) {
                continue;
            }
            let (Some(value), Some(help)) = (lines.next(), lines.next()) else { break };
            // Click escapes colons where there is a help.
            let (value, help) = match help {
                "_" => (value.to_owned(), ""),
                help => (value.replace("\\:", ":"), help),
            };
            items.push(Item { kind: kind.into(), value, help: help.into() });
        }
        return items;
    }
    let split = |line: &str| {
        let (kind, rest) = line.split_once(',')?;
        let (value, help) = match shell {
            Shell::Fish => rest.split_once('\t').unwrap_or((rest, "")),
            _ => (rest, ""),
        };
        let help = help.split("\\n").next().unwrap_or_default();
        Some(Item { kind: kind.into(), value: value.into(), help: help.into() })
    };
    lines.filter_map(split).collect()
}

#[cfg(test)]
mod tests {
    use pivot_complete::line::Reader;

    use super::*;

    fn rich(shell: Shell, word: &str, printed: &str) -> String {
        let reader = if shell == Shell::Bash { Reader::Bash } else { Reader::Other };
        let form = Form::Rich(reader);
        String::from_utf8(of_clicks(shell, form, word.as_bytes(), printed.as_bytes())).unwrap()
    }

    #[test]
    fn what_click_prints_is_read_again() {
        assert_eq!(rich(Shell::Bash, "a", "plain,a,b\nplain,ab\n"), "none:\na,b\nab\n");
        assert_eq!(rich(Shell::Bash, "--out=m", "file,m\n"), "file:--out=\n");
        assert_eq!(rich(Shell::Fish, "", "plain,a\tone\\ntwo\ndir,\n"), "dir:\na\tone\n");
        let zsh = "plain\na\\:b\nhelp: x\nplain\nb\n_\n";
        assert_eq!(rich(Shell::Zsh, "--x=", zsh), "none:--x=\na:b\thelp: x\nb\n");
        assert_eq!(rich(Shell::Zsh, "", "\n"), "none:\n");
        assert_eq!(rich(Shell::Bash, "", "nonsense\nplain,\nplain,\x1b[m\n"), "none:\n");
    }
}
