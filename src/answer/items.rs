//! How an answer is printed: as click does, byte for byte, or as our own scripts read it.
//!
//! Source of the former: click 8.5.1's and 8.1.8's `shell_completion.py`, `format_completion`. bash
//! takes `type,value` lines, fish the same and the help behind a TAB, zsh three lines: type, value,
//! help or `_`.
//!
//! ```text
//! file:--out=                       a rich answer: what the shell completes beside the values
//! model.pkl                         (none, file, dir), and what they do not repeat of the word
//! train<TAB>Trains the model.       then a value a line; its help, where the shell can show one
//! ```
//!
//! A rich answer has no control characters: a value with one is left out, of a help the first line
//! is printed, with blanks for them. Where there is no answer at all either form is one newline.

use crate::click::completion::{Completion, ItemType, Source};
use crate::click::spec::{Callbacks, Description, Kind, Paths};
use crate::encoding::lines;
use crate::encoding::lines::has_control;
use crate::encoding::lines::starting_with;
use crate::line::Click;
use crate::line::{Form, Shell};
use crate::reason::Reason;

/// What is known of a project's stages, as lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stages<'t> {
    /// Their names.
    pub names: &'t [u8],
    /// `stage:key` for each named output.
    pub targets: &'t [u8],
    /// Pairs of lines: a name, and what a list says of it; in the order of the names.
    pub blurbs: &'t [u8],
}

/// A word that may be a stage, or a target.
pub struct StageWord<'w> {
    /// The word so far.
    pub prefix: &'w [u8],
    /// Whether targets may be meant: the key of one was begun.
    pub has_key: bool,
    /// Whether the line has this name already, where that says something.
    pub is_given: &'w dyn Fn(&[u8]) -> bool,
}

/// The items of one answer, on their way to `shell`.
pub struct Items<'p> {
    shell: Shell,
    form: Form,
    click: Click,
    any: bool,
    /// The head of a rich answer, until it is known whether there are values.
    head: Option<(Paths, &'p [u8])>,
    put: &'p mut dyn FnMut(&[u8]),
}

impl<'p> Items<'p> {
    /// None yet; `put` takes what is printed, piece by piece.
    pub fn new(shell: Shell, form: Form, click: Click, put: &'p mut dyn FnMut(&[u8])) -> Self {
        Self { shell, form, click, any: false, head: None, put }
    }

