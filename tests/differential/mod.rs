//! Random lines, answered as click answers them in process: over Pivot's own command line, and over
//! random click applications in its place.
//!
//! Some lines and applications in every run, all in a soak; `PIVOT_COMPLETE_LINES` multiplies the
//! number of lines, `PIVOT_COMPLETE_SEED` chooses others.

mod deviations;
mod rich;

use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::installed::venv;
use crate::support::oracle::{ask_command, hex, script, unhex};
use crate::support::{Pivot, Sandbox, pipeline_010, pipeline_0511, ran, soak};

const STAGES: [&str; 5] = ["train", "train_all", "evaluate", "test", "Train"];

/// Of so many lines one is asked in the rich form, too.
const RICH_EACH: usize = 3;

/// What an application does at each TAB by code of its own, and prints beside the answer, is not
/// the answer.
const PRINTING: &str = "callback_prints,complete_prints";
/// What is no part of a description: each of these leaves much to click.
const UNTOLD: &str = "callable_default,callback,callback_exits,callback_prints,callback_raises,\
                      callback_shortens,complete_callback,complete_odd,complete_prints,\
                      complete_raises,custom_command,custom_group,custom_option,custom_type,\
                      default_map,default_raises,ignore_unknown_options,token_normalize,type_raises";

/// Tests of some minutes, in parts that share the cores.
macro_rules! parts {
    ($($name:ident: $run:expr, $part:expr;)*) => {
        $(#[test]
        fn $name() {
            $run($part);
        })*
    };
}

parts! {
    lines_of_0_5_11_first: lines_of_0_5_11, 0;
    lines_of_0_5_11_second: lines_of_0_5_11, 1;
    lines_of_0_5_11_third: lines_of_0_5_11, 2;
    lines_of_0_1_0_first: lines_of_0_1_0, 0;
    lines_of_0_1_0_second: lines_of_0_1_0, 1;
    lines_of_0_2_4: lines_of_another, "024";
    lines_of_0_3_11: lines_of_another, "0311";
    applications_under_click_8_5_1_first: applications, ("CLICK_851", 0..30);
    applications_under_click_8_5_1_second: applications, ("CLICK_851", 30..60);
    applications_under_click_8_5_1_third: applications, ("CLICK_851", 60..90);
    applications_under_click_8_5_1_fourth: applications, ("CLICK_851", 90..120);
    applications_under_click_8_1_8: applications, ("CLICK_818", 2_000..2_030);
    odd_applications_under_click_8_5_1_first: odd_applications, 1_000..1_040;
    odd_applications_under_click_8_5_1_second: odd_applications, 1_040..1_080;
}

fn lines_of_0_5_11(part: u64) {
    let outputs = "from typing import TypedDict\nfrom pivot import Pipeline, stage\n\
                   class Two(TypedDict):\n    model: dict\n    log: dict\n\
                   @stage\ndef fit() -> Two:\n    return {}\n\
                   pipeline = Pipeline('p')\nwith pipeline:\n    fit()\n";
    let config = "remotes:\n  origin: s3://b/x\n  backup-1: s3://b/y\n  on: s3://b/z\n";
    lines_of(Pivot::V0511.venv(), part, soak::count(100, 3_000), |sandbox| {
        sandbox.write("project/pipeline.py", pipeline_0511("demo", &STAGES));
        sandbox.write("outputs/pipeline.py", outputs);
        sandbox.write("outputs/.pivot/config.yaml", config);
        sandbox.write("home/.config/pivot/config.yaml", "remotes: {mine: 's3://x', 7: 's3://y'}\n");
    });
}

fn lines_of_0_1_0(part: u64) {
    let yaml = "stages:\n  fit:\n    python: m.f\n    outs: [x]\n    matrix: {x: [off, 1e-3]}\n";
    lines_of(Pivot::V010.venv(), part, soak::count(130, 3_500), |sandbox| {
        sandbox.write("project/pipeline.py", pipeline_010(&STAGES));
        sandbox.write("outputs/pivot.yaml", yaml);
    });
}

