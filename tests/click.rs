//! The bytes of `complete SHELL` and the splitting of words, compared with real click.

use std::collections::HashMap;

use pivot_complete::line::{MAX_WORDS, Words};

use crate::support::oracle::{Random, ask, ask_command, hex, script, unhex};
use crate::support::{Pivot, Sandbox, pipeline_010, pipeline_0511, ran, set_mtime};

const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// One TAB.
#[derive(Debug)]
struct Line {
    directory: &'static str,
    shell: &'static str,
    comp_words: String,
    comp_cword: String,
}

impl Line {
    /// As the shell's own script passes these words, the last of which is at the cursor.
    fn of(directory: &'static str, shell: &'static str, words: &[&str]) -> Self {
        let (last, before) = words.split_last().expect("a program at least");
        let (comp_words, comp_cword) = match shell {
            "bash" => (words.join("\n"), before.len().to_string()),
            "zsh" => (words.join(" "), before.len().to_string()),
            _ => (words.join(" "), (*last).to_owned()),
        };
        Self { directory, shell, comp_words, comp_cword }
    }
}

#[test]
fn stage_positions_are_answered_by_the_front_as_pivot_does() {
    Pivot::ALL.into_iter().for_each(stage_positions);
}

fn stage_positions(pivot: Pivot) {
    let mut sandbox = projects(pivot);
    sandbox.start_trace();
    let mut random = Random(7);
    // Names that all have the pipeline's prefix cannot come from 0.1.0, which adds a prefix to
    // the included one of two pipelines alone.
    let possible = |line: &Line| pivot == Pivot::V0511 || line.directory != "one-pipeline";
    let lines = std::iter::repeat_with(|| random_line(&mut random)).take(900).filter(possible);
    let lines: Vec<Line> = lines.collect();
    compare(pivot, &sandbox, &lines);
    let mut counts: HashMap<String, usize> = HashMap::new();
    sandbox.trace().into_iter().for_each(|line| *counts.entry(line).or_default() += 1);
    // The few others are handed over because the two Pivots might differ there.
    assert!(counts["front answered fresh"] > 600, "{counts:?}");
}

#[test]
fn other_positions_are_answered_by_the_engine_as_pivot_does() {
    Pivot::in_turn().for_each(other_positions);
}

fn other_positions(pivot: Pivot) {
    let sandbox = projects(pivot);
    sandbox.write("project/.pivot/config.yaml", "remotes: {mine: 's3://x/y'}\n");
    sandbox.write("home/.config/pivot/config.yaml", "remotes: {theirs: 's3://x/y'}\n");
    // The colon needs a pipeline that is really there.
    ran(sandbox.front_in("project", &["refresh"])).lines();
    let positions = [
        "pivot ",
        "pivot re",
        "pivot -",
        "pivot repro --",
        "pivot run --for",
        "pivot -v repro demo/",
        "pivot repro -- t",
        "pivot repro -x t",
        "pivot config get ",
        "pivot config set remotes.",
        "pivot completion ",
        "pivot checkout --checkout-mode s",
        "pivot checkout --checkout-mode=s",
        "pivot push demo/train:",
        "pivot push train:a",
        "pivot remote ",
        "pivot nosuch ",
        "pivot track x",
        "pivot dag --",
        "pivot metrics show --format ",
    ];
    let mut lines: Vec<Line> = positions
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let words: Vec<&str> = line.split(' ').collect();
            Line::of("project", SHELLS[index % 3], &words)
        })
        .collect();
    // Whether bare names are offered, the names do not tell here.
    lines.push(Line::of("mixed", "bash", &["pivot", "repro", ""]));
    lines.push(Line::of("mixed", "zsh", &["pivot", "push", "o"]));
    if pivot == Pivot::V0511 {
        // One name's bare form is another name.
        lines.push(Line::of("doubled", "fish", &["pivot", "repro", "d/"]));
        lines.push(Line::of("doubled", "bash", &["pivot", "repro", "d"]));
    }
    compare(pivot, &sandbox, &lines);
}

