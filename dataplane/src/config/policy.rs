//! Session affinity of a rule or of a backend, compiled.

use std::hash::Hasher;

use limpet_schema::snapshot;
use siphasher::sip::SipHasher13;

/// What a rule says about sessions, ready for requests.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Index of the scope in the compiled config.
    pub scope: usize,
    /// The cookie's name.
    pub cookie_name: String,
    /// How long a pin holds.
    pub cookie_duration_secs: u32,
    /// What follows the cookie's value, but for Secure.
    pub attributes: String,
    /// Authenticated with every pin: the scope and the cookie's name.
    pub aad: Vec<u8>,
    /// Tells the table's entries of two rules apart that share a scope and not their backends. The
    /// same after a reload, so that the table survives it.
    pub key: u64,
}

impl Policy {
    /// `backends` are the ids of the backends that pins may lead to.
    pub fn new<'a>(
        affinity: &snapshot::Affinity,
        scope: usize,
        backends: impl Iterator<Item = &'a str>,
    ) -> Self {
        let aad = aad(&affinity.scope, &affinity.cookie_name);
        let mut hasher = SipHasher13::new();
        hasher.write(&aad);
        for backend in backends {
            hasher.write(backend.as_bytes());
            hasher.write_u8(0xff);
        }
        Self {
            scope,
            cookie_name: affinity.cookie_name.clone(),
            cookie_duration_secs: affinity.cookie_duration_secs,
            attributes: attributes(affinity),
            aad,
            key: hasher.finish(),
        }
    }
}

fn attributes(affinity: &snapshot::Affinity) -> String {
    let path = affinity.cookie_path.as_deref().unwrap_or("/");
    let max_age = match affinity.is_session_cookie {
        true => String::new(),
        false => format!("; Max-Age={}", affinity.cookie_duration_secs),
    };
    format!("; Path={path}{max_age}; HttpOnly; SameSite=Lax")
}

/// The length in front keeps two different pairs from ever giving the same bytes.
fn aad(scope: &str, cookie_name: &str) -> Vec<u8> {
    let length = u32::try_from(scope.len())
        .expect("a scope is a few names")
        .to_be_bytes();
    [&length, scope.as_bytes(), cookie_name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_and_name_cannot_be_shifted_into_each_other() {
        assert_ne!(aad("ab", "c"), aad("a", "bc"));
    }
}
