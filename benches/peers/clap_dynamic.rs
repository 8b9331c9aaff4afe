//! The smallest application that completes by clap_complete's dynamic way: for `scripts/bench`.

use std::ffi::OsStr;

use clap::{Arg, Command};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

fn names(word: &OsStr) -> Vec<CompletionCandidate> {
    let names = (0..108).map(|number| format!("demo/stage_{number:03}"));
    let word = word.to_string_lossy().into_owned();
    names.filter(|name| name.starts_with(&word)).map(CompletionCandidate::new).collect()
}

fn main() {
    let app = || Command::new("app").arg(Arg::new("stage").add(ArgValueCompleter::new(names)));
    CompleteEnv::with_factory(app).complete();
    app().get_matches();
}