#[test]
fn odd_lines_are_answered_as_click_does() {
    let pivot = Pivot::V0511;
    let sandbox = projects(pivot);
    let mut lines = Vec::new();
    for (words, cword) in [
        // The cursor before, behind and between the words that are there.
        ("pivot repro t ev", "2"),
        ("pivot repro t ev", "3"),
        ("pivot repro", "2"),
        ("pivot repro", "7"),
        ("pivot repro \t\n t", "2"),
        ("pivot repro '' ''", "2"),
        ("pivot repro =", "2"),
        ("pivot repro =t", "2"),
        ("pivot repro \"demo/t", "2"),
        ("pivot repro demo/\\", "2"),
        ("pivot repro \\\\", "2"),
        ("pivot 'repro' t", "2"),
        ("pivot re\"pro\" t", "2"),
        ("'pivot' repro t", "2"),
        ("FOO=1 pivot repro t", "3"),
        ("pivot repro #t", "2"),
        ("pivot repro t;", "2"),
        ("pivot repro $x", "2"),
        ("pivot params show t", "3"),
        ("pivot params t", "2"),
        ("pivot repro \u{2003}t", "2"),
        ("pivot repro gr\u{f6}", "2"),
    ] {
        for shell in ["bash", "zsh"] {
            lines.push(line("project", shell, words, cword));
        }
    }
    for (words, token) in [
        ("pivot repro ", ""),
        ("pivot repro t", "t"),
        ("pivot repro t ", ""),
        ("pivot repro train t", "t"),
        ("pivot repro 't", "'t"),
        ("pivot repro 't", "t"),
        ("pivot repro t", "r"),
        ("pivot repro t t", "t"),
        ("pivot repro ''", "''"),
        ("pivot repro \\t", "\\t"),
    ] {
        lines.push(line("project", "fish", words, token));
    }
    compare(pivot, &sandbox, &lines);
}

#[test]
fn words_are_split_as_click_does() {
    const PIECES: [&str; 22] = [
        " ", "\t", "\n", "\r", "'", "\"", "\\", "#", "a", "b/c", "=", "$x", "é", "\u{a0}",
        "\u{2003}", ";", "&&", "|", "(", "-", "\x0b", "\x0c",
    ];
    let mut random = Random(8);
    let mut texts: Vec<Vec<u8>> = (0..24_000)
        .map(|_| {
            (0..random.below(14)).flat_map(|_| random.pick(&PIECES).bytes()).collect::<Vec<u8>>()
        })
        .collect();
    // Every short sequence of the awkward ones.
    let awkward = ["'", "\"", "\\", " ", "a"];
    for code in 0..5_usize.pow(6) {
        let pick = |place: u32| awkward[code / 5_usize.pow(place) % 5];
        texts.push((0..6).map(pick).collect::<String>().into_bytes());
    }
    // What is not UTF-8 comes as it is.
    texts.extend([&b"a \xff'\xfe b"[..], b"\xc3", b"\\\xff"].map(<[u8]>::to_vec));
    let questions: Vec<String> = texts.iter().map(|text| format!("split {}", hex(text))).collect();
    let answers = ask(Pivot::V0511, "oracle_click.py", &[], &questions);
    for (text, answer) in texts.iter().zip(answers) {
        let expected: Vec<Vec<u8>> = answer.split(' ').skip(1).map(unhex).collect();
        let mut storage = vec![0; text.len()];
        let words = Words::split(text, &mut storage).unwrap();
        let ours: Vec<Vec<u8>> =
            (0..words.len()).map(|index| words.get(index).unwrap().to_vec()).collect();
        assert_eq!(ours, expected, "{:?}", String::from_utf8_lossy(text));
    }
}

/// Lines of more words than the front holds are the engine's, which has no such limit.
#[test]
fn a_very_long_line_is_answered_as_click_does() {
    let sandbox = projects(Pivot::V0511);
    let mut words = vec!["pivot", "repro"];
    words.extend(std::iter::repeat_n("train", MAX_WORDS + 10));
    words.push("demo/t");
    let long = "x".repeat(100_000);
    let lines = [
        Line::of("project", "bash", &words),
        Line::of("project", "zsh", &["pivot", "repro", &long, "demo/t"]),
    ];
    compare(Pivot::V0511, &sandbox, &lines);
}

/// Compares what the front prints for each line with what click prints.
#[track_caller]
fn compare(pivot: Pivot, sandbox: &Sandbox, lines: &[Line]) {
    let questions: Vec<String> = lines
        .iter()
        .map(|line| {
            let directory = sandbox.path(line.directory);
            let (words, cword) = (hex(&line.comp_words), hex(&line.comp_cword));
            format!("complete {} {} {words} {cword}", directory.display(), line.shell)
        })
        .collect();
    // Ours first: what Pivot's completion writes into the caches must not be what answers.
    let ours: Vec<String> = lines
        .iter()
        .map(|line| {
            let mut command = sandbox.front_in(line.directory, &["complete", line.shell]);
            command.env("COMP_WORDS", &line.comp_words).env("COMP_CWORD", &line.comp_cword);
            let said = ran(command);
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{line:?}");
            said.stdout
        })
        .collect();
    let mut command = sandbox.command(pivot.bin().join("python3"), "project");
    command.arg(script("oracle_click.py"));
    let answers = ask_command(command, &questions);
    for ((line, ours), answer) in lines.iter().zip(ours).zip(answers) {
        assert_eq!(ours, String::from_utf8(unhex(&answer)).unwrap(), "{pivot:?}, {line:?}");
    }
}

