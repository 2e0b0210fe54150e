//! What a SessionAffinity asks for, whichever kind holds it.

use limpet_schema::api::{SessionAffinity, SessionAffinityType};
use limpet_schema::duration;
use limpet_schema::messages::{self, Message};
use limpet_schema::snapshot::Affinity;

use crate::status::with_id;

/// The cookie of `managed-cookie`.
const MANAGED_NAME: &str = "AGCAffinity";

/// How long it lives: a day.
const MANAGED_SECS: u32 = 86_400;

/// The affinity asked for, within `scope`, on listeners of plain HTTP.
///
/// # Errors
/// What is wrong with it, with the message id.
pub fn affinity(asked: &SessionAffinity, scope: String) -> Result<Affinity, String> {
    if asked.affinity_type == SessionAffinityType::ManagedCookie {
        return Ok(Affinity {
            scope,
            cookie_name: MANAGED_NAME.to_owned(),
            cookie_duration_secs: MANAGED_SECS,
            ..Affinity::default()
        });
    }
    // The rule table refuses these before; it says them better, and this holds without it.
    let missing = |field: &str| with_id(format!("{field} is missing"), &messages::FIELD_REQUIRED);
    let name = asked.cookie_name.clone();
    let cookie_name = name.ok_or_else(|| missing("cookieName"))?;
    if promises_tls(&cookie_name) {
        return Err(wrong_prefix(&cookie_name));
    }
    let lifetime = asked.cookie_duration.as_ref().map(duration::parse_secs);
    let lifetime = lifetime.transpose().map_err(|error| {
        with_id(
            format!("cookieDuration is {error}"),
            &messages::FIELD_DURATION,
        )
    })?;
    Ok(Affinity {
        scope,
        cookie_name,
        cookie_duration_secs: lifetime
            .flatten()
            .ok_or_else(|| missing("cookieDuration"))?,
        ..Affinity::default()
    })
}

/// Says that a managed cookie takes no name or duration, where one is given.
pub fn discarded(asked: &SessionAffinity) -> Option<String> {
    let is_given = |lifetime| duration::parse_secs(lifetime) != Ok(None);
    let fields = [
        ("cookieName", asked.cookie_name.is_some()),
        (
            "cookieDuration",
            asked.cookie_duration.as_ref().is_some_and(is_given),
        ),
    ];
    let given: Vec<&str> = fields
        .iter()
        .filter(|(_, is)| *is)
        .map(|(f, _)| *f)
        .collect();
    let is_managed = asked.affinity_type == SessionAffinityType::ManagedCookie;
    (is_managed && !given.is_empty()).then(|| {
        let text = format!(
            "{} discarded: a managed-cookie is {MANAGED_NAME}, for {MANAGED_SECS} seconds",
            given.join(" and ")
        );
        with_id(text, &messages::MANAGED_COOKIE_FIXED)
    })
}

/// Browsers compare these prefixes without regard to case (RFC 6265bis, 4.1.3).
fn promises_tls(cookie_name: &str) -> bool {
    let name = cookie_name.to_ascii_lowercase();
    name.starts_with("__host-") || name.starts_with("__secure-")
}

fn wrong_prefix(cookie_name: &str) -> String {
    let is: &Message = &messages::COOKIE_PREFIX;
    let text = format!(
        "cookieName {cookie_name} promises TLS, and the listeners serve plain HTTP. {}",
        is.remedy
    );
    with_id(text, is)
}
