//! Which port of the fleet stands for which port of a Gateway, where nobody but the operator writes:
//! in a ConfigMap of the release's namespace.
//!
//! The ports are all tenants'. What one of them may edit, such as its Gateway's Service, decides
//! nothing about them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::inputs::ObjectKey;
use crate::labels::MANAGED_BY;

/// By Gateway and its port, the port of the fleet.
pub type Allocations = BTreeMap<ObjectKey, BTreeMap<u16, u16>>;

/// Where in the ConfigMap: one text, so that it is as it should be or not.
const FIELD: &str = "ports";

/// What is written down: one line a Gateway, such as `shop/gateway 80=10080 443=10443`. Lines that
/// cannot be read are left out.
#[must_use]
pub fn read(config_map: &Value) -> Allocations {
    let text = config_map["data"][FIELD].as_str().unwrap_or_default();
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<(ObjectKey, BTreeMap<u16, u16>)> {
    let mut words = line.split(' ');
    let (namespace, name) = words.next()?.split_once('/')?;
    let pair = |word: &str| {
        let (port, target) = word.split_once('=')?;
        Some((port.parse().ok()?, target.parse().ok()?))
    };
    let ports: Option<BTreeMap<u16, u16>> = words.map(pair).collect();
    Some((ObjectKey::new(namespace, name), ports?))
}

/// The ConfigMap that says so.
#[must_use]
pub fn object(key: &ObjectKey, allocations: &Allocations) -> Value {
    let line = |(gateway, ports): (&ObjectKey, &BTreeMap<u16, u16>)| {
        let pairs = ports
            .iter()
            .map(|(port, target)| format!(" {port}={target}"));
        format!("{gateway}{}\n", pairs.collect::<String>())
    };
    let text: String = allocations.iter().map(line).collect();
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": key.name,
            "namespace": key.namespace,
            "labels": {MANAGED_BY.0: MANAGED_BY.1},
        },
        "data": {FIELD: text},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_is_read_again_and_the_rest_is_left_out() {
        let shop = BTreeMap::from([(80, 10_080), (443, 10_443)]);
        let written = Allocations::from([
            (ObjectKey::new("shop", "gateway"), shop),
            (ObjectKey::new("a", "b"), BTreeMap::from([(1, 65_535)])),
        ]);
        let mut object = object(&ObjectKey::new("limpet-system", "limpet-ports"), &written);
        assert_eq!(read(&object), written);
        let text = object["data"][FIELD].as_str().expect("text").to_owned();
        assert_eq!(text, "a/b 1=65535\nshop/gateway 80=10080 443=10443\n");
        object["data"][FIELD] = format!("{text}x\nc/d 1\nc/d 1=70000\n\n").into();
        assert_eq!(read(&object), written);
        assert_eq!(read(&Value::Null), Allocations::new());
    }
}
