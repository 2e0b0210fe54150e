//! The verdict on one AdmissionReview (`admission.k8s.io/v1`).

use limpet_schema::api::{IngressExtension, RoutePolicy, SessionAffinity};
use limpet_schema::messages;
use limpet_schema::problem::Problem;
use limpet_schema::rules::Kind;
use limpet_translator::inputs::{Inputs, identify};
use limpet_translator::translate::discarded;
use serde_json::{Value, json};

/// The longest warning that kubectl shows whole.
const WARNING_CHARS_MAX: usize = 120;

/// The review that answers a review.
#[must_use]
pub fn judge(review: &Value) -> Value {
    let request = &review["request"];
    let mut response = match verdict(request) {
        Ok(warnings) => json!({"allowed": true, "warnings": warnings}),
        Err(problems) => json!({"allowed": false, "status": denial(request, &problems)}),
    };
    response["uid"] = request["uid"].clone();
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": response,
    })
}

/// Warnings about what has no effect, or everything that is wrong.
fn verdict(request: &Value) -> Result<Vec<String>, Vec<Problem>> {
    let is_asked = request["operation"] == "CREATE" || request["operation"] == "UPDATE";
    let (new, old) = (&request["object"], &request["oldObject"]);
    // What was there before stays, also where the rules have become stricter.
    let is_unchanged = old.is_object() && old["spec"] == new["spec"];
    let text = |field: &str| new[field].as_str().unwrap_or_default();
    let is_ours = || Kind::find(text("apiVersion"), text("kind")).is_some();
    if !is_asked || is_unchanged || !is_ours() {
        return Ok(Vec::new());
    }
    let mut object = new.clone();
    // Of an object with generateName, the name comes later.
    if object["metadata"]["name"].is_null() && object["metadata"]["generateName"].is_string() {
        object["metadata"]["name"] = "generated".into();
    }
    let id = identify(&mut object, "default");
    let ignored = Inputs::default().admit(&id, &object).map_err(|problems| {
        // The API server prunes what it does not know: that alone is no reason to refuse.
        let known = problems.into_iter();
        known
            .filter(|problem| problem.id != messages::FIELD_UNKNOWN.id)
            .collect::<Vec<_>>()
    })?;
    // What metadata may have is the API server's to know, which may be newer than this.
    let ignored = ignored.iter();
    let ignored = ignored.filter(|problem| !problem.field.starts_with("metadata"));
    Ok(ignored
        .map(ToString::to_string)
        .chain(without_effect(&object))
        .map(|text| shortened(&text))
        .collect())
}

/// A managed cookie with a name or a duration.
fn without_effect(object: &Value) -> Vec<String> {
    let text = |field: String, asked: &SessionAffinity| {
        discarded(asked).map(|text| format!("{field}: {text}"))
    };
    let kind = object["kind"].as_str().unwrap_or_default();
    if kind == "RoutePolicy"
        && let Ok(policy) = serde_json::from_value::<RoutePolicy>(object.clone())
    {
        let asked = policy
            .spec
            .default
            .and_then(|config| config.session_affinity);
        let found = asked.and_then(|asked| text("spec.default.sessionAffinity".to_owned(), &asked));
        return found.into_iter().collect();
    }
    if kind == "IngressExtension"
        && let Ok(extension) = serde_json::from_value::<IngressExtension>(object.clone())
    {
        let settings = extension.spec.backend_settings.iter().enumerate();
        let asked = settings.filter_map(|(index, settings)| {
            let field = format!("spec.backendSettings[{index}].sessionAffinity");
            text(field, settings.session_affinity.as_ref()?)
        });
        return asked.collect();
    }
    Vec::new()
}

fn shortened(text: &str) -> String {
    // Warnings travel in HTTP headers.
    let mut shown: String = text.replace(char::is_control, " ");
    if shown.chars().count() > WARNING_CHARS_MAX {
        shown = shown.chars().take(WARNING_CHARS_MAX - 3).collect();
        shown.push_str("...");
    }
    shown
}