fn lines_of_another(version: &str) {
    lines_of(venv(version), 0, soak::count(80, 2_000), |sandbox| {
        sandbox.write("project/pipeline.py", pipeline_0511("demo", &STAGES));
        sandbox.make_directory("outputs");
    });
}

fn applications((click, seeds): (&str, std::ops::Range<u64>)) {
    // click 8.1 takes several names of the help option in any order, another one each time.
    let without = if click == "CLICK_818" { &format!("{UNTOLD},help_names") } else { UNTOLD };
    soak::share(20, seeds).for_each(|seed| application(click, seed, without, 40));
}

fn odd_applications(seeds: std::ops::Range<u64>) {
    soak::share(30, seeds).for_each(|seed| application("CLICK_851", seed, PRINTING, 12));
}

/// Compares lines in `project`, in `outputs` and outside of both.
fn lines_of(venv: PathBuf, part: u64, count: usize, write: impl Fn(&Sandbox)) {
    let mut sandbox = Sandbox::installed(&venv);
    sandbox.make_directory("project/.pivot");
    sandbox.make_directory("outputs/.pivot");
    sandbox.make_directory("outside");
    write(&sandbox);
    for project in ["project", "outputs"] {
        // Both caches fresh: Pivot's own completion, too, reads names alone.
        let refreshed = ran(sandbox.front_in(project, &["refresh"]));
        let has_config = sandbox.listing(project).iter().any(|name| name.ends_with("e.py"));
        assert!(!has_config || refreshed.code == 0, "{project}: {refreshed:?}");
    }
    sandbox.describe_pivot();
    let directories = ["project", "outputs", "outside"].map(|name| sandbox.path(name));
    let names = STAGES.iter().flat_map(|name| ["--name".to_owned(), format!("demo/{name}")]);
    let keyed = ["--name", "p/fit", "--name", "p/fit:model"].map(str::to_owned);
    let nasty = ["--nasty", "2"].map(str::to_owned);
    let names: Vec<String> = names.chain(keyed).chain(nasty).collect();
    let fresh = Comparison { venv: &venv, site: None, seed: 1 + part, count, arguments: names }
        .run(&mut sandbox, &directories);
    assert!(fresh * 100 > count * 90, "only {fresh} of {count} were answered by the front");
}

/// Compares lines of a random application, installed as `pivot`.
fn application(click: &str, seed: u64, without: &str, count: usize) {
    let venv = venv(click);
    let mut sandbox = Sandbox::empty();
    let site = sandbox.make_directory("site");
    let mut generator = Command::new(venv.join("bin/python"));
    generator.arg(tool("applications.py")).arg(seed.to_string()).arg(&site);
    generator.args(["--without", without]);
    ran(generator).lines();
    let python = venv.join("bin/python");
    let text = format!(
        "#!{}\nimport sys\nfrom pivot.cli import _console_main\n\
         if __name__ == '__main__':\n    sys.exit(_console_main())\n",
        python.display()
    );
    sandbox.write_program("site/run_pivot", &text);
    let bin = sandbox.make_directory("bin");
    symlink("../site/run_pivot", bin.join("pivot")).unwrap();
    sandbox.prepend_path(bin);
    let directory = sandbox.make_directory("work");
    // Not described, it would be taken for a Pivot: all have stages behind some words.
    sandbox.tab_in("work", &["pivot", "-"]);
    let site = Some(site.as_path());
    Comparison { venv: &venv, site, seed, count, arguments: vec![] }
        .run(&mut sandbox, &[directory]);
}

/// Lines to compare.
struct Comparison<'a> {
    venv: &'a Path,
    /// Where the application lies, if it is not Pivot.
    site: Option<&'a Path>,
    seed: u64,
    count: usize,
    /// For the generator of lines.
    arguments: Vec<String>,
}

