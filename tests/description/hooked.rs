//! Described behind the first prompt: where a shell has the hook, by what `init` starts behind itself.

use super::{application, installed, stores};
use crate::support::{Sandbox, engine, ran, wait_until};

fn init(sandbox: &Sandbox, arguments: &[&str]) {
    let mut command = sandbox.command(engine(), "home");
    command.arg("init").args(arguments);
    let said = ran(command);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
    assert!(said.stdout.contains("pivot"), "{said:?}");
}

fn describes(sandbox: &Sandbox) -> usize {
    sandbox.trace().iter().filter(|line| line.contains("describe")).count()
}

#[test]
fn with_a_hook_the_first_tab_finds_it_described() {
    let (mut sandbox, _) = installed(&application(""));
    sandbox.start_trace();
    init(&sandbox, &["zsh", "--prewarm"]);
    let is_kept = || !stores(&sandbox, "home/.cache/pivot-complete").is_empty();
    wait_until(100, "it is described", is_kept);
    wait_until(100, "and says so", || describes(&sandbox) == 1);
    // The next shell finds it so.
    init(&sandbox, &["bash", "--watch"]);
    wait_until(100, "fresh", || describes(&sandbox) == 2);
    assert!(sandbox.trace().iter().any(|line| line.contains("described fresh")));
}

#[test]
fn without_a_hook_or_where_no_tab_asks_nothing_is_started() {
    let (mut sandbox, _) = installed(&application(""));
    sandbox.start_trace();
    init(&sandbox, &["zsh"]);
    sandbox.set("PIVOT_COMPLETE_OFF", "1");
    init(&sandbox, &["zsh", "--prewarm"]);
    sandbox.set("PIVOT_COMPLETE_OFF", "");
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
    init(&sandbox, &["fish", "--prewarm"]);
    // What would have been started by now is known as soon as one that is asked for has ended.
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "wait");
    init(&sandbox, &["bash", "--prewarm"]);
    wait_until(100, "the last one", || describes(&sandbox) >= 1);
    assert_eq!(describes(&sandbox), 1);
}
