//! The lines that people type, in three shells: what Pivot's own script makes of them and what ours
//! does, in the same run. `typed.md` has all of them; a share is compared in every run. With
//! `PIVOT_COMPLETE_BLESS` set it is written anew, its column of the release before from the programs
//! in `PIVOT_COMPLETE_BEFORE`, if that is set, else as it was.

use std::fmt::Write;

use super::*;
use crate::support::soak;

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// What is typed before the TAB.
const LINES: [&str; 146] = [
    "pivot rep",
    "pivot r",
    "pivot che",
    "pivot check-",
    "pivot conf",
    "pivot config g",
    "pivot config get ca",
    "pivot config get cache.",
    "pivot config set core.lo",
    "pivot xyz",
    "pivot repro ",
    "pivot repro d",
    "pivot repro demo/tr",
    "pivot repro demo/train@b",
    "pivot repro demo/train@",
    "pivot repro train@b",
    "pivot repro eval",
    "pivot repro boost",
    "pivot repro uate",
    "pivot repro TRAIN@B",
    "pivot repro Demo/",
    "pivot repro demo/evaluate@boosted ",
    "pivot repro demo/evaluate@boosted demo/tr",
    "pivot repro 'demo/train@b",
    "pivot repro \"demo/train@b",
    "pivot repro demo/train@b‸ --dry-run",
    "pivot repro nothing",
    "pivot repro --",
    "pivot repro --fo",
    "pivot repro --dry",
    "pivot repro --FO",
    "pivot repro --force demo/ev",
    "pivot repro -n demo/ev",
    "pivot run demo/ev",
    "pivot status demo/ev",
    "pivot verify demo/ev",
    "pivot params show demo/ev",
    "pivot params diff demo/ev",
    "pivot checkout demo/train@boosted:",
    "pivot checkout --checkout-mode=sym",
    "pivot checkout --checkout-mode sym",
    "pivot checkout --checkout-mode SYM",
    "pivot push demo/ev",
    "pivot pull demo/ev",
    "pivot fetch demo/ev",
    "pivot track da",
    "pivot track data/",
    "pivot -v repro demo/ev",
    "pivot --verbose repro demo/ev",
    "pivot repro > da",
    "true; pivot repro demo/ev",
    "A=B pivot repro demo/ev",
    "./bin/pivot repro demo/ev",
    ".venv/bin/pivot repro demo/ev",
    "uv run pivot rep",
    "uv run pivot repro demo/ev",
    "uv run pivot repro --fo",
    "uv run --with x pivot repro demo/ev",
    "uv run --no-sync -- pivot repro demo/ev",
    "uv run python -m pivot repro demo/ev",
    "uv run -m pivot repro demo/ev",
    "uvx pivot repro demo/ev",
    "uv pip insta",
    "poetry run pivot repro demo/ev",
    "pdm run pivot repro demo/ev",
    "hatch run pivot repro demo/ev",
    "pixi run -e default pivot repro demo/ev",
    "rye run pivot repro demo/ev",
    "pipenv run pivot repro demo/ev",
    "conda run -n base pivot repro demo/ev",
    "python -m pivot repro demo/ev",
    "python3.13 -m pivot repro demo/ev",
    ".venv/bin/python -m pivot repro demo/ev",
    "sudo -E pivot repro demo/ev",
    "env A=B pivot repro demo/ev",
    "time pivot repro demo/ev",
    "nice -n 5 pivot repro demo/ev",
    "nohup pivot repro demo/ev",
    "command pivot repro demo/ev",
    "watch -n 5 pivot status demo/ev",
    "xargs -n 1 pivot repro demo/ev",
    "p repro demo/ev",
    "ur pivot repro demo/ev",
    "timeout 10m pivot repro demo/ev",
    "micromamba run -n base pivot repro demo/ev",
    "pipx run pivot repro demo/ev",
    "uvx pivot==0.5.11 repro demo/ev",
    "hatch env run -e test -- pivot repro demo/ev",
    "pixi r pivot repro demo/ev",
    "srun -n 1 --gres=gpu:1 pivot repro demo/ev",
    "taskset -c 0-3 pivot repro demo/ev",
    "env -u X A=B uv run pivot repro demo/ev",
    "python3.13 -X dev -W ignore -m pivot repro demo/ev",
    "\\pivot repro demo/ev",
    "A= C='x y' pivot repro demo/ev",
    "true && (pivot repro demo/ev",
    "echo \"$(pivot repro demo/ev",
    "pivot repro demo/train@a|pivot repro demo/ev",
    "pivot repro 2>&1 demo/ev",
    "pivot repro -nf demo/ev",
    "pivot repro -- demo/ev",
    "pivot repro demo/'ev",
    "pivot repro \"demo/\"ev",
    "pivot track \"data/o",
    "pivot track $PWD/data/o",
    "pp demo/ev",
    "env A=B pp demo/ev",
    "! pivot repro demo/ev",
    "for x in a; do pivot repro demo/ev",
    "if A=B pivot repro demo/ev",
    "direnv exec . pivot repro demo/ev",
    "dotenv run -- pivot repro demo/ev",
    "mise exec python@3.13 -- pivot repro demo/ev",
    "systemd-run --user -p A=B pivot repro demo/ev",
    "parallel -j 4 pivot repro ::: demo/ev",
    "python -m pivot.cli repro demo/ev",
    "aws-vault exec work -- pivot push demo/ev",
    "env - A=B pivot repro demo/ev",
    "python -u bin/pivot repro demo/ev",
    "hatch run +py=3.13 test:pivot repro demo/ev",
    "pivot repro --force=",
    "pivot repro --force=demo/ev",
    "pivot --verbose=re",
    "pivot track --force=da",
    "pivot get -o=da",
    "\"./bin/pivot\" repro demo/ev",
    "\"$PWD/bin/pivot\" repro demo/ev",
    "time { pivot repro demo/ev",
    "! ! pivot repro demo/ev",
    "chrt -b 0 pivot repro demo/ev",
    "perf stat -e cycles pivot repro demo/ev",
    "asdf exec pivot repro demo/ev",
    "flox activate -d env -- pivot repro demo/ev",
    "chamber exec work -- pivot push demo/ev",
    ">out pivot repro demo/ev",
    "2>/dev/null pivot repro demo/ev",
    "<in uv run pivot repro demo/ev",
    "echo $(pivot repro demo/ev",
    "for x in $(pivot repro demo/ev",
    "export X=$(cd . && pivot repro demo/ev",
    "case x in x) pivot repro demo/ev",
    "diff <(pivot repro demo/ev",
    "pivot checkout da",
    "pivot checkout data",
    "pivot track data/o*.csv",
    "if vim pivot da",
];

