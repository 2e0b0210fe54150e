//! The manifests of the session-affinity page, as `examples/session-affinity` keeps them.

use std::path::{Path, PathBuf};

use limpet_schema::snapshot::{Action, Affinity};
use limpet_translator::inputs;
use limpet_translator::translate::{Output, Settings, translate};

/// As `limpet run -n test-infra -f ...`.
fn run(files: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/session-affinity");
    let files: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
    let loaded = inputs::read(&files, "test-infra");
    assert_eq!(loaded.refusals, []);
    translate(&loaded.inputs, &Settings::default())
}

fn affinity(output: &Output, rule: &str) -> Option<Affinity> {
    match &output.snapshot.rules[rule].action {
        Action::Forward(forward) => forward.affinity.clone(),
        Action::Redirect(_) => None,
    }
}

#[test]
fn the_pages_route_policy_applies_in_the_routes_namespace_as_it_stands() {
    let rule = "HTTPRoute/test-infra/http-route/0";
    let output = run(&["gateway.yaml", "echo.yaml", "route-policy.yaml"]);
    let expected = Affinity {
        scope: "HTTPRoute/test-infra/http-route".to_owned(),
        cookie_name: "nomnom".to_owned(),
        cookie_duration_secs: 3600,
        ..Affinity::default()
    };
    assert_eq!(affinity(&output, rule), Some(expected));
    let policy = output
        .statuses
        .iter()
        .find(|status| status.kind == "RoutePolicy");
    let accepted = &policy.expect("it has a status").status["conditions"][0];
    assert_eq!(accepted["reason"], "Accepted");
    assert_eq!(accepted["status"], "True");
}

#[test]
fn without_a_route_policy_there_is_no_affinity() {
    let output = run(&["gateway.yaml", "echo.yaml"]);
    assert_eq!(affinity(&output, "HTTPRoute/test-infra/http-route/0"), None);
}
