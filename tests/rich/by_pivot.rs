//! Lines that only Pivot's own click can complete.

use super::*;
use crate::support::application::installed;

/// An application whose command has completions of its own.
const OWN: &str = "
import click
from click.shell_completion import CompletionItem

def words(context, parameter, incomplete):
    items = [CompletionItem('a:b', help='first\\nsecond'), CompletionItem('c d')]
    return [item for item in items if item.value.startswith(incomplete)]

@click.group()
def cli():
    pass

@cli.command()
@click.argument('word', shell_complete=words)
@click.option('--out', shell_complete=lambda c, p, i: [CompletionItem(i, type='file')])
def say(word, out):
    pass

def main():
    cli()
";

#[test]
fn its_answer_is_read_again() {
    let (sandbox, _) = installed(OWN);
    sandbox.make_directory("project");
    for (shell, expected) in [
        ("bash", &["none:", "a:b", "c d"][..]),
        ("zsh", &["none/values:", "a:b\tfirst"]),
        ("fish", &["none:", "a:b\tfirst", "c d"]),
    ] {
        let mut words = vec!["pivot", "say", ""];
        let mut command = sandbox.front_in("project", &["complete", "--rich", shell]);
        if shell == "fish" {
            command.env("COMP_CWORD", "");
        } else {
            command.env("COMP_CWORD", "2");
        }
        command.env("COMP_WORDS", words.join("\n"));
        let said = ran(command);
        // A help of several lines breaks what click prints for zsh.
        let lines = said.lines();
        assert_eq!(lines.get(..expected.len()), Some(expected), "{shell}: {lines:?}");
        words[2] = "--out=da";
        if shell != "fish" {
            let said = rich_in(&sandbox, "project", shell, &words);
            let head = if shell == "zsh" { "file/values:--out=" } else { "file:--out=" };
            assert_eq!(said.lines(), [head], "{shell}");
        }
    }
}
