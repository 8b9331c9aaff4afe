//! Compares the YAML fast path with Pivot 0.1.0 itself, on generated documents.
//!
//! Wherever the fast path gives names, Python must give the same; and it must give them for nearly
//! every document that Python answers. `PIVOT_COMPLETE_TEST_VENV_010` names a virtual environment
//! with Pivot 0.1.0; `PIVOT_COMPLETE_SEED` chooses other documents, and `PIVOT_COMPLETE_SOAK` many.

mod documents;

use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;

use super::{Merging, YamlAnswer, stage_names};
use documents::{Category, Document};

/// Documents in every run, and in a soak.
const CASES: [usize; 2] = [1_500, 20_000];

#[test]
fn every_answer_is_pythons() {
    let cases = CASES[usize::from(std::env::var_os("PIVOT_COMPLETE_SOAK").is_some())];
    let seed = number_from_env("PIVOT_COMPLETE_SEED").unwrap_or(1) as u64;
    let mut python = start_python();
    let (requests, replies) = (python.stdin.take().unwrap(), python.stdout.take().unwrap());
    let (sender, sent) = mpsc::sync_channel(1 << 12);
    let writer = std::thread::spawn(move || send_documents(requests, &sender, cases, seed));

    let mut replies = BufReader::new(replies);
    let pyyaml = String::from_utf8(read_text(&mut replies)).unwrap();
    let merging = Merging::of_pyyaml(&pyyaml)
        .unwrap_or_else(|| panic!("PyYAML {pyyaml} was never looked at: it is never answered for"));
    let mut tallies: BTreeMap<Category, Tally> = BTreeMap::new();
    let mut differences = Vec::new();
    for (number, document) in sent.iter().enumerate() {
        let expected = read_reply(&mut replies);
        let actual = std::panic::catch_unwind(|| stage_names(&document.text, merging));
        let tally = tallies.entry(document.category).or_default();
        match tally.count(actual.ok(), expected) {
            Ok(()) => {}
            Err(difference) if differences.len() < 20 => differences.push(format!(
                "case {number} of seed {seed}, {:?}:\n{}\n{:?}\n{difference}",
                document.category,
                String::from_utf8_lossy(&document.text),
                String::from_utf8_lossy(&document.text),
            )),
            Err(difference) => differences.push(difference),
        }
    }
    writer.join().unwrap();
    assert!(python.wait().unwrap().success());

    for (category, tally) in &tallies {
        println!("{}", tally.summary(*category));
    }
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences[..differences.len().min(20)].join("\n\n")
    );
    for (category, tally) in &tallies {
        tally.assert_sure_enough(*category);
    }
}

/// What became of a category's documents.
#[derive(Default)]
struct Tally {
    /// Python gives a list and so does the fast path.
    answered: usize,
    /// Python gives a list, the fast path does not, by its reason.
    unsure: BTreeMap<&'static str, usize>,
    /// Python gives no list.
    refused: usize,
}

impl Tally {
    /// Counts one document; an error where the fast path's answer is wrong.
    fn count(
        &mut self,
        actual: Option<YamlAnswer>,
        expected: Option<Vec<Vec<u8>>>,
    ) -> Result<(), String> {
        let actual = actual.ok_or("the fast path panics")?;
        match (actual, expected) {
            (YamlAnswer::Names(actual), Some(expected))
                if actual.iter().map(String::as_bytes).eq(&expected) =>
            {
                self.answered += 1;
            }
            (YamlAnswer::Names(actual), Some(expected)) => {
                let expected: Vec<_> =
                    expected.iter().map(|name| String::from_utf8_lossy(name)).collect();
                return Err(format!("Python: {expected:?}\nhere:   {actual:?}"));
            }
            (YamlAnswer::Names(actual), None) => {
                return Err(format!("Python: no answer\nhere:   {actual:?}"));
            }
            (YamlAnswer::Unsure(reason), Some(_)) => {
                *self.unsure.entry(reason).or_default() += 1;
            }
            (YamlAnswer::Unsure(_), None) => self.refused += 1,
        }
        Ok(())
    }

    fn unsure_count(&self) -> usize {
        self.unsure.values().sum()
    }

    fn summary(&self, category: Category) -> String {
        let unsure = self.unsure_count();
        let answerable = self.answered + unsure;
        format!(
            "{category:?}: {} documents, Python answers {answerable}, of these unsure {unsure} \
             ({:.2}%): {:?}",
            answerable + self.refused,
            unsure as f64 * 100.0 / answerable.max(1) as f64,
            self.unsure,
        )
    }

    fn assert_sure_enough(&self, category: Category) {
        let answerable = self.answered + self.unsure_count();
        let limit = category.unsure_limit_percent();
        assert!(answerable > 0, "Python answers no document of {category:?}");
        if category == Category::LeftOut {
            assert_eq!(self.answered, 0, "no longer left out: move it");
        }
        assert!(
            self.unsure_count() * 100 <= answerable * limit,
            "more than {limit}% unsure: {}",
            self.summary(category)
        );
    }
}

fn start_python() -> Child {
    let venv = std::env::var("PIVOT_COMPLETE_TEST_VENV_010").expect(
        "PIVOT_COMPLETE_TEST_VENV_010 must name a virtual environment with pivot 0.1.0 in it",
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/yaml/oracle/yaml_oracle.py");
    Command::new(format!("{venv}/bin/python"))
        .arg(script)
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the Python of PIVOT_COMPLETE_TEST_VENV_010 starts")
}

fn send_documents(
    requests: ChildStdin,
    sender: &mpsc::SyncSender<Document>,
    cases: usize,
    seed: u64,
) {
    let mut requests = BufWriter::new(requests);
    for document in documents::documents(seed).take(cases) {
        let len_bytes = u32::try_from(document.text.len()).unwrap();
        requests.write_all(&len_bytes.to_le_bytes()).unwrap();
        requests.write_all(&document.text).unwrap();
        sender.send(document).unwrap();
    }
    requests.flush().unwrap();
}

/// Reads one reply of `yaml_oracle.py`.
fn read_reply(replies: &mut BufReader<ChildStdout>) -> Option<Vec<Vec<u8>>> {
    let count = usize::try_from(read_u32(replies).cast_signed()).ok()?;
    Some((0..count).map(|_| read_text(replies)).collect())
}

fn read_text(replies: &mut BufReader<ChildStdout>) -> Vec<u8> {
    let mut text = vec![0; read_u32(replies) as usize];
    replies.read_exact(&mut text).unwrap();
    text
}

fn read_u32(replies: &mut BufReader<ChildStdout>) -> u32 {
    let mut bytes = [0; 4];
    replies.read_exact(&mut bytes).expect("the Python process answers every document");
    u32::from_le_bytes(bytes)
}

fn number_from_env(name: &str) -> Option<usize> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value}")))
}
