//! What `run` and `demo` print of what they serve: all of it once, then only what a change made different.

use std::collections::{BTreeSet, HashSet};

use limpet_translator::inputs::Finding;
use limpet_translator::status::{Row, rows};
use serde_json::{Value, json};

use super::endpoints::{Backends, endpoint_changes};
use super::{NAMED_MAX, Unwritable, causes, findings, line, some_of, table};
use crate::args::Output;
use crate::settings::Settings;
use crate::standalone::{Served, View};

/// What is served now. `before`: what was printed last.
pub fn view(
    form: Output,
    settings: &Settings,
    before: Option<&View>,
    now: &View,
) -> Result<(), Unwritable> {
    match (form, before) {
        (Output::Json, _) => {
            let document = document(now);
            match before.map(self::document) {
                Some(before) if before == document => Ok(()),
                _ => line(&document.to_string()),
            }
        }
        (Output::Table, None) => whole(settings, now),
        (Output::Table, Some(before)) => changes(before, now),
    }
}

/// `listeners`: what is served where. `statuses`: the status of each object. `refused`, `warnings`: what is
/// wrong with files and objects.
fn document(view: &View) -> Value {
    let listener =
        |served: &Served| json!({"name": served.name, "url": served.url, "hosts": served.hosts});
    json!({
        "listeners": view.listeners.iter().map(listener).collect::<Vec<_>>(),
        "statuses": view.statuses,
        "refused": causes(&view.refusals),
        "warnings": causes(&view.warnings),
    })
}

fn whole(settings: &Settings, view: &View) -> Result<(), Unwritable> {
    let rows = rows(&view.statuses);
    if !rows.is_empty() {
        line(&table(rows.iter()))?;
    }
    findings(&view.refusals, &view.warnings)?;
    line("")?;
    view.listeners
        .iter()
        .try_for_each(|served| line(&told(served)))?;
    let folders = settings
        .filename
        .iter()
        .map(|path| path.display().to_string());
    line(&format!(
        "Admin       http://{}/ with /metrics, /livez, /readyz, /config and /sessions\n\
         Manifests   {}: every change is served as it is saved",
        settings.admin,
        folders.collect::<Vec<_>>().join(", ")
    ))
}

/// `Serving     http://127.0.0.1:8080/ for shop.test, *.shop.test (Gateway/shop/gateway/http)`
fn told(served: &Served) -> String {
    let hosts = match served.hosts.as_slice() {
        [] => "no host yet".to_owned(),
        [only] if only == "*" => "every host".to_owned(),
        hosts => some_of(hosts.iter().cloned()),
    };
    format!("Serving     {} for {hosts} ({})", served.url, served.name)
}

fn changes(before: &View, now: &View) -> Result<(), Unwritable> {
    let (old, new) = (rows(&before.statuses), rows(&now.statuses));
    let known: HashSet<&Row> = old.iter().collect();
    let changed: Vec<&Row> = new.iter().filter(|row| !known.contains(row)).collect();
    if !changed.is_empty() {
        line(&table(changed.into_iter()))?;
    }
    let objects = |rows: &[Row]| {
        rows.iter()
            .map(|row| row.object.clone())
            .collect::<BTreeSet<_>>()
    };
    for object in objects(&old).difference(&objects(&new)) {
        line(&format!("Gone        {object}"))?;
    }
    let news = |now: &[Finding], before: &[Finding]| -> Vec<Finding> {
        now.iter()
            .filter(|finding| !before.contains(finding))
            .cloned()
            .collect()
    };
    findings(
        &news(&now.refusals, &before.refusals),
        &news(&now.warnings, &before.warnings),
    )?;
    for mended in news(&before.refusals, &now.refusals) {
        let object = mended.object.unwrap_or_default();
        line(&format!("Mended      {}: {object}", mended.source))?;
    }
    listeners(&before.listeners, &now.listeners)?;
    endpoints(&before.backends, &now.backends)
}

fn listeners(before: &[Served], now: &[Served]) -> Result<(), Unwritable> {
    for served in now.iter().filter(|served| !before.contains(served)) {
        line(&told(served))?;
    }
    let is_gone = |served: &&Served| !now.iter().any(|other| other.url == served.url);
    for served in before.iter().filter(is_gone) {
        line(&format!("Gone        {} ({})", served.url, served.name))?;
    }
    Ok(())
}

fn endpoints(before: &Backends, now: &Backends) -> Result<(), Unwritable> {
    let changed = endpoint_changes(before, now);
    changed
        .iter()
        .take(NAMED_MAX)
        .try_for_each(|(name, change)| line(&format!("Endpoints   {name}: {change}")))?;
    match changed.len().saturating_sub(NAMED_MAX) {
        0 => Ok(()),
        more => line(&format!("Endpoints   of {more} more changed")),
    }
}
