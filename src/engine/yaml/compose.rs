//! Builds the nodes of a document: anchors, aliases and merge keys resolved.
//!
//! Works with a stack of its own, so that no text can exhaust the thread's.

use std::collections::HashMap;

use libyaml_safer::{EventData, ScalarStyle};

use super::merge::{KeyText, Merged, Merging};
use super::scalar::{self, Resolved, Scalar};
use super::text::Text;
use super::{Budget, Unsure, grammar};

/// The longest chain of mappings that merge each other; PyYAML flattens by recursion.
const MAX_MERGE_CHAIN: usize = 100;

/// The one document of a text. Aliases make its nodes a directed graph without cycles.
pub(super) struct Document {
    nodes: Vec<Node>,
    /// What is told of each node's text, for [`Merging::Once`].
    texts: Vec<KeyText>,
    root: Option<NodeId>,
}

/// The place of a node in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(usize);

pub(super) enum Node {
    Scalar(Scalar),
    Sequence(Vec<NodeId>),
    Mapping(Mapping),
    /// A plain `<<` as a mapping's key.
    MergeKey,
    /// A collection whose end was not seen yet: an alias to it is recursive.
    Open,
}

/// A mapping's entries in the order in which Python inserts them, merged ones first.
///
/// Keys are scalars. One that comes again keeps its first place and takes the last value.
pub(super) struct Mapping {
    pub(super) entries: Vec<(NodeId, NodeId)>,
    /// How many mappings below this one are merged into each other.
    merge_chain: usize,
}

impl Document {
    /// Returns the top node, none in a text without a document.
    pub(super) fn root(&self) -> Option<&Node> {
        self.root.map(|id| self.node(id))
    }

    /// What is told of a node's text.
    pub(super) fn text(&self, id: NodeId) -> KeyText {
        self.texts[id.0]
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }
}

/// Composes a text of at most one document.
///
/// Source: PyYAML 6.0.3 and 6.0.4 `Composer` and `SafeConstructor.flatten_mapping`. Every scalar is
/// resolved and every key checked, also where no stage is: PyYAML fails on the whole text.
pub(super) fn compose(
    text: &Text,
    merging: Merging,
    budget: &mut Budget,
) -> Result<Document, Unsure> {
    let mut composer = Composer {
        document: Document { nodes: Vec::new(), texts: Vec::new(), root: None },
        merging,
        anchors: HashMap::new(),
        open: Vec::new(),
        budget,
    };
    for event in grammar::parser(text) {
        composer.take(event.map_err(|_| "malformed")?.data)?;
    }
    Ok(composer.document)
}

struct Composer<'b> {
    document: Document,
    merging: Merging,
    anchors: HashMap<String, NodeId>,
    /// The collections around the current event, innermost last.
    open: Vec<OpenCollection>,
    budget: &'b mut Budget,
}

struct OpenCollection {
    id: NodeId,
    content: OpenContent,
}

enum OpenContent {
    Sequence(Vec<NodeId>),
    Mapping { key: Option<NodeId>, own: Vec<(NodeId, NodeId)>, merged: Merged, merge_chain: usize },
}

