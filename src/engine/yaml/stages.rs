//! Extracts stage names from a composed config: Pivot 0.1.0 `pivot.matrix`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::compose::{Document, Mapping, Node, NodeId};
use super::scalar::{DictKey, Scalar};
use super::template::{self, Piece};
use super::{Budget, Unsure};

/// Returns the stage names in Pivot's order.
///
/// Source: Pivot 0.1.0 `_get_stages_fast`, `needs_fallback`, `extract_stage_names`. A config that
/// is not a mapping has none.
pub(super) fn names(document: &Document, budget: &mut Budget) -> Result<Vec<String>, Unsure> {
    let mut extraction = Extraction { document, budget, names: Vec::new() };
    if let Some(Node::Mapping(config)) = document.root() {
        extraction.add_config(config)?;
    }
    Ok(extraction.names)
}

/// Returns the names of the remotes in a config of Pivot's own, those that can be a config key.
///
/// Source: Pivot 0.1.0 to 0.5.11, `pivot.cli.completion._get_config_keys`.
pub(super) fn remotes(document: &Document, budget: &mut Budget) -> Result<Vec<String>, Unsure> {
    let mut extraction = Extraction { document, budget, names: Vec::new() };
    let Some(Node::Mapping(config)) = document.root() else { return Ok(Vec::new()) };
    let Some(Node::Mapping(remotes)) = extraction.get(config, "remotes")? else {
        return Ok(Vec::new());
    };
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let names = extraction.dict(remotes)?.into_iter().filter_map(|(name, _)| name.as_str());
    let mut remotes = Vec::new();
    for name in names {
        // Python's `$` is content with a last newline, which no line here can hold.
        if name.ends_with('\n') {
            return Err("remote-with-a-newline");
        }
        if !name.is_empty() && name.bytes().all(is_letter) {
            remotes.push(name.to_owned());
        }
    }
    Ok(remotes)
}

struct Extraction<'d, 'b> {
    document: &'d Document,
    budget: &'b mut Budget,
    names: Vec<String>,
}

/// A matrix's dimension: its name and the values it takes.
struct Dimension<'d> {
    name: &'d str,
    values: Vec<String>,
    /// Whether each value is a string in Python, so that it can be joined without a template.
    joinable: bool,
}

