//! Values by hostname: exact names, wildcards, any.

use std::borrow::Cow;

use limpet_schema::snapshot::ANY_HOST;

use crate::base::fast_map::FastMap;
use crate::proto::target::without_port;

/// Values by hostname; a hostname has one value.
///
/// A wildcard takes one or more labels: `*.example.com` takes `a.b.example.com`, not
/// `example.com` (Gateway API, Hostname).
#[derive(Debug)]
pub struct Hosts<T> {
    exact: FastMap<Box<str>, T>,
    /// By what follows `*.`.
    wildcards: FastMap<Box<str>, T>,
    any: Option<T>,
}

impl<T> Default for Hosts<T> {
    fn default() -> Self {
        Self {
            exact: FastMap::default(),
            wildcards: FastMap::default(),
            any: None,
        }
    }
}

impl<T> Hosts<T> {
    /// Adds a value; gives it back when the hostname has one already.
    pub fn insert(&mut self, hostname: &str, value: T) -> Result<(), T> {
        let taken = self.get(hostname).is_some();
        if taken {
            return Err(value);
        }
        if hostname == ANY_HOST {
            self.any = Some(value);
        } else if let Some(suffix) = hostname.strip_prefix("*.") {
            self.wildcards.insert(suffix.into(), value);
        } else {
            self.exact.insert(hostname.into(), value);
        }
        Ok(())
    }

    /// The value of exactly this hostname, which may be a wildcard.
    pub fn get(&self, hostname: &str) -> Option<&T> {
        if hostname == ANY_HOST {
            return self.any.as_ref();
        }
        match hostname.strip_prefix("*.") {
            Some(suffix) => self.wildcards.get(suffix),
            None => self.exact.get(hostname),
        }
    }

    /// What the first of the values that take a normal host gives, most specific first.
    pub fn find_map<'a, R>(
        &'a self,
        host: &str,
        mut give: impl FnMut(&'a T) -> Option<R>,
    ) -> Option<R> {
        let exact = self.exact.get(host).and_then(&mut give);
        exact
            .or_else(|| self.find_wildcard(host, &mut give))
            .or_else(|| self.any.as_ref().and_then(give))
    }

    fn find_wildcard<'a, R>(
        &'a self,
        host: &str,
        give: impl FnMut(&'a T) -> Option<R>,
    ) -> Option<R> {
        if self.wildcards.is_empty() {
            return None;
        }
        memchr::memchr_iter(b'.', host.as_bytes())
            .filter(|dot| *dot > 0)
            .filter_map(|dot| self.wildcards.get(&host[dot + 1..]))
            .find_map(give)
    }
}

/// A request's host as hostnames are written: lower case, without port and trailing dot.
#[must_use]
pub fn normal(host: &str) -> Cow<'_, str> {
    let name = without_port(host);
    let name = name.strip_suffix('.').unwrap_or(name);
    // Without an early end this is a few instructions for sixteen bytes.
    let is_upper = |any, byte: u8| any | byte.is_ascii_uppercase();
    if name.bytes().fold(false, is_upper) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, expected: &[&str]) {
        let mut hosts = Hosts::default();
        for name in [
            "*",
            "*.com",
            "*.example.com",
            "example.com",
            "a.example.com",
            "[::1]",
        ] {
            hosts.insert(name, name).expect("distinct");
        }
        let host = normal(host);
        let mut found = Vec::new();
        hosts.find_map(&host, |name| {
            found.push(*name);
            None::<()>
        });
        assert_eq!(found, expected, "{host}");
    }

    #[test]
    fn exact_names_come_before_wildcards_before_any() {
        check(
            "a.example.com",
            &["a.example.com", "*.example.com", "*.com", "*"],
        );
        check("a.b.example.com", &["*.example.com", "*.com", "*"]);
        check("example.com", &["example.com", "*.com", "*"]);
        check("com", &["*"]);
        check(".com", &["*"]);
        check("", &["*"]);
    }

    #[test]
    fn hosts_lose_port_case_and_one_trailing_dot() {
        check(
            "A.Example.COM.:8080",
            &["a.example.com", "*.example.com", "*.com", "*"],
        );
        check("com..", &["*"]);
        check("[::1]:80", &["[::1]", "*"]);
        check("[::1]", &["[::1]", "*"]);
    }

    #[test]
    fn a_hostname_has_one_value() {
        let mut hosts = Hosts::default();
        for name in ["*", "*.a", "a"] {
            assert_eq!(hosts.insert(name, 1), Ok(()));
            assert_eq!(hosts.insert(name, 2), Err(2));
            assert_eq!(hosts.get(name), Some(&1));
        }
    }
}
