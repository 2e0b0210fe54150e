//! What the data plane's answer makes of `Programmed`, and the table that people see.

use std::collections::BTreeMap;
use std::path::Path;

use limpet_translator::inputs;
use limpet_translator::status::{ObjectStatus, Report, Row, acknowledge, rows};
use limpet_translator::translate::{Settings, translate};

const LISTENER: &str = "Gateway/test-infra/gateway/http";

/// The statuses of the page's RoutePolicy with its Gateway, before any answer.
fn statuses() -> Vec<ObjectStatus> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/session-affinity");
    let files = ["gateway.yaml", "echo.yaml", "route-policy.yaml"].map(|file| folder.join(file));
    let loaded = inputs::read(&files, "test-infra");
    translate(&loaded.inputs, &Settings::default()).statuses
}

/// Every `Programmed` row after this report, as kind, status and reason.
fn programmed(report: &Report) -> Vec<(String, String, String)> {
    let mut statuses = statuses();
    acknowledge(&mut statuses, report);
    let of = |row: Row| {
        let kind = row.object.split(' ').next().unwrap_or_default().to_owned();
        (kind, row.status, row.reason)
    };
    let rows = rows(&statuses).into_iter();
    rows.filter(|row| row.condition == "Programmed")
        .map(of)
        .collect()
}

fn check(report: &Report, expected: [(&str, &str, &str); 3]) {
    let expected = expected
        .map(|(kind, status, reason)| (kind.to_owned(), status.to_owned(), reason.to_owned()));
    assert_eq!(programmed(report), expected);
}

fn answer(answer: Result<&str, &str>) -> Report {
    let answer = answer
        .map(|at| at.parse().expect("an address"))
        .map_err(str::to_owned);
    Report {
        listeners: BTreeMap::from([(LISTENER.to_owned(), answer)]),
        refused: None,
        is_pending: false,
    }
}

#[test]
fn a_served_listener_programs_its_gateway_and_the_policy() {
    check(
        &answer(Ok("127.0.0.1:8080")),
        [
            ("Gateway", "True", "Programmed"),
            ("Gateway", "True", "Programmed"),
            ("RoutePolicy", "True", "Programmed"),
        ],
    );
}

#[test]
fn a_listener_that_cannot_be_bound_leaves_its_gateway_unprogrammed() {
    let mut statuses = statuses();
    let report = answer(Err("Address already in use (os error 98)"));
    acknowledge(&mut statuses, &report);
    let gateway = &statuses
        .iter()
        .find(|status| status.kind == "Gateway")
        .expect("there")
        .status;
    let find = |holder: &serde_json::Value| {
        let conditions = holder["conditions"].as_array().expect("conditions").iter();
        let found = conditions
            .clone()
            .find(|condition| condition["type"] == "Programmed");
        found.expect("Programmed").clone()
    };
    let (own, listener) = (find(gateway), find(&gateway["listeners"][0]));
    assert_eq!(
        (&own["status"], &own["reason"]),
        (&"False".into(), &"AddressNotUsable".into())
    );
    assert_eq!(
        (&listener["status"], &listener["reason"]),
        (&"False".into(), &"Invalid".into())
    );
    let message = listener["message"].as_str().expect("text");
    assert!(message.contains("Address already in use"), "{message}");
    assert!(
        message.ends_with("[listener-address-unavailable]"),
        "{message}"
    );
}

#[test]
fn a_refused_snapshot_programs_nothing() {
    let report = Report {
        refused: Some("it is flawed".to_owned()),
        ..Report::default()
    };
    check(
        &report,
        [
            ("Gateway", "False", "Invalid"),
            ("Gateway", "False", "Invalid"),
            ("RoutePolicy", "False", "ProgrammingFailed"),
        ],
    );
    let mut statuses = statuses();
    acknowledge(&mut statuses, &report);
    let rows = rows(&statuses);
    let mut programmed = rows.iter().filter(|row| row.condition == "Programmed");
    assert!(programmed.all(|row| row.message.ends_with("it is flawed [snapshot-refused]")));
}

#[test]
fn an_answer_adds_no_field() {
    let mut statuses = vec![ObjectStatus {
        kind: "IngressExtension".to_owned(),
        namespace: "shop".to_owned(),
        name: "plain".to_owned(),
        status: serde_json::json!({}),
        warnings: Vec::new(),
    }];
    for kind in ["IngressExtension", "Gateway", "Ingress"] {
        kind.clone_into(&mut statuses[0].kind);
        acknowledge(&mut statuses, &answer(Ok("127.0.0.1:8080")));
        assert_eq!(statuses[0].status, serde_json::json!({}), "{kind}");
    }
}

#[test]
fn a_second_answer_changes_nothing() {
    let mut once = statuses();
    acknowledge(&mut once, &answer(Ok("127.0.0.1:8080")));
    let mut twice = once.clone();
    acknowledge(&mut twice, &answer(Err("late")));
    assert_eq!(once, twice);
}

#[test]
fn an_ingress_keeps_the_port_that_clients_see_unless_any_was_asked_for() {
    let address = "0.0.0.0:8080".parse().expect("an address");
    let report = Report {
        listeners: BTreeMap::from([("Ingress".to_owned(), Ok(address))]),
        ..Report::default()
    };
    for (said, expected) in [(80, 80), (0, 8080)] {
        let ingress = serde_json::json!({"ip": "10.96.0.1", "ports": [{"port": said}]});
        let mut statuses = vec![ObjectStatus {
            kind: "Ingress".to_owned(),
            namespace: "shop".to_owned(),
            name: "cart".to_owned(),
            status: serde_json::json!({"loadBalancer": {"ingress": [ingress]}}),
            warnings: Vec::new(),
        }];
        acknowledge(&mut statuses, &report);
        let port = &statuses[0].status["loadBalancer"]["ingress"][0]["ports"][0]["port"];
        assert_eq!(port, expected);
    }
}
