//! The one form of a result: what is known of the stages, whoever found it.

use std::rc::Rc;

use pivot_complete::cache::lookup::Answer;
use pivot_complete::encoding::lines as text;
use pivot_complete::reason::Reason;

use crate::cache::lock::Outcome;
use crate::cache::record::Findings;
use crate::cache::{lookup, name_lines};
use crate::context::Context;
use crate::python::Found;
use crate::report::Failure;

/// Names and where they come from.
pub struct Names {
    /// The names in Pivot's order, one a line; those that are no line are left out.
    pub names: Vec<u8>,
    /// How many there are.
    pub count: usize,
    /// The first that is no line.
    pub broken: Option<Vec<u8>>,
    /// How they were found.
    pub how: Reason,
    /// The `stage:key` targets as lines, where they are known too.
    pub targets: Option<Vec<u8>>,
    /// The stages' descriptions, where they are not those of the caches.
    pub blurbs: Option<Vec<u8>>,
    /// What Pivot said when the discovery failed, where these are the last good names; else empty.
    pub failure: Vec<u8>,
    /// All that Pivot told, where this process asked it.
    pub found: Option<Rc<Found>>,
}

impl Names {
    /// Names that are lines, and nothing else.
    pub fn of(names: Vec<u8>, how: Reason) -> Self {
        let count = text::names(&names).count();
        // A blank line stands for no names.
        let names = if count == 0 { Vec::new() } else { names };
        let (broken, targets, blurbs, found) = (None, None, None, None);
        Self { names, count, broken, how, targets, blurbs, failure: Vec::new(), found }
    }

    /// Names of any bytes, and nothing else.
    pub fn of_names(names: &[Vec<u8>], how: Reason) -> Self {
        let broken = names.iter().find(|name| is_no_line(name)).cloned();
        Self { count: names.len(), broken, ..Self::of(name_lines::join(names), how) }
    }

    /// What an earlier discovery found, which is as good now.
    pub fn of_findings(findings: &Findings, how: Reason) -> Self {
        Self {
            targets: findings.targets.clone(),
            blurbs: Some(findings.blurbs.clone()),
            ..Self::of(findings.names.clone(), how)
        }
    }

    /// The names as lines, for a command that tells all of them or why it cannot.
    pub fn whole(&self) -> Result<&[u8], Failure> {
        let Some(name) = &self.broken else { return Ok(&self.names) };
        let name = String::from_utf8_lossy(name);
        let message = format!("cannot print {name:?}: a name that is no line");
        Err(Failure::new(Reason::NameUnprintable, message))
    }

    /// What those are told who wait for it: targets behind a `+`, or nothing where they are not
    /// known; descriptions alike; the names.
    pub fn told(&self) -> Vec<Vec<u8>> {
        let lines = |lines: &Option<Vec<u8>>| match lines {
            Some(lines) => [b"+", &lines[..]].concat(),
            None => Vec::new(),
        };
        let mut told = vec![lines(&self.targets), lines(&self.blurbs)];
        match self.found.as_ref().map(|found| &found.names) {
            Some(Ok(names)) => told.extend(names.iter().cloned()),
            _ => told.extend(name_lines::split(&self.names)),
        }
        told
    }

    /// The same of a result, be it none.
    pub fn outcome(named: &Result<Self, Failure>) -> Outcome {
        named.as_ref().map(Self::told).map_err(Clone::clone)
    }

    /// What another process told.
    pub fn of_told(told: Vec<Vec<u8>>) -> Self {
        let mut told = told.into_iter();
        let mut lines = || told.next()?.strip_prefix(b"+").map(<[u8]>::to_vec);
        let (targets, blurbs) = (lines(), lines());
        Self { targets, blurbs, ..Self::of_names(&told.collect::<Vec<_>>(), Reason::Shared) }
    }
}

/// What the caches say, without running anything.
pub fn cached(context: &Context) -> Result<Names, Reason> {
    let of = |names: &[u8], targets: Option<&[u8]>, how| Names {
        targets: targets.map(<[u8]>::to_vec),
        ..Names::of(names.to_vec(), how)
    };
    match lookup::look_up(context) {
        Answer::Names(names) => Ok(Names {
            failure: names.failure().to_vec(),
            ..of(names.text(), names.targets(), names.how)
        }),
        Answer::Nothing(reason) => Ok(of(b"", Some(b""), reason)),
        Answer::Miss(reason) => Err(reason),
    }
}

/// The same where targets are known, too.
pub fn cached_with_targets(context: &Context) -> Result<Names, Reason> {
    let named = cached(context)?;
    match named.targets {
        Some(_) => Ok(Names { how: Reason::Fresh, ..named }),
        None => Err(Reason::TargetsUnknown),
    }
}

/// Names as lines, where each is one.
pub fn whole_lines(names: &[Vec<u8>]) -> Option<Vec<u8>> {
    let is_whole = !names.iter().any(|name| is_no_line(name));
    is_whole.then(|| name_lines::join(names))
}

fn is_no_line(name: &[u8]) -> bool {
    name.is_empty() || name.contains(&b'\n')
}
