//! The remotes that config keys are completed with, from the user's config and the project's.

use std::path::PathBuf;

use crate::disk::{path, read_if};
use crate::scene::Scene;
use crate::settings::variable;
use crate::yaml;

/// Longest config that is read, in bytes.
const LIMIT_BYTES: usize = 1 << 20;

/// The names of the remotes, as lines, each once; nothing where only Python can tell.
///
/// Source: Pivot 0.1.0 to 0.5.11, `pivot.cli.completion._get_config_keys`.
pub fn names(scene: &Scene) -> Option<Vec<u8>> {
    let mut known: Vec<String> = Vec::new();
    for config in configs(scene)? {
        if !config.exists() {
            continue;
        }
        let text = read_if(&config, LIMIT_BYTES, |_| true).ok()?;
        for name in yaml::remote_names(&text).ok()? {
            if !known.contains(&name) {
                known.push(name);
            }
        }
    }
    Some(known.iter().flat_map(|name| [name.as_bytes(), b"\n"].concat()).collect())
}

/// The files that may name remotes; nothing where HOME must be looked up.
pub fn configs(scene: &Scene) -> Option<Vec<PathBuf>> {
    let home = PathBuf::from(variable("HOME")?);
    let mut configs = vec![home.join(".config/pivot/config.yaml")];
    configs.extend(scene.project.map(|project| path(project.root).join(".pivot/config.yaml")));
    Some(configs)
}
