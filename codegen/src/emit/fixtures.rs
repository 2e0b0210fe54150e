//! `schema/fixtures/`: the examples as manifests, which tests apply, with what they must give.

use super::yaml;
use crate::fixture::{Fixture, fixtures};
use crate::ir::{Api, Kind};
use crate::{Outputs, Result};

pub fn emit(api: &Api) -> Result<Outputs> {
    fixtures(api)
        .iter()
        .map(|fixture| emit_fixture(api, fixture))
        .collect()
}

fn emit_fixture(api: &Api, fixture: &Fixture) -> Result<(String, String)> {
    let kind = api.kinds.iter().find(|kind| kind.meta.kind == fixture.kind);
    let source = kind.map_or("", |kind| kind.root.at.trim_end_matches('#'));
    let mut text = yaml::file(&format!("schema/{source}"), &fixture.object)?;
    let folder = if fixture.problems.is_empty() {
        "valid"
    } else {
        "invalid"
    };
    if !fixture.problems.is_empty() {
        let problems = fixture.problems.iter().map(|problem| {
            let message = message(kind, &problem.id);
            format!("#   {}: {message}[{}]\n", problem.field, problem.id)
        });
        let first_line = text.find('\n').map_or(0, |end| end + 1);
        text.insert_str(
            first_line,
            &format!("# Must give:\n{}", problems.collect::<String>()),
        );
    }
    Ok((
        format!("schema/fixtures/{folder}/{}.yaml", fixture.name),
        text,
    ))
}

/// A rule's text; the generic messages say more than is known here.
fn message(kind: Option<&Kind>, id: &str) -> String {
    let mut found = String::new();
    let mut visit = |node: &crate::ir::Node| {
        for rule in node.rules.iter().filter(|rule| rule.meta.id == id) {
            found = format!("{} ", rule.meta.message);
        }
    };
    if let Some(kind) = kind {
        kind.root.walk(&mut visit);
    }
    found
}
