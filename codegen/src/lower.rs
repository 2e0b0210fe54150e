//! Makes the [`crate::ir`] of the sources: follows references, turns keywords into shapes, and
//! conditionals into rules. A keyword that it cannot turn into anything is an error with its path:
//! nothing a source says is ever lost silently.

mod cursor;
mod rule;
mod shape;

use crate::Result;
use crate::ir::{Api, Docs, Kind, Node};
use crate::source::{Sources, from_json};
use cursor::Cursor;

/// Keywords that are about a document, not about the value it describes.
const DOCUMENT_KEYWORDS: [&str; 6] = [
    "$schema",
    "$id",
    "title",
    "$defs",
    "x-limpet-kind",
    "x-limpet-examples",
];

/// Lowers all sources.
///
/// # Errors
/// When a reference leads nowhere or in a circle, or a keyword cannot be lowered.
pub fn lower(sources: &Sources) -> Result<Api> {
    let mut api = Api {
        kinds: Vec::new(),
        shape_examples: Vec::new(),
    };
    for file in sources.schemas.keys() {
        let document = Cursor::document(sources, file);
        let examples = document.get("x-limpet-examples");
        let examples = examples
            .map(|at| from_json(&at.at(), at.value.clone()))
            .transpose()?;
        if let Some(meta) = document.get("x-limpet-kind") {
            let meta = from_json(&meta.at(), meta.value.clone())?;
            let examples = examples.ok_or_else(|| document.error("a kind needs examples"))?;
            api.kinds.push(Kind {
                meta,
                root: lower_node(&document)?,
                examples,
            });
        } else if let Some(examples) = examples {
            let name = document
                .type_name()
                .ok_or_else(|| document.error("needs a title"))?;
            api.shape_examples.push((name, examples));
        }
    }
    check_definitions(sources)?;
    Ok(api)
}

/// Definitions that nothing refers to are lowered too: a mistake in one is still a mistake.
fn check_definitions(sources: &Sources) -> Result<()> {
    for file in sources.schemas.keys() {
        let Some(definitions) = Cursor::document(sources, file).get("$defs") else {
            continue;
        };
        definitions
            .fields()
            .try_for_each(|definition| lower_node(&definition).map(drop))?;
    }
    Ok(())
}

/// Lowers the schema at `at`; what stands beside a `$ref` overrides what it leads to.
fn lower_node(at: &Cursor<'_>) -> Result<Node> {
    let mut node = match at.get("$ref") {
        Some(reference) => {
            at.only(&[
                "$ref",
                "description",
                "default",
                "x-limpet-doc",
                "x-limpet-example",
            ])?;
            let node = lower_node(&reference.follow()?)?;
            // What is said of the type need not be said again of each use of it.
            Node {
                docs: Docs {
                    note: String::new(),
                    ..node.docs
                },
                ..node
            }
        }
        None => lower_shape(at)?,
    };
    let text = |keyword: &str| {
        at.get(keyword)
            .and_then(|at| at.value.as_str().map(str::to_owned))
    };
    node.docs.description = text("description").unwrap_or(node.docs.description);
    node.docs.note = text("x-limpet-doc").unwrap_or(node.docs.note);
    node.example = at
        .get("x-limpet-example")
        .map(|at| at.value.clone())
        .or(node.example);
    node.default = at
        .get("default")
        .map(|at| at.value.clone())
        .or(node.default);
    if node.docs.description.is_empty() {
        return Err(at.error("needs a description"));
    }
    if at.get("$ref").is_none() {
        node.type_docs = node.docs.clone();
    }
    Ok(node)
}

fn lower_shape(at: &Cursor<'_>) -> Result<Node> {
    let (shape, rules) = shape::lower(at)?;
    Ok(Node {
        at: at.at(),
        name: shape::type_name(at, &shape),
        docs: Docs::default(),
        type_docs: Docs::default(),
        example: None,
        default: None,
        shape,
        rules,
    })
}
