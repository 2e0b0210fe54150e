//! CORS, answered for the application (Fetch 3.3; Gateway API HTTPCORSFilter).
//!
//! What a rule says about other origins is all that is said: fields of the application about it are
//! dropped. A foreign origin is told nothing, which is how browsers learn that it may not.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use limpet_schema::snapshot;
use monoio_http::common::request::RequestHead;

/// What pages of other origins may be told, none of which the application says.
const ANSWERS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// What a rule says about other origins.
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Vec<Origin>,
    takes_any: bool,
    methods: Option<Names>,
    headers: Option<Names>,
    exposed: Option<HeaderValue>,
    allows_credentials: bool,
    max_age: HeaderValue,
}

#[derive(Clone, Debug)]
enum Origin {
    Exact(Box<str>),
    /// What stands before and behind one label or more.
    Wildcard(Box<str>, Box<str>),
}

#[derive(Clone, Debug)]
enum Names {
    Any,
    These(HeaderValue),
}

/// Whether a request only asks what another may do (Fetch 3.3.2).
#[must_use]
pub fn is_preflight(head: &RequestHead) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

impl Cors {
    /// Parses it; the error says what cannot be sent.
    pub fn compile(cors: &snapshot::Cors) -> Result<Self, String> {
        let origin = |text: &String| match text.split_once('*') {
            Some((before, after)) => Origin::Wildcard(before.into(), after.into()),
            None => Origin::Exact(text.as_str().into()),
        };
        let takes_any = cors.origins.iter().any(|origin| origin == "*");
        let listed = cors.origins.iter().filter(|origin| *origin != "*");
        Ok(Self {
            origins: listed.map(origin).collect(),
            takes_any,
            methods: names(&cors.methods)?,
            headers: names(&cors.headers)?,
            exposed: joined(&cors.exposed)?,
            allows_credentials: cors.allows_credentials,
            max_age: cors.max_age_secs.into(),
        })
    }

    /// The fields that answer a preflight.
    #[must_use]
    pub fn answer(&self, head: &RequestHead) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !self.tell(&head.headers, &mut headers) {
            return headers;
        }
        let asked = |name| head.headers.get(name);
        let lists = [
            (
                &self.methods,
                ACCESS_CONTROL_ALLOW_METHODS,
                asked(ACCESS_CONTROL_REQUEST_METHOD),
            ),
            (
                &self.headers,
                ACCESS_CONTROL_ALLOW_HEADERS,
                asked(ACCESS_CONTROL_REQUEST_HEADERS),
            ),
        ];
        for (names, field, asked) in lists {
            if let Some(value) = names.as_ref().and_then(|names| self.said(names, asked)) {
                headers.insert(field, value);
            }
        }
        headers.insert(ACCESS_CONTROL_MAX_AGE, self.max_age.clone());
        headers
    }

    /// Edits the response to a request that is no preflight.
    pub fn respond(&self, request: &RequestHead, headers: &mut HeaderMap) {
        for name in ANSWERS {
            headers.remove(name);
        }
        self.tell(&request.headers, headers);
    }

    /// Says what holds for preflights and others alike; whether the origin may know.
    fn tell(&self, request: &HeaderMap, headers: &mut HeaderMap) -> bool {
        let says_star = self.takes_any && !self.allows_credentials;
        if !says_star {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        let Some(origin) = request.get(ORIGIN).filter(|origin| self.takes(origin)) else {
            return false;
        };
        let origin = match says_star {
            true => HeaderValue::from_static("*"),
            false => origin.clone(),
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.allows_credentials {
            headers.insert(
                ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        if let Some(exposed) = &self.exposed {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        true
    }

    fn takes(&self, origin: &HeaderValue) -> bool {
        self.takes_any
            || self
                .origins
                .iter()
                .any(|known| known.takes(origin.as_bytes()))
    }

    /// With credentials a star would be a name like any other, so what was asked for is repeated.
    fn said(&self, names: &Names, asked: Option<&HeaderValue>) -> Option<HeaderValue> {
        match names {
            Names::These(names) => Some(names.clone()),
            Names::Any if self.allows_credentials => asked.cloned(),
            Names::Any => Some(HeaderValue::from_static("*")),
        }
    }
}

impl Origin {
    fn takes(&self, origin: &[u8]) -> bool {
        match self {
            Self::Exact(known) => known.as_bytes() == origin,
            Self::Wildcard(before, after) => {
                let star = origin
                    .strip_prefix(before.as_bytes())
                    .and_then(|rest| rest.strip_suffix(after.as_bytes()));
                let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
                star.is_some_and(|star| !star.is_empty() && star.iter().all(is_host))
            }
        }
    }
}

fn names(names: &[String]) -> Result<Option<Names>, String> {
    if names.iter().any(|name| name == "*") {
        return Ok(Some(Names::Any));
    }
    Ok(joined(names)?.map(Names::These))
}

fn joined(names: &[String]) -> Result<Option<HeaderValue>, String> {
    if names.is_empty() {
        return Ok(None);
    }
    let text = names.join(", ");
    let value = text
        .parse()
        .map_err(|_| format!("{text:?} cannot be sent in a header"))?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_takes_any_depth_and_nothing_else() {
        let origins = vec!["https://www.foo.com".into(), "https://*.bar.com".into()];
        let cors = snapshot::Cors {
            origins,
            ..snapshot::Cors::default()
        };
        let cors = Cors::compile(&cors).expect("sound");
        let check = |origin, expected| {
            assert_eq!(
                cors.takes(&HeaderValue::from_static(origin)),
                expected,
                "{origin}"
            );
        };
        check("https://www.foo.com", true);
        check("https://a.bar.com", true);
        check("https://a.b.bar.com", true);
        check("https://bar.com", false);
        check("https://.bar.com", false);
        check("http://a.bar.com", false);
        check("https://evil.com/.bar.com", false);
        check("https://evil.com:1.bar.com", false);
        check("https://a.bar.com:8080", false);
        check("null", false);
    }
}
