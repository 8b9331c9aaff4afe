//! Asks a `pivot` whose Python is not known, by running it as it is.

use pivot_complete::line::Shell;
use pivot_complete::reason::Reason;

use super::drive::{Around, CLICK_VARIABLES, PRINTED_LIMIT_BYTES, program_of};
use super::frame::Frame;
use super::{Found, Inquiry, Origin};
use crate::context::pivot::Pivot;
use crate::context::trust::{Start, permit};
use crate::process::child::End;
use crate::report::Failure;

/// How many lines of a pipeline's noise may start like an answer.
const NOISE_LIMIT: usize = 1_000;

impl Inquiry<'_> {
    /// Runs `pivot list`, which discovers as the driver does, reads no cache and writes none.
    pub(super) fn list(&self, pivot: &Pivot, every: bool) -> Result<Found, Failure> {
        let mut command = vec![program_of(pivot), "list".into(), "--json".into()];
        command.extend(every.then(|| "--all".into()));
        let mut printed = Vec::new();
        let start = if every { Start::Every(pivot) } else { Start::Discovery(pivot) };
        let permit = permit(self.context, start)?;
        // Nobody else says what is wrong with it.
        let around = Around { keep_stderr: true, ..Around::default() };
        let end = self.run(&permit, &command, around, &[], &CLICK_VARIABLES, |piece| {
            printed.extend(piece);
            printed.len() > PRINTED_LIMIT_BYTES
        });
        match end {
            End::Exited(status, _) if status.success() => match listed_names(&printed) {
                Some(names) => {
                    let (names, frame) = (Ok(names), Frame::default());
                    Ok(Found { names, origin: Origin::Unsaid, frame })
                }
                None => {
                    let message = format!("{} is no Pivot", command[0].display());
                    Err(Failure::new(Reason::NoPivot, message))
                }
            },
            end => Err(self.failure(&end, pivot)),
        }
    }

    /// Runs `pivot` itself with click's variables; the answer is what it prints.
    pub(super) fn complete_itself(&self, pivot: &Pivot, shell: Shell) -> Result<Vec<u8>, Failure> {
        let set = [("_PIVOT_COMPLETE", format!("{}_complete", shell.as_str()).into())];
        let mut printed = Vec::new();
        let permit = permit(self.context, Start::Discovery(pivot))?;
        let end = self.run(&permit, &[program_of(pivot)], Around::default(), &set, &[], |piece| {
            printed.extend(piece);
            printed.len() > PRINTED_LIMIT_BYTES
        });
        match end {
            End::Exited(status, _) if status.success() => Ok(printed),
            end => Err(self.failure(&end, pivot)),
        }
    }
}

/// The names in what `pivot list --json` printed, after whatever the pipeline printed.
fn listed_names(printed: &[u8]) -> Option<Vec<Vec<u8>>> {
    // The object starts a line and ends the output; a pipeline's noise may look alike.
    let starts = (0..printed.len())
        .filter(|&at| printed[at] == b'{' && (at == 0 || printed[at - 1] == b'\n'));
    starts.take(NOISE_LIMIT).find_map(|at| {
        let list: serde_json::Value = serde_json::from_slice(&printed[at..]).ok()?;
        let name = |stage: &serde_json::Value| Some(stage.get("name")?.as_str()?.into());
        list.get("stages")?.as_array()?.iter().map(name).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_behind_noise() {
        let list = br#"{
  "stages": [
    {"name": "demo/train", "deps": [], "outs": [{"name": "no"}]},
    {"name": "demo/eval", "deps": []}
  ]
}
"#;
        let names = vec![b"demo/train".to_vec(), b"demo/eval".to_vec()];
        assert_eq!(listed_names(list), Some(names.clone()));
        assert_eq!(listed_names(&[&b"noise\n{\n{}\n"[..], list].concat()), Some(names));
        assert_eq!(listed_names(b"{\"stages\": []}\n"), Some(vec![]));
        assert_eq!(listed_names(b"a cat's words\n"), None);
        assert_eq!(listed_names(b""), None);
    }
}
