//! Third stop of a TAB: its plan, without I/O: what the line needs; each program supplies it in its own
//! way; then the answer is written.

use crate::answer::{Head, Items, Wire};
use crate::click::{self, Completion, Description, Paths};
use crate::line::{Click, Form, Line, Matching, Shell};
use crate::pivot::{Offer, StageWord, Stages, Told, add_told, config, stage_word};
use crate::reason::Reason;

/// What must be known of the project for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the description tells it.
    Nothing,
    /// Stages.
    Stages,
    /// Stages and targets.
    Targets,
    /// Stages and targets of every pipeline of the project.
    Every,
    /// The config keys of remotes: pairs of lines, a key and its help.
    RemoteKeys,
    /// The names of remotes, as lines.
    Remotes,
    /// What files of the project tell, as lines: a value, a TAB, its help.
    Told(Told),
}

/// What is known of the project.
#[derive(Clone, Copy, Debug)]
pub enum Supply<'s> {
    /// Nothing: none was needed, or what is needed cannot be had.
    Nothing,
    /// For [`Need::Stages`], [`Need::Targets`] and [`Need::Every`].
    Stages(Stages<'s>),
    /// For [`Need::RemoteKeys`], [`Need::Remotes`] and [`Need::Told`].
    Lines(&'s [u8]),
}

impl Supply<'_> {
    /// Whether stages are lacking, or old, because their discovery failed.
    fn has_failed(&self) -> bool {
        matches!(self, Self::Stages(stages) if !stages.failure.is_empty())
    }
}

/// How a line is answered.
pub struct Plan<'p> {
    wire: Wire,
    head: Head<'p>,
    offer: Offer<'p, 'p>,
    /// What the line means by the description; nothing where none was needed.
    described: Option<(Description<'p>, &'p Completion<'p, 'p>)>,
}

/// Finds what the word at the cursor of `line` may be, by the description of the command line.
///
/// Fails where only Pivot can tell.
pub fn read_line<'p>(
    line: &'p Line<'_>,
    form: Form,
    description: &Description<'p>,
) -> Result<Completion<'p, 'p>, Reason> {
    let (args, incomplete) = line.split_at_cursor(form.line_click(description.click()))?;
    click::complete(description, args, incomplete)
}

impl<'p> Plan<'p> {
    /// For a word that was `found` in the description.
    ///
    /// Fails where only Pivot can tell.
    pub fn by_description(
        shell: Shell,
        form: Form,
        description: &Description<'p>,
        found: &'p Completion<'p, 'p>,
    ) -> Result<Self, Reason> {
        let (offer, paths) = Offer::of(description, found, form)?;
        let wire = Wire { shell, form, click: description.click() };
        let tag = match &offer {
            Offer::Stages(word) if word.has_key => "targets",
            Offer::Stages(_) => "stages",
            Offer::ConfigKeys => "config-keys",
            Offer::Remotes => "remotes",
            Offer::Told(Told::Revisions, _) => "revisions",
            Offer::Told(Told::Runs, _) => "runs",
            Offer::Told(Told::Imports, _) => "imports",
            Offer::Described(_) if found.param.is_none() => match found.incomplete.first() {
                Some(b'-') => "options",
                _ => "commands",
            },
            Offer::ConfigValues(_) | Offer::Described(_) => "values",
        };
        let head = Head { paths, tag, start: found.start };
        Ok(Self { wire, head, offer, described: Some((*description, found)) })
    }

    /// For a line that every Pivot completes with stages: nobody need know which one it is.
    ///
    /// Fails where one must.
    pub fn without_description(
        shell: Shell,
        form: Form,
        line: &'p Line<'_>,
    ) -> Result<Self, Reason> {
        let (word, paths) = stage_word(line, form)?;
        let offer = Offer::Stages(word);
        // No click prints an item without help otherwise than another.
        let wire = Wire { shell, form, click: Click::V85 };
        let head = Head { paths, tag: "stages", ..Head::NONE };
        Ok(Self { wire, head, offer, described: None })
    }

    /// What the answer needs.
    pub fn need(&self) -> Need {
        match &self.offer {
            Offer::Stages(word) if word.of_every => Need::Every,
            Offer::Stages(word) if word.has_key => Need::Targets,
            Offer::Stages(_) => Need::Stages,
            Offer::ConfigKeys => Need::RemoteKeys,
            Offer::Remotes => Need::Remotes,
            Offer::Told(told, _) => Need::Told(*told),
            Offer::ConfigValues(_) | Offer::Described(_) => Need::Nothing,
        }
    }

    /// Whether what a list says of a value is shown.
    pub fn shows_help(&self) -> bool {
        self.wire.form.shows_help()
    }