    /// Begins an answer whose values come behind `start` in their word, with `paths` beside them.
    pub fn begin(&mut self, (paths, start): (Paths, &'p [u8])) {
        if self.form != Form::Click {
            self.head = Some((paths, start));
        }
    }

    /// Prints the head, which is to be printed once.
    fn put_head(&mut self) {
        let Some((paths, start)) = self.head.take() else { return };
        (self.put)(match paths {
            Paths::FilesElse if self.any => b"none:",
            Paths::None => b"none:",
            Paths::Files | Paths::FilesElse => b"file:",
            Paths::Directories => b"dir:",
        });
        (self.put)(if has_control(start) { b"" } else { start });
        (self.put)(b"\n");
    }

    /// Prints an item; no `help` is an empty one.
    pub fn add(&mut self, kind: ItemType, value: &[u8], help: &[u8]) {
        match self.form {
            Form::Click => self.add_for_click(kind, value, help),
            Form::Rich { has_help } if kind == ItemType::Plain => {
                if has_control(value) {
                    return;
                }
                self.any = true;
                self.put_head();
                (self.put)(value);
                if has_help && !help.is_empty() {
                    (self.put)(b"\t");
                    put_first_line(help, self.put);
                }
                (self.put)(b"\n");
            }
            Form::Rich { .. } => {}
        }
    }

    fn add_for_click(&mut self, kind: ItemType, value: &[u8], help: &[u8]) {
        self.any = true;
        let put = &mut *self.put;
        match self.shell {
            Shell::Bash | Shell::Fish => {
                put(kind.before_comma());
                put(value);
                if self.shell == Shell::Fish && !help.is_empty() {
                    put(b"\t");
                    match self.click {
                        Click::V81 => put(help),
                        Click::V85 => put_replaced(help, put, |byte| match byte {
                            b'\n' => Some(b"\\n"),
                            b'\t' => Some(b" "),
                            _ => None,
                        }),
                    }
                }
            }
            Shell::Zsh => {
                put(kind.as_str().as_bytes());
                put(b"\n");
                // zsh takes what stands behind a colon for the help, where there is one.
                let escapes = !help.is_empty() && help != b"_";
                match self.click {
                    Click::V85 if escapes => {
                        put_replaced(value, put, |byte| (byte == b':').then_some(b"\\:"));
                    }
                    _ => put(value),
                }
                put(b"\n");
                put(if help.is_empty() { b"_" } else { help });
            }
        }
        put(b"\n");
    }

    /// Adds the names in `text` that start with `prefix`, as Pivot's callback for stages does.
    pub fn add_stages(&mut self, text: &[u8], callbacks: Callbacks, prefix: &[u8]) {
        for name in starting_with(text, prefix) {
            self.add(ItemType::Plain, name, b"");
        }
        let Some((pipeline, is_mixed)) = shared_pipeline(text, callbacks) else { return };
        for bare in lines::names(text).filter_map(|name| without(name, pipeline)) {
            // Only a name with a slash, or one without a pipeline, may be another's bare name.
            let is_name = || starting_with(text, prefix).any(|name| name == bare);
            if bare.starts_with(prefix) && !((is_mixed || bare.contains(&b'/')) && is_name()) {
                self.add(ItemType::Plain, bare, b"");
            }
        }
    }

    /// Adds the stages, and once `prefix` has a colon the `stage:key` lines of `targets` too, as
    /// Pivot's callback for targets does.
    pub fn add_targets(
        &mut self,
        text: &[u8],
        targets: &[u8],
        callbacks: Callbacks,
        prefix: &[u8],
    ) {
        self.add_stages(text, callbacks, prefix);
        if callbacks == Callbacks::Early || !prefix.contains(&b':') {
            return;
        }
        let pipeline = shared_pipeline(text, callbacks).map(|(pipeline, _)| pipeline);
        let pipeline = pipeline.filter(|pipeline| !pipeline.is_empty());
        for (index, target) in lines::names(targets).enumerate() {
            if target.starts_with(prefix) {
                self.add(ItemType::Plain, target, b"");
            }
            let bare = pipeline.and_then(|pipeline| without(target, pipeline));
            let Some(bare) = bare.filter(|bare| bare.starts_with(prefix)) else { continue };
            let bare_of = |other| pipeline.and_then(|pipeline| without(other, pipeline));
            let mut names = lines::names(text);
            let mut before = lines::names(targets).take(index);
            let is_there = names.any(|name| name == bare || bare_of(name) == Some(bare))
                || before.any(|other| other == bare || bare_of(other) == Some(bare));
            if !is_there {
                self.add(ItemType::Plain, bare, b"");
            }
        }
    }

    /// Adds the stages and targets that `word` may be.
    pub fn add_stage_word(
        &mut self,
        stages: &Stages<'_>,
        callbacks: Callbacks,
        word: &StageWord<'_>,
    ) {
        match (self.form, word.has_key) {
            (Form::Click, false) => self.add_stages(stages.names, callbacks, word.prefix),
            (Form::Click, true) => {
                self.add_targets(stages.names, stages.targets, callbacks, word.prefix);
            }
            (Form::Rich { .. }, has_key) => {
                let pipeline = shared_pipeline(stages.names, callbacks);
                self.add_once(stages.names, stages.blurbs, pipeline, word);
                if has_key {
                    self.add_once(stages.targets, b"", pipeline, word);
                }
            }
        }
    }

    /// Adds each of the lines that `word` may mean once: as it is, else without the pipeline.
    fn add_once(
        &mut self,
        lines: &[u8],
        blurbs: &[u8],
        pipeline: Option<(&[u8], bool)>,
        word: &StageWord<'_>,
    ) {
        let mut blurbs = lines::names(blurbs);
        let mut next = blurbs.next().zip(blurbs.next());
        for name in lines::names(lines) {
            let mut help = &b""[..];
            if let Some((_, words)) = next.filter(|(about, _)| *about == name) {
                help = words;
                next = blurbs.next().zip(blurbs.next());
            }
            let bare = pipeline.and_then(|(pipeline, is_mixed)| {
                let bare = without(name, pipeline)?;
                // Only such a one may be another's full name, and mean that one.
                let may_be_other = is_mixed || bare.contains(&b'/');
                let mut others = lines::names(lines);
                (!may_be_other || !others.any(|other| other == bare)).then_some(bare)
            });
            let mut forms = [Some(name), bare].into_iter().flatten();
            if forms.clone().any(|form| (word.is_given)(form)) {
                continue;
            }
            if let Some(value) = forms.find(|form| form.starts_with(word.prefix)) {
                self.add(ItemType::Plain, value, help);
            }
        }
    }

    /// Adds what the description itself tells: commands, options, choices, or that the shell is
    /// to complete files.
    pub fn add_described(&mut self, completion: &Completion<'_, '_>, source: &Source<'_>) {
        let incomplete = completion.incomplete;
        let is_rich = self.form != Form::Click;
        let Some(param) = &completion.param else {
            // Click takes a lone "=" for a piece of another word, which scripts of ours do not cut.
            if !is_rich || completion.start != b"=" {
                completion.list(&mut |value, help| self.add(ItemType::Plain, value, help));
            }
            return;
        };
        match source.kind {
            Kind::Choice if let Some(key) = &source.key => {
                for value in key.values().filter(|value| value.starts_with(incomplete)) {
                    self.add(ItemType::Plain, value, b"");
                }
            }
            Kind::Choice => {
                for (matched, printed) in param.choices() {
                    let is_it = match param.is_insensitive() {
                        false => matched.starts_with(incomplete),
                        true => matched
                            .get(..incomplete.len())
                            .is_some_and(|start| start.eq_ignore_ascii_case(incomplete)),
                    };
                    let is_given = is_rich && completion.given().any(|word| word == printed);
                    if is_it && !is_given {
                        self.add(ItemType::Plain, printed, b"");
                    }
                }
            }
            Kind::File => self.add(ItemType::File, incomplete, b""),
            Kind::Directory => self.add(ItemType::Directory, incomplete, b""),
            _ => {}
        }
    }

    /// Adds the config keys that start with `prefix`, and those of `remotes`: pairs of lines, a key
    /// and its help.
    pub fn add_config_keys(
        &mut self,
        description: &Description<'_>,
        remotes: &[u8],
        prefix: &[u8],
    ) {
        let own = description.config_keys().map(|key| (key.name(), key.help()));
        let mut lines = lines::names(remotes);
        let of_remotes = core::iter::from_fn(|| lines.next().zip(lines.next()));
        for (key, help) in own.chain(of_remotes).filter(|(key, _)| key.starts_with(prefix)) {
            self.add(ItemType::Plain, key, help);
        }
    }

    /// Adds the remotes of `names`, which are lines, that start with `prefix`.
    pub fn add_remotes(&mut self, names: &[u8], prefix: &[u8]) {
        starting_with(names, prefix).for_each(|name| self.add(ItemType::Plain, name, b""));
    }

    /// Ends the answer: an empty one is one newline, as `click.echo("")` makes it.
    pub fn finish(mut self) {
        self.put_head();
        if !self.any && self.form == Form::Click {
            (self.put)(b"\n");
        }
    }
}

/// What Pivot's callbacks mean for these names, where every Pivot agrees.
///
/// Fails with [`Reason::BareNamesUnclear`] where bare names would be offered by one Pivot and not by
/// another. Pivot 0.1 offers none, and has names with a slash only where a matrix value holds one or
/// where including a pipeline caused a collision.
pub fn callbacks_for(text: &[u8]) -> Result<Callbacks, Reason> {
    let Some((pipeline, _)) = shared_pipeline(text, Callbacks::Late) else {
        return Ok(Callbacks::Early);
    };
    // "train@a/b" has the shape of a matrix value; a bare "demo/x" may be another one's full name.
    let is_clear =
        |name: &[u8]| without(name, pipeline).is_some_and(|bare| without(bare, pipeline).is_none());
    match !pipeline.contains(&b'@') && lines::names(text).all(is_clear) {
        true => Ok(Callbacks::Late),
        false => Err(Reason::BareNamesUnclear),
    }
}

/// What stands before the first slash of every name that has one, where that is the same: then
/// Pivot offers names without it too. Whether there are names without one beside them.
fn shared_pipeline(text: &[u8], callbacks: Callbacks) -> Option<(&[u8], bool)> {
    if callbacks == Callbacks::Early {
        return None;
    }
    let mut shared: Option<&[u8]> = None;
    let mut is_mixed = false;
    for name in lines::names(text) {
        // Most often it is that of the name before.
        if shared.is_some_and(|pipeline| without(name, pipeline).is_some()) {
            continue;
        }
        match (name.iter().position(|&byte| byte == b'/'), shared) {
            (None, _) => is_mixed = true,
            (Some(slash), None) => shared = name.get(..slash),
            (Some(_), Some(_)) => return None,
        }
    }
    Some((shared?, is_mixed))
}

/// Whether an answer holds no control character but line breaks and TABs, as click prints them, and
/// nothing that turns a line around: any other would move the terminal's cursor, or end the shell's
/// reading.
#[inline(never)]
pub fn is_plain(answer: &[u8]) -> bool {
    // All bytes at once: whoever branches here pays for each of them.
    let is_ascii_text = answer.iter().fold(true, |is_text, &byte| {
        is_text & ((byte == b'\n') | (byte == b'\t') | (b' '..0x7f).contains(&byte))
    });
    is_ascii_text || core::str::from_utf8(answer).is_ok_and(|text| !text.chars().any(is_harmful))
}

/// Whether a terminal would do something else than show `char`: a control character but those that
/// click prints, or one of Unicode's explicit directional formatting characters.
fn is_harmful(char: char) -> bool {
    let is_control = char.is_ascii_control() || matches!(char, '\u{80}'..='\u{9f}');
    let is_directional = matches!(
        char,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    is_directional || is_control && !matches!(char, '\n' | '\t')
}

/// Prints the first line of `text`, with blanks for control characters.
fn put_first_line(text: &[u8], put: &mut dyn FnMut(&[u8])) {
    let text = text.trim_ascii_start();
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if !has_control(line) {
        return put(line);
    }
    // The second byte of a control character of Latin 1's is none of another character's start.
    let mut rest = line;
    while let Some((&byte, behind)) = rest.split_first() {
        let is_latin = byte == 0xc2 && matches!(behind.first(), Some(0x80..=0x9f));
        let is_control = is_latin || byte.is_ascii_control();
        put(if is_control { b" " } else { core::slice::from_ref(&byte) });
        rest = behind.get(usize::from(is_latin)..).unwrap_or_default();
    }
}

fn without<'n>(name: &'n [u8], pipeline: &[u8]) -> Option<&'n [u8]> {
    name.strip_prefix(pipeline)?.strip_prefix(b"/")
}

