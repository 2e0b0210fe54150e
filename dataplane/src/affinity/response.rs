//! The pin on the way to the client.

use super::choice::Choice;
use super::cookie;
use super::pin::Pin;
use crate::config::cors::is_preflight;
use crate::config::policy::Policy;
use crate::config::{Config, Forward};
use crate::proto::field_name::Known;
use crate::proto::fields::Fields;
use crate::proto::head::RequestHead;
use crate::proto::text::{elements, trimmed};
use crate::telemetry::pin_report::{PinOut, PinWhy};

impl Choice {
    /// Adds the pin to an endpoint's response, where one is due. The response then is no shared
    /// cache's: unless it says private or no-store already, it gets `Cache-Control: private`.
    pub fn finish_response(
        &self,
        config: &Config,
        forward: &Forward,
        head: &RequestHead,
        fields: &mut Fields,
        is_tls: bool,
        now_secs: u64,
    ) {
        let Some(policy) = forward.policy(self.backend_index()) else {
            return;
        };
        if sets_cookie(fields, &policy.cookie_name) {
            return self.not_minted(PinWhy::Collision);
        }
        let Some(out) = self.mint else { return };
        // A preflight carries no cookies, and its answer sets none (Fetch 3.3.2).
        if is_preflight(head) {
            return self.not_minted(PinWhy::Preflight);
        }
        let Some(value) = self.sealed(config, policy, now_secs) else {
            return;
        };
        fields.add(Known::SetCookie, &set_cookie(policy, &value, is_tls));
        if !is_private(fields) {
            fields.add(Known::CacheControl, b"private");
        }
        let mut report = self.report.get();
        report.out = out;
        self.report.set(report);
    }

    fn not_minted(&self, why: PinWhy) {
        let mut report = self.report.get();
        if self.mint.is_some() {
            report.out = PinOut::None;
        }
        report.why = why;
        self.report.set(report);
    }

    /// The cookie's whole value: the pins of others, then ours.
    fn sealed(&self, config: &Config, policy: &Policy, now_secs: u64) -> Option<Vec<u8>> {
        let key = config.keys()?.sealing();
        let pin = Pin {
            session: self.session?,
            endpoint_tag: key.endpoint_tag(&config.endpoint(self.endpoint()).id),
            issued_secs: u32::try_from(now_secs).unwrap_or(u32::MAX),
        };
        let others: Vec<&[u8]> = self.others.iter().map(|pin| pin.as_slice()).collect();
        Some(cookie::join(&others, &pin.seal(key, &policy.aad)))
    }
}

fn set_cookie(policy: &Policy, value: &[u8], is_tls: bool) -> Vec<u8> {
    let mut field =
        Vec::with_capacity(policy.cookie_name.len() + value.len() + policy.attributes.len() + 9);
    field.extend_from_slice(policy.cookie_name.as_bytes());
    field.push(b'=');
    field.extend_from_slice(value);
    field.extend_from_slice(policy.attributes.as_bytes());
    if is_tls {
        field.extend_from_slice(b"; Secure");
    }
    field
}

fn sets_cookie(fields: &Fields, name: &str) -> bool {
    fields.all(Known::SetCookie).any(|field| {
        let mut ends = field.split(|byte| matches!(byte, b';' | b'='));
        trimmed(ends.next().unwrap_or_default()) == name.as_bytes()
    })
}

/// `private="field"` says it of a field only, so it does not count (RFC 9111, 5.2.2.7).
fn is_private(fields: &Fields) -> bool {
    fields
        .all(Known::CacheControl)
        .flat_map(elements)
        .any(|word| word.eq_ignore_ascii_case(b"private") || word.eq_ignore_ascii_case(b"no-store"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(name: Known, values: &[&str]) -> Fields {
        let mut fields = Fields::default();
        for value in values {
            fields.add(name, value.as_bytes());
        }
        fields
    }

    #[test]
    fn a_response_is_private_when_one_word_says_so() {
        let check = |values: &[&str], expected| {
            assert_eq!(
                is_private(&fields(Known::CacheControl, values)),
                expected,
                "{values:?}"
            );
        };
        check(&[], false);
        check(&["max-age=60, public"], false);
        check(&["private=\"set-cookie\""], false);
        check(&["max-age=60, Private"], true);
        check(&["max-age=60", "no-store"], true);
    }

    #[test]
    fn the_applications_cookie_is_known_by_its_whole_name() {
        let check = |values: &[&str], expected| {
            assert_eq!(
                sets_cookie(&fields(Known::SetCookie, values), "nom"),
                expected,
                "{values:?}"
            );
        };
        check(&["nomnom=1", "x=nom=1", "Nom=1"], false);
        check(&["a=1", "nom=1; Path=/"], true);
        check(&["nom"], true);
    }
}
