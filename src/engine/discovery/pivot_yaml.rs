//! The fast path: the names in a `pivot.yaml`, read here as Pivot 0.1's completion reads them.

use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use pivot_complete::project::{ConfigKind, Dialect, Marker, Project};

use crate::context::installed::Installed;
use crate::context::{Context, config_path};
use crate::environment::settings::variable;
use crate::files::read_if;
use crate::python::observed::Seen;
use crate::yaml::{self, Merging, YamlAnswer};

/// Longest config that is parsed here, in bytes.
const LIMIT_BYTES: usize = 1 << 20;

/// Reads the names from a YAML config, where the Pivot here does so and nothing is in doubt.
pub fn names(context: &Context, project: &Project<'_>) -> Option<Vec<Vec<u8>>> {
    let config = project.config.as_ref()?;
    if config.kind == ConfigKind::Python {
        return None;
    }
    let installed = context.installed.as_ref()?;
    if context.dialect != Some(Dialect::WithYaml) {
        return None;
    }
    // Only Pivot 0.1's completion answers below a mere `.git`; its commands refuse.
    if project.marker == Marker::Git && !context.is_tab {
        return None;
    }
    let text = read_if(&config_path(project, config), LIMIT_BYTES, |_| true).ok()?;
    if !text.is_ascii() && !reads_utf8() {
        return None;
    }
    match yaml::stage_names(&text, Merging::of_pyyaml(&installed.pyyaml()?)?) {
        // No stages: perhaps a file that Pivot's commands refuse, in words of their own.
        YamlAnswer::Names(names) if names.is_empty() && !context.is_tab => None,
        YamlAnswer::Names(names) => Some(names.into_iter().map(String::into_bytes).collect()),
        YamlAnswer::Unsure(_) => None,
    }
}

/// Whether Python reads a text file as UTF-8 here: by a UTF-8 locale, or by none at all (PEP 538).
fn reads_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.and_then(|locale| locale.into_string().ok()).is_none_or(|locale| {
        let name = locale.to_ascii_lowercase();
        name == "c" || name == "posix" || name.contains("utf-8") || name.contains("utf8")
    })
}

/// What being certain of the installed Pivot depends on.
pub fn seen(installed: &Installed) -> Seen {
    let bytes = |path: PathBuf| path.into_os_string().into_vec();
    let (looked_for, stamped) = installed.depends_on();
    Seen {
        looked_for: looked_for.into_iter().map(|(path, names)| (bytes(path), names)).collect(),
        stamped: stamped.into_iter().map(bytes).collect(),
        ..Seen::default()
    }
}
