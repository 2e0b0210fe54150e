//! Session persistence (GEP-1619) of a rule, in the shapes of v1.6 and v1.7, and of an XBackend, as
//! affinity.
//!
//! A rule's sessions are its own. In the shape of v1.6 a session keeps its pod across the split; in
//! that of v1.7 (`cookie`) the weights choose a backend for every request, and the session keeps
//! its pod inside each. So it does with the sessions of an XBackend, which all rules share that lead
//! to it.

use std::hash::Hasher;
use std::time::Duration;

use limpet_schema::duration;
use limpet_schema::gateway_api::httproutes::{
    HttpRouteRules, HttpRouteRulesBackendRefs, HttpRouteRulesSessionPersistence,
    HttpRouteRulesSessionPersistenceCookieConfigLifetimeType as Lifetime,
    HttpRouteRulesSessionPersistenceType as Type,
};
use limpet_schema::gateway_api::xbackends::{
    XBackendSessionPersistence, XBackendSessionPersistenceCookieLifetimeType,
    XBackendSessionPersistenceType,
};
use limpet_schema::messages;
use limpet_schema::snapshot::Affinity;
use siphasher::sip::SipHasher24;

use super::Unsupported;
use crate::inputs::{Inputs, ObjectKey};

/// The longest a pin may hold, in seconds: 400 days. Where no end is asked for, this is one.
const DURATION_SECS_MAX: u32 = 34_560_000;

const COOKIE_NAME_BYTES_MAX: usize = 128;

/// What a rule asks for.
pub struct Persistence {
    /// How.
    pub affinity: Affinity,
    /// Whether inside each backend, rather than across them.
    pub is_inside: bool,
}

/// What the rule number `number` of a route asks for.
///
/// # Errors
/// When that is not done here.
pub fn read(
    route: &ObjectKey,
    number: usize,
    rule: &HttpRouteRules,
    inputs: &Inputs,
) -> Result<Option<Persistence>, Unsupported> {
    let Some(asked) = &rule.session_persistence else {
        return Ok(None);
    };
    check_shape(asked)?;
    for reference in rule.backend_refs.iter().flatten() {
        check_service(route, reference, inputs)?;
    }
    // No name of a rule begins like that.
    let rule = rule.name.clone().unwrap_or_else(|| format!("#{number}"));
    let scope = format!("HTTPRoute/{route}/{rule}");
    let timeout = asked.absolute_timeout.as_deref();
    let affinity = match &asked.cookie {
        Some(cookie) => Session {
            timeout,
            name: cookie.name.as_deref(),
            path: cookie.path.as_deref(),
            is_permanent: cookie.lifetime_type == Some(Lifetime::Permanent),
        },
        None => Session {
            timeout,
            name: asked.session_name.as_deref(),
            path: None,
            is_permanent: asked
                .cookie_config
                .as_ref()
                .is_some_and(|config| config.lifetime_type == Some(Lifetime::Permanent)),
        },
    };
    Ok(Some(Persistence {
        affinity: affinity.pinned(scope)?,
        is_inside: asked.cookie.is_some(),
    }))
}

/// What an XBackend asks for.
///
/// # Errors
/// When that is not done here.
pub fn of_x_backend(
    key: &ObjectKey,
    asked: &XBackendSessionPersistence,
) -> Result<Affinity, Unsupported> {
    if asked.r#type == Some(XBackendSessionPersistenceType::Header) || asked.header.is_some() {
        return Err(no_header());
    }
    let cookie = asked.cookie.as_ref();
    let lifetime = cookie.and_then(|cookie| cookie.lifetime_type.as_ref());
    let session = Session {
        timeout: asked.absolute_timeout.as_deref(),
        name: cookie.and_then(|cookie| cookie.name.as_deref()),
        path: cookie.and_then(|cookie| cookie.path.as_deref()),
        is_permanent: lifetime == Some(&XBackendSessionPersistenceCookieLifetimeType::Permanent),
    };
    session.pinned(format!("XBackend/{key}"))
}

/// A session, in whichever shape it was asked for.
struct Session<'a> {
    timeout: Option<&'a str>,
    name: Option<&'a str>,
    path: Option<&'a str>,
    is_permanent: bool,
}

