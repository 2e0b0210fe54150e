//! From which namespaces routes may attach to a listener.

use std::collections::BTreeMap;

use limpet_schema::gateway_api::gateways::{
    GatewayListenersAllowedRoutesNamespaces as Namespaces,
    GatewayListenersAllowedRoutesNamespacesFrom as From,
    GatewayListenersAllowedRoutesNamespacesSelector as Selector,
    GatewayListenersAllowedRoutesNamespacesSelectorMatchExpressions as Expression,
};

use crate::inputs::{Inputs, ObjectKey};

/// The label that Kubernetes puts on every namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Whether a route's namespace is allowed by a listener of a Gateway in the namespace `own`.
pub fn is_allowed(
    allowed: Option<&Namespaces>,
    namespace: &str,
    own: &str,
    inputs: &Inputs,
) -> bool {
    match allowed.and_then(|allowed| allowed.from.as_ref()) {
        None | Some(From::Same) => namespace == own,
        Some(From::All) => true,
        Some(From::Selector) => {
            let selector = allowed.and_then(|allowed| allowed.selector.as_ref());
            selector.is_some_and(|selector| selects(selector, &labels(namespace, inputs)))
        }
    }
}

/// A namespace that no manifest describes has the label of its name alone.
fn labels(namespace: &str, inputs: &Inputs) -> BTreeMap<String, String> {
    let object = inputs.namespaces.get(&ObjectKey::new("", namespace));
    let mut labels = object
        .and_then(|object| object.metadata.labels.clone())
        .unwrap_or_default();
    labels.insert(NAME_LABEL.to_owned(), namespace.to_owned());
    labels
}

fn selects(selector: &Selector, labels: &BTreeMap<String, String>) -> bool {
    let mut wanted = selector.match_labels.iter().flatten();
    let mut expressions = selector.match_expressions.iter().flatten();
    wanted.all(|(key, value)| labels.get(key) == Some(value))
        && expressions.all(|expression| holds(expression, labels.get(&expression.key)))
}

fn holds(expression: &Expression, label: Option<&String>) -> bool {
    let values = expression.values.as_deref().unwrap_or_default();
    match expression.operator.as_str() {
        "In" => label.is_some_and(|label| values.contains(label)),
        "NotIn" => label.is_none_or(|label| !values.contains(label)),
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        _ => false,
    }
}