/// Projects whose caches are fresh: a real pipeline's, and ones with names that no Pivot accepts
/// today.
fn projects(pivot: Pivot) -> Sandbox {
    let sandbox = Sandbox::with(pivot);
    let (pipeline, names) = match pivot {
        Pivot::V0511 => (pipeline_0511("demo", &STAGES), STAGES.map(|s| format!("demo/{s}"))),
        Pivot::V010 => (pipeline_010(&STAGES), STAGES.map(str::to_owned)),
    };
    sandbox.write("project/pipeline.py", pipeline);
    cache(&sandbox, "project", &names);
    for (project, names) in ODD {
        sandbox.write(&format!("{project}/pipeline.py"), "raise SystemExit('never run')\n");
        cache(&sandbox, project, &names.map(str::to_owned));
    }
    sandbox
}

fn cache(sandbox: &Sandbox, project: &str, names: &[String]) {
    set_mtime(&sandbox.path(&format!("{project}/pipeline.py")), 1_700_000_000, 0);
    sandbox.write(
        &format!("{project}/.pivot/cache/stages.cache"),
        format!("v1\npipeline.py:1700000000.0\n{}\n", names.join("\n")),
    );
}

const STAGES: [&str; 5] = ["train", "train_all", "evaluate", "test", "Train"];

/// Names with everything that a wire format or a shell may trip over.
const ODD: [(&str, [&str; 8]); 5] = [
    ("odd", ["x y", "a,b", "a:b", "größe", "back\\slash", "it's", "quo\"te", "$(touch P)"]),
    ("two-pipelines", ["a/x", "b/x", "b/y", "a/x@1", "a/größe", "b/-z", "a/*", "b/=1"]),
    ("mixed", ["s", "i/s", "i/o", "t@a", "t@b", "u", "v", "w"]),
    ("doubled", ["d/x", "d/d/x", "d/d", "d/y", "d/d/d/x", "d/z", "d/v", "d/w"]),
    ("one-pipeline", ["d/x", "d/w", "d/y z", "d/a:b", "d/=", "d/größe", "d/e/f", "d/,"]),
];

fn line(directory: &'static str, shell: &'static str, words: &str, cword: &str) -> Line {
    Line { directory, shell, comp_words: words.to_owned(), comp_cword: cword.to_owned() }
}

/// A line at a stage's name, with words quoted in every way.
fn random_line(random: &mut Random) -> Line {
    const COMMANDS: [&str; 11] = [
        "repro",
        "run",
        "status",
        "verify",
        "check-ignore",
        "checkout",
        "fetch",
        "pull",
        "push",
        "params show",
        "params diff",
    ];
    let directory = *random.pick(&["project", "project", "odd", "two-pipelines", "one-pipeline"]);
    let command = *random.pick(&COMMANDS);
    let names: Vec<&str> = match ODD.iter().find(|(project, _)| *project == directory) {
        Some((_, names)) => names.to_vec(),
        None => ["demo/train", "demo/", "demo/test", "nosuch"].into_iter().chain(STAGES).collect(),
    };
    let mut words: Vec<String> = vec!["pivot".into()];
    words.extend(command.split(' ').map(str::to_owned));
    for _ in 0..random.below(4) {
        let name = *random.pick(&names);
        words.push(quoted(name, random));
    }
    // A colon at the cursor asks for more than names, where the argument is a target.
    let name = *random.pick(&names);
    let end = random.below(name.chars().count() + 1);
    let prefix: String = name.chars().take(end).take_while(|&c| c != ':').collect();
    let mut last = quoted(&prefix, random);
    if random.below(6) == 0 {
        // Still open.
        last = last.trim_end_matches(['\'', '"']).to_owned();
    }
    words.push(last);
    let shell = *random.pick(&SHELLS);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Line::of(directory, shell, &words)
}

/// One of the ways to type a word.
fn quoted(word: &str, random: &mut Random) -> String {
    match random.below(5) {
        0 => format!("'{}'", word.replace('\'', "'\\''")),
        1 => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")),
        2 => word.chars().flat_map(|c| ['\\', c]).collect(),
        // As it is, whatever that makes of it.
        3 => word.to_owned(),
        _ => {
            let special = |c: char| " '\"\\$()*,;".contains(c);
            word.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
        }
    }
}
