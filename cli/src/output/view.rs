//! What `run` and `demo` print of what they serve: all of it once, then only what a change made different.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;
use std::net::SocketAddr;

use limpet_schema::snapshot::{Backend, EndpointState};
use limpet_translator::inputs::Finding;
use limpet_translator::status::{Row, rows};
use serde_json::{Value, json};

use super::{Unwritable, causes, findings, line, table};
use crate::args::Output;
use crate::settings::Settings;
use crate::standalone::{Served, View};

/// The most hosts of a listener, backends of a change and endpoints of a backend that are named.
const NAMED_MAX: usize = 8;

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

type Backends = BTreeMap<String, Backend>;

fn endpoints(before: &Backends, now: &Backends) -> Result<(), Unwritable> {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let changed = names.into_iter().filter_map(|name| {
        let of = |backends: &Backends| backends.get(name).map(states).unwrap_or_default();
        let told = difference(&of(before), &of(now));
        (!told.is_empty()).then(|| format!("Endpoints   {name}: {told}"))
    });
    let changed: Vec<String> = changed.collect();
    changed
        .iter()
        .take(NAMED_MAX)
        .try_for_each(|text| line(text))?;
    match changed.len().saturating_sub(NAMED_MAX) {
        0 => Ok(()),
        more => line(&format!("Endpoints   of {more} more changed")),
    }
}

fn states(backend: &Backend) -> BTreeMap<SocketAddr, EndpointState> {
    let endpoints = backend.endpoints.iter();
    endpoints
        .map(|endpoint| (endpoint.address, endpoint.state))
        .collect()
}

/// `2 new (10.0.0.3:80, 10.0.0.4:80), 1 gone (10.0.0.1:80), 1 draining (10.0.0.2:80)`
fn difference(
    before: &BTreeMap<SocketAddr, EndpointState>,
    now: &BTreeMap<SocketAddr, EndpointState>,
) -> String {
    let addresses = |of: &BTreeMap<SocketAddr, EndpointState>, is: &dyn Fn(&SocketAddr) -> bool| {
        of.keys()
            .filter(|address| is(address))
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let became = |state: EndpointState| {
        let is = move |address: &SocketAddr| {
            before.get(address).is_some_and(|old| *old != state) && now.get(address) == Some(&state)
        };
        addresses(now, &is)
    };
    let parts = [
        (
            "new",
            addresses(now, &|address| !before.contains_key(address)),
        ),
        (
            "gone",
            addresses(before, &|address| !now.contains_key(address)),
        ),
        ("draining", became(EndpointState::Draining)),
        ("ready again", became(EndpointState::Ready)),
    ];
    let mut told = String::new();
    for (what, which) in parts.into_iter().filter(|(_, which)| !which.is_empty()) {
        let comma = if told.is_empty() { "" } else { ", " };
        let count = which.len();
        write!(
            told,
            "{comma}{count} {what} ({})",
            some_of(which.into_iter())
        )
        .expect("memory takes it");
    }
    told
}

fn some_of(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let named: Vec<String> = names.take(NAMED_MAX).collect();
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend(endpoints: &[(&str, EndpointState)]) -> BTreeMap<SocketAddr, EndpointState> {
        let parsed = endpoints
            .iter()
            .map(|(address, state)| (address.parse().expect("an address"), *state));
        parsed.collect()
    }

    #[test]
    fn a_change_of_endpoints_is_told_by_what_became_of_them() {
        use EndpointState::{Draining, Ready};
        let before = backend(&[
            ("10.0.0.1:80", Ready),
            ("10.0.0.2:80", Ready),
            ("10.0.0.3:80", Draining),
        ]);
        let now = backend(&[
            ("10.0.0.2:80", Draining),
            ("10.0.0.3:80", Ready),
            ("10.0.0.4:80", Ready),
        ]);
        assert_eq!(
            difference(&before, &now),
            "1 new (10.0.0.4:80), 1 gone (10.0.0.1:80), 1 draining (10.0.0.2:80), \
             1 ready again (10.0.0.3:80)"
        );
        assert_eq!(difference(&before, &before), "");
    }

    #[test]
    fn of_many_names_only_some_are_told() {
        let names = |count: usize| {
            (0..count)
                .map(|index| index.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(some_of(names(2).into_iter()), "0, 1");
        assert_eq!(
            some_of(names(10).into_iter()),
            "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
        );
    }
}