impl<'d> Extraction<'d, '_> {
    fn add_config(&mut self, config: &'d Mapping) -> Result<(), Unsure> {
        let Some(stages) = self.get(config, "stages")? else {
            return Ok(());
        };
        let Node::Mapping(stages) = stages else {
            return Err("stages-not-a-mapping");
        };
        for (name, stage) in self.dict(stages)? {
            let name = name.as_str().ok_or("stage-name-not-a-string")?;
            if let Node::Mapping(stage) = self.document.node(stage) {
                self.add_stage(name, stage)?;
            }
        }
        Ok(())
    }

    fn add_stage(&mut self, name: &str, stage: &'d Mapping) -> Result<(), Unsure> {
        if self.get(stage, "variants")?.is_some() {
            return Err("variants-field");
        }
        match self.get(stage, "matrix")? {
            Some(Node::Mapping(matrix)) if !matrix.entries.is_empty() => {
                self.add_matrix(name, matrix)
            }
            Some(Node::Sequence(items)) if !items.is_empty() => Err("matrix-not-a-mapping"),
            Some(Node::Scalar(matrix)) if matrix.is_truthy() => Err("matrix-not-a-mapping"),
            _ => {
                self.budget.spend_names(1)?;
                self.add_name(name.to_owned())
            }
        }
    }

    /// Adds a name for every combination; the last dimension varies fastest.
    fn add_matrix(&mut self, name: &str, matrix: &'d Mapping) -> Result<(), Unsure> {
        let mut dimensions = Vec::new();
        for (name, values) in self.dict(matrix)? {
            let name = name.as_str().ok_or("dimension-name-not-a-string")?;
            dimensions.push(self.dimension(name, values)?);
        }
        let combinations = dimensions
            .iter()
            .try_fold(1_usize, |product, dimension| product.checked_mul(dimension.values.len()))
            .ok_or("too-many-names")?;
        if combinations == 0 {
            return Ok(());
        }
        self.budget.spend_names(combinations)?;
        let (base, template) = match name.split_once('@') {
            Some((base, template)) => (base, Some(template)),
            None => (name, None),
        };
        let pieces = pieces(template, &dimensions)?;
        for combination in 0..combinations {
            let values = values_of(combination, &dimensions);
            let mut name = format!("{base}@");
            for piece in &pieces {
                name.push_str(match piece {
                    Piece::Literal(text) => text,
                    Piece::Dimension(place) => values[*place],
                });
                // Checked while it grows: a template can repeat a long value many times.
                if name.len() > self.budget.name_bytes {
                    return Err("too-many-names");
                }
            }
            self.add_name(name)?;
        }
        Ok(())
    }

    fn add_name(&mut self, name: String) -> Result<(), Unsure> {
        self.budget.spend_name_bytes(name.len())?;
        self.names.push(name);
        Ok(())
    }

    /// Lists a dimension's values: a mapping's keys, a list's items, or a string's characters.
    fn dimension(&mut self, name: &'d str, values: NodeId) -> Result<Dimension<'d>, Unsure> {
        let mut joinable = true;
        let values = match self.document.node(values) {
            Node::Mapping(mapping) => {
                let mut keys = Vec::new();
                for (key, _) in self.dict(mapping)? {
                    joinable &= key.as_str().is_some();
                    keys.push(self.python_str(key)?);
                }
                keys
            }
            Node::Sequence(items) => {
                self.budget.spend_steps(items.len())?;
                let mut texts = Vec::new();
                for item in items {
                    let Node::Scalar(item) = self.document.node(*item) else {
                        return Err("collection-in-dimension");
                    };
                    texts.push(self.python_str(item)?);
                }
                texts
            }
            Node::Scalar(Scalar::Str(text)) => {
                self.budget.spend_steps(text.len())?;
                text.chars().map(String::from).collect()
            }
            _ => return Err("dimension-not-iterable"),
        };
        Ok(Dimension { name, values, joinable })
    }

    /// Prints a value; aliases can have one long value printed many times.
    fn python_str(&mut self, value: &Scalar) -> Result<String, Unsure> {
        self.budget.spend_name_bytes(value.as_str().map_or(0, str::len))?;
        Ok(value.to_python_str())
    }

    /// Returns what Python's `mapping.get(key)` returns.
    fn get(&mut self, mapping: &'d Mapping, key: &str) -> Result<Option<&'d Node>, Unsure> {
        self.budget.spend_steps(mapping.entries.len())?;
        let mut entries = mapping.entries.iter().rev();
        let found = entries.find(|(candidate, _)| match self.document.node(*candidate) {
            Node::Scalar(Scalar::Str(text)) => text == key,
            _ => false,
        });
        Ok(found.map(|(_, value)| self.document.node(*value)))
    }

    /// Lists a mapping as the Python dict that it becomes: no key twice.
    fn dict(&mut self, mapping: &'d Mapping) -> Result<Vec<(&'d Scalar, NodeId)>, Unsure> {
        self.budget.spend_steps(mapping.entries.len())?;
        let mut dict: Vec<(&Scalar, NodeId)> = Vec::new();
        let mut places: HashMap<DictKey, usize> = HashMap::new();
        for (key, value) in &mapping.entries {
            let Node::Scalar(key) = self.document.node(*key) else {
                return Err("unhashable-key");
            };
            match places.entry(key.dict_key()) {
                Entry::Occupied(place) => {
                    dict[*place.get()].1 = *value;
                }
                Entry::Vacant(place) => {
                    place.insert(dict.len());
                    dict.push((key, *value));
                }
            }
        }
        Ok(dict)
    }
}

/// Returns the pieces of a variant's name; without a template, all values joined by `_`.
fn pieces(template: Option<&str>, dimensions: &[Dimension<'_>]) -> Result<Vec<Piece>, Unsure> {
    if let Some(template) = template {
        let names: Vec<&str> = dimensions.iter().map(|dimension| dimension.name).collect();
        return template::parse(template, &names);
    }
    if !dimensions.iter().all(|dimension| dimension.joinable) {
        return Err("dimension-key-not-a-string");
    }
    let mut pieces = Vec::new();
    for place in 0..dimensions.len() {
        if place > 0 {
            pieces.push(Piece::Literal("_".to_owned()));
        }
        pieces.push(Piece::Dimension(place));
    }
    Ok(pieces)
}

/// Returns the values of one combination, in the order of the dimensions.
fn values_of<'a>(mut combination: usize, dimensions: &'a [Dimension<'_>]) -> Vec<&'a str> {
    let mut values: Vec<&str> = Vec::with_capacity(dimensions.len());
    for dimension in dimensions.iter().rev() {
        values.push(&dimension.values[combination % dimension.values.len()]);
        combination /= dimension.values.len();
    }
    values.reverse();
    values
}
