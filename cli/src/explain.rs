//! `limpet explain`: the generated reference, on the command line.

use std::collections::BTreeSet;
use std::process::ExitCode;

use crate::args::ExplainArgs;
use crate::{flags, output};

/// Prints what a topic means, or the topics that resemble it.
pub fn explain(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let Some(topic) = &args.topic else {
        for topic in topics() {
            output::line(&topic)?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let texts = [limpet_schema::explain(topic), flags::explain(topic)];
    let texts: Vec<String> = texts.into_iter().flatten().collect();
    anyhow::ensure!(
        !texts.is_empty(),
        "{topic:?} is no field, kind, message id, flag, metric or other name that Limpet knows{}",
        suggestion(topic)
    );
    output::line(texts.join("\n").trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn suggestion(topic: &str) -> String {
    let last = topic.rsplit('.').next().unwrap_or(topic).to_lowercase();
    let near: Vec<String> = topics()
        .filter(|known| known.to_lowercase().contains(&last))
        .take(5)
        .collect();
    match near.as_slice() {
        [] => "; `limpet explain` lists what there is".to_owned(),
        near => format!("; there is {}", near.join(", ")),
    }
}

/// All that can be explained: fields, ids and terms, then flags.
fn topics() -> impl Iterator<Item = String> {
    let flags: BTreeSet<String> = flags::flags()
        .map(|flag| format!("--{}", flag.name))
        .collect();
    limpet_schema::explain_topics()
        .map(str::to_owned)
        .chain(flags)
}
