//! Hostnames of listeners and routes.

use std::cmp::Reverse;

use limpet_schema::snapshot::ANY_HOST;

/// A listener's or route's hostname as it stands in a manifest; absent and empty mean every host.
pub fn or_any(hostname: Option<&str>) -> &str {
    hostname.filter(|name| !name.is_empty()).unwrap_or(ANY_HOST)
}

/// The hosts that both take: the more specific of the two, or none.
pub fn intersection<'a>(one: &'a str, other: &'a str) -> Option<&'a str> {
    if covers(one, other) {
        Some(other)
    } else if covers(other, one) {
        Some(one)
    } else {
        None
    }
}

/// The order of hosts in a listener: exact names, wildcards by falling length, every host.
pub fn specificity(hostname: &str) -> impl Ord + use<> {
    (rank(hostname), hostname.to_owned())
}

/// How specific a hostname is; less is more.
pub type Rank = (u8, Reverse<usize>);

/// Exact names before wildcards before every host, the longer first.
pub fn rank(hostname: &str) -> Rank {
    let kind = match hostname {
        ANY_HOST => 2,
        name if name.starts_with("*.") => 1,
        _ => 0,
    };
    (kind, Reverse(hostname.len()))
}

/// Whether every host of `inner` is one of `outer`. `*.a` takes one label or more before `.a`.
fn covers(outer: &str, inner: &str) -> bool {
    if outer == ANY_HOST || outer == inner {
        return true;
    }
    outer.strip_prefix('*').is_some_and(|suffix| {
        inner != ANY_HOST && inner.len() > suffix.len() && inner.ends_with(suffix)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_hostnames_share() {
        let check = |one, other, expected| {
            assert_eq!(intersection(one, other), expected, "{one} {other}");
            assert_eq!(intersection(other, one), expected, "{other} {one}");
        };
        check("*", "*", Some("*"));
        check("*", "a.com", Some("a.com"));
        check("*", "*.a.com", Some("*.a.com"));
        check("a.com", "a.com", Some("a.com"));
        check("a.com", "b.com", None);
        check("*.a.com", "a.com", None);
        check("*.a.com", "b.a.com", Some("b.a.com"));
        check("*.a.com", "c.b.a.com", Some("c.b.a.com"));
        check("*.a.com", "*.b.a.com", Some("*.b.a.com"));
        check("*.a.com", "*.a.com", Some("*.a.com"));
        check("*.a.com", "xa.com", None);
        check("*.a.com", "*.b.com", None);
    }
}
