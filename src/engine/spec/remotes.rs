//! The remotes that config keys and `--remote` are completed with, from the user's config and the
//! project's; kept in a small store, so that the front need not read YAML.

use std::path::{Path, PathBuf};

use pivot_complete::cache::key::remotes_path;
use pivot_complete::cache::store::SectionKind;
use pivot_complete::files::PathBuffer;

use crate::cache::inputs;
use crate::cache::own_store::{OwnStore, Prepared};
use crate::cache::record::{Findings, NewRecord, Recorded, assemble};
use crate::context::Context;
use crate::environment::settings::variable;
use crate::files::{NotCached, path, path_storage, read_if};
use crate::process::afterwards;
use crate::yaml;

/// Longest config that is read, in bytes.
const LIMIT_BYTES: usize = 1 << 20;
/// Stores of this kind that are kept: one for each project.
const STORES_MAX: usize = 64;

/// The remotes of the user and of the project, as lines, each once.
#[derive(Clone, Default)]
pub struct Remotes {
    /// Their names.
    pub names: Vec<u8>,
    /// Pairs: the config key of each, and its help.
    pub keys: Vec<u8>,
}

/// Finds them and keeps them; nothing where only Python can tell.
///
/// Source: Pivot 0.1.0 to 0.5.11, `pivot.cli.completion._get_config_keys`.
pub fn find(context: &Context) -> Option<Remotes> {
    let configs = configs(context)?;
    // Before the configs are read: what changes from now on is no input that was looked at.
    let prepared = prepare(context)
        .and_then(|prepared| inputs::collect_files(&configs).map(|inputs| (prepared, inputs)));
    let names: Option<Vec<Vec<String>>> = configs.iter().map(|config| names(config)).collect();
    let remotes = Remotes::named(names?);
    if let Ok((prepared, inputs)) = prepared {
        let found = remotes.clone();
        afterwards::push(move || drop(keep(prepared, &inputs, &found)));
    }
    Some(remotes)
}

/// The names in those configs that can be read here, as lines.
pub fn surest_names(context: &Context) -> Vec<u8> {
    let configs =
        configs(context).unwrap_or_else(|| projects_config(context).into_iter().collect());
    Remotes::named(configs.iter().filter_map(|config| names(config)).collect()).names
}

/// The names in one config; nothing where only Python can tell.
fn names(config: &Path) -> Option<Vec<String>> {
    // Pivot goes past what it cannot read, and would wait for ever at what is no file.
    if !config.is_file() {
        return Some(Vec::new());
    }
    let text = read_if(config, LIMIT_BYTES, |_| true).ok()?;
    yaml::remote_names(&text).ok()
}

impl Remotes {
    fn named(names: Vec<Vec<String>>) -> Self {
        let mut known: Vec<String> = Vec::new();
        for name in names.into_iter().flatten() {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        let mut remotes = Remotes::default();
        for name in known {
            remotes.names.extend(format!("{name}\n").into_bytes());
            remotes.keys.extend(format!("remotes.{name}\nRemote '{name}'\n").into_bytes());
        }
        remotes
    }
}

/// The files that may name remotes; nothing where HOME must be looked up.
pub fn configs(context: &Context) -> Option<Vec<PathBuf>> {
    let home = PathBuf::from(variable("HOME")?);
    let mut configs = vec![home.join(".config/pivot/config.yaml")];
    configs.extend(projects_config(context));
    Some(configs)
}

fn projects_config(context: &Context) -> Option<PathBuf> {
    context.project.map(|project| path(project.root).join(".pivot/config.yaml"))
}

fn prepare(context: &Context) -> Result<(OwnStore, Prepared), NotCached> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let root = context.project.as_ref().map(|project| project.root).unwrap_or_default();
    remotes_path(&context.variables.environment(), root, &mut buffer)
        .map_err(|_| NotCached::Unsuitable("there is no directory for caches"))?;
    let kept = OwnStore::at(buffer.as_bytes(), STORES_MAX);
    let kept = kept.ok_or(NotCached::Unsuitable("the store has no name"))?;
    let prepared = kept.prepare()?;
    Ok((kept, prepared))
}

fn keep(
    (kept, (directory, clock)): (OwnStore, Prepared),
    inputs: &[Recorded],
    remotes: &Remotes,
) -> Result<(), NotCached> {
    let Remotes { names, keys } = remotes;
    let findings = Findings { names: names.clone(), blurbs: keys.clone(), ..Findings::default() };
    let record = NewRecord::of(b"", &findings, inputs, clock);
    let bytes = assemble(&[(SectionKind::Current, &record.to_bytes())]);
    kept.publish(&directory, &bytes, inputs)
}
