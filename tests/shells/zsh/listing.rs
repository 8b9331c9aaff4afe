//! What is listed: names, helps and paths.

use super::*;

/// The rows that zsh shows of these items, with these settings of the user's.
fn listed(settings: &str, items: &[Item]) -> Vec<String> {
    let sandbox = Sandbox::new();
    // Two at least, since one alone is inserted; the last row says that all are there.
    let items = [items, &[plain("end")]].concat();
    let mut session = start_answering(&sandbox, settings, &items);
    rows(&session.list("pivot get ", "end")).into_iter().map(str::to_owned).collect()
}

#[test]
fn helps_stand_beside_names_in_pivots_order() {
    const ITEMS: [Item; 7] = [
        helped("zeta", "one, two: three"),
        plain("alpha"),
        helped("mid:dle", "100% of %B and $(touch PWNED)"),
        helped("com,ma", "one, two: three"),
        helped("größe→大", "中文 wide"),
        plain("longer_than_those_with_help"),
        plain("end"),
    ];
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "", &ITEMS);
    let listed = session.list("pivot config get ", "end");
    let expected = [
        "zeta      -- one, two: three",
        "alpha",
        "mid:dle   -- 100% of %B and $(touch PWNED)",
        "com,ma    -- one, two: three",
        "größe→大  -- 中文 wide",
        "longer_than_those_with_help",
    ];
    assert_eq!(rows(&listed), expected);
    assert!(!sandbox.path("work/PWNED").exists());
}

#[test]
fn equal_helps_do_not_bring_names_together() {
    let items = [helped("c", "same"), helped("b", "other"), helped("a", "same")];
    assert_eq!(listed("", &items), ["c  -- same", "b  -- other", "a  -- same"]);
}

#[test]
fn helps_look_the_same_in_colours() {
    let settings = "zmodload zsh/complist; zstyle ':completion:*' list-colors 'no=0'";
    assert_eq!(listed(settings, &[helped("a", "100% %F{red}x")]), ["a  -- 100% %F{red}x"]);
}

#[test]
fn the_separator_of_helps_is_the_users() {
    let settings = "zstyle ':completion:*' list-separator '%#'";
    assert_eq!(listed(settings, &[helped("a", "help")]), ["a  %# help"]);
}

#[test]
fn helps_are_hidden_from_those_who_want_none() {
    let settings = "zstyle ':completion:*' verbose no";
    assert_eq!(listed(settings, &[helped("a", "help")]), ["a"]);
}

#[test]
fn the_list_has_the_users_heading() {
    let settings = "zstyle ':completion:*' format '<%d>'; zstyle ':completion:*' group-name ''";
    assert_eq!(listed(settings, &[helped("a", "help")]), ["<values>", "a  -- help"]);
}

#[test]
fn forty_columns_cut_helps_and_no_name() {
    const ITEMS: [Item; 4] = [
        helped("demo/train@a", "a help that is lonr than the line"),
        helped("demo/evaluate@b", "x中文中文中文中文中文中文中文中文"),
        plain("demo/plain"),
        plain("end"),
    ];
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "COLUMNS=40", &ITEMS);
    let listed = session.list("pivot repro ", "end");
    let rows = rows(&listed);
    assert_eq!(
        rows,
        [
            "demo/train@a     -- a help that is lon",
            "demo/evaluate@b  -- x中文中文中文中文中",
            "demo/plain",
        ]
    );
    assert_eq!(session.line(), "pivot repro ");
}

#[test]
fn without_room_for_helps_names_are_listed_alone() {
    let item = helped("demo/evaluate@a_variant_with_a_name", "help");
    assert_eq!(listed("COLUMNS=40", &[item]), [item.value]);
}

#[test]
fn bidi_controls_in_names_and_helps_are_one_argument() {
    const NAME: &str = "a\u{202e}b\u{2066}c";
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "", &[helped(NAME, "\u{202e}pleh\u{200f}")]);
    session.type_line("pivot repro a", TAB);
    assert_eq!(session.run(), ["[repro]".into(), format!("[{NAME}]")]);
    sandbox.answer(Shell::Zsh, &[helped(NAME, "\u{202e}pleh"), plain("aend")]);
    session.list("pivot repro a", "aend");
    assert_eq!(session.line(), "pivot repro a");
}

