//! Of the third stop: what only Pivot means by a word: its stages, targets, config keys and remotes.
//! Knows no store and no project: the names are told to it.
//!
//! click/ completes any click application; this is what one of them adds: the numbers of its own kinds,
//! the meaning of the description's own number and part, and how its candidates are chosen. Another
//! application is another such folder (tests/second_application).

mod callbacks;
pub mod config;
mod line;
mod stages;
mod told;

pub use callbacks::Callbacks;
pub use config::ConfigKey;
pub use line::stage_word;
pub use stages::{OUTPUT, StageWord, Stages};
pub use told::add_told;

use crate::click::{Completion, Description, Kind, Paths};
use crate::line::{Form, GivenWords};
use crate::reason::Reason;

/// Stages.
pub const STAGES: Kind = Kind::Own(4);
/// Stages and their named outputs.
pub const TARGETS: Kind = Kind::Own(5);
/// Config keys.
pub const CONFIG_KEYS: Kind = Kind::Own(6);
/// The names of remotes.
pub const REMOTES: Kind = Kind::Own(8);
/// What the config key before it may be set to.
pub const CONFIG_VALUE: Kind = Kind::Own(9);
/// Branches and tags of the git repository.
pub const REVISIONS: Kind = Kind::Own(10);
/// Runs of the pipeline.
pub const RUNS: Kind = Kind::Own(11);
/// The `.pvt` files of what was imported.
pub const IMPORTS: Kind = Kind::Own(12);

/// The option by which stages of every pipeline of the project are meant.
const EVERY: &[u8] = b"--all";

/// What only the files of a project tell, each in a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Branches and tags of the git repository.
    Revisions,
    /// Runs of the pipeline.
    Runs,
    /// The `.pvt` files of what was imported.
    Imports,
}

/// What a word is completed with.
#[derive(Clone, Copy)]
pub enum Offer<'a, 'w> {
    /// Stages, and their named outputs perhaps.
    Stages(StageWord<'w>),
    /// The config keys of the description, and those of remotes.
    ConfigKeys,
    /// Remotes.
    Remotes,
    /// The values that a config key may have.
    ConfigValues(ConfigKey<'a>),
    /// What files of the project tell.
    Told(Told, GivenWords<'w>),
    /// What the description itself tells.
    Described(Kind),
}

impl<'a, 'w> Offer<'a, 'w> {
    /// What the word that was `found` is completed with in an answer of this form, and the paths that
    /// the shell completes beside it.
    ///
    /// Fails where only Pivot can tell.
    pub fn of(
        description: &Description<'a>,
        found: &Completion<'a, 'w>,
        form: Form,
    ) -> Result<(Self, Paths), Reason> {
        let (kind, paths) = (found.kind(form), found.paths(form));
        if kind != CONFIG_VALUE {
            let mut offer = Self::of_kind(kind, description, found)?;
            if let Self::Stages(word) = &mut offer {
                let is_rich = form != Form::Click;
                word.has_outputs = is_rich && StageWord::takes_outputs(kind == TARGETS, paths);
                // Where click, whose bytes an answer for it is, offers those of one pipeline.
                word.of_every = is_rich && found.is_given(EVERY);
            }
            return Ok((offer, paths));
        }
        let name = found.argument_before().unwrap_or_default();
        match config::keys(description).find(|key| key.name() == name) {
            Some(key) if key.kind() == Kind::Choice => Ok((Self::ConfigValues(key), key.paths())),
            Some(key) => Ok((Self::of_kind(key.kind(), description, found)?, key.paths())),
            None => Ok((Self::Described(Kind::Nothing), Paths::None)),
        }
    }

    fn of_kind(
        kind: Kind,
        description: &Description<'a>,
        found: &Completion<'a, 'w>,
    ) -> Result<Self, Reason> {
        let callbacks = Callbacks::numbered(description.own_number());
        match kind {
            STAGES | TARGETS => Ok(Self::Stages(StageWord {
                prefix: found.incomplete,
                has_key: kind == TARGETS && found.incomplete.contains(&b':'),
                has_outputs: false,
                of_every: false,
                given: found.given(),
                callbacks: Some(callbacks.ok_or(Reason::CommandOpaque)?),
            })),
            CONFIG_KEYS if callbacks.is_some() => Ok(Self::ConfigKeys),
            REMOTES => Ok(Self::Remotes),
            REVISIONS => Ok(Self::Told(Told::Revisions, found.given())),
            RUNS => Ok(Self::Told(Told::Runs, found.given())),
            IMPORTS => Ok(Self::Told(Told::Imports, found.given())),
            // A key's value is the value of no other key.
            Kind::Own(_) => Err(Reason::CommandOpaque),
            click => Ok(Self::Described(click)),
        }
    }
}