/// A `metav1.Status` as the API server itself refuses objects.
fn denial(request: &Value, problems: &[Problem]) -> Value {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let cause = |problem: &Problem| {
        json!({
            "field": problem.field,
            "reason": problem.reason.as_str(),
            "message": format!("{} [{}]", problem.message, problem.id),
        })
    };
    let causes: Vec<Value> = problems.iter().map(cause).collect();
    json!({
        "status": "Failure",
        "code": 422,
        "reason": "Invalid",
        "message": texts.join("; "),
        "details": {
            "group": request["kind"]["group"],
            "kind": request["kind"]["kind"],
            "name": request["name"],
            "causes": causes,
        },
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn review(operation: &str, new: &Value, old: &Value) -> Value {
        json!({"request": {
            "uid": "uid-1",
            "operation": operation,
            "kind": {"group": "alb.networking.azure.io", "version": "v1", "kind": new["kind"]},
            "object": new,
            "oldObject": old,
        }})
    }

    fn policy(affinity: &Value) -> Value {
        json!({
            "apiVersion": "alb.networking.azure.io/v1",
            "kind": "RoutePolicy",
            "metadata": {"name": "sticky", "namespace": "shop"},
            "spec": {
                "targetRef": {"group": "", "kind": "HTTPRoute", "name": "cart"},
                "default": {"sessionAffinity": affinity},
            },
        })
    }

    /// The problems that a fixture's head says it gives: `field: [id]`.
    fn expected(text: &str) -> Vec<String> {
        let lines = text.lines().map_while(|line| line.strip_prefix('#'));
        let lines = lines.skip_while(|line| line.trim() != "Must give:").skip(1);
        let lines = lines.map(|line| line.trim().split_once(": ").expect("field: text"));
        lines
            .map(|(field, text)| format!("{field}: [{}", id_of(text)))
            .collect()
    }

    fn id_of(text: &str) -> &str {
        text.rsplit_once('[').expect("each ends in its id").1
    }

    #[test]
    fn every_fixture_gets_the_verdict_that_it_states() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/fixtures");
        let mut count = 0;
        for (verdict, allowed) in [("valid", true), ("invalid", false)] {
            for entry in std::fs::read_dir(folder.join(verdict)).expect("fixtures") {
                let path = entry.expect("readable").path();
                let text = std::fs::read_to_string(&path).expect("readable");
                let object: Value = serde_saphyr::from_str(&text).expect("YAML");
                let response = &judge(&review("CREATE", &object, &Value::Null))["response"];
                assert_eq!(
                    response["allowed"],
                    allowed,
                    "{}: {response}",
                    path.display()
                );
                let causes = response["status"]["details"]["causes"].as_array();
                let found = causes.into_iter().flatten().map(|cause| {
                    let (field, text) = (cause["field"].as_str(), cause["message"].as_str());
                    format!(
                        "{}: [{}",
                        field.expect("a text"),
                        id_of(text.expect("a text"))
                    )
                });
                let found: Vec<String> = found.collect();
                assert_eq!(found, expected(&text), "{}", path.display());
                count += 1;
            }
        }
        assert!(count > 20, "{count}");
    }

    #[test]
    fn a_denial_is_as_the_api_servers_own() {
        let bad = policy(&json!({"affinityType": "application-cookie"}));
        let response = &judge(&review("CREATE", &bad, &Value::Null))["response"];
        let status = &response["status"];
        assert_eq!(
            (&response["uid"], &status["code"]),
            (&json!("uid-1"), &json!(422))
        );
        assert_eq!(status["reason"], "Invalid");
        assert_eq!(status["details"]["kind"], "RoutePolicy");
        let message = status["message"].as_str().expect("text");
        assert!(
            message.contains(
                "spec.default.sessionAffinity.cookieName: application-cookie needs a cookieName"
            ),
            "{message}"
        );
        assert!(message.contains("cookieDuration"), "all at once: {message}");
    }

    #[test]
    fn what_has_no_effect_is_warned_about_and_allowed() {
        let managed = policy(&json!({"affinityType": "managed-cookie", "cookieName": "mine"}));
        let response = &judge(&review("CREATE", &managed, &Value::Null))["response"];
        assert_eq!(response["allowed"], true);
        let warning = response["warnings"][0].as_str().expect("one");
        assert!(
            warning.starts_with("spec.default.sessionAffinity: cookieName discarded"),
            "{warning}"
        );
        assert!(warning.chars().count() <= WARNING_CHARS_MAX);
        let mut unknown = policy(&json!({"affinityType": "managed-cookie"}));
        unknown["spec"]["defualt"] = json!({});
        let response = &judge(&review("CREATE", &unknown, &Value::Null))["response"];
        assert_eq!(response["allowed"], true);
        assert!(
            response["warnings"][0]
                .as_str()
                .expect("one")
                .contains("spec.defualt")
        );
    }

    #[test]
    fn a_warning_is_cut_between_characters_and_is_one_line() {
        let mut object = policy(&json!({"affinityType": "managed-cookie"}));
        let names = (80..130).map(|length| "x".repeat(length) + &"\u{1f41a}".repeat(60) + "\r\n");
        for name in names {
            object["spec"] = policy(&Value::Null)["spec"].clone();
            object["spec"]["default"] = json!({});
            object["spec"][name.as_str()] = json!(1);
            let response = &judge(&review("CREATE", &object, &Value::Null))["response"];
            let warning = response["warnings"][0].as_str().expect("one");
            assert_eq!(warning.chars().count(), WARNING_CHARS_MAX, "{warning}");
            assert!(!warning.contains(char::is_control), "{warning:?}");
        }
    }

    #[test]
    fn what_only_a_newer_api_server_knows_of_metadata_is_its_business() {
        let mut object = policy(&json!({"affinityType": "managed-cookie"}));
        object["metadata"]["newer"] = json!("yes");
        let response = &judge(&review("CREATE", &object, &Value::Null))["response"];
        assert_eq!(response["warnings"], json!([]));
    }

    #[test]
    fn what_is_not_of_our_kinds_is_let_in() {
        let gateway = json!({
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {"name": "a"},
            "spec": 1,
        });
        let response = &judge(&review("CREATE", &gateway, &Value::Null))["response"];
        assert_eq!(response["allowed"], true);
    }

    #[test]
    fn an_unchanged_spec_is_not_judged_again_and_a_deletion_never() {
        let bad = policy(&json!({"affinityType": "application-cookie"}));
        let mut labelled = bad.clone();
        labelled["metadata"]["labels"] = json!({"a": "b"});
        assert_eq!(
            judge(&review("UPDATE", &labelled, &bad))["response"]["allowed"],
            true
        );
        let good = policy(&json!({"affinityType": "managed-cookie"}));
        assert_eq!(
            judge(&review("UPDATE", &bad, &good))["response"]["allowed"],
            false
        );
        assert_eq!(
            judge(&review("DELETE", &Value::Null, &bad))["response"]["allowed"],
            true
        );
    }

    #[test]
    fn an_object_that_is_still_to_be_named_is_judged() {
        let mut object = policy(&json!({"affinityType": "managed-cookie"}));
        object["metadata"] = json!({"generateName": "sticky-", "namespace": "shop"});
        assert_eq!(
            judge(&review("CREATE", &object, &Value::Null))["response"]["allowed"],
            true
        );
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-zA-Z/.0-9]{0,12}".prop_map(Value::from),
            Just(json!("RoutePolicy")),
            Just(json!("alb.networking.azure.io/v1")),
        ];
        leaf.prop_recursive(5, 64, 8, |inner| {
            let name = prop_oneof![
                "[a-z]{1,6}",
                Just("kind".to_owned()),
                Just("apiVersion".to_owned()),
                Just("spec".to_owned()),
                Just("metadata".to_owned()),
                Just("default".to_owned()),
                Just("sessionAffinity".to_owned()),
                Just("targetRef".to_owned()),
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(name, inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_comes_gets_an_answer_with_its_uid(object in json_value()) {
            let answer = judge(&review("CREATE", &object, &Value::Null));
            prop_assert_eq!(&answer["response"]["uid"], "uid-1");
            prop_assert!(answer["response"]["allowed"].is_boolean());
            prop_assert!(judge(&object)["response"].is_object());
        }
    }
}