#[test]
fn combining_characters_keep_the_columns() {
    let items = [helped("e\u{301}te\u{301}", "summer"), helped("fall", "autumn")];
    let listed = listed("setopt combining_chars", &items);
    assert_eq!(listed, ["e\u{301}te\u{301}   -- summer", "fall  -- autumn"]);
}

#[test]
fn a_described_name_with_a_colon_is_inserted_as_it_is() {
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "", &[helped(r"fit:a\b", "help")]);
    session.type_line("pivot get fit:", TAB);
    assert_eq!(session.run(), ["[get]", r"[fit:a\b]"]);
}

#[test]
fn lines_with_other_control_characters_are_dropped() {
    let sandbox = Sandbox::new();
    let mut session = start_with(&sandbox, "");
    for line in ["a\x1b[31m\thelp", "a\thelp\x1b[31m", "a\thelp\thelp", "\thelp", "a\x08"] {
        sandbox.answer_bytes(&format!("none:\n{line}\n"));
        assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro ", "with {line:?}");
        sandbox.answer_bytes(&format!("none:\n{line}\ntrain\n"));
        assert_eq!(session.type_line("", TAB), "pivot repro train ", "with {line:?}");
        session.clear();
    }
}

#[test]
fn menu_completion_goes_through_the_names_in_pivots_order() {
    let sandbox = Sandbox::new();
    let items = [helped("zeta", "help"), plain("alpha"), helped("mid", "help")];
    let mut session = start_answering(&sandbox, "setopt menu_complete", &items);
    assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro zeta");
    assert_eq!(session.type_line("", TAB), "pivot repro alpha");
    assert_eq!(session.type_line("", TAB), "pivot repro mid");
    assert_eq!(sandbox.calls().len(), 1);
}

/// Behind `pivot track `, a TAB lists paths beside the values of `answer`, and completes both.
fn paths_beside_values(answer: &str, typed: &str, last: &str, row: &str, whole: [[&str; 2]; 2]) {
    let sandbox = Sandbox::answering(answer);
    sandbox.write("work/data.csv", "");
    if answer.starts_with("dir") {
        sandbox.write("work/darkroom/one", "");
    }
    let mut session = start_with(&sandbox, "");
    let listed = session.list(&format!("pivot track {typed}"), last);
    assert_eq!(rows(&listed), [row]);
    for [typed, completed] in whole {
        session.clear();
        let line = session.type_line(&format!("pivot track {typed}"), TAB);
        assert_eq!(line, format!("pivot track {completed}"));
    }
}

#[test]
fn files_are_offered_beside_values() {
    let whole = [["dat", "data.csv "], ["das", "dash "]];
    paths_beside_values("file:\ndash\tof values\n", "da", "data.csv", "dash  -- of values", whole);
}

#[test]
fn directories_are_offered_beside_values() {
    let whole = [["--to=dar", "--to=darkroom/"], ["--to=das", "--to=dash "]];
    paths_beside_values("dir:--to=\ndash\n", "--to=da", "darkroom/", "dash", whole);
}

#[test]
fn a_tilde_is_kept_in_the_path_of_a_file() {
    let sandbox = Sandbox::new();
    sandbox.write("home/notes.txt", "");
    sandbox.answer_bytes("file:\n");
    let mut session = start_with(&sandbox, "");
    assert_eq!(session.type_line("pivot track ~/no", TAB), "pivot track ~/notes.txt ");
}