/// Aliases as an rc file has them, behind the line that loads the completion.
const ALIASES: &str = "alias p=pivot\nalias pp='p repro'\nalias ur='uv run'\n";

/// A project with a Pivot of its own, and these programs beside it.
fn project(programs: &Path) -> Sandbox {
    let sandbox = real_project(PIPELINE);
    sandbox.write("work/data/one.csv", "");
    let link = |to: &Path, at: &str| {
        std::os::unix::fs::symlink(to, sandbox.path(at)).expect("a link");
    };
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("the link goes");
    link(&programs.join("pivot-complete"), "bin/pivot-complete");
    link(&Pivot::V0511.venv(), "work/.venv");
    link(&sandbox.path("bin"), "work/bin");
    for name in ["uv", "uvx", "poetry", "pdm", "hatch", "pixi", "rye", "pipenv", "conda", "sudo"] {
        sandbox.program(&format!("bin/{name}"), "exit 0\n");
    }
    sandbox
}

/// The line that loads click's own script.
fn stock(shell: Shell) -> String {
    let source = format!("_PIVOT_COMPLETE={}_source pivot", shell.name());
    match shell {
        Shell::Fish => format!("{source} | source\n"),
        _ => format!("{}eval \"$({source})\"\n", shell.completion_system()),
    }
}

/// Has click's protocol answered by our front, whose bytes are Pivot's (tests/differential) and which
/// takes no second for each; click's script itself is Pivot's.
fn answer_for_pivot(sandbox: &Sandbox) {
    fs::remove_file(sandbox.path("bin/pivot")).expect("the link goes");
    let front = sandbox.path("bin/pivot-complete").display().to_string();
    let real = Pivot::V0511.venv().join("bin/pivot").display().to_string();
    sandbox.program(
        "bin/pivot",
        &format!(
            "case $_PIVOT_COMPLETE in *_source) exec '{real}' ;; esac\n\
             PATH=/usr/bin:/bin exec '{front}'\n"
        ),
    );
}

/// What the lines become, with ours or with click's own script.
fn offered(shell: Shell, programs: Option<&Path>, lines: &[&str]) -> Vec<String> {
    let built = crate::support::binaries();
    let sandbox = project(programs.unwrap_or(&built));
    let fishs = "set -g fish_complete_path $__fish_data_dir/completions\n";
    let settings = if shell == Shell::Fish { fishs } else { "" };
    let load = match programs {
        Some(_) => shell.rc_with_init(),
        None => {
            answer_for_pivot(&sandbox);
            stock(shell)
        }
    };
    let rc = format!("{settings}{load}{ALIASES}");
    let mut session = Session::start_with(shell, &sandbox, &rc);
    // The first discovery, and whatever a shell loads at its first TAB.
    session.type_line("pivot repro demo/ev", TAB);
    empty(&mut session, shell);
    let outcome = |line: &&str| {
        let becomes = session.type_line(line, TAB);
        let outcome = match becomes == *line {
            true => listed(session.shown(), line),
            false => format!("`{}`", becomes.trim_start().replace('|', "\\|")),
        };
        empty(&mut session, shell);
        outcome
    };
    lines.iter().map(outcome).collect()
}

