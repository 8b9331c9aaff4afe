//! The description of Pivot's command line: made once for each Pivot that is installed, kept in the
//! user's directory for caches, and true as long as the packages pivot and click are the same.

mod file;
mod make;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use pivot_complete::cache::lookup::compare_own;
use pivot_complete::cache::renewal;
use pivot_complete::cache::store::record::Part;
use pivot_complete::cache::store::{LIMIT_BYTES, Store};
use pivot_complete::files::PathBuffer;
use pivot_complete::reason::Reason;

use crate::cache::lock::{self, Turn};
use crate::cache::own_store::OwnStore;
use crate::cache::record::Findings;
use crate::cache::revalidate;
use crate::context::pivot::Runs;
use crate::context::{Context, lacking};
use crate::environment::PROCESS;
use crate::files::{self, Disk, path_storage};
use crate::process::afterwards;
use crate::report::Failure;

pub use make::make;

/// Descriptions that are kept: environments, some of which are long gone.
const DESCRIPTIONS_MAX: usize = 32;

/// The bytes of the description's file, made by asking Pivot; once for all who wait. It is kept
/// behind the answer.
pub fn describe(context: &Context) -> Result<Vec<u8>, Failure> {
    let make_and_keep = || {
        if let Some(failure) = failed_before(context) {
            return Err(failure);
        }
        let (made, pending) =
            make(context).inspect_err(|failure| keep_failure(context, failure))?;
        afterwards::push(move || drop(pending.keep()));
        Ok(made.bytes)
    };
    let Some(kept) = file::place(context) else { return make_and_keep() };
    let key = lock::key(&[b"command line", kept.file.as_os_str().as_bytes()]);
    // Where the description lies there is no `.pivot`: the lock is in the runtime directory.
    match lock::take_turn(&kept.file, &key, context.settings.deadline) {
        Turn::Shared(Err(failure)) => Err(failure),
        Turn::Shared(Ok(_)) => match stored(context) {
            Ok(bytes) => Ok(bytes),
            Err(_) => make_and_keep(),
        },
        Turn::Interrupted => Err(Failure::new(Reason::Interrupted, "interrupted")),
        Turn::TimedOut => {
            let message = "another process has been describing Pivot's command line for too long";
            Err(Failure::new(Reason::TimedOut, message))
        }
        Turn::Lead(lead) => {
            if let Ok(bytes) = stored(context) {
                afterwards::push(move || lead.withdraw());
                return Ok(bytes);
            }
            let bytes = make_and_keep();
            lead.has(bytes.as_ref().map(|_| Vec::new()).map_err(Clone::clone));
            // Those who wait read the file.
            afterwards::push(move || lead.finish());
            bytes
        }
    }
}

/// Why there is no description, where the Python that is meant had no Pivot a moment ago and all that
/// would give it one is the same: nobody starts it for that.
pub fn failed_before(context: &Context) -> Option<Failure> {
    let bytes = file::place(context)?.read(LIMIT_BYTES).ok()?;
    let record = Store::open(&bytes).and_then(Store::current).ok()?;
    let message = Findings::of(&record).failure?;
    let here = (PROCESS, context.directory.as_os_str().as_bytes());
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    compare_own(&Disk, &bytes, here, |_, _| None, &mut buffer).ok()?;
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let is_due = renewal::is_retry_due(record.recorded_s(), now_s as i64);
    (!is_due).then(|| Failure::new(Reason::NoPivot, String::from_utf8_lossy(&message)))
}

fn keep_failure(context: &Context, failure: &Failure) {
    if lacking::is_in_vain(context, failure) {
        let (context, failure) = (context.clone(), failure.clone());
        afterwards::push(move || drop(make::keep_failure(&context, &failure)));
    }
}

/// Whether another process asks Pivot at this moment.
pub fn is_being_made(context: &Context) -> bool {
    let lead = file::place(context).and_then(|kept| lock::try_lead(&kept.file));
    lead.map(lock::Lead::withdraw).is_none()
}

