//! Stages and targets at the cursor: as Pivot's callbacks offer them, or each once for scripts of ours.

use crate::answer::Items;
use crate::click::{ItemType, Paths};
use crate::encoding::lines::{self, starting_with};
use crate::line::{GivenWords, Matching};
use crate::pivot::callbacks::{Callbacks, Pipeline};
use crate::reason::Reason;

/// What is known of a project's stages, as lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stages<'t> {
    /// Their names.
    pub names: &'t [u8],
    /// `stage:key` for each named output.
    pub targets: &'t [u8],
    /// Pairs of lines: a name, and what a list says of it; in the order of the names. Behind them an
    /// output's path from ROOT, with a `>` before it, and its target.
    pub blurbs: &'t [u8],
    /// Pairs of lines: a name, and how it stands against its last run; in the order of the names.
    pub states: &'t [u8],
    /// What Pivot said when the discovery failed; nothing where it did not.
    pub failure: &'t [u8],
    /// Whether the line is typed in ROOT: there the outputs' paths are those of files.
    pub are_in_root: bool,
}

/// A word that may be a stage, or a target.
#[derive(Clone, Copy)]
pub struct StageWord<'w> {
    /// The word so far.
    pub prefix: &'w [u8],
    /// Whether targets may be meant: the key of one was begun.
    pub has_key: bool,
    /// Whether the paths of outputs may be meant.
    pub has_outputs: bool,
    /// Whether stages of any pipeline of the project are meant.
    pub of_every: bool,
    /// The names that the line has already, where that says something.
    pub given: GivenWords<'w>,
    /// What the callbacks of this Pivot mean; the names tell it, where nobody knows which Pivot it is.
    pub callbacks: Option<Callbacks>,
}

impl StageWord<'_> {
    /// Whether an argument takes outputs by their paths: one that takes targets, and one where Pivot says
    /// that it takes paths in place of stages.
    pub fn takes_outputs(has_keys: bool, paths: Paths) -> bool {
        has_keys || paths == Paths::FilesElse
    }

    /// Adds the stages and targets that the word may be.
    ///
    /// Fails with [`Reason::BareNamesUnclear`] where the names do not tell what the callbacks mean.
    pub fn add(&self, stages: &Stages<'_>, items: &mut Items<'_>) -> Result<(), Reason> {
        let Stages { names, targets, .. } = *stages;
        let pipeline = Pipeline::of(names, self.callbacks)?;
        if items.are_rich() {
            add_once(items, names, stages, pipeline, self);
            if self.has_key {
                add_once(items, targets, &Stages::default(), pipeline, self);
            }
            if self.has_outputs && stages.are_in_root {
                self.add_outputs(items, stages, pipeline);
            }
            items.tell(stages.failure);
            return Ok(());
        }
        add_stages(items, names, pipeline, self.prefix);
        if self.has_key && self.callbacks != Some(Callbacks::Early) {
            add_targets(items, names, targets, pipeline, self.prefix);
        }
        Ok(())
    }
}

impl StageWord<'_> {
    /// Adds the outputs, where the word begins as the path of one, and as no stage: in a list of stages
    /// they are noise.
    fn add_outputs(
        &self,
        items: &mut Items<'_>,
        stages: &Stages<'_>,
        pipeline: Option<Pipeline<'_>>,
    ) {
        let is_output = |line: &[u8]| line.starts_with(OUTPUT);
        let matching = items.matching();
        let is_stage_found = matching == Matching::Prefix && items.are_any();
        // Of a Pivot that had such names nobody could tell which of the lines are outputs.
        if self.prefix.is_empty() || is_stage_found || lines::names(stages.names).any(is_output) {
            return;
        }
        let begins = |path: &[u8]| match matching {
            Matching::Prefix => path.starts_with(self.prefix),
            _ => Matching::EitherCase.takes(path, self.prefix),
        };
        let outputs = || {
            let mut all = lines::names(stages.blurbs);
            core::iter::from_fn(move || all.next().zip(all.next()))
                .filter_map(|(line, target)| Some((line.strip_prefix(OUTPUT)?, target)))
        };
        let is_stage = |name: &[u8]| {
            let bare = pipeline.and_then(|pipeline| pipeline.bare(name));
            begins(name) || bare.is_some_and(begins)
        };
        if lines::names(stages.names).any(is_stage) || !outputs().any(|(path, _)| begins(path)) {
            return;
        }
        items.have_files_beside();
        let are_many = stages.blurbs.len() > MOST_UNMATCHED_BYTES;
        let chooses = matching > Matching::EitherCase && !are_many;
        for (path, target) in outputs() {
            if (chooses && matching.takes(path, self.prefix) || begins(path))
                && !self.given.contains(path)
            {
                items.add_rich(path, [b"", target]);
            }
        }
    }
}

