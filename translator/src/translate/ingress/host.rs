//! Hosts of Ingresses, where `*` stands for exactly one label.

use limpet_schema::snapshot::{Match, TextMatch, ValueMatch};

/// Narrows a match to hosts with one label in the place of `*`: in a snapshot, as in the Gateway
/// API, it stands for one or more.
pub fn narrow(host: &str, mut when: Match) -> Match {
    if let Some(suffix) = host.strip_prefix("*.") {
        let suffix = regex::escape(suffix);
        // As hosts are looked up: in any case, with or without the root's dot and a port.
        let value = TextMatch::Regex(format!(r"(?i)[^.:]+\.{suffix}\.?(:[0-9]*)?"));
        when.headers.push(ValueMatch {
            name: "host".to_owned(),
            value,
        });
    }
    when
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::super::super::matching::everything;
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let narrowed = narrow("*.a.com", everything());
        let TextMatch::Regex(text) = &narrowed.headers[0].value else {
            panic!("an expression")
        };
        let regex = Regex::new(&format!("^(?:{text})$")).expect("compiles");
        assert!(regex.is_match("b.a.com"));
        assert!(regex.is_match("B.A.com:8081"));
        for host in ["b.a.com.", "B.A.com.:8081", "b.a.com:"] {
            assert!(regex.is_match(host), "{host}");
        }
        assert!(!regex.is_match("b.a.com.."));
        assert!(!regex.is_match("c.b.a.com"));
        assert!(!regex.is_match("a.com"));
        assert!(!regex.is_match("b.axcom"));
        assert_eq!(narrow("a.com", everything()), everything());
    }
}
