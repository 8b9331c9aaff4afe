//! Behind a TAB that was answered by a discovery that failed a while ago: tries again, as far as a TAB
//! may, since nobody can tell a failure that passes from one that stays.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::time::SystemTime;

use pivot_complete::cache::renewal::is_retry_due;
use pivot_complete::cache::store::Store;
use pivot_complete::line::{Form, Line, Reader, Shell};
use pivot_complete::reason::Reason;

use super::ask::ask_again;
use super::may_execute;
use crate::cache::entry::{renew_with, store_name_here, stores_here};
use crate::cache::lock;
use crate::cache::store_file::StoreName;
use crate::context::Context;
use crate::environment::settings::OnMiss;
use crate::python::Inquiry;

/// The store whose failure answers a TAB in `context`, if it is time to try again.
pub fn due(context: &Context) -> Option<StoreName> {
    let project = context.project.as_ref()?;
    let config = project.config.as_ref()?;
    let stores = stores_here(context, project, config);
    let (audience, bytes) = stores.first()?;
    let name = store_name_here(context, project, config, *audience).ok()?;
    let record = Store::open(bytes).and_then(Store::current).ok()?;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let is_due = record.has_failed() && is_retry_due(record.recorded_s(), since.as_secs() as i64);
    is_due.then_some(name)
}

/// The context of the TAB that was answered by a failure in the store `name` which is due: the word it
/// began with stands in click's variables.
pub fn context_of(name: &OsStr) -> Option<Context> {
    let variable = |name| std::env::var_os(name).map(OsStringExt::into_vec).unwrap_or_default();
    let (words, cword) = (variable("COMP_WORDS"), variable("COMP_CWORD"));
    // How the words stand there differs from shell to shell.
    let typed = [Shell::Bash, Shell::Zsh, Shell::Fish].into_iter().filter_map(|shell| {
        let mut storage = vec![0; Line::room(&words, &cword)];
        let form = Form::Rich(Reader::Other);
        let line = Line::read(shell, form, &words, &cword, &mut storage).ok()?;
        Some(OsStr::from_bytes(line.program()).to_owned())
    });
    let context = |typed: Option<OsString>| {
        let context = Context::here(typed.as_deref()).ok()?.for_tab();
        due(&context).is_some_and(|due| due == name.as_bytes()).then_some(context)
    };
    context(None).or_else(|| typed.map(Some).find_map(context))
}

/// Discovers once more and says what came of it; nothing where a TAB may not, or somebody else does.
pub fn run(context: &Context) -> Option<Reason> {
    if context.settings.on_miss == OnMiss::Never {
        return None;
    }
    may_execute(context).ok()?;
    let lead = lock::try_lead_here(context)?;
    // Whatever becomes of this try, also if it never ends: the next one is as far away again.
    let noted = due(context).and_then(|name| renew_with(context, name, &lead));
    if noted.is_none() {
        lead.withdraw();
        return None;
    }
    let found = ask_again(context, &Inquiry::about(context), lead).now();
    Some(found.map_or_else(|failure| failure.reason, |(named, _)| named.how))
}
