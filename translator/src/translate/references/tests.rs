use limpet_schema::gateway_api::referencegrants::ReferenceGrant;
use serde_json::Value;

use super::*;
use crate::inputs::ObjectKey;

const FROM: From<'_> = From {
    group: "alb.networking.azure.io",
    kind: "RoutePolicy",
    namespace: "policies",
};
const TO: To<'_> = To {
    group: "gateway.networking.k8s.io",
    kind: "HTTPRoute",
    namespace: "routes",
    name: "route",
};

/// The grant that a refusal shows.
fn shown() -> Value {
    let message = may_refer(&Inputs::default(), FROM, TO).expect_err("no grant yet");
    let from = message.find('{').expect("the grant begins");
    let to = message.rfind('}').expect("the grant ends");
    serde_json::from_str(&message[from..=to]).expect("the grant is JSON")
}

fn holding(grant: Value) -> Inputs {
    let grant: ReferenceGrant = serde_json::from_value(grant).expect("it is a ReferenceGrant");
    let mut inputs = Inputs::default();
    let namespace = grant.metadata.namespace.clone().unwrap_or_default();
    inputs
        .reference_grants
        .insert(ObjectKey::new(&namespace, "grant"), grant);
    inputs
}

#[test]
fn the_grant_that_a_refusal_shows_is_enough() {
    assert_eq!(may_refer(&holding(shown()), FROM, TO), Ok(()));
}

#[test]
fn inside_a_namespace_no_grant_is_needed() {
    let to = To {
        namespace: FROM.namespace,
        ..TO
    };
    assert_eq!(may_refer(&Inputs::default(), FROM, to), Ok(()));
}

#[test]
fn every_part_of_a_grant_counts() {
    let check = |pointer: &str, value: &str, is_granted: bool| {
        let mut grant = shown();
        *grant.pointer_mut(pointer).expect("the grant has it") = value.into();
        let verdict = may_refer(&holding(grant), FROM, TO);
        assert_eq!(verdict.is_ok(), is_granted, "{pointer} = {value:?}");
    };
    check("/metadata/namespace", "policies", false);
    check("/spec/from/0/group", "", false);
    check("/spec/from/0/kind", "HTTPRoute", false);
    check("/spec/from/0/namespace", "routes", false);
    check("/spec/to/0/group", "", false);
    check("/spec/to/0/kind", "Service", false);
    check("/spec/to/0/name", "other", false);
    check("/spec/to/0/name", "", true);
}
