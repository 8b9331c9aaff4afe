//! What could be otherwise at another TAB makes its command opaque, and nothing else does.

use serde_json::Value;

use super::{PACKAGES, description, installed};
use crate::support::Sandbox;

/// The opaque commands and why they are so.
fn doubts(command: &Value, path: &str) -> Vec<String> {
    let path = format!("{path} {}", command["name"].as_str().unwrap());
    if command["opaque"] == true {
        return vec![format!("{}: {}", path.trim_start(), command["doubt"].as_str().unwrap())];
    }
    let children = command["commands"].as_array().unwrap();
    children.iter().flat_map(|child| doubts(child, &path)).collect()
}

/// The doubts about a Pivot with this `cli` in the environment of `sandbox`.
#[track_caller]
fn doubts_about(sandbox: &Sandbox, cli: &str) -> Vec<String> {
    sandbox.write(&format!("{PACKAGES}/pivot/cli/__init__.py"), format!("import click\n{cli}"));
    doubts(&description(sandbox)["root"], "")
}

const GROUP: &str = "@click.group()\ndef cli(): pass\n";
const MAIN: &str = "def main(): cli()\n";

#[test]
fn params_that_run_code_are_opaque() {
    let (sandbox, _) = installed("");
    for (param, doubt) in [
        ("click.option('--x', default=lambda: 1)", "x: computes its default"),
        ("click.option('--x', callback=lambda c, p, v: v)", "x: has a callback of its own"),
        ("click.option('--x', type=lambda v: v)", "x: has a type of its own"),
        ("click.option('--x', type=Own())", "x: has a type of its own"),
        ("click.option('--x', cls=OwnOption)", "OwnOption has its own consume_value"),
        ("click.option('--x', type=(int, Own()))", "x: has a type of its own"),
        ("click.argument('x', nargs=0)", "arguments that words cannot be dealt to"),
        ("click.option('--x', type=click.Choice(['a']), envvar='X')", ""),
        ("click.option('--x', type=(int, click.Path()), prompt=True)", ""),
        ("click.option('--x', type=pathlib.Path, hidden=True)", ""),
        ("click.option('--x/--no-x', is_eager=True)", ""),
        ("click.option('--x', type=Completes())", ""),
        ("click.option('--x', shell_complete=lambda c, p, i: [])", ""),
        ("click.password_option()", ""),
        ("click.version_option('1')", ""),
    ] {
        let head = "import pathlib\nclass Own(click.ParamType):\n    name = 'own'\n    \
             def convert(self, value, param, ctx): return value\n\
             class OwnOption(click.Option):\n    \
             def consume_value(self, ctx, opts): return super().consume_value(ctx, opts)\n\
             class Completes(click.Path):\n    def shell_complete(self, *a): return []\n";
        let cli = format!("{head}{GROUP}@cli.command()\n@{param}\ndef run(**values): pass\n{MAIN}");
        let expected = if doubt.is_empty() { vec![] } else { vec![format!("pivot run: {doubt}")] };
        assert_eq!(doubts_about(&sandbox, &cli), expected, "{param}");
    }
}

#[test]
fn commands_with_ways_of_their_own_are_opaque() {
    let (sandbox, _) = installed("");
    let sub = |class: &str, head: &str| {
        format!(
            "{head}{GROUP}@cli.group(cls={class})\ndef sub(): pass\n\
             @sub.command()\ndef run(): pass\n{MAIN}"
        )
    };
    for (body, doubt) in [
        (
            "def get_command(self, ctx, name): return super().get_command(ctx, name)",
            "pivot sub: Own has its own get_command",
        ),
        (
            "def list_commands(self, ctx): return ['run']",
            "pivot sub: Own has its own list_commands",
        ),
        ("def parse_args(self, ctx, args): return []", "pivot sub: Own has its own parse_args"),
        ("get_params = lambda self, ctx: []", "pivot sub: Own has its own get_params"),
        (
            "def __getattribute__(self, n): return super().__getattribute__(n)",
            "pivot sub: Own has \
          its own __getattribute__",
        ),
        ("class context_class(click.Context): pass", "pivot sub: Own has its own context_class"),
        // Which is shown wherever the group is.
        (
            "def get_short_help_str(self, limit=45): return 'x'",
            "pivot: a help text that may change",
        ),
        ("def format_help(self, ctx, formatter): pass", ""),
        ("def invoke(self, ctx): pass", ""),
        ("allow_interspersed_args = True", ""),
    ] {
        let cli = sub("Own", &format!("class Own(click.Group):\n    {body}\n"));
        let expected = if doubt.is_empty() { vec![] } else { vec![doubt.to_owned()] };
        assert_eq!(doubts_about(&sandbox, &cli), expected, "{body}");
    }
    let more = |line: &str| format!("{}{line}\n", sub("click.Group", ""));
    for (line, doubt) in [
        ("sub.get_command = lambda ctx, name: None", "pivot sub: Group has its own get_command"),
        ("sub.add_command(cli, 'again')", "pivot sub again: too deep"),
        ("sub.commands = type('Own', (dict,), {})()", "pivot sub: a table of commands of its own"),
        (
            "sub.context_settings['ignore_unknown_options'] = True",
            "pivot sub: ignores unknown \
          options",
        ),
        ("sub.context_settings['token_normalize_func'] = str.lower", "pivot sub: normalises words"),
        (
            "sub.context_settings['default_map'] = {'run': {'x': str}, 'y': str}",
            "pivot sub: computes defaults",
        ),
        (
            "sub.context_settings['default_map'] = {'run': {'x': str}}",
            "pivot sub run: computes \
          defaults",
        ),
        ("sub.context_settings['no_such_setting'] = 1", "pivot sub: TypeError"),
        ("sub.context_settings['help_option_names'] = ['-h', '--help']", ""),
        ("sub.context_settings['default_map'] = {'run': {'x': 1}}", ""),
        (
            "for i in range(10_000): sub.add_command(click.Command(f'c{i}'))",
            "pivot sub: too many \
          commands",
        ),
    ] {
        let found = doubts_about(&sandbox, &more(line)).join(", ");
        assert!(
            found.starts_with(doubt) && found.is_empty() == doubt.is_empty(),
            "{line}: {found}"
        );
    }
}