/// What begins the line of an output among the blurbs; its path follows.
pub const OUTPUT: &[u8] = b">";

/// Adds the names in `text` that start with `prefix`, as Pivot's callback for stages does.
fn add_stages(items: &mut Items<'_>, text: &[u8], pipeline: Option<Pipeline<'_>>, prefix: &[u8]) {
    for name in starting_with(text, prefix) {
        items.add(ItemType::Plain, name, b"");
    }
    let Some(pipeline) = pipeline else { return };
    for bare in lines::names(text).filter_map(|name| pipeline.bare(name)) {
        // Only a name with a slash, or one without a pipeline, may be another's bare name.
        let is_name = || starting_with(text, prefix).any(|name| name == bare);
        let may_be_name = pipeline.is_mixed || bare.contains(&b'/');
        if bare.starts_with(prefix) && !(may_be_name && is_name()) {
            items.add(ItemType::Plain, bare, b"");
        }
    }
}

/// Adds the `stage:key` lines of `targets` that start with `prefix`, which has a colon, as Pivot's
/// callback for targets does behind the stages.
fn add_targets(
    items: &mut Items<'_>,
    names: &[u8],
    targets: &[u8],
    pipeline: Option<Pipeline<'_>>,
    prefix: &[u8],
) {
    let pipeline = pipeline.filter(Pipeline::is_named);
    let bare_of = |name| pipeline.and_then(|pipeline| pipeline.bare(name));
    for (index, target) in lines::names(targets).enumerate() {
        if target.starts_with(prefix) {
            items.add(ItemType::Plain, target, b"");
        }
        let Some(bare) = bare_of(target).filter(|bare| bare.starts_with(prefix)) else { continue };
        let mut names = lines::names(names);
        let mut before = lines::names(targets).take(index);
        let is_there = names.any(|name| name == bare || bare_of(name) == Some(bare))
            || before.any(|other| other == bare || bare_of(other) == Some(bare));
        if !is_there {
            items.add(ItemType::Plain, bare, b"");
        }
    }
}

/// Of names of more bytes than this those that the word begins are chosen here, where there are any:
/// fish and zsh show no others then, but for settings that say so, and take time for each. 10,000 names
/// (160 KB) made a TAB for one of them 13 times as long in fish 3.6, 11 times in zsh 5.9; 108 names
/// nothing that can be measured in zsh, a quarter in fish, which therefore gets what it may find.
const MOST_UNMATCHED_BYTES: usize = 32 * 1024;

/// Which of the lines of `text` are wanted, some of which may begin so.
pub fn matching_in(text: &[u8], items: &Items<'_>, begins: impl Fn(&[u8]) -> bool) -> Matching {
    let are_many = text.len() > MOST_UNMATCHED_BYTES;
    match items.matching() {
        Matching::Scattered | Matching::All if are_many && lines::names(text).any(&begins) => {
            Matching::Prefix
        }
        matching => matching,
    }
}

/// Adds each of the lines of `text` that `word` may mean once: as it is, else without the pipeline.
fn add_once(
    items: &mut Items<'_>,
    text: &[u8],
    about: &Stages<'_>,
    pipeline: Option<Pipeline<'_>>,
    word: &StageWord<'_>,
) {
    let begins = |name: &[u8]| {
        let bare = pipeline.and_then(|pipeline| pipeline.bare(name));
        name.starts_with(word.prefix) || bare.is_some_and(|bare| bare.starts_with(word.prefix))
    };
    let matching = matching_in(text, items, begins);
    let (shows_help, is_first_enough) = (items.shows_help(), items.is_first_enough());
    let (mut state_of, mut blurb_of) = (told_of(about.states), told_of(about.blurbs));
    let are_given = word.given.iter().next().is_some();
    for name in lines::names(text) {
        if is_first_enough && items.are_any() {
            return;
        }
        let help = if shows_help { [state_of(name), blurb_of(name)] } else { [&b""[..]; 2] };
        let bare = pipeline.and_then(|pipeline| {
            let bare = pipeline.bare(name)?;
            // Only such a one may be another's full name, and mean that one.
            let may_be_other = pipeline.is_mixed || bare.contains(&b'/');
            let mut others = lines::names(text);
            (!may_be_other || !others.any(|other| other == bare)).then_some(bare)
        });
        let forms = [Some(name), bare].into_iter().flatten();
        if are_given && forms.clone().any(|form| word.given.contains(form)) {
            continue;
        }
        // The form that begins as the word does; of those that it is not the start of, the whole name.
        let found = |way: Matching| forms.clone().find(|form| way.takes(form, word.prefix));
        let value = match matching {
            Matching::Prefix => forms.clone().find(|form| form.starts_with(word.prefix)),
            _ if word.prefix.is_empty() => Some(name),
            Matching::EitherCase => found(Matching::Prefix).or_else(|| found(matching)),
            Matching::Scattered | Matching::All => {
                let starts = found(Matching::Prefix).or_else(|| found(Matching::EitherCase));
                starts.or(matching.takes(name, word.prefix).then_some(name))
            }
        };
        if let Some(value) = value {
            items.add_rich(value, help);
        }
    }
}

