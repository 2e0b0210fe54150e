//! What a SessionAffinity asks for, whichever kind holds it.

use limpet_schema::api::{SessionAffinity, SessionAffinityType};
use limpet_schema::duration;
use limpet_schema::messages;
use limpet_schema::snapshot::Affinity;

use crate::status::with_id;

/// The cookie of `managed-cookie`.
const MANAGED_NAME: &str = "AGCAffinity";

/// How long it lives: a day.
const MANAGED_SECS: u32 = 86_400;

/// The affinity asked for, within `scope`.
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

/// Whether browsers take the cookie, whose name may promise something (RFC 6265bis, 4.1.3; they compare
/// without regard to case). `is_tls_only`: it is set over TLS and never without.
///
/// # Errors
/// When they drop it, with the message id.
pub fn check_prefix(affinity: &Affinity, is_tls_only: bool) -> Result<(), String> {
    let Affinity {
        cookie_name,
        cookie_path,
        ..
    } = affinity;
    let name = cookie_name.to_ascii_lowercase();
    let is_host = name.starts_with("__host-");
    let why = if !is_host && !name.starts_with("__secure-") {
        return Ok(());
    } else if !is_tls_only {
        "promises TLS, and it would be set over plain HTTP too"
    } else if is_host && cookie_path.is_some() {
        "promises the path /, and it has another"
    } else {
        return Ok(());
    };
    let text = format!(
        "The cookie name {cookie_name} {why}. {}",
        messages::COOKIE_PREFIX.remedy
    );
    Err(with_id(text, &messages::COOKIE_PREFIX))
}
