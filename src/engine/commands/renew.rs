//! Behind a TAB that had to compare contents: takes the stamps anew, so that the next one need
//! not; and where somebody else wrote `stages.cache`, lets it say again what the store does. Behind one
//! that was answered by a failure of a while ago it is a retry.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use pivot_complete::reason::Reason;

use crate::cache::entry::renew_with;
use crate::cache::lock;
use crate::cache::store_file::StoreName;
use crate::context::{Context, trust};
use crate::discovery::retry;
use crate::report::{ANSWERED, Failure};
use crate::spec::description;
use crate::trace::Trace;

/// Renews the stamps in the store `name` of the working directory's project, or in the description
/// of Pivot's command line that has this name. That they cannot be
/// renewed is no error: nobody waits.
pub fn run(name: &OsStr) -> Result<u8, Failure> {
    let trace = Trace::start("renew");
    if let Some(context) = retry::context_of(name) {
        if let Some(reason) = retry::run(&context) {
            trace.note("retried", reason);
        }
        return Ok(ANSWERED);
    }
    let context = Context::here(None)?.behind_tab();
    if renew(&context, name).or_else(|| description::renew_named(&context, name)).is_some() {
        trace.note("renewed", Reason::Renewed);
    }
    Ok(ANSWERED)
}

fn renew(context: &Context, name: &OsStr) -> Option<()> {
    let name: StoreName = name.as_bytes().try_into().ok()?;
    context.project.as_ref()?;
    trust::may_use_caches(context).ok()?;
    // A discovery that runs writes newer stamps than these.
    let lead = lock::try_lead_here(context)?;
    let result = renew_with(context, name, &lead);
    lead.withdraw();
    result
}