/// Tells what `text` says of each name, which are asked for in their order: pairs of lines, a name and
/// what is said of it.
fn told_of<'t>(text: &'t [u8]) -> impl FnMut(&[u8]) -> &'t [u8] {
    let mut lines = lines::names(text);
    let mut next = lines.next().zip(lines.next());
    move |name| {
        let Some((_, words)) = next.filter(|(about, _)| *about == name) else { return b"" };
        next = lines.next().zip(lines.next());
        words
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::answer::{Head, Wire};
    use crate::line::{Args, Click, Form, Reader, Shell, Words};

    fn printed(shell: Shell, form: Form, add: impl FnOnce(&mut Items<'_>)) -> String {
        let mut out = Vec::new();
        let mut put = |piece: &[u8]| out.extend_from_slice(piece);
        let mut items = Items::new(Wire { shell, form, click: Click::V85 }, Head::NONE, &mut put);
        add(&mut items);
        items.finish();
        String::from_utf8(out).unwrap()
    }

    fn word<'w>(words: &'w Words<'w>, prefix: &'w str, callbacks: Callbacks) -> StageWord<'w> {
        StageWord {
            prefix: prefix.as_bytes(),
            has_key: prefix.contains(':'),
            has_outputs: false,
            of_every: false,
            given: GivenWords::all(Args::of(words, 0, words.len())),
            callbacks: Some(callbacks),
        }
    }

    fn for_click(shell: Shell, stages: &Stages<'_>, prefix: &str, callbacks: Callbacks) -> String {
        let words = Words::split(b"", &mut []).unwrap();
        printed(shell, Form::Click, |items| {
            word(&words, prefix, callbacks).add(stages, items).unwrap();
        })
    }

    fn stages(shell: Shell, text: &str, prefix: &str) -> String {
        let stages = Stages { names: text.as_bytes(), ..Stages::default() };
        for_click(shell, &stages, prefix, Callbacks::Late)
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
        let stages = Stages { names: text.as_bytes(), ..Stages::default() };
        let early = for_click(Shell::Bash, &stages, "tr", Callbacks::Early);
        assert_eq!(early, "\n");
    }

    #[test]
    fn targets_come_behind_a_colon() {
        let names = b"d/a\nd/b\n";
        let stages = Stages { names, targets: b"d/a:m\nd/a:n\n", ..Stages::default() };
        let of = |prefix| for_click(Shell::Bash, &stages, prefix, Callbacks::Late);
        assert_eq!(of("d/a"), "plain,d/a\n");
        assert_eq!(of("d/a:"), "plain,d/a:m\nplain,d/a:n\n");
        assert_eq!(of("a:n"), "plain,a:n\n");
    }

    #[test]
    fn its_state_comes_before_what_a_stage_does() {
        let stages = Stages {
            names: b"d/a\nd/b\nd/c\nd/d\n",
            targets: b"",
            blurbs: b"d/a\nDoes a.\nd/c\nDoes c.\n",
            states: b"d/b\nnever run\nd/c\nchanged: f()\n",
            failure: b"",
            are_in_root: true,
        };
        let words = Words::split(b"", &mut []).unwrap();
        let of = |reader| {
            printed(Shell::Zsh, Form::Rich(reader), |items| {
                word(&words, "", Callbacks::Late).add(&stages, items).unwrap();
            })
        };
        let expected = "none:\nd/a\tDoes a.\nd/b\tnever run\nd/c\tchanged: f(); Does c.\nd/d\n";
        assert_eq!(of(Reader::Other), expected);
        assert_eq!(of(Reader::Bash), "none:\nd/a\nd/b\nd/c\nd/d\n");
    }

    #[test]
    fn shells_that_match_have_all_names_of_few_and_of_many_those_that_begin_so() {
        let of = |names: &str, prefix: &str, reader| {
            let stages = Stages { names: names.as_bytes(), ..Stages::default() };
            let words = Words::split(b"", &mut []).unwrap();
            let word = word(&words, prefix, Callbacks::Late);
            printed(Shell::Fish, Form::Rich(reader), |items| word.add(&stages, items).unwrap())
        };
        let few = "d/train\nd/Test\nd/eval\n";
        let in_zsh = |names: &str, prefix: &str| of(names, prefix, Reader::Zsh);
        assert_eq!(in_zsh(few, "tr"), "none/values:\ntrain\nd/Test\nd/eval\n");
        assert_eq!(in_zsh(few, "te"), "none/values:\nd/train\nTest\nd/eval\n");
        assert_eq!(in_zsh(few, "al"), "none/values:\nd/train\nd/Test\nd/eval\n");
        // fish has what it may find.
        let in_fish = |names: &str, prefix: &str| of(names, prefix, Reader::Fish);
        assert_eq!(in_fish(few, "te"), "none:\nTest\n");
        assert_eq!(in_fish(few, "dt"), "none:\nd/train\nd/Test\n");
        assert_eq!(in_fish(few, "*t"), in_fish(few, ""));
        assert_eq!(of(few, "te", Reader::BashIgnoringCase), "none:\nTest\n");
        assert_eq!(of(few, "te", Reader::Bash), "none:\n");
        assert_eq!(of(few, "al", Reader::Other), "none:\n");
        let many = std::format!("{few}{}", "d/other\n".repeat(MOST_UNMATCHED_BYTES / 8));
        assert_eq!(in_fish(&many, "tr"), "none:\ntrain\n");
        assert_eq!(in_zsh(&many, "tr"), "none/values:\ntrain\n");
        assert_eq!(in_zsh(&many, "al").lines().count(), 1 + many.lines().count());
    }

    #[test]
    fn outputs_are_offered_where_the_word_begins_as_one() {
        let blurbs = b"d/a\nDoes a.\n>data/d/a/k.yaml\nd/a:k\n>data/d/b.csv\nd/b\n";
        let stages =
            Stages { names: b"d/a\nd/b\n", blurbs, are_in_root: true, ..Stages::default() };
        let of = |prefix: &str, given: &str, reader, stages: &Stages<'_>| {
            let mut storage = [0; 64];
            let words = Words::split(given.as_bytes(), &mut storage).unwrap();
            let word = StageWord { has_outputs: true, ..word(&words, prefix, Callbacks::Late) };
            printed(Shell::Fish, Form::Rich(reader), |items| word.add(stages, items).unwrap())
        };
        let both = "none:\ndata/d/a/k.yaml\td/a:k\ndata/d/b.csv\td/b\n";
        let of_b = "none:\ndata/d/b.csv\td/b\n";
        assert_eq!(of("data/", "", Reader::Other, &stages), both);
        assert_eq!(of("data/d/b", "", Reader::Other, &stages), of_b);
        assert_eq!(of("data/", "data/d/a/k.yaml", Reader::Other, &stages), of_b);
        assert_eq!(of("DATA/", "", Reader::Other, &stages), "none:\n");
        assert_eq!(of("DATA/D/B", "", Reader::BashIgnoringCase, &stages), "none:\ndata/d/b.csv\n");
        // A shell that matches has all of them, behind the stages, once one begins so.
        assert!(of("data/d/b", "", Reader::Zsh, &stages).ends_with("\td/a:k\ndata/d/b.csv\td/b\n"));
        assert!(!of("b", "", Reader::Zsh, &stages).contains("data"));
        assert_eq!(of("data/d/k", "", Reader::Fish, &stages), "none:\n");
        assert_eq!(of("data/d/a", "", Reader::Fish, &stages), "none:\ndata/d/a/k.yaml\td/a:k\n");
        // A stage that begins so is what is meant.
        let beside = Stages { blurbs: b">d/a.txt\nd/a\n", ..stages };
        assert_eq!(of("d/a", "", Reader::Other, &beside), "none:\nd/a\n");
        assert_eq!(of("d/a.", "", Reader::Other, &beside), "none:\nd/a.txt\td/a\n");
        // In a list of stages, and where they are not the paths of files, they are noise.
        let (listed, elsewhere) =
            (of("", "", Reader::Other, &stages), Stages { are_in_root: false, ..stages });
        assert_eq!(listed, "none:\nd/a\tDoes a.\nd/b\n");
        assert_eq!(of("data/", "", Reader::Other, &elsewhere), "none:\n");
        // Names that look like one leave nobody sure.
        let unclear = Stages { names: b"d/a\n>x\n", ..stages };
        assert_eq!(of("data/", "", Reader::Other, &unclear), "none:\n");
    }

    #[test]
    fn each_stage_is_offered_once() {
        let of = |names: &str, prefix: &str, given: &str| {
            let blurbs = b"d/a\nDoes a.\nd/c\nDoes c.\n";
            let targets = b"d/a:k\nd/b:k\n";
            let stages = Stages { names: names.as_bytes(), targets, blurbs, ..Stages::default() };
            let mut storage = [0; 64];
            let words = Words::split(given.as_bytes(), &mut storage).unwrap();
            let word = word(&words, prefix, Callbacks::Late);
            printed(Shell::Zsh, Form::Rich(Reader::Other), |items| {
                word.add(&stages, items).unwrap();
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
}
