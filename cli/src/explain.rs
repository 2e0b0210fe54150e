//! `limpet explain`: the generated reference, on the command line.

use std::process::ExitCode;

use crate::args::ExplainArgs;
use crate::output;

/// Prints what a topic means, or the topics that resemble it.
pub fn explain(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let Some(topic) = &args.topic else {
        for topic in limpet_schema::explain_topics() {
            output::line(topic)?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(text) = limpet_schema::explain(topic) {
        output::line(text.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::bail!(
        "{topic:?} is no field, kind or message id that Limpet knows{}",
        suggestion(topic)
    )
}

fn suggestion(topic: &str) -> String {
    let last = topic.rsplit('.').next().unwrap_or(topic).to_lowercase();
    let near: Vec<&str> = limpet_schema::explain_topics()
        .filter(|known| known.to_lowercase().contains(&last))
        .take(5)
        .collect();
    match near.as_slice() {
        [] => "; `limpet explain` lists what there is".to_owned(),
        near => format!("; there is {}", near.join(", ")),
    }
}
