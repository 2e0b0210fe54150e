//! What is wrong with a source is found, with its path; what is right makes the same bytes again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use limpet_codegen::compat::{self, Verdict};
use limpet_codegen::source::Sources;
use limpet_codegen::{drift, from_sources, generate, write};
use serde_json::{Value, json};

const ROUTE_POLICY: &str = "route-policy.schema.json";
const AFFINITY: &str = "session-affinity.schema.json";
const TIMEOUT: &str = "/$defs/RouteTimeouts/properties/routeTimeout";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(name: &str) -> Value {
    let text = fs::read_to_string(root().join("schema").join(name)).expect("it is committed");
    serde_json::from_str(&text).expect("it is JSON")
}

/// The sources with one of them changed.
fn changed(file: &str, change: impl FnOnce(&mut Value)) -> limpet_codegen::Result<Sources> {
    let files = fs::read_dir(root().join("schema")).expect("a folder");
    let names = files.map(|file| {
        file.expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let names = names.filter(|name| name.ends_with(".schema.json") && name != "meta.schema.json");
    let mut schemas: BTreeMap<_, _> = names.map(|name| (name.clone(), read(&name))).collect();
    change(schemas.get_mut(file).expect("a source"));
    let beside = ["meta.schema.json", "messages.json", "glossary.json"].map(read);
    let [meta, messages, glossary] = beside;
    Sources::new(schemas, meta, messages, glossary)
}

/// The error that a change of one place of a source gives.
fn error(file: &str, place: &str, key: &str, value: Value) -> String {
    let set = |source: &mut Value| source.pointer_mut(place).expect("a place")[key] = value;
    let outputs = changed(file, set).and_then(|sources| from_sources(&sources));
    outputs.expect_err("must be refused").to_string()
}

#[test]
fn outputs_are_what_the_sources_make() {
    let drifted = drift(&root(), &generate(&root()).expect("sound sources")).expect("readable");
    assert!(
        drifted.is_empty(),
        "{drifted:?}: run `cargo run -p limpet-codegen -- gen`"
    );
}

#[test]
fn the_same_sources_make_the_same_bytes() {
    let make = || generate(&root()).expect("sound sources");
    assert_eq!(make(), make());
}

#[test]
fn the_first_line_of_every_output_names_the_command() {
    for (path, text) in generate(&root()).expect("sound sources") {
        let line = text.lines().next().unwrap_or_default();
        assert!(
            line.contains("cargo run -p limpet-codegen -- gen"),
            "{path}: {line}"
        );
    }
}

#[test]
fn a_hand_edit_of_any_output_is_found_and_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let outputs = generate(&root()).expect("sound sources");
    write(folder.path(), &outputs).expect("writable");
    assert_eq!(drift(folder.path(), &outputs).expect("readable"), [""; 0]);
    for path in outputs.keys() {
        let text = fs::read_to_string(folder.path().join(path)).expect("written");
        fs::write(folder.path().join(path), text + " ").expect("writable");
    }
    let left_over = "schema/fixtures/valid/old.yaml".to_owned();
    fs::write(folder.path().join(&left_over), "").expect("writable");
    let mut expected: Vec<_> = outputs.keys().cloned().chain([left_over]).collect();
    expected.sort();
    assert_eq!(drift(folder.path(), &outputs).expect("readable"), expected);
    write(folder.path(), &outputs).expect("writable");
    assert_eq!(drift(folder.path(), &outputs).expect("readable"), [""; 0]);
}

#[test]
fn a_typo_in_one_of_our_keywords_is_refused_with_its_path() {
    let error = error(ROUTE_POLICY, TIMEOUT, "x-limpet-durations", json!({}));
    let path = "route-policy.schema.json#/$defs/RouteTimeouts/properties/routeTimeout";
    assert!(
        error.starts_with(path) && error.contains("x-limpet-durations"),
        "{error}"
    );
}

#[test]
fn a_keyword_that_cannot_be_lowered_is_refused_with_its_path() {
    for (key, value) in [
        ("patternProperties", json!({})),
        ("minItems", json!(1)),
        ("maxItems", json!(1)),
    ] {
        let error = error(ROUTE_POLICY, TIMEOUT, key, value);
        assert!(error.contains(TIMEOUT) && error.contains(key), "{error}");
    }
}

#[test]
fn what_a_source_must_not_say_is_refused() {
    let check = |file, place, key, value: Value, expected| {
        let error = error(file, place, key, value);
        assert!(error.contains(expected), "{key}: {error}");
    };
    let name = "/$defs/RouteRef/properties/name";
    let common = "common.schema.json";
    check(ROUTE_POLICY, name, "maxLength", json!(null), "maxLength");
    check(
        ROUTE_POLICY,
        name,
        "pattern",
        json!("^(?=a)$"),
        "needs x-limpet-says",
    );
    check(
        ROUTE_POLICY,
        "/$defs/RouteRef/properties/group",
        "pattern",
        json!("^(?=a)$"),
        "look-around",
    );
    check(
        ROUTE_POLICY,
        "/$defs/RouteRef/properties/group",
        "pattern",
        json!("^\\d$"),
        "Go and Rust",
    );
    check(
        ROUTE_POLICY,
        "/$defs/RouteRef",
        "required",
        json!(["nmae"]),
        "no property",
    );
    check(
        ROUTE_POLICY,
        TIMEOUT,
        "x-limpet-duration",
        json!({ "minSeconds": 0, "maxSeconds": 100_000_000, "wholeSeconds": false }),
        "maxSeconds",
    );
    check(
        common,
        "/$defs/Conditions",
        "x-limpet-list",
        json!({ "keys": ["reasons"] }),
        "no required field",
    );
    check(
        ROUTE_POLICY,
        "/$defs/RouteRef/properties",
        "name",
        json!({ "$ref": "#/$defs/Nothing" }),
        "leads nowhere",
    );
    check(
        common,
        "/$defs/Conditions",
        "items",
        json!({ "$ref": "#/$defs/Conditions" }),
        "circle",
    );
    check(
        AFFINITY,
        "/allOf/0/then",
        "required",
        json!(["cookieNam"]),
        "no property",
    );
    check(
        AFFINITY,
        "/allOf/0/if/properties/affinityType",
        "const",
        json!("cookie"),
        "none of the words",
    );
    check(
        AFFINITY,
        "/allOf/0/x-limpet-rule",
        "id",
        json!("field-enum"),
        "an id of messages.json",
    );
    let rewrites = "/$defs/IngressRule/properties/rewrites";
    check(
        "ingress-extension.schema.json",
        rewrites,
        "maxItems",
        json!(1_000_000),
        "bound the lists",
    );
}

/// What a change of one place of the session affinity source narrows.
fn narrowed(place: &str, key: &str, value: Value) -> Vec<(String, Verdict)> {
    let old = Sources::read(&root().join("schema")).expect("sound sources");
    let set = |source: &mut Value| source.pointer_mut(place).expect("a place")[key] = value;
    let new = changed(AFFINITY, set).expect("sound sources");
    let findings = compat::compare(&old, &new).expect("sound sources");
    findings
        .into_iter()
        .map(|finding| (finding.place, finding.verdict))
        .collect()
}

#[test]
fn the_sources_are_compatible_with_themselves() {
    assert_eq!(narrowed("", "description", json!("Other words.")), []);
}

#[test]
fn wider_is_compatible() {
    assert_eq!(
        narrowed("/properties/cookieName", "maxLength", json!(256)),
        []
    );
    assert_eq!(narrowed("", "required", json!(["affinityType"])), []);
}

#[test]
fn narrower_is_refused_with_a_value_that_was_accepted() {
    let places = ["RoutePolicy.spec.default", "RoutePolicy.spec.override"]
        .map(|place| format!("{place}.sessionAffinity"));
    let check = |place: &str, key: &str, value: Value, below: &str, lost: Value| {
        let found = narrowed(place, key, value);
        for place in &places {
            let expected = (format!("{place}{below}"), Verdict::Refused(lost.clone()));
            assert!(found.contains(&expected), "{key}: {found:?}");
        }
    };
    let (name, duration) = (
        "/properties/cookieName",
        "/properties/cookieDuration/x-limpet-duration",
    );
    check(
        name,
        "maxLength",
        json!(64),
        ".cookieName",
        json!("a".repeat(65)),
    );
    check(
        duration,
        "maxSeconds",
        json!(86_400),
        ".cookieDuration",
        json!("34560000s"),
    );
    check(
        "",
        "required",
        json!(["affinityType", "cookieName"]),
        "",
        json!({}),
    );
}

#[test]
fn what_nobody_can_tell_is_said_to_be_unknown() {
    let found = narrowed(
        "/properties/cookieName",
        "pattern",
        json!("^[A-Za-z0-9!#$%&'*+.^_`|~]+$"),
    );
    assert!(
        found
            .iter()
            .any(|(_, verdict)| *verdict == Verdict::Unknown),
        "{found:?}"
    );
}

#[test]
fn an_old_example_that_is_refused_is_named() {
    let found = narrowed("/properties/cookieName", "pattern", json!("^[a-z]+$"));
    let is_refused = |(place, verdict): &(String, Verdict)| {
        place == "RoutePolicy" && matches!(verdict, Verdict::Refused(_))
    };
    assert!(found.iter().any(is_refused), "{found:?}");
}