/// The bytes of the description's file, where everything that it was made from is the same.
///
/// Takes stamps anew that proved nothing, where that helps by now.
pub fn stored(context: &Context) -> Result<Vec<u8>, Reason> {
    let kept = file::place(context).ok_or(Reason::CacheMissing)?;
    let bytes = kept.read(LIMIT_BYTES)?;
    let renewable_s = check(&bytes, context)?;
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if renewal::is_due(renewable_s, since_epoch.as_secs() as i64) {
        afterwards::push(move || renew(&kept).unwrap_or_default());
    }
    Ok(bytes)
}

/// The bytes of the description that was made last, whatever has become of what it was made from.
pub fn last_known(context: &Context) -> Option<Vec<u8>> {
    let bytes = file::place(context)?.read(LIMIT_BYTES).ok()?;
    let is_whole = Store::open(&bytes).and_then(Store::command_line).is_ok();
    is_whole.then_some(bytes)
}

/// Takes the stamps of the description of this name anew, if there is one.
pub fn renew_named(context: &Context, name: &OsStr) -> Option<()> {
    let file = file::place(context)?.file.with_file_name(name);
    renew(&OwnStore::at(file.as_os_str().as_bytes(), DESCRIPTIONS_MAX)?)
}

/// The directory for it that this process may not write to, if that is so.
pub fn unwritable(context: &Context) -> Option<PathBuf> {
    files::unwritable(&file::users_place(context)?.file, Path::new("/"))
}

/// What doctor says of the description: where it is, and whether it is fresh.
pub fn verdict(context: &Context) -> String {
    match context.pivots.first().map(|pivot| &pivot.runs) {
        None => return "there is no Pivot to describe it".into(),
        Some(Runs::Opaque) => {
            return "Pivot itself completes it: which Python runs it is not known".into();
        }
        Some(Runs::Python(_) | Runs::Shim(_)) => {}
    }
    let Some(kept) = file::place(context) else { return "no directory for caches".into() };
    let file = kept.file.display();
    let bytes = match kept.read(LIMIT_BYTES) {
        Ok(bytes) => bytes,
        Err(Reason::CacheMissing) => return format!("not described yet ({file})"),
        Err(reason) => return format!("{} ({file})", reason.as_str()),
    };
    let reason = check(&bytes, context).map_or_else(|reason| reason, |_| Reason::Fresh);
    let Ok(record) = Store::open(&bytes).and_then(Store::current) else {
        return format!("{} ({file})", reason.as_str());
    };
    let versions = String::from_utf8_lossy(record.part(Part::Versions)).into_owned();
    let inputs = record.inputs().count();
    let changed =
        match revalidate::first_changed(b"", &record, context.directory.as_os_str().as_bytes()) {
            Some((what, _)) => format!(" {what}"),
            None => String::new(),
        };
    let versions = versions.split(' ').zip(["Python", "click", "Pivot"]);
    let versions: Vec<String> = versions.map(|(number, of)| format!("{of} {number}")).collect();
    format!("{}{changed} ({}, {inputs} inputs; {file})", reason.as_str(), versions.join(", "))
}

/// Compares all that a description was made from with what is there now; gives when the earliest
/// change was whose stamp proved nothing.
fn check(bytes: &[u8], context: &Context) -> Result<Option<i64>, Reason> {
    Store::open(bytes)?.command_line()?;
    let directory = context.directory.as_os_str().as_bytes();
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let proof = compare_own(&Disk, bytes, (PROCESS, directory), |_, _| None, &mut buffer)?;
    Ok(proof.renewable_s)
}

fn renew(kept: &OwnStore) -> Option<()> {
    kept.renew(&kept.read(LIMIT_BYTES).ok()?, &std::env::current_dir().unwrap_or_default())
}
