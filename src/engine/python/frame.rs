//! What the driver in Python sends back: one frame, complete or worthless.
//!
//! ```text
//! pivot-complete 1 0000002a\n       magic, version, length of the rest: 8 hex digits
//! n 0000000a demo/train             fields (without the blanks): kind, length, value
//! ```
//!
//! Kinds: `n` a stage's name, `r` ROOT, `c` the config, `o` what click printed, `e` the message
//! that Pivot fails with, `M` the same where Pivot is not installed; `t` a target, `b` a stage and
//! its docstring's first line, `v` versions, `g` a
//! stage, its manifest and its sources, `G` what a lock file has beside
//! that, `x` a stage and why it has none, `u` what cannot be told at all
//! and why; `j` the description of
//! Pivot's command line, JSON; `f`, `m`, `B`, `d`, `a`, `w`, `s`, `l`, `q`, `y`, `E`, `p`, `h`, `z`, `k` what was
//! seen (observed.rs); `D` the directory of the stages' lock files; `W`: what follows was seen while manifests were computed; `C` the
//! driver's own code, to be kept. NULs stand
//! between the parts of a value. A length says where the frame ends, since a process that the
//! pipeline forked may hold the pipe open for ever.

use crate::python::observed::{
    self, Seen, SeenAccess, SeenDirectory, SeenFile, SeenQuestion, SeenShape,
};

/// Longest frame that is taken, in bytes.
pub const LIMIT_BYTES: usize = 64 << 20;

const MAGIC: &[u8] = b"pivot-complete 1 ";
const HEAD_LEN_BYTES: usize = MAGIC.len() + 8 + 1;

/// The fields of one frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Stage names in Pivot's order.
    pub names: Vec<Vec<u8>>,
    /// ROOT as Pivot sees it.
    pub root: Option<Vec<u8>>,
    /// The config's absolute path as Pivot sees it.
    pub config: Option<Vec<u8>>,
    /// What click printed, without its final newline.
    pub output: Option<Vec<u8>>,
    /// Pivot's message, where it failed.
    pub error: Option<Vec<u8>>,
    /// Whether it failed because there is no Pivot.
    pub pivot_is_missing: bool,
    /// `stage:key` targets.
    pub targets: Vec<Vec<u8>>,
    /// Stages and the first lines of their docstrings.
    pub blurbs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Outputs: a stage, or its target, and the path from ROOT.
    pub outputs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Python's, the schema's and Pivot's versions, blanks between.
    pub versions: Option<Vec<u8>>,
    /// Manifests.
    pub manifests: Vec<ComputedManifest>,
    /// Stages without one, and Pivot's words for why.
    pub refused: Vec<(Vec<u8>, Vec<u8>)>,
    /// What cannot be told, `targets` or `manifests`, and Pivot's words for why.
    pub untold: Vec<(Vec<u8>, Vec<u8>)>,
    /// The description of Pivot's command line, JSON.
    pub description: Option<Vec<u8>>,
    /// The driver's code, behind what says which Pythons it is for.
    pub code: Option<Vec<u8>>,
    /// The directory that the lock files of all stages lie in, absolute.
    pub locks: Option<Vec<u8>>,
    /// Why not all modules of the user have a shape.
    pub why_no_shapes: Option<Vec<u8>>,
    /// What was seen while the stages were found.
    pub seen: Seen,
    /// The same while manifests were computed after that.
    pub walk: Seen,
}

impl Frame {
    /// Why `what` is not told, where it should be.
    pub fn why_untold(&self, what: &str) -> Option<String> {
        let (_, words) = self.untold.iter().find(|(known, _)| known == what.as_bytes())?;
        Some(String::from_utf8_lossy(words).into_owned())
    }
}

/// A manifest as Pivot computed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputedManifest {
    /// The stage.
    pub stage: Vec<u8>,
    /// The manifest, a JSON object on one line.
    pub json: Vec<u8>,
    /// What the lock file of a run has beside it, a JSON object on one line; `null` where Pivot refuses
    /// to tell, empty where it was not asked.
    pub beyond: Vec<u8>,
    /// The files that its code lies in, absolute.
    pub sources: Vec<Vec<u8>>,
}

/// What the bytes so far amount to.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// More must come.
    Incomplete,
    /// The whole frame.
    Complete(Box<Frame>),
    /// Not a frame.
    Broken,
}

/// Reads a frame from the start of `bytes`.
pub fn read(bytes: &[u8]) -> Progress {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        return Progress::Broken;
    }
    let Some(head) = bytes.get(..HEAD_LEN_BYTES) else { return Progress::Incomplete };
    let len = match (hex(&head[MAGIC.len()..HEAD_LEN_BYTES - 1]), head.last()) {
        (Some(len), Some(b'\n')) if len <= LIMIT_BYTES => len,
        _ => return Progress::Broken,
    };
    match bytes.get(HEAD_LEN_BYTES..HEAD_LEN_BYTES + len) {
        Some(payload) => {
            fields(payload).map_or(Progress::Broken, |frame| Progress::Complete(Box::new(frame)))
        }
        None => Progress::Incomplete,
    }
}

