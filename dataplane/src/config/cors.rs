//! CORS, answered for the application (Fetch 3.3; Gateway API HTTPCORSFilter).
//!
//! What a rule says about other origins is all that is said: fields of the application about it are
//! dropped. A foreign origin is told nothing, which is how browsers learn that it may not.

use http::{HeaderValue, Method};
use limpet_schema::snapshot;

use crate::proto::field_name::{Known, KnownSet};
use crate::proto::fields::Fields;
use crate::proto::head::RequestHead;

/// What pages of other origins may be told, none of which the application says.
const ANSWERS: KnownSet = KnownSet::of(&[
    Known::AccessControlAllowOrigin,
    Known::AccessControlAllowCredentials,
    Known::AccessControlAllowMethods,
    Known::AccessControlAllowHeaders,
    Known::AccessControlExposeHeaders,
    Known::AccessControlMaxAge,
]);

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
        && head.fields.has(Known::Origin)
        && head.fields.has(Known::AccessControlRequestMethod)
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
    pub fn answer(&self, head: &RequestHead) -> Fields {
        let mut fields = Fields::default();
        if !self.tell(&head.fields, &mut fields) {
            return fields;
        }
        let lists = [
            (
                &self.methods,
                Known::AccessControlAllowMethods,
                Known::AccessControlRequestMethod,
            ),
            (
                &self.headers,
                Known::AccessControlAllowHeaders,
                Known::AccessControlRequestHeaders,
            ),
        ];
        for (names, field, asked) in lists {
            let asked = head.fields.get(asked);
            if let Some(value) = names.as_ref().and_then(|names| self.said(names, asked)) {
                fields.set(field, value);
            }
        }
        fields.set(Known::AccessControlMaxAge, self.max_age.as_bytes());
        fields
    }

    /// Edits the response to a request that is no preflight.
    pub fn respond(&self, request: &RequestHead, fields: &mut Fields) {
        fields.remove_any(ANSWERS);
        self.tell(&request.fields, fields);
    }

    /// Says what holds for preflights and others alike; whether the origin may know.
    fn tell(&self, request: &Fields, fields: &mut Fields) -> bool {
        let says_star = self.takes_any && !self.allows_credentials;
        if !says_star {
            fields.add(Known::Vary, b"origin");
        }
        let Some(origin) = request
            .get(Known::Origin)
            .filter(|origin| self.takes(origin))
        else {
            return false;
        };
        let origin = if says_star { b"*" } else { origin };
        fields.set(Known::AccessControlAllowOrigin, origin);
        if self.allows_credentials {
            fields.set(Known::AccessControlAllowCredentials, b"true");
        }
        if let Some(exposed) = &self.exposed {
            fields.set(Known::AccessControlExposeHeaders, exposed.as_bytes());
        }
        true
    }

    fn takes(&self, origin: &[u8]) -> bool {
        self.takes_any || self.origins.iter().any(|known| known.takes(origin))
    }

    /// With credentials a star would be a name like any other, so what was asked for is repeated.
    fn said<'a>(&'a self, names: &'a Names, asked: Option<&'a [u8]>) -> Option<&'a [u8]> {
        match names {
            Names::These(names) => Some(names.as_bytes()),
            Names::Any if self.allows_credentials => asked,
            Names::Any => Some(b"*"),
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
        let check = |origin: &str, expected| {
            assert_eq!(cors.takes(origin.as_bytes()), expected, "{origin}");
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
