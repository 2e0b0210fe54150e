//! Writes the outputs, a module each. All are pure functions of the [`crate::ir`].

mod admission;
mod cel;
mod chart;
mod crd;
mod docs;
mod fixtures;
mod helm;
mod messages;
mod rules;
mod rust;
mod stream;
mod topics;
mod types;
mod yaml;

use crate::ir::Api;
use crate::lower::lower;
use crate::source::Sources;
use crate::{Outputs, Result};

/// The command that every generated file names in its first line.
pub const COMMAND: &str = "cargo run -p limpet-codegen -- gen";

/// All outputs.
///
/// # Errors
/// When two types have the same name.
pub fn emit(sources: &Sources, api: &Api) -> Result<Outputs> {
    let mut outputs = Outputs::new();
    outputs.extend(types::emit(api)?);
    outputs.extend(rules::emit(api)?);
    outputs.extend(stream::emit()?);
    outputs.extend(topics::emit(sources, api)?);
    outputs.extend(crd::emit(api)?);
    outputs.extend(admission::emit(api)?);
    outputs.extend(helm::emit(api)?);
    outputs.extend(fixtures::emit(api)?);
    outputs.extend(docs::emit(sources, api)?);
    outputs.extend(messages::emit(&sources.messages)?);
    let copies = chart::emit(&outputs);
    outputs.extend(copies);
    Ok(outputs)
}

/// What a field or a message id means, as `limpet_schema::explain` says it.
///
/// # Errors
/// When the sources cannot be lowered.
pub fn explain(sources: &Sources, topic: &str) -> Result<Option<String>> {
    let is_meant = |known: &str| {
        known == topic || known.split_once('.').is_some_and(|(_, path)| path == topic)
    };
    let topics = topics::topics(sources, &lower(sources)?);
    let texts: Vec<_> = topics
        .into_iter()
        .filter(|(known, _)| is_meant(known))
        .collect();
    let texts = texts
        .into_iter()
        .map(|(_, text)| text)
        .collect::<Vec<_>>()
        .join("\n");
    Ok(Some(texts).filter(|texts| !texts.is_empty()))
}

/// The first line of a generated file, without its comment signs.
fn made_by(source: &str) -> String {
    format!("Generated from {source} by `{COMMAND}`; do not edit.")
}