    /// Whether the shell has paths to offer, whatever is known here.
    pub fn has_paths(&self) -> bool {
        self.head.paths != Paths::None
    }

    /// Writes the answer piece by piece into `put`.
    ///
    /// Fails where the names that are supplied do not tell what this Pivot offers.
    pub fn write(&self, supply: &Supply<'_>, put: &mut dyn FnMut(&[u8])) -> Result<(), Reason> {
        let mut head = self.head;
        let needs_stages = matches!(self.need(), Need::Stages | Need::Targets | Need::Every);
        let are_unknown = needs_stages && matches!(supply, Supply::Nothing);
        if head.paths == Paths::FilesElse && (supply.has_failed() || are_unknown) {
            // There would be candidates, but for the pipeline or for leave to ask; files are none of them.
            head.paths = Paths::None;
        }
        let chooses = self.wire.form.matching() > Matching::Prefix && !self.typed().is_empty();
        if head.paths == Paths::FilesElse && chooses {
            // Whatever the shell will make of them, files are for a word that no candidate begins with;
            // but for outputs, which are files.
            let are_any = self.add(Items::of_any(self.wire, &mut |_| ()), supply)?;
            head.paths = if are_any { Paths::None } else { Paths::Files };
        }
        self.add(Items::new(self.wire, head, put), supply)?;
        Ok(())
    }

    /// The word so far.
    fn typed(&self) -> &'p [u8] {
        match (&self.offer, &self.described) {
            (Offer::Stages(word), _) => word.prefix,
            (_, Some((_, found))) => found.incomplete,
            (_, None) => b"",
        }
    }

    /// Adds what is offered; says whether there is any item.
    fn add(&self, mut items: Items<'_>, supply: &Supply<'_>) -> Result<bool, Reason> {
        let form = items.form();
        match (&self.offer, supply, &self.described) {
            (Offer::Stages(word), Supply::Stages(stages), _) => {
                let has_outputs = word.has_outputs && !items.is_first_enough();
                StageWord { has_outputs, ..*word }.add(stages, &mut items)?;
            }
            (Offer::ConfigKeys, Supply::Lines(keys), Some((description, found))) => {
                config::add_keys(&mut items, description, keys, found.incomplete);
            }
            (Offer::Remotes, Supply::Lines(names), Some((_, found))) => {
                config::add_remotes(&mut items, names, found.incomplete);
            }
            (Offer::Told(_, given), Supply::Lines(lines), Some((_, found))) => {
                add_told(&mut items, lines, found.incomplete, *given);
            }
            (Offer::ConfigValues(key), _, Some((_, found))) => {
                config::add_values(&mut items, key, found.incomplete);
            }
            (Offer::Described(kind), _, Some((_, found))) => {
                found.offer(*kind, form, &mut |item, value, help| items.add(item, value, help));
            }
            _ => {}
        }
        let are_any = items.are_any();
        items.finish();
        Ok(are_any)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::line::Reader;

    fn answered(words: &str, names: &str) -> Result<String, Reason> {
        let mut storage = [0; 64];
        let line = Line::read(Shell::Fish, Form::Click, words.as_bytes(), b"", &mut storage)?;
        let plan = Plan::without_description(Shell::Fish, Form::Click, &line)?;
        assert_eq!((plan.need(), plan.has_paths()), (Need::Stages, false));
        let stages = Stages { names: names.as_bytes(), ..Stages::default() };
        let mut out = Vec::new();
        plan.write(&Supply::Stages(stages), &mut |piece| out.extend_from_slice(piece))?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_stage_needs_no_description() {
        assert_eq!(answered("pivot repro ", "a\nb\n"), Ok("plain,a\nplain,b\n".into()));
        assert_eq!(answered("pivot repro ", "\n"), Ok("\n".into()));
        // Whether it is offered as "x", too, another Pivot would say otherwise.
        assert_eq!(answered("pivot repro ", "a\nd/x\n"), Err(Reason::BareNamesUnclear));
        assert_eq!(answered("pivot config get ", "a\n"), Err(Reason::NoStageWord));
        assert_eq!(answered("pivot", "a\n"), Err(Reason::NoStageWord));
    }

    #[test]
    fn what_cannot_be_supplied_is_an_empty_answer() {
        let mut storage = [0; 64];
        let form = Form::Rich(Reader::Zsh);
        let line = Line::read(Shell::Zsh, form, b"pivot run x", b"2", &mut storage).unwrap();
        let plan = Plan::without_description(Shell::Zsh, form, &line).unwrap();
        let mut out = Vec::new();
        plan.write(&Supply::Nothing, &mut |piece| out.extend_from_slice(piece)).unwrap();
        assert_eq!(out, b"none/stages:\n");
    }
}