fn fields(payload: &[u8]) -> Option<Frame> {
    let mut frame = Frame::default();
    let mut is_walk = false;
    let mut rest = payload;
    while let [kind, after @ ..] = rest {
        let (len, after) = after.split_at_checked(8)?;
        let (value, after) = after.split_at_checked(hex(len)?)?;
        let value = value.to_vec();
        let seen = if is_walk { &mut frame.walk } else { &mut frame.seen };
        match kind {
            b'n' => frame.names.push(value),
            b'r' => frame.root = Some(value),
            b'c' => frame.config = Some(value),
            b'o' => frame.output = Some(value),
            b'e' => frame.error = Some(value),
            b'M' => {
                frame.error = Some(value);
                frame.pivot_is_missing = true;
            }
            b't' => frame.targets.push(value),
            b'b' => frame.blurbs.push(pair(&value)?),
            b'v' => frame.versions = Some(value),
            b'p' => seen.working_directory = Some(value),
            b'g' => frame.manifests.push(computed(&value)?),
            b'G' => {
                let (stage, beyond) = pair(&value)?;
                let last = frame.manifests.last_mut().filter(|last| last.stage == stage)?;
                last.beyond = beyond;
            }
            b'x' => frame.refused.push(pair(&value)?),
            b'u' => frame.untold.push(pair(&value)?),
            b'j' => frame.description = Some(value),
            b'f' => seen.files.push(SeenFile::read(&value)?),
            b'd' => seen.directories.push(SeenDirectory::read(&value)?),
            b'm' => seen.made.push(value),
            b'B' => seen.overtaken.push(value),
            b'q' => seen.questions.push(SeenQuestion::read(&value)?),
            b'A' => seen.accesses.push(SeenAccess::read(&value)?),
            b'y' => seen.links.push(pair(&value)?),
            b'E' => seen.variables.extend(value.split(|&byte| byte == 0).map(<[u8]>::to_vec)),
            b'h' => seen.machine = value,
            b'z' => seen.unprovable.push(pair(&value)?),
            b'w' => seen.looked_for.push(observed::read_looked_for(&value)?),
            b'a' => seen.there.push(value),
            b's' => seen.stamped.push(value),
            b'l' => seen.listings.push(value),
            b'S' => seen.shapes.push(SeenShape::read(&value)?),
            b'O' => frame.outputs.push(pair(&value)?),
            b'D' => frame.locks = Some(value),
            b'X' => frame.why_no_shapes = Some(value),
            b'k' => seen.sources.push(SeenFile::read(&value)?),
            b'W' => is_walk = true,
            b'C' => frame.code = Some(value),
            _ => return None,
        }
        rest = after;
    }
    Some(frame)
}

fn pair(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let nul = value.iter().position(|&byte| byte == 0)?;
    Some((value[..nul].to_vec(), value[nul + 1..].to_vec()))
}

fn computed(value: &[u8]) -> Option<ComputedManifest> {
    let mut parts = value.split(|&byte| byte == 0).map(<[u8]>::to_vec);
    let (stage, json) = (parts.next()?, parts.next()?);
    let sources = parts.filter(|source| !source.is_empty()).collect();
    Some(ComputedManifest { stage, json, beyond: Vec::new(), sources })
}

fn hex(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0, |value, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(value << 4 | digit as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[u8] = b"pivot-complete 1 0000001c\nn00000005trainn00000005a b\nc";

    #[test]
    fn a_frame_is_complete_or_not() {
        let Progress::Complete(frame) = read(GOOD) else { panic!("not complete") };
        assert_eq!(frame.names, [&b"train"[..], b"a b\nc"]);
        for end in 0..GOOD.len() {
            assert_eq!(read(&GOOD[..end]), Progress::Incomplete, "cut at {end}");
        }
    }

    #[test]
    fn nonsense_is_broken() {
        for bytes in [
            &b"hello"[..],
            b"pivot-complete 2 00000000\n",
            b"pivot-complete 1 0000000g\n",
            b"pivot-complete 1 ffffffff\n",
            b"pivot-complete 1 0000000a\nn00000005tr",
            b"pivot-complete 1 00000009\nz00000000",
        ] {
            assert!(matches!(read(bytes), Progress::Broken), "{bytes:?}");
        }
    }

    /// A longer piece of the same bytes never takes a verdict back; what fuzzing kept, cut anywhere.
    #[test]
    fn what_fuzzing_kept_has_one_verdict() {
        for bytes in crate::corpus::kept("frame") {
            let whole = read(&bytes);
            for end in 0..bytes.len() {
                let part = read(&bytes[..end]);
                assert!(part == Progress::Incomplete || part == whole, "{bytes:?} cut at {end}");
            }
        }
    }
}
