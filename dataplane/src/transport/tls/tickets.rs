//! Session tickets: a client that shows one is spared most of its next handshake.
//!
//! What a session needs is sealed into the ticket itself, with a key derived from the affinity key,
//! so that every data plane with that key resumes it, also after a restart. Tickets end with their
//! keys' rotation, after [`LIFETIME_SECS`], with the first of the listener's certificates that
//! expires, and with any change of its certificates: those, and the listener's name, are
//! authenticated beside the ticket.
//!
//! Tested here, and by clients that resume in `tests/tls/resuming.rs`.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use aws_lc_rs::rand;
use rustls::pki_types::UnixTime;
use rustls::server::ProducesTickets;

use super::store::Certified;
use crate::base::keyring::Keyring;

/// How long a ticket is accepted: half a day, as with other servers.
const LIFETIME_SECS: u32 = 12 * 60 * 60;
/// Key id, nonce, and when it was made, before what the library wants to have again.
const MADE_BYTES: usize = size_of::<u64>();

/// The tickets of one listener.
pub struct Tickets {
    /// By id, the sealing one first.
    keys: Vec<(u8, Arc<LessSafeKey>)>,
    /// What a ticket is for.
    bound_to: [u8; SHA256_OUTPUT_LEN],
    /// When the first of the certificates expires.
    expires_secs: u64,
}

impl Tickets {
    /// Of a listener with these certificates.
    pub fn new(keys: &Keyring, listener: &str, certificates: &[Arc<Certified>]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(b"limpet session ticket\0");
        for certified in certificates {
            context.update(&certified.fingerprint);
        }
        context.update(listener.as_bytes());
        let digest = context.finish();
        let expiries = certificates.iter().map(|certified| certified.expires_secs);
        Self {
            keys: keys.iter().map(|key| (key.id(), key.tickets())).collect(),
            bound_to: digest.as_ref().try_into().expect("SHA-256 has 32 bytes"),
            expires_secs: expiries.min().unwrap_or(0),
        }
    }

    fn seal(&self, state: &[u8], now_secs: u64) -> Option<Vec<u8>> {
        let (id, key) = self.keys.first()?;
        if now_secs >= self.expires_secs {
            return None;
        }
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).ok()?;
        let mut sealed = [&now_secs.to_be_bytes(), state].concat();
        let aad = Aad::from(&self.bound_to);
        let nonced = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonced, aad, &mut sealed)
            .ok()?;
        Some([&[*id][..], &nonce, &sealed].concat())
    }

    fn open(&self, ticket: &[u8], now_secs: u64) -> Option<Vec<u8>> {
        let (id, rest) = ticket.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        let (_, key) = self.keys.iter().find(|(known, _)| known == id)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = key.open_in_place(nonce, Aad::from(&self.bound_to), &mut sealed);
        let (made, state) = opened.ok()?.split_at_checked(MADE_BYTES)?;
        let made_secs = u64::from_be_bytes(made.try_into().ok()?);
        let until = (made_secs + u64::from(LIFETIME_SECS)).min(self.expires_secs);
        (now_secs < until).then(|| state.to_vec())
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        LIFETIME_SECS
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.seal(plain, UnixTime::now().as_secs())
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.open(cipher, UnixTime::now().as_secs())
    }
}

/// Keys are nobody's business.
impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tickets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::keyring::{Key, SECRET_BYTES};

    const NOW: u64 = 1_800_000_000;
    const STATE: &[u8] = b"what the library wants to have again";

    fn key(id: u8) -> Key {
        Key::new(id, [id; SECRET_BYTES])
    }

    fn tickets(keys: &Keyring, bound_to: u8, expires_secs: u64) -> Tickets {
        Tickets {
            bound_to: [bound_to; SHA256_OUTPUT_LEN],
            expires_secs,
            ..Tickets::new(keys, "listener", &[])
        }
    }

    #[test]
    fn a_ticket_lasts_half_a_day_and_no_longer_than_the_certificate() {
        let keys = Keyring::new(key(1), None);
        let check = |expires_secs, later: u64, is_taken: bool| {
            let ticket = tickets(&keys, 0, expires_secs)
                .seal(STATE, NOW)
                .expect("sealed");
            let opened = tickets(&keys, 0, expires_secs).open(&ticket, NOW + later);
            assert_eq!(opened.as_deref(), is_taken.then_some(STATE), "{later}");
        };
        let lifetime = u64::from(LIFETIME_SECS);
        check(u64::MAX, lifetime - 1, true);
        check(u64::MAX, lifetime, false);
        check(NOW + 60, 59, true);
        check(NOW + 60, 60, false);
        assert_eq!(tickets(&keys, 0, NOW).seal(STATE, NOW), None, "expired");
    }

    #[test]
    fn a_ticket_outlives_one_rotation_of_the_key() {
        let ticket = tickets(&Keyring::new(key(1), None), 0, u64::MAX).seal(STATE, NOW);
        let ticket = ticket.expect("sealed");
        let check = |keys: Keyring, is_taken: bool| {
            let opened = tickets(&keys, 0, u64::MAX).open(&ticket, NOW);
            assert_eq!(opened.is_some(), is_taken, "{keys:?}");
        };
        check(Keyring::new(key(2), Some(key(1))), true);
        check(Keyring::new(key(3), Some(key(2))), false);
    }

    #[test]
    fn a_ticket_of_another_listener_or_certificate_and_a_changed_one_are_none() {
        let keys = Keyring::new(key(1), None);
        let ours = tickets(&keys, 0, u64::MAX);
        let ticket = ours.seal(STATE, NOW).expect("sealed");
        assert_eq!(tickets(&keys, 1, u64::MAX).open(&ticket, NOW), None);
        for at in 0..ticket.len() {
            let mut changed = ticket.clone();
            changed[at] ^= 1;
            assert_eq!(ours.open(&changed, NOW), None, "byte {at}");
            assert_eq!(ours.open(&ticket[..at], NOW), None, "{at} bytes");
        }
    }

    #[test]
    fn what_it_is_bound_to_is_every_certificate_and_the_name() {
        let keys = Keyring::new(key(1), None);
        let one = Tickets::new(&keys, "one", &[]).bound_to;
        assert_ne!(one, Tickets::new(&keys, "two", &[]).bound_to);
    }
}
