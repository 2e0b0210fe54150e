//! Annotations of Ingresses that are served: those that change nothing are named. What was closed by
//! one elsewhere would be open here without a word.

use k8s_openapi::api::networking::v1::Ingress;
use limpet_schema::messages;

use super::EXTENSION;
use crate::status::with_id;

/// How the annotations of our API begin.
const OURS: [&str; 2] = ["alb.networking.azure.io/", "limpet.dev/"];

/// How those of other controllers begin.
const OTHERS: [&str; 6] = [
    "nginx.ingress.kubernetes.io/",
    "appgw.ingress.kubernetes.io/",
    "haproxy.org/",
    "haproxy-ingress.github.io/",
    "traefik.ingress.kubernetes.io/",
    "nginx.org/",
];

/// Parts of names of those that keep clients out.
const CLOSING: [&str; 4] = ["auth", "whitelist", "allowlist", "denylist"];

/// One text for each that changes nothing, by name.
pub fn ignored(ingress: &Ingress) -> impl Iterator<Item = String> + '_ {
    let annotations = ingress.metadata.annotations.iter().flatten();
    annotations.filter_map(|(name, _)| why(name))
}

fn why(name: &str) -> Option<String> {
    let begins = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    let what = if begins(&OURS) && name != EXTENSION {
        "is not known"
    } else if begins(&OTHERS) {
        "is another controller's"
    } else {
        return None;
    };
    let closes = CLOSING.iter().any(|part| name.contains(part));
    let open = if closes {
        "; whom it kept out is let in"
    } else {
        ""
    };
    let text = format!("metadata.annotations[{name}] {what} and changes nothing{open}");
    Some(with_id(text, &messages::ANNOTATION_IGNORED))
}