impl Composer<'_> {
    fn take(&mut self, event: EventData) -> Result<(), Unsure> {
        match event {
            EventData::DocumentStart { .. } if self.document.root.is_some() => {
                Err("several-documents")
            }
            EventData::Alias { anchor } => {
                let id = *self.anchors.get(&anchor).ok_or("undefined-alias")?;
                match self.document.node(id) {
                    Node::Open => Err("recursive-alias"),
                    _ => self.place(id),
                }
            }
            EventData::Scalar { anchor, tag, value, style, .. } => {
                let text = KeyText::of(&value, style == ScalarStyle::Plain);
                let node = self.scalar_node(tag.as_deref(), value, style, anchor.is_some())?;
                let id = self.add(node, text, anchor)?;
                self.place(id)
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                check_collection_tag(tag.as_deref(), "tag:yaml.org,2002:seq")?;
                self.open(anchor, OpenContent::Sequence(Vec::new()))
            }
            EventData::MappingStart { anchor, tag, .. } => {
                check_collection_tag(tag.as_deref(), "tag:yaml.org,2002:map")?;
                let content = OpenContent::Mapping {
                    key: None,
                    own: Vec::new(),
                    merged: Merged::default(),
                    merge_chain: 0,
                };
                self.open(anchor, content)
            }
            EventData::SequenceEnd | EventData::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn scalar_node(
        &self,
        tag: Option<&str>,
        value: String,
        style: ScalarStyle,
        anchored: bool,
    ) -> Result<Node, Unsure> {
        match scalar::resolve(tag, value, style == ScalarStyle::Plain)? {
            Resolved::Value(value) => Ok(Node::Scalar(value)),
            // As a value, PyYAML has no constructor for either. Flattening retags keys, which
            // an alias elsewhere would see or not see depending on the order.
            _ if anchored || !self.expects_key() => Err("merge-or-value-indicator"),
            Resolved::MergeIndicator => Ok(Node::MergeKey),
            Resolved::ValueIndicator => Ok(Node::Scalar(Scalar::Str("=".to_owned()))),
        }
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.open.last().map(|collection| &collection.content),
            Some(OpenContent::Mapping { key: None, .. })
        )
    }

    fn add(&mut self, node: Node, text: KeyText, anchor: Option<String>) -> Result<NodeId, Unsure> {
        let id = NodeId(self.document.nodes.len());
        self.document.nodes.push(node);
        self.document.texts.push(text);
        if let Some(anchor) = anchor
            && self.anchors.insert(anchor, id).is_some()
        {
            return Err("duplicate-anchor");
        }
        Ok(id)
    }

    fn open(&mut self, anchor: Option<String>, content: OpenContent) -> Result<(), Unsure> {
        let id = self.add(Node::Open, KeyText::Own, anchor)?;
        self.open.push(OpenCollection { id, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Unsure> {
        let OpenCollection { id, content } = self.open.pop().ok_or("malformed")?;
        self.document.nodes[id.0] = match content {
            OpenContent::Sequence(items) => Node::Sequence(items),
            OpenContent::Mapping { own, merged, merge_chain, .. } => {
                let mut entries = merged.entries;
                entries.extend(own);
                Node::Mapping(Mapping { entries, merge_chain })
            }
        };
        self.place(id)
    }

    /// Puts a finished node where it belongs: the root, an item, a key or a value.
    fn place(&mut self, id: NodeId) -> Result<(), Unsure> {
        let Some(around) = self.open.last_mut() else {
            self.document.root = Some(id);
            return Ok(());
        };
        let (own, merged, chain, key) = match &mut around.content {
            OpenContent::Sequence(items) => {
                items.push(id);
                return Ok(());
            }
            OpenContent::Mapping { key, own, merged, merge_chain } => match key.take() {
                Some(key) => (own, merged, merge_chain, key),
                None => {
                    *key = Some(id);
                    return match self.document.node(id) {
                        Node::Scalar(_) | Node::MergeKey => Ok(()),
                        _ => Err("unhashable-key"),
                    };
                }
            },
        };
        if !matches!(self.document.node(key), Node::MergeKey) {
            own.push((key, id));
            return Ok(());
        }
        let single = [id];
        let sources: &[NodeId] = match self.document.node(id) {
            Node::Sequence(items) => items,
            _ => &single,
        };
        if self.merging == Merging::Unknown && sources.len() > 1 {
            return Err("merge-order");
        }
        for place in 0..sources.len() {
            let source = match self.merging {
                // Later sources come first, so that the earlier ones override them.
                Merging::LaterFirst => sources[sources.len() - 1 - place],
                Merging::Once | Merging::Unknown => sources[place],
            };
            let Node::Mapping(source) = self.document.node(source) else {
                return Err("merge-of-no-mapping");
            };
            self.budget.spend_steps(source.entries.len() + 1)?;
            merged.take(source, &self.document, self.merging)?;
            *chain = (*chain).max(source.merge_chain + 1);
        }
        if *chain > MAX_MERGE_CHAIN {
            return Err("too-deep");
        }
        Ok(())
    }
}

fn check_collection_tag(tag: Option<&str>, own: &str) -> Result<(), Unsure> {
    match tag {
        None | Some("!") => Ok(()),
        Some(tag) if tag == own => Ok(()),
        Some(_) => Err("tag"),
    }
}