#[test]
fn the_script_says_what_is_started_and_how() {
    let (sandbox, _) = installed("");
    let started = |call: &str| format!("{GROUP}def main():\n    {call}\n");
    for (call, doubt) in [
        ("cli(token_normalize_func=str.lower)", "pivot: normalises words"),
        ("cli(complete_var='_OTHER')", "pivot: completes by another variable"),
        ("cli(prog_name='other')", "pivot: completes by another variable"),
        ("cli(prog_name='pivot', obj={}, auto_envvar_prefix='P')", ""),
        ("raise SystemExit(3)", ""),
    ] {
        let found = doubts_about(&sandbox, &started(call)).join(", ");
        assert!(found.contains(doubt) && found.is_empty() == doubt.is_empty(), "{call}: {found}");
    }
    for (call, names) in [
        ("cli(help_option_names=['--hilfe'])", "--hilfe"),
        // Whatever the script does about it.
        ("try: cli(help_option_names=['--aide'])\n    except BaseException: pass", "--aide"),
        ("pass", "--help"),
    ] {
        doubts_about(&sandbox, &started(call));
        let root = &description(&sandbox)["root"];
        assert_eq!(root["params"][0]["opts"], serde_json::json!([names]), "{call}");
    }
    let other = "@click.command()\n@click.option('--own')\ndef other(own): pass\n";
    let python = sandbox.path("environment/bin/python3").display().to_string();
    sandbox.write_program(
        "environment/bin/pivot",
        &format!("#!{python}\nimport sys\nfrom pivot.cli import other\nsys.exit(other())\n"),
    );
    doubts_about(&sandbox, &format!("{GROUP}{other}{MAIN}"));
    let root = &description(&sandbox)["root"];
    assert_eq!(root["params"][0]["opts"], serde_json::json!(["--own"]));
}

#[test]
fn a_click_that_was_changed_is_opaque() {
    let (sandbox, packages) = installed("");
    let patched = "import click.core\n\
         def main_commands(self, ctx): return sorted(self.commands)\n\
         click.core.Group.list_commands = main_commands\n";
    let found = doubts_about(&sandbox, &format!("{patched}{GROUP}{MAIN}")).join(", ");
    assert!(found.contains("click's list_commands is that of pivot.cli"), "{found}");
    let shell = "from click.shell_completion import BashComplete, add_completion_class\n\
         class Own(BashComplete): pass\nadd_completion_class(Own, 'bash')\n";
    let found = doubts_about(&sandbox, &format!("{shell}{GROUP}{MAIN}")).join(", ");
    assert!(found.contains("a shell's own completion class"), "{found}");
    // Another version, as far as anybody knows.
    let real = packages.join("click").canonicalize().unwrap();
    std::fs::remove_file(packages.join("click")).unwrap();
    sandbox.make_directory(&format!("{PACKAGES}/click"));
    for entry in std::fs::read_dir(real).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".py") {
            let mut text = std::fs::read(entry.path()).unwrap();
            if name == "core.py" {
                text.extend(b"# Nothing else.\n");
            }
            sandbox.write(&format!("{PACKAGES}/click/{name}"), text);
        }
    }
    let found = doubts_about(&sandbox, &format!("{GROUP}{MAIN}")).join(", ");
    assert!(found.contains("an unknown click"), "{found}");
}

#[test]
fn pivots_own_completion_starts_as_the_script_does() {
    let (sandbox, _) = installed("");
    sandbox.write(&format!("{PACKAGES}/pivot/cli/completion.py"), "");
    let main = "def main(): cli(help_option_names=['--hilfe'])\n";
    doubts_about(&sandbox, &format!("{GROUP}{main}"));
    sandbox.make_directory("project/.pivot");
    assert_eq!(sandbox.tab(&["pivot", "--h"]).candidates(), ["--hilfe"]);
}