impl Comparison<'_> {
    /// Fails at the first differences; tells how many lines the front answered.
    #[track_caller]
    fn run(&self, sandbox: &mut Sandbox, directories: &[PathBuf]) -> usize {
        let number = |name: &str| std::env::var(name).ok().map(|n| n.parse::<u64>().unwrap());
        let count = self.count as u64 * number("PIVOT_COMPLETE_LINES").unwrap_or(1);
        let seed = self.seed + soak::seed() - 1;
        let mut generator = self.python(sandbox, &tool("lines.py"));
        generator.args([seed.to_string(), count.to_string()]).args(directories);
        generator.args(self.site.into_iter().flat_map(|site| [Path::new("--site"), site]));
        generator.args(&self.arguments);
        let said = ran(generator);
        let questions: Vec<String> = said.lines().into_iter().map(str::to_owned).collect();
        let mut oracle = self.python(sandbox, &script("oracle_click.py"));
        oracle.args(self.site);
        let answers = ask_command(oracle, &questions);
        sandbox.start_trace();
        let mut differences = Vec::new();
        for (index, (question, answer)) in questions.iter().zip(&answers).enumerate() {
            let is_rich_too = index.is_multiple_of(RICH_EACH);
            differences.extend(difference(sandbox, question, answer, is_rich_too));
        }
        let (first, all) = (differences.iter().take(5), differences.len());
        let first: Vec<&str> = first.map(String::as_str).collect();
        assert!(all == 0, "seed {seed}: {all} of {count} differ:\n{}", first.join("\n"));
        let by_front = |line: &&String| line.starts_with("front answered");
        sandbox.trace().iter().filter(by_front).count()
    }

    fn python(&self, sandbox: &Sandbox, script: &Path) -> Command {
        let mut command = sandbox.command(self.venv.join("bin/python"), "");
        command.args(["-W", "ignore"]).arg(script).env("PYTHONHASHSEED", "0");
        command
    }
}

/// What is wrong with the front's answer to a question of the oracle's.
fn difference(
    sandbox: &Sandbox,
    question: &str,
    answer: &str,
    is_rich_too: bool,
) -> Option<String> {
    let mut fields = question.split(' ').skip(1);
    let text = |hex: &str| std::ffi::OsString::from_vec(unhex(hex));
    let directory = text(fields.next()?);
    let shell = fields.next()?;
    let mut command = sandbox.front_in("", &["complete", shell]);
    command.current_dir(&directory);
    let mut has_line = true;
    for name in ["COMP_WORDS", "COMP_CWORD"] {
        match fields.next()? {
            "-" => has_line = false,
            value => drop(command.env(name, text(value))),
        }
    }
    for variable in fields.map(text) {
        let variable = variable.to_str().expect("a variable");
        match variable.split_once('=') {
            Some((name, value)) => command.env(name, value),
            None => command.env_remove(variable),
        };
    }
    let environment = format!("{:?}", command.get_envs().collect::<Vec<_>>());
    let rich = is_rich_too.then(|| rich::of(&command, &directory, shell));
    let said = ran(command);
    // Where click fails it prints nothing, and a TAB is answered all the same.
    let expected = match answer.starts_with("raised") {
        true if has_line => b"\n".to_vec(),
        true => Vec::new(),
        false => unhex(answer),
    };
    let expected = String::from_utf8_lossy(&expected).into_owned();
    if said.stdout != expected || !said.stderr.is_empty() || said.code != 0 {
        return Some(format!(
            "{directory:?} {shell} {environment}\n  {said:?}\n  click: {answer:.60} {expected:?}"
        ));
    }
    let wrong = rich?.contradicts(&expected)?;
    Some(format!("{directory:?} {shell} {environment}\n  {wrong}\n  click: {expected:?}"))
}

fn tool(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/click_oracle").join(name)
}
