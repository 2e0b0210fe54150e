//! `schema/glossary.json` has every name that Limpet writes, and no other. Read from the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of one section.
fn names(section: &str) -> BTreeSet<String> {
    let glossary: Value = serde_json::from_str(&text("schema/glossary.json")).expect("it is JSON");
    let sections = glossary["sections"].as_array().expect("it has sections");
    let section = sections.iter().find(|known| known["name"] == section);
    let entries = section.and_then(|section| section["entries"].as_array());
    let names = entries.expect("it is there").iter().map(|entry| {
        let name = entry["name"].as_str().expect("an entry has a name");
        name.to_owned()
    });
    names.collect()
}

/// What stands between `start` and the next `"` or `\`.
fn quoted(text: &str, start: &str) -> BTreeSet<String> {
    let parts = text.split(start).skip(1);
    parts
        .filter_map(|rest| rest.split(['"', '\\']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_glossary_has_every_metric() {
    let sources = [
        "dataplane/src/telemetry/metrics/render.rs",
        "operator/src/metrics.rs",
    ]
    .map(text);
    let known = quoted(&sources.concat(), "\"limpet_");
    let known: BTreeSet<String> = known.iter().map(|name| format!("limpet_{name}")).collect();
    assert!(known.len() > 40, "{known:?}");
    assert_eq!(names("metrics"), known);
}

#[test]
fn the_glossary_has_every_field_of_the_access_log() {
    let source = text("dataplane/src/telemetry/access_log/record.rs");
    let body = source
        .split("fn append_to")
        .nth(1)
        .expect("it writes a line");
    let body = body.split("#[cfg(test)]").next().expect("it ends");
    let is_name = |name: &String| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let known: BTreeSet<String> = quoted(body, "\\\"").into_iter().filter(is_name).collect();
    let leaves = |names: BTreeSet<String>| -> BTreeSet<String> {
        let last = |name: String| name.rsplit('.').next().unwrap_or_default().to_owned();
        names.into_iter().map(last).collect()
    };
    assert_eq!(leaves(names("access-log")), known);
}

#[test]
fn the_glossary_has_every_condition_and_reason_of_the_translators_goldens() {
    let known = names("conditions");
    let mut seen = 0;
    for entry in fs::read_dir(root().join("translator/tests/golden")).expect("it is there") {
        let path = entry.expect("readable").path();
        if !path.to_string_lossy().ends_with(".status.yaml") {
            continue;
        }
        let status = fs::read_to_string(&path).expect("readable");
        let lines: Vec<&str> = status
            .lines()
            .map(|line| line.trim_start_matches([' ', '-']))
            .collect();
        for (index, line) in lines.iter().enumerate() {
            let is_condition = |_: &&str| {
                lines
                    .get(index + 1)
                    .is_some_and(|next| next.starts_with("status: "))
            };
            let kind = line.strip_prefix("type: ").filter(is_condition);
            let Some(word) = kind.or(line.strip_prefix("reason: ")) else {
                continue;
            };
            seen += 1;
            assert!(known.contains(word), "{word} of {}", path.display());
        }
    }
    assert!(seen > 100, "{seen} reasons");
}

#[test]
fn the_glossary_has_every_annotation_and_label_that_is_named() {
    let known = names("annotations");
    let sources = [
        "translator/src/translate/ingress.rs",
        "translator/src/translate/ingress/class.rs",
        "translator/src/translate/services.rs",
        "translator/src/translate/gateway/fleet.rs",
        "translator/src/translate/gateway/allowed.rs",
        "translator/src/labels.rs",
        "operator/src/infra/plan.rs",
        "operator/src/certs/keys.rs",
    ];
    for source in sources {
        for name in quoted(&text(source), "\"") {
            let is_key = name.contains("kubernetes.io/") || name.starts_with("limpet.dev/");
            let is_other = ["/v1", "/tls", "/gateway-controller"]
                .iter()
                .any(|end| name.ends_with(end));
            if is_key && !is_other && !name.contains(' ') {
                assert!(known.contains(&name), "{name} of {source}");
            }
        }
    }
}
