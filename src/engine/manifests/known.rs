//! Manifests as a command gets them, whoever had them.

use std::collections::{HashMap, HashSet};

use pivot_complete::reason::Reason;

use super::encode::All;
use crate::report::Failure;

/// A stage, and its manifest's JSON or Pivot's words for why it has none.
pub type Told = (Vec<u8>, Vec<u8>);

/// Manifests by stage, in Pivot's order, and what remains to be done for the next time.
#[derive(Default)]
pub struct KnownManifests {
    /// Each stage that was wanted and has one: its JSON.
    pub found: Vec<Told>,
    /// Each stage that Pivot refuses, and its words.
    pub refused: Vec<Told>,
    /// What the lock file of a run has beside a stage's manifest, as JSON, where Pivot was asked.
    pub beyond: HashMap<Vec<u8>, Vec<u8>>,
    /// All stages, in Pivot's order.
    pub names: Vec<Vec<u8>>,
    /// What is to be kept of them.
    pub(super) fresh: All,
    /// What Pivot looked at for them beyond their sources: a record's bytes.
    pub(super) walk: Option<Vec<u8>>,
}

impl KnownManifests {
    /// Puts what was found into Pivot's order.
    pub(super) fn sort(&mut self) {
        let places: HashMap<&Vec<u8>, usize> = self.names.iter().zip(0..).collect();
        self.found.sort_by_key(|(name, _)| places.get(name));
    }

    /// Whether a stage has neither a manifest nor a refusal: the pipeline changed meanwhile.
    pub fn is_torn(&self) -> bool {
        let told: HashSet<&Vec<u8>> =
            self.found.iter().chain(&self.refused).map(|(name, _)| name).collect();
        self.names.iter().any(|name| !told.contains(name))
    }

    /// Those of all stages, or why one has none.
    pub fn all(&self) -> Result<&[Told], Failure> {
        let found: HashSet<&Vec<u8>> = self.found.iter().map(|(name, _)| name).collect();
        let lacking = self.names.iter().filter(|name| !found.contains(name));
        let whys: Vec<Failure> = lacking.filter_map(|name| self.json(name).err()).collect();
        let Some(first) = whys.first() else { return Ok(&self.found) };
        let words: Vec<&str> = whys.iter().map(|why| why.message.as_str()).collect();
        Err(Failure::new(first.reason, words.join("\n")))
    }

    /// The JSON of the stage `name`, or why there is none.
    pub fn json(&self, name: &[u8]) -> Result<&[u8], Failure> {
        if let Some((_, json)) = self.found.iter().find(|(found, _)| found == name) {
            return Ok(json);
        }
        let refused = self.refused.iter().find(|(refused, _)| refused == name);
        let shown = String::from_utf8_lossy(name);
        Err(match refused {
            Some((_, words)) => Failure::new(Reason::Refused, String::from_utf8_lossy(words)),
            None if self.names.iter().any(|known| known == name) => Failure::new(
                Reason::ManifestMissing,
                format!("cannot compute the manifest of {shown}: Pivot tells none; ask again"),
            ),
            None => Failure::new(Reason::NoSuchStage, format!("there is no stage {shown} here")),
        })
    }
}