#[test]
fn the_users_matchers_find_files() {
    let settings = "zstyle ':completion:*' matcher-list '' 'm:{a-z}={A-Z}' 'r:|[._-]=* r:|=*'";
    let sandbox = Sandbox::new();
    sandbox.write("work/DATA.csv", "");
    sandbox.answer_bytes("file:\n");
    let mut session = start_with(&sandbox, settings);
    assert_eq!(session.type_line("pivot track dat", TAB), "pivot track DATA.csv ");
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn a_files_name_is_corrected_where_the_user_wants_that() {
    let settings = "zstyle ':completion:*' completer _complete _approximate
        zstyle ':completion:*:approximate:*' max-errors 1
        zstyle ':completion:*:approximate:*' original false";
    let sandbox = Sandbox::new();
    sandbox.write("work/data.csv", "");
    sandbox.answer_bytes("file:\n");
    let mut session = start_with(&sandbox, settings);
    assert_eq!(session.type_line("pivot track dxta.csv", TAB), "pivot track data.csv ");
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn a_stages_name_is_corrected_with_and_without_its_pipeline() {
    let settings = "zstyle ':completion:*' completer _complete _approximate
        zstyle ':completion:*:approximate:*' max-errors 1
        zstyle ':completion:*:approximate:*' original false";
    let sandbox = Sandbox::answering("none/stages:\ndemo/train\tTrains.\ndemo/evaluate\n");
    let mut session = start_with(&sandbox, settings);
    assert_eq!(session.type_line("pivot repro demo/trxin", TAB), "pivot repro demo/train ");
    session.clear();
    assert_eq!(session.type_line("pivot repro trxin", TAB), "pivot repro train ");
    // A name of several pipelines has none that could be left out.
    sandbox.answer_bytes("none/stages:\ndemo/train\nlab/evaluate\n");
    session.clear();
    assert_eq!(session.type_line("pivot repro trxin", TAB), "pivot repro trxin");
}

#[test]
fn matchers_and_correction_do_not_ask_again() {
    let settings = "zstyle ':completion:*' completer _expand _complete _match _ignored \
         _approximate _prefix
        zstyle ':completion:*' matcher-list '' 'm:{a-z}={A-Z}' 'r:|[._-]=* r:|=*'";
    // The last one is a failure of the program.
    for answer in ["none:\n", "file:\n", ""] {
        let sandbox = Sandbox::answering(answer);
        let mut session = start_with(&sandbox, settings);
        assert_eq!(session.type_line("pivot repro train", TAB), "pivot repro train");
        assert_eq!(sandbox.calls().len(), 1, "with {answer:?}");
    }
}

/// An answer of ten thousand stages, and the last of them.
fn ten_thousand(help: &str) -> (String, String) {
    let name = |number| format!("demo/train_model@variant_{number:05}");
    let lines = (0..10_000).map(|number| format!("{}{help}\n", name(number)));
    (format!("none:\n{}", lines.collect::<String>()), name(9_999))
}

#[test]
fn ten_thousand_names_are_listed_in_order() {
    let sandbox = Sandbox::new();
    let (answer, last) = ten_thousand("");
    sandbox.answer_bytes(&answer);
    let mut session = start_with(&sandbox, "LISTMAX=20000; COLUMNS=40");
    let listed = session.list("pivot repro ", &last);
    let names: Vec<&str> = listed.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    let expected: Vec<&str> = answer.lines().skip(1).take(9_999).collect();
    assert_eq!(names[names.len() - expected.len()..], expected);
}

#[test]
fn ten_thousand_names_with_helps_are_listed_in_order() {
    let sandbox = Sandbox::new();
    let (answer, last) = ten_thousand("\thelp");
    sandbox.answer_bytes(&answer);
    let mut session = start_with(&sandbox, "LISTMAX=20000");
    let listed = session.list("pivot repro ", &last);
    let names: Vec<&str> = listed.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    let expected: Vec<String> =
        answer.lines().skip(1).take(9_999).map(|line| line.replace('\t', "  -- ")).collect();
    assert_eq!(names[names.len() - expected.len()..], expected);
}

#[test]
fn ten_thousand_names_take_the_shell_well_under_a_second() {
    let sandbox = Sandbox::new();
    let (answer, _) = ten_thousand("\thelp");
    sandbox.answer_bytes(&answer);
    let mut session = start_with(&sandbox, "");
    session.type_line("pivot repro ", "");
    let zsh = session.pty().pid();
    let before = cpu_ticks(zsh);
    session.pty().send(TAB);
    session.pty().wait_for("10000 possibilities");
    // Of a hundred a second. Not the time that passed: others use this machine, too.
    let ticks = cpu_ticks(zsh) - before;
    assert!(ticks < 80, "{ticks} ticks");
}

#[test]
fn a_name_of_a_megabyte_among_ten_thousand_takes_no_gigabytes() {
    let sandbox = Sandbox::new();
    let (answer, _) = ten_thousand("\thelp");
    sandbox.answer_bytes(&format!("{answer}{}\thelp\n", "n".repeat(1 << 20)));
    let mut session = start_with(&sandbox, "ulimit -v 1000000");
    session.type_line("pivot repro ", "");
    session.pty().send(TAB);
    session.pty().wait_for("10001 possibilities");
}

/// How much time the process `pid` has spent computing, as proc(5) has it.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a running process");
    let (_, rest) = stat.rsplit_once(')').expect("proc(5)");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // The first one here is the third of the file.
    [14, 15].iter().map(|n| fields[n - 3].parse::<u64>().expect("a number")).sum()
}
