//! Where a request points: a path, an absolute URI of http or https, or `*` (RFC 9112 3.2).
//!
//! Paths and queries hold any visible ASCII but a fragment's mark, also what RFC 3986 would have
//! escaped: browsers and proxies send it, every peer forwards it, and so do we, as it came. An
//! authority is a host with its port and nothing else.

use std::ops::Range;

/// The longest host with its port: a DNS name and `:65535`.
const HOST_BYTES_MAX: usize = 260;

/// The parts of a request's target, as ranges in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    is_https: bool,
    /// Where the authority begins; 0: there is none.
    authority: u32,
    /// Where the path begins, which may be empty.
    path: u32,
    /// Where the path ends: at a question mark or at the target's end.
    path_end: u32,
    end: u32,
}

impl Target {
    /// Takes a target apart; `None`: it is none that can be forwarded.
    #[must_use]
    pub fn parse(target: &[u8]) -> Option<Self> {
        // A fragment never belongs on the wire, and parsers disagree on what follows it.
        let is_plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'#';
        if !target.iter().all(is_plain) {
            return None;
        }
        let (is_https, authority, path) = match target {
            [b'/', ..] | b"*" => (false, 0, 0),
            _ => absolute(target)?,
        };
        let path_end = memchr::memchr(b'?', &target[path..]);
        Some(Self {
            is_https,
            authority: authority as u32,
            path: path as u32,
            path_end: path_end.map_or(target.len(), |at| path + at) as u32,
            end: target.len() as u32,
        })
    }

    /// Whether its scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// A host with its port, if it has one.
    #[must_use]
    pub fn authority(&self) -> Option<Range<usize>> {
        (self.authority > 0).then_some(self.authority as usize..self.path as usize)
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> Range<usize> {
        self.path as usize..self.path_end as usize
    }

    /// Behind the question mark.
    #[must_use]
    pub fn query(&self) -> Option<Range<usize>> {
        (self.path_end < self.end).then(|| self.path_end as usize + 1..self.end as usize)
    }

    /// Both, with the question mark.
    #[must_use]
    pub fn path_and_query(&self) -> Range<usize> {
        self.path as usize..self.end as usize
    }
}

/// Whether its scheme is https, where its authority begins and where that ends.
fn absolute(target: &[u8]) -> Option<(bool, usize, usize)> {
    let has_scheme = |scheme: &str| {
        let start = target.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    let (is_https, start) = match has_scheme("https://") {
        true => (true, 8),
        false => (false, has_scheme("http://").then_some(7)?),
    };
    let len = target[start..]
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?'));
    let end = len.map_or(target.len(), |len| start + len);
    is_host(&target[start..end]).then_some((is_https, start, end))
}

/// `host [":" port]`, where the host is a name, an IPv4 address or an IPv6 address in brackets.
#[must_use]
pub fn is_host(host: &[u8]) -> bool {
    if host.len() > HOST_BYTES_MAX {
        return false;
    }
    if let Some(rest) = host.strip_prefix(b"[") {
        let Some(end) = memchr::memchr(b']', rest) else {
            return false;
        };
        let address = str::from_utf8(&rest[..end]).unwrap_or_default();
        let is_address = address.parse::<std::net::Ipv6Addr>().is_ok();
        return is_address && is_port_suffix(&rest[end + 1..]);
    }
    let is_name_byte = |byte: &&u8| NAME[usize::from(**byte)];
    let name_len = host.iter().take_while(is_name_byte).count();
    name_len > 0 && is_port_suffix(&host[name_len..])
}

/// What a host's name may hold, of RFC 3986's `reg-name`: letters, digits and marks.
const NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] =
            (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

fn is_port_suffix(suffix: &[u8]) -> bool {
    match suffix {
        [] | b":" => true,
        [b':', port @ ..] => {
            let digit = |byte: u8| byte.is_ascii_digit().then_some(u16::from(byte & 0xf));
            let add = |sum: u16, byte: &u8| sum.checked_mul(10)?.checked_add(digit(*byte)?);
            port.iter().try_fold(0, add).is_some()
        }
        _ => false,
    }
}

/// A host without its port.
#[must_use]
pub fn without_port(host: &str) -> &str {
    match memchr::memrchr(b':', host.as_bytes()) {
        Some(colon) if !host[colon..].contains(']') => &host[..colon],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, authority: Option<&str>, path: &str, query: Option<&str>) {
        let parsed = Target::parse(target.as_bytes()).expect("a target");
        assert_eq!(parsed.authority().map(|part| &target[part]), authority);
        assert_eq!(&target[parsed.path()], path);
        assert_eq!(parsed.query().map(|part| &target[part]), query);
    }

    #[test]
    fn all_visible_ascii_stays_as_it_came() {
        let all: String = (b'!'..=b'~')
            .map(char::from)
            .filter(|c| !"#?".contains(*c))
            .collect();
        let path = format!("/{all}");
        check(&path, None, &path, None);
        check(&format!("/?{all}?"), None, "/", Some(&format!("{all}?")));
        check("//b//c", None, "//b//c", None);
        check("*", None, "*", None);
    }

    #[test]
    fn an_absolute_target_has_a_host_in_front() {
        check("http://a/<b>?`c`", Some("a"), "/<b>", Some("`c`"));
        check("http://a?<b>", Some("a"), "", Some("<b>"));
        check("HTTP://a:80", Some("a:80"), "", None);
        check("https://[::1]:8/b", Some("[::1]:8"), "/b", None);
        let parsed = Target::parse(b"hTTps://a/").expect("a target");
        assert!(parsed.is_https());
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for target in [
            "",
            "http://",
            "a b",
            "<",
            "http://a:b:c/",
            "nothing",
            "a:80",
            "http://<a>/",
            "http://a<b/",
            "http://a\"",
            "a<b",
            "\"/",
            "<a>://b/",
            "http://u@a/",
            "ftp://a/",
            "http:/a",
            "**",
            "*/",
            "/a#b",
            "/\u{e9}",
            "/\t",
        ] {
            assert_eq!(Target::parse(target.as_bytes()), None, "{target}");
        }
    }

    #[test]
    fn ports_are_cut_off_names_and_addresses() {
        assert_eq!(without_port("a:80"), "a");
        assert_eq!(without_port("a"), "a");
        assert_eq!(without_port("[::1]:80"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
    }
}
