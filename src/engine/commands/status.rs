//! `pivot-complete status`: how each stage's code stands against its last run.

use pivot_complete::encoding::write_json_escaped;
use pivot_complete::request::Format;

use crate::context::Context;
use crate::manifests::{self, Stands};
use crate::python::Inquiry;
use crate::report::{Failure, check_printable, plain_line, print};
use crate::told::locks;
use crate::trace::Trace;

/// What is said behind all lines.
const NOTE: &str = "(code alone, against each stage's last run: data and parameters are not looked at, \
                    nor the stages before it)\n";
/// The same in JSON, before the stages.
const HEAD: &[u8] =
    br#"{"compared":"code","not_compared":["data","parameters","upstream"],"stages":{"#;

/// Prints every stage's state, or why the stages cannot be told.
pub fn run(format: Format) -> Result<u8, Failure> {
    let trace = Trace::start("status");
    let context = Context::here(None)?;
    let inquiry = Inquiry::about(&context);
    let standing = manifests::standing(&context, &inquiry, &trace)
        .inspect_err(|failure| trace.note("failed", failure.reason))?;
    let mut bytes = Vec::new();
    for (index, (name, stands)) in standing.stages.iter().enumerate() {
        check_printable(name, format)?;
        match format {
            Format::Json => {
                bytes.extend(if index == 0 { &b"\""[..] } else { b",\"" });
                write_json(name, stands, &mut bytes);
            }
            Format::Lines | Format::Nul => {
                bytes.extend(name);
                bytes.extend(format!("\t{}", line(stands)).bytes());
                bytes.push(if format == Format::Nul { 0 } else { b'\n' });
            }
        }
    }
    match format {
        Format::Json => bytes = [HEAD, &bytes[..], b"}}\n"].concat(),
        Format::Lines if !standing.stages.is_empty() => bytes.extend(NOTE.bytes()),
        Format::Lines | Format::Nul => {}
    }
    trace.note("answered", standing.how);
    let printed = print(&bytes);
    standing.keep(&context, &trace);
    printed
}

/// The state, and behind a TAB what changed, or why it is not known.
fn line(stands: &Stands) -> String {
    let (state, more) = match stands {
        Stands::Changed(members) => {
            let mut words: Vec<String> = members.iter().map(|name| locks::place(name)).collect();
            words.dedup();
            (word(stands), words.join(", "))
        }
        Stands::Unknown(why) => (word(stands), why.clone()),
        Stands::NeverRun | Stands::Unchanged => return word(stands).to_owned(),
    };
    format!("{state}\t{}", plain_line(&more))
}

fn word(stands: &Stands) -> &'static str {
    match stands {
        Stands::NeverRun => "never run",
        Stands::Unchanged => "unchanged",
        Stands::Changed(_) => "changed",
        Stands::Unknown(_) => "unknown",
    }
}

/// The rest of a member of the object, behind the quote that its name begins with.
fn write_json(name: &[u8], stands: &Stands, bytes: &mut Vec<u8>) {
    let mut escaped = |text: &[u8]| write_json_escaped(text, &mut |piece| bytes.extend(piece));
    escaped(name);
    bytes.extend(b"\":{\"state\":\"");
    bytes.extend(word(stands).bytes());
    bytes.push(b'"');
    match stands {
        Stands::Changed(members) => {
            for (index, member) in members.iter().enumerate() {
                bytes.extend(if index == 0 { &b",\"changed\":[\""[..] } else { b",\"" });
                write_json_escaped(member.as_bytes(), &mut |piece| bytes.extend(piece));
                bytes.push(b'"');
            }
            bytes.push(b']');
        }
        Stands::Unknown(why) => {
            bytes.extend(b",\"why\":\"");
            write_json_escaped(why.as_bytes(), &mut |piece| bytes.extend(piece));
            bytes.push(b'"');
        }
        Stands::NeverRun | Stands::Unchanged => {}
    }
    bytes.push(b'}');
}