/// Prints `text` with some bytes replaced.
fn put_replaced(
    text: &[u8],
    put: &mut dyn FnMut(&[u8]),
    replacement: impl Fn(u8) -> Option<&'static [u8]>,
) {
    let mut rest = text;
    while let Some(place) = rest.iter().position(|&byte| replacement(byte).is_some()) {
        let (before, after) = rest.split_at_checked(place).unwrap_or_default();
        put(before);
        let Some((&byte, after)) = after.split_first() else { break };
        put(replacement(byte).unwrap_or_default());
        rest = after;
    }
    put(rest);
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn printed(shell: Shell, add: impl Fn(&mut Items<'_>)) -> String {
        let mut out = Vec::new();
        let mut put = |piece: &[u8]| out.extend_from_slice(piece);
        let mut items = Items::new(shell, Form::Click, Click::V85, &mut put);
        add(&mut items);
        items.finish();
        String::from_utf8(out).unwrap()
    }

    fn stages(shell: Shell, text: &str, prefix: &str) -> String {
        printed(shell, |items| {
            items.add_stages(text.as_bytes(), Callbacks::Late, prefix.as_bytes());
        })
    }

    #[test]
    fn one_pipeline_offers_bare_names_too() {
        let text = "demo/train\ndemo/eval\n";
        assert_eq!(stages(Shell::Bash, text, "tr"), "plain,train\n");
        assert_eq!(stages(Shell::Fish, text, "demo/t"), "plain,demo/train\n");
        assert_eq!(stages(Shell::Zsh, text, "e"), "plain\neval\n_\n");
        assert_eq!(stages(Shell::Bash, text, "x"), "\n");
        assert_eq!(stages(Shell::Bash, "a/x\nb/x\n", "x"), "\n");
        assert_eq!(stages(Shell::Bash, "\n", ""), "\n");
        // What is a full name already is not offered twice.
        assert_eq!(stages(Shell::Bash, "d/x\nd/d/x\nx\n", "d/x"), "plain,d/x\n");
        let early = printed(Shell::Bash, |items| {
            items.add_stages(text.as_bytes(), Callbacks::Early, b"tr");
        });
        assert_eq!(early, "\n");
    }

    #[test]
    fn what_pivot_0_1_would_not_offer_is_unclear() {
        assert_eq!(callbacks_for(b"demo/a\ndemo/b\n"), Ok(Callbacks::Late));
        assert_eq!(callbacks_for(b"a/x\nb/x\n"), Ok(Callbacks::Early));
        assert_eq!(callbacks_for(b"fit@a_b\ntrain\n"), Ok(Callbacks::Early));
        for unclear in [&b"train\ndemo/x\n"[..], b"fit@a/b\n", b"d/x\nd/d/x\n"] {
            assert_eq!(callbacks_for(unclear), Err(Reason::BareNamesUnclear));
        }
    }

    #[test]
    fn targets_come_behind_a_colon() {
        let of = |prefix: &[u8]| {
            printed(Shell::Bash, |items| {
                items.add_targets(b"d/a\nd/b\n", b"d/a:m\nd/a:n\n", Callbacks::Late, prefix);
            })
        };
        assert_eq!(of(b"d/a"), "plain,d/a\n");
        assert_eq!(of(b"d/a:"), "plain,d/a:m\nplain,d/a:n\n");
        assert_eq!(of(b"a:n"), "plain,a:n\n");
    }

    fn rich(has_help: bool, add: impl Fn(&mut Items<'_>)) -> String {
        let mut out = Vec::new();
        let mut put = |piece: &[u8]| out.extend_from_slice(piece);
        let mut items = Items::new(Shell::Zsh, Form::Rich { has_help }, Click::V81, &mut put);
        add(&mut items);
        items.finish();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rich_answers_have_no_control_characters() {
        let head = |start: &'static [u8]| rich(true, |items| items.begin((Paths::Files, start)));
        assert_eq!(head(b"--out="), "file:--out=\n");
        assert_eq!(head(b"--o\x1but="), "file:\n");
        for (value, help, expected) in [
            ("a:b", "", "a:b\n"),
            ("a b", " one\ttwo \nthree", "a b\tone two \n"),
            ("größe→大", "\u{9b}31m red\x7f", "größe→大\t 31m red \n"),
            ("a\nb", "x", ""),
            ("a\x1b[m", "x", ""),
            ("a\u{80}", "x", ""),
            ("\u{a0}", "\u{c0}\u{80}é", "\u{a0}\t\u{c0} é\n"),
        ] {
            let add = |items: &mut Items<'_>| {
                items.add(ItemType::Plain, value.as_bytes(), help.as_bytes())
            };
            assert_eq!(rich(true, add), expected, "{value:?}");
        }
        let without = rich(false, |items| items.add(ItemType::Plain, b"a", b"help"));
        assert_eq!(without, "a\n");
    }

    #[test]
    fn a_plain_answer_moves_no_cursor() {
        for plain in ["", "plain,a\n", "plain\na\nx\ty\nz\n", "größe → °\u{a0}\n"] {
            assert!(is_plain(plain.as_bytes()), "{plain:?}");
        }
        for other in
            ["a\0b", "a\x1b[2J", "a\rb", "a\x7f", "a\u{9b}31m", "\u{80}", "\u{202e}", "\u{2067}a"]
        {
            let within = std::format!("plain,one\nplain,{other}\n");
            assert!(!is_plain(within.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn each_stage_is_offered_once() {
        let of = |names: &str, prefix: &str, given: &str| {
            let blurbs = b"d/a\nDoes a.\nd/c\nDoes c.\n";
            let stages = Stages { names: names.as_bytes(), targets: b"d/a:k\nd/b:k\n", blurbs };
            rich(true, |items| {
                let is_given = |name: &[u8]| !given.is_empty() && name == given.as_bytes();
                let word = StageWord {
                    prefix: prefix.as_bytes(),
                    has_key: prefix.contains(':'),
                    is_given: &is_given,
                };
                items.begin((Paths::None, b""));
                items.add_stage_word(&stages, Callbacks::Late, &word);
            })
        };
        let all = "d/a\nd/b\nd/c\n";
        assert_eq!(of(all, "", ""), "none:\nd/a\tDoes a.\nd/b\nd/c\tDoes c.\n");
        assert_eq!(of(all, "c", ""), "none:\nc\tDoes c.\n");
        assert_eq!(of(all, "d/", "d/b"), "none:\nd/a\tDoes a.\nd/c\tDoes c.\n");
        assert_eq!(of(all, "", "c"), "none:\nd/a\tDoes a.\nd/b\n");
        assert_eq!(of(all, "b:", ""), "none:\nb:k\n");
        assert_eq!(of(all, "d/a:", "d/b:k"), "none:\nd/a:k\n");
        // A bare name that is another's full one means that one.
        assert_eq!(of("d/x\nd/d/x\n", "d/x", ""), "none:\nd/x\n");
        assert_eq!(of("d/x\nd/d/x\n", "", "d/x"), "none:\nd/d/x\n");
        assert_eq!(of("x\nd/x\nd/y\n", "x", ""), "none:\nx\n");
        assert_eq!(of("x\nd/x\nd/y\n", "", "x"), "none:\nd/x\nd/y\n");
        // Two pipelines share no prefix.
        assert_eq!(of("d/a\ne/a\n", "a", ""), "none:\n");
    }

    #[test]
    fn help_is_kept_from_breaking_the_format() {
        let item = |shell| printed(shell, |items| items.add(ItemType::Plain, b"a:b", b"x\ty\nz"));
        assert_eq!(item(Shell::Bash), "plain,a:b\n");
        assert_eq!(item(Shell::Zsh), "plain\na\\:b\nx\ty\nz\n");
        assert_eq!(item(Shell::Fish), "plain,a:b\tx y\\nz\n");
    }
}
