//! What `diff` prints.

use limpet_translator::inputs::Change;
use serde_json::{Value, json};

use super::{Unwritable, causes, findings, line};
use crate::args::Output;
use crate::diff::{Difference, Fate};

/// Everything that differs, or that nothing does.
pub fn difference(form: Output, difference: &Difference) -> Result<(), Unwritable> {
    match form {
        Output::Json => line(&document(difference).to_string()),
        Output::Table => table(difference),
    }
}

/// `objects`, null against a gateway: `object` and `change`, which is `new`, `changed` or `gone`.
/// `listeners`, `routes`: their `name`, `change`, and the `parts` that changed. `endpoints`: of each `backend`
/// the addresses that are `new`, `gone`, `draining`, `ready_again`. `sessions`, null but against a gateway: of
/// each `route` how many there are, how many move and how many end. `refused`: as in `check`.
fn document(difference: &Difference) -> Value {
    let object =
        |(object, change): &(String, Change)| json!({"object": object, "change": change.as_str()});
    let changed = |(name, change, parts): &(String, Change, Vec<&str>)| json!({"name": name, "change": change.as_str(), "parts": parts});
    let endpoints = difference.endpoints.iter().map(|(backend, change)| {
        let mut told = json!(change);
        told["backend"] = json!(backend);
        told
    });
    let fate = |(route, fate): &(String, Fate)| {
        json!({
            "route": route,
            "sessions": fate.sessions,
            "move": fate.moved,
            "end": fate.ended,
        })
    };
    let objects = difference.objects.as_ref();
    let sessions = difference.sessions.as_ref();
    json!({
        "objects": objects.map(|all| all.iter().map(object).collect::<Vec<_>>()),
        "listeners": difference.listeners.iter().map(changed).collect::<Vec<_>>(),
        "routes": difference.routes.iter().map(changed).collect::<Vec<_>>(),
        "endpoints": endpoints.collect::<Vec<_>>(),
        "sessions": sessions.map(|all| all.iter().map(fate).collect::<Vec<_>>()),
        "refused": causes(&difference.refusals),
    })
}

fn table(difference: &Difference) -> Result<(), Unwritable> {
    findings(&difference.refusals, &[])?;
    for (object, change) in difference.objects.iter().flatten() {
        line(&format!("Object      {}: {object}", change.as_str()))?;
    }
    let changed = [
        ("Listener", &difference.listeners),
        ("Route", &difference.routes),
    ];
    for (what, all) in changed {
        for (name, change, parts) in all {
            let parts = match parts.join(", ") {
                parts if parts.is_empty() => parts,
                parts => format!(" ({parts})"),
            };
            line(&format!("{what:<12}{}: {name}{parts}", change.as_str()))?;
        }
    }
    for (backend, change) in &difference.endpoints {
        line(&format!("Endpoints   {backend}: {change}"))?;
    }
    if difference.is_none() {
        line("No difference")?;
    }
    match &difference.sessions {
        None => line(
            "Sessions    not known: files hold none; --against http://127.0.0.1:9900 asks a running gateway",
        ),
        Some(fates) => fates.iter().try_for_each(|(route, fate)| {
            let Fate {
                sessions,
                moved,
                ended,
            } = fate;
            line(&format!(
                "Sessions    {route}: of {sessions} seen, {moved} would move to another pod and {ended} would end"
            ))
        }),
    }
}
