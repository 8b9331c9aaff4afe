//! `pivot-complete manifest`: a stage's code fingerprint, or those of all stages.

use pivot_complete::encoding::write_json_escaped;
use pivot_complete::reason::Reason;
use pivot_complete::request::Format;

use super::cached::here;
use crate::cli::ManifestRequest;
use crate::manifests::{self, KnownManifests};
use crate::python::Inquiry;
use crate::report::{Failure, NOT_CACHED, check_printable, print};
use crate::trace::Trace;

/// Prints the manifest that `request` asks for.
pub fn run(request: &ManifestRequest) -> Result<u8, Failure> {
    let trace = Trace::start("manifest");
    let Some(context) = here(&trace, request.cached)? else { return Ok(NOT_CACHED) };
    let wanted = request.stage.as_deref();
    if let Some(failure) = context.no_stages() {
        return match wanted {
            None => answer(request, &KnownManifests::default(), &trace, failure.reason),
            Some(_) if request.cached => Ok(NOT_CACHED),
            Some(_) => Err(failure),
        };
    }
    if request.cached {
        return match manifests::in_store(&context, wanted) {
            Some(found) => answer(request, &found, &trace, Reason::Fresh),
            None => {
                trace.note("not-cached", Reason::ManifestMissing);
                Ok(NOT_CACHED)
            }
        };
    }
    let missing = match manifests::stored(&context, wanted) {
        Ok(found) => {
            let code = answer(request, &found, &trace, Reason::Fresh)?;
            manifests::keep(&context, &found, &trace);
            return Ok(code);
        }
        Err(missing) => missing,
    };
    trace.note("miss", Reason::ManifestMissing);
    let inquiry = Inquiry::about(&context);
    let compute = |stages| {
        manifests::by_pivot(&context, stages, &inquiry)
            .inspect_err(|failure| trace.note("failed", failure.reason))
    };
    let mut computed = match (missing, wanted) {
        // All that is wanted, since the rest is not known to be fresh; or what is missing alone.
        (None, wanted) => compute(wanted.map(|name| vec![name.to_vec()]))?,
        (Some(missing), _) => compute(Some(missing))?,
    };
    if wanted.is_none() {
        // With those that were fresh before, if they are so under what is found now.
        computed.keep_names(&context);
        let all = manifests::with_stored(&context, &computed.manifests);
        if !all.is_torn() {
            let answered = answer(request, &all, &trace, Reason::Computed);
            manifests::keep(&context, &computed.manifests, &trace);
            return answered;
        }
        computed = compute(None)?;
    }
    let answered = answer(request, &computed.manifests, &trace, Reason::Computed);
    // Each manifest is whole, whatever becomes of the others.
    computed.keep_names(&context);
    manifests::keep(&context, &computed.manifests, &trace);
    answered
}

fn answer(
    request: &ManifestRequest,
    found: &KnownManifests,
    trace: &Trace,
    how: Reason,
) -> Result<u8, Failure> {
    let mut bytes = Vec::new();
    match &request.stage {
        Some(stage) => {
            let json = found.json(stage).inspect_err(|f| trace.note("failed", f.reason))?;
            bytes.extend(json);
        }
        None => {
            let all = found.all().inspect_err(|failure| trace.note("failed", failure.reason))?;
            bytes.push(b'{');
            for (index, (name, json)) in all.iter().enumerate() {
                check_printable(name, Format::Json)?;
                bytes.extend(if index == 0 { &b"\""[..] } else { b",\"" });
                write_json_escaped(name, &mut |piece| bytes.extend(piece));
                bytes.extend(b"\":");
                bytes.extend(json);
            }
            bytes.push(b'}');
        }
    }
    bytes.push(if request.format == Format::Nul { 0 } else { b'\n' });
    trace.note("answered", how);
    print(&bytes)
}