/// Leaves the line, and a menu where the shell has one.
fn empty(session: &mut Session<'_>, shell: Shell) {
    if shell == Shell::Bash { session.clear() } else { session.interrupt() }
}

/// The candidates in what a shell has shown: the first few, and how many they are.
fn listed(shown: &str, line: &str) -> String {
    const FEW: usize = 3;
    let rows = shown.split(['\r', '\n']).filter(|row| !row.contains("READY>"));
    // The line itself is shown again.
    let first = line.split_inclusive(' ').next().unwrap_or_default();
    // What a shell says of that which a TAB waits for.
    let is_sign = |cell: &str| cell.starts_with("pivot: ") && cell.ends_with(" ...");
    let is_own = |cell: &str| cell.contains("pivot ") || cell.starts_with(first) || is_sign(cell);
    let is_cell = |cell: &&str| !cell.is_empty() && !is_own(cell);
    let cells: Vec<&str> = rows
        .flat_map(|row| {
            let has_helps = row.contains("  -- ") || row.contains("  (");
            row.split("  ").map(str::trim).filter(is_cell).take(if has_helps { 1 } else { 99 })
        })
        .collect();
    match cells.len() {
        0 => "–".to_owned(),
        many if many > FEW => format!("{} … ({many})", cells[..FEW].join(", ")),
        _ => cells.join(", "),
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shells/typed.md")
}

/// The row of the table.
fn row(line: &str, stock: &str, before: &str, now: &str) -> String {
    format!("| `{}` | {stock} | {before} | {now} |", line.replace('|', "\\|"))
}

/// The column of the release before in the row for this line.
fn kept(section: &str, line: &str) -> String {
    let start = format!("| `{}` | ", line.replace('|', "\\|"));
    let row = section.lines().find_map(|row| row.strip_prefix(&start)).unwrap_or_default();
    row.split(" | ").nth(1).unwrap_or("–").to_owned()
}

fn compare(shell: Shell) {
    let text = fs::read_to_string(path()).unwrap_or_default();
    let start = format!("\n## {}\n", shell.name());
    let section = text.split(&start).nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default().to_owned();
    let built = crate::support::binaries();
    if std::env::var_os("PIVOT_COMPLETE_BLESS").is_some() {
        let stock = offered(shell, None, &LINES);
        let now = offered(shell, Some(&built), &LINES);
        let programs = std::env::var_os("PIVOT_COMPLETE_BEFORE").map(PathBuf::from);
        let before = programs.map(|programs| offered(shell, Some(&programs), &LINES));
        let mut fresh =
            String::from("\n| typed | click's script | before | now |\n|---|---|---|---|\n");
        for (number, line) in LINES.iter().enumerate() {
            let before =
                before.as_ref().map_or_else(|| kept(&section, line), |all| all[number].clone());
            writeln!(fresh, "{}", row(line, &stock[number], &before, &now[number])).unwrap();
        }
        return bless(shell, &fresh);
    }
    let lines: Vec<&str> = soak::share(6, LINES).collect();
    let (stock, now) = (offered(shell, None, &lines), offered(shell, Some(&built), &lines));
    for (number, line) in lines.iter().enumerate() {
        let row = row(line, &stock[number], &kept(&section, line), &now[number]);
        assert!(section.contains(&row), "typed.md has not, run with PIVOT_COMPLETE_BLESS:\n{row}");
    }
}

/// Puts a section in its place.
fn bless(shell: Shell, section: &str) {
    let directory = fs::File::open(path().parent().expect("a directory")).expect("it opens");
    // Tests of other shells may write at the same time.
    directory.lock().expect("a lock");
    let kept = fs::read_to_string(path()).unwrap_or_default();
    let mut whole = HEAD.to_owned();
    for other in SHELLS {
        let start = format!("\n## {}\n", other.name());
        let mine = if other == shell { Some(section) } else { None };
        let theirs = kept.split(&start).nth(1).and_then(|rest| rest.split("\n## ").next());
        let Some(text) = mine.or(theirs) else { continue };
        writeln!(whole, "{start}{}", text.trim_end()).unwrap();
    }
    fs::write(path(), whole).expect("the table");
}

const HEAD: &str = "# What people type, and what a TAB makes of it

Made by tests/shells/typed.rs in real shells, with Pivot 0.5.11 and click's own script for it: a line that changes stands as it is
then, else the first candidates that are listed and how many there are; – is nothing. Runners other than
those that a system has (sudo too) are stand-ins: only what is typed counts.
";

#[test]
fn bash_offers_what_the_table_says() {
    compare(Shell::Bash);
}

#[test]
fn zsh_offers_what_the_table_says() {
    compare(Shell::Zsh);
}

#[test]
fn fish_offers_what_the_table_says() {
    compare(Shell::Fish);
}
