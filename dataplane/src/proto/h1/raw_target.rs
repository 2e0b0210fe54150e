//! Targets that the `http` crate's `Uri` does not take, though they are visible ASCII: double quotes,
//! angle brackets and back-ticks. Browsers and the proxies in front send them, every peer forwards
//! them, and so do we, as they came.
//!
//! A head with such a target is decoded with a stand-in of the same shape, and the target itself
//! rides along. Only `target` reads it. It never touches an authority, where these bytes stay
//! refused.

use std::borrow::Cow;

use bytes::BytesMut;

/// From the path on, as the client wrote it.
#[derive(Clone, Debug)]
pub struct RawTarget(Box<str>);

impl RawTarget {
    /// Takes the target of a request's head that the guard accepted, and leaves a stand-in; `None`
    /// where `Uri` takes it as it is.
    pub fn take(head: &mut BytesMut) -> Option<Self> {
        let start = memchr::memchr(b' ', head)? + 1;
        let len = memchr::memchr(b' ', &head[start..])?;
        let target = &mut head[start..start + len];
        if !target.iter().any(|byte| is_foreign(*byte)) {
            return None;
        }
        let path = path_start(target);
        let raw = str::from_utf8(&target[path..]).expect("the guard lets ASCII pass");
        let raw = Self(raw.into());
        let foreign = target[path..].iter_mut().filter(|byte| is_foreign(**byte));
        foreign.for_each(|byte| *byte = b'_');
        Some(raw)
    }

    pub fn path(&self) -> &str {
        match self.split() {
            ("", _) => "/",
            (path, _) => path,
        }
    }

    pub fn query(&self) -> Option<&str> {
        self.split().1
    }

    pub fn path_and_query(&self) -> Cow<'_, str> {
        if self.0.starts_with('/') {
            Cow::Borrowed(&self.0)
        } else {
            Cow::Owned(format!("/{}", self.0))
        }
    }

    fn split(&self) -> (&str, Option<&str>) {
        let split = self.0.split_once('?');
        split.map_or((&self.0, None), |(path, query)| (path, Some(query)))
    }
}

/// Whether it is visible ASCII that `Uri` refuses in a path or in a query.
fn is_foreign(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | b'`')
}

/// Where the path begins, or the query of a target without a path: behind the authority of an absolute
/// target.
fn path_start(target: &[u8]) -> usize {
    if target.starts_with(b"/") {
        return 0;
    }
    let authority = memchr::memmem::find(target, b"://").map_or(0, |at| at + 3);
    let path = target[authority..]
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?'));
    path.map_or(target.len(), |at| authority + at)
}

#[cfg(test)]
pub mod tests {
    use monoio_http::common::request::RequestHead;

    use crate::proto::h1::refusal::Refusal;
    use crate::proto::h1::{guard, head};

    /// The head of a GET of that target.
    pub fn request_to(target: &str) -> RequestHead {
        read(target).expect("accepted")
    }

    fn read(target: &str) -> Result<RequestHead, Refusal> {
        let mut buffer = bytes::BytesMut::from(&*format!("GET {target} HTTP/1.1\r\n\r\n"));
        let mut search = guard::Search::default();
        head::next_request(&mut buffer, &mut search).map(|head| head.expect("whole"))
    }

    fn check(target: &str, path: &str, query: Option<&str>) {
        use crate::proto::h1::target;
        let head = request_to(target);
        assert_eq!(target::path(&head), path, "{target}");
        assert_eq!(target::query(&head), query, "{target}");
    }

    #[test]
    fn all_visible_ascii_stays_as_it_came() {
        let all: String = (b'!'..=b'~')
            .map(char::from)
            .filter(|c| !"#?".contains(*c))
            .collect();
        check(&format!("/{all}"), &format!("/{all}"), None);
        check(&format!("/?{all}?"), "/", Some(&format!("{all}?")));
        for one in all.chars() {
            check(
                &format!("/{one}?{one}"),
                &format!("/{one}"),
                Some(&one.to_string()),
            );
        }
    }

    #[test]
    fn an_absolute_target_has_them_behind_its_authority() {
        check("http://a/<b>?`c`", "/<b>", Some("`c`"));
        check("http://a?<b>", "/", Some("<b>"));
        for target in [
            "http://<a>/",
            "http://a<b/",
            "http://a\"",
            "<",
            "a<b",
            "\"/",
            "<a>://b/",
        ] {
            assert_eq!(read(target).err(), Some(Refusal::TargetInvalid), "{target}");
        }
    }
}