impl Session<'_> {
    fn pinned(&self, scope: String) -> Result<Affinity, Unsupported> {
        let cookie_name = match self.name.filter(|name| !name.is_empty()) {
            Some(name) => checked_name(name)?,
            None => generated_name(&scope),
        };
        let path = self.path.filter(|path| *path != "/");
        Ok(Affinity {
            cookie_name,
            cookie_duration_secs: self.duration_secs()?,
            cookie_path: path.map(checked_path).transpose()?,
            is_session_cookie: !self.is_permanent,
            scope,
        })
    }

    fn duration_secs(&self) -> Result<u32, Unsupported> {
        let Some(text) = self.timeout else {
            return match self.is_permanent {
                false => Ok(DURATION_SECS_MAX),
                true => Err(unsupported("a Permanent cookie needs absoluteTimeout")),
            };
        };
        let secs = duration::parse(text).ok().and_then(whole_secs);
        secs.ok_or_else(|| {
            unsupported(&format!(
                "absoluteTimeout {text} is no number of whole seconds from 1s to 9600h"
            ))
        })
    }
}

fn whole_secs(duration: Duration) -> Option<u32> {
    let secs = u32::try_from(duration.as_secs()).ok()?;
    let is_held = duration.subsec_nanos() == 0 && (1..=DURATION_SECS_MAX).contains(&secs);
    is_held.then_some(secs)
}

fn check_shape(asked: &HttpRouteRulesSessionPersistence) -> Result<(), Unsupported> {
    if asked.r#type == Some(Type::Header) || asked.header.is_some() {
        return Err(no_header());
    }
    let is_mixed = asked.session_name.is_some() || asked.cookie_config.is_some();
    if asked.cookie.is_some() && is_mixed {
        return Err(unsupported(
            "cookie (v1.7) excludes sessionName and cookieConfig (v1.6)",
        ));
    }
    Ok(())
}

/// Two ways to keep a client on a pod would contradict each other (GEP-1619).
fn check_service(
    route: &ObjectKey,
    reference: &HttpRouteRulesBackendRefs,
    inputs: &Inputs,
) -> Result<(), Unsupported> {
    let namespace = reference.namespace.as_deref().unwrap_or(&route.namespace);
    let key = ObjectKey::new(namespace, &reference.name);
    let service = inputs
        .services
        .get(&key)
        .and_then(|service| service.spec.as_ref());
    let affinity = service.and_then(|spec| spec.session_affinity.as_deref());
    match affinity {
        Some("ClientIP") => Err(unsupported(&format!(
            "Service {key} has a sessionAffinity of its own; remove one of the two"
        ))),
        _ => Ok(()),
    }
}

fn checked_name(name: &str) -> Result<String, Unsupported> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.len() > COOKIE_NAME_BYTES_MAX || !name.bytes().all(is_token) {
        return Err(unsupported(&format!(
            "{name:?} is no name of a cookie: a token of 1 to {COOKIE_NAME_BYTES_MAX} bytes"
        )));
    }
    Ok(name.to_owned())
}

fn checked_path(path: &str) -> Result<String, Unsupported> {
    let is_sendable = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b';';
    if path.starts_with('/') && path.bytes().all(is_sendable) {
        Ok(path.to_owned())
    } else {
        Err(unsupported(&format!("{path:?} is no path of a cookie")))
    }
}

/// The same wherever and whenever it is made, as clients keep it.
fn generated_name(scope: &str) -> String {
    let mut hasher = SipHasher24::new();
    hasher.write(scope.as_bytes());
    format!("limpet-{:016x}", hasher.finish())
}

fn no_header() -> Unsupported {
    unsupported("sessions in a header are not supported; use type Cookie")
}

fn unsupported(text: &str) -> Unsupported {
    let text = format!("sessionPersistence: {text}");
    Unsupported::new(text, &messages::RULE_UNSUPPORTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_name_never_changes() {
        let name = generated_name("HTTPRoute/default/route/0");
        assert_eq!(name, "limpet-6b4389fd430d7691");
    }
}
