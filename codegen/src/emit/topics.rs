//! `schema/src/generated/topics.rs`: what `explain` says of every field, message id and term.

use std::collections::BTreeMap;
use std::fmt::Write;

use quote::quote;

use super::rust;
use crate::ir::{Api, Field, Kind, Node, Rule, Shape};
use crate::source::{Message, Section, Sources, Term};
use crate::{Outputs, Result, words};

pub fn emit(sources: &Sources, api: &Api) -> Result<Outputs> {
    let topics = topics(sources, api);
    let (names, texts) = (topics.keys(), topics.values());
    let tokens = quote! {
        #![doc = " What `explain` says, sorted by topic."]
        /// Topic and text: fields by kind and path, ids, terms of the glossary.
        pub static TOPICS: &[(&str, &str)] = &[#((#names, #texts)),*];
    };
    let text = rust::file("schema/*.json", tokens)?;
    Ok(Outputs::from([(
        "schema/src/generated/topics.rs".to_owned(),
        text,
    )]))
}

/// The texts by topic.
pub fn topics(sources: &Sources, api: &Api) -> BTreeMap<String, String> {
    let mut topics = BTreeMap::new();
    for Message {
        id,
        summary,
        remedy,
    } in &sources.messages
    {
        topics.insert(
            id.clone(),
            format!("{id}\n\n{summary}\n\nWhat to do: {remedy}\n"),
        );
    }
    for section in &sources.glossary {
        for Term { name, of, meaning } in &section.entries {
            let Section { title, column, .. } = section;
            let text = format!("{name} ({title}; {column}: {of})\n\n{meaning}\n");
            topics.insert(name.clone(), text);
        }
    }
    for kind in &api.kinds {
        topics.insert(kind.meta.kind.clone(), explain_kind(kind));
        explain_fields(&kind.meta.kind, &kind.root, &mut topics);
    }
    topics
}

fn explain_kind(kind: &Kind) -> String {
    let meta = &kind.meta;
    let mut text = format!("{} ({}/{})\n\n", meta.kind, meta.group, meta.version);
    text += &paragraphs(&kind.root);
    text += &fields_of(&kind.root);
    text
}

fn explain_fields(path: &str, node: &Node, topics: &mut BTreeMap<String, String>) {
    match &node.shape {
        Shape::Struct(fields) => {
            for field in fields {
                let path = format!("{path}.{}", field.name);
                topics.insert(path.clone(), explain_field(&path, field, &node.rules));
                explain_fields(&path, &field.node, topics);
            }
            for rule in &node.rules {
                let meta = &rule.meta;
                let entry = topics
                    .entry(meta.id.clone())
                    .or_insert_with(|| format!("{}\n\n{}.\n\nA rule on:\n", meta.id, meta.message));
                let _ = writeln!(entry, "  {path}");
            }
        }
        // A list's fields are explained without an index: spec.rules.host.
        Shape::List { items, .. } => explain_fields(path, items, topics),
        _ => {}
    }
}

/// `beside` are the rules among the field and those beside it.
fn explain_field(path: &str, field: &Field, beside: &[Rule]) -> String {
    let node = &field.node;
    let is_required = if field.is_required { ", required" } else { "" };
    let mut text = format!("{path} <{}{is_required}>\n\n", words::type_of(node));
    text += &paragraphs(node);
    for bound in words::bounds_of(node) {
        let _ = writeln!(text, "Allowed: {bound}");
    }
    if let Some(default) = &node.default {
        let _ = writeln!(text, "Default: {default}");
    }
    if let Some(example) = &node.example {
        let _ = writeln!(text, "Example: {}: {example}", field.name);
    }
    let inner = match &node.shape {
        Shape::List { items, .. } => items,
        _ => node,
    };
    let about_field = beside.iter().filter(|rule| rule.meta.field == field.name);
    for rule in about_field.chain(&inner.rules) {
        let _ = writeln!(text, "Rule: {} [{}]", rule.meta.message, rule.meta.id);
    }
    text + &fields_of(inner)
}

fn paragraphs(node: &Node) -> String {
    let mut texts = vec![&node.docs.description];
    texts.extend(
        [&node.docs.note, &node.type_docs.note]
            .into_iter()
            .filter(|text| !text.is_empty()),
    );
    texts.dedup();
    texts
        .into_iter()
        .map(|text| format!("{text}\n\n"))
        .collect()
}

fn fields_of(node: &Node) -> String {
    let Shape::Struct(fields) = &node.shape else {
        return String::new();
    };
    let line = |field: &Field| {
        let star = if field.is_required { " (required)" } else { "" };
        format!("  {} <{}>{star}\n", field.name, words::type_of(&field.node))
    };
    format!("Fields:\n{}", fields.iter().map(line).collect::<String>())
}
