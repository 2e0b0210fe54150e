//! A pin: the sealed word that a client belongs to an endpoint.
//!
//! ```text
//! version + key id | nonce      | sealed: endpoint tag | issued   | authentication tag
//! 1 byte           | 12 bytes   |         8 bytes      | 4 bytes  | 16 bytes
//! ```
//!
//! 41 bytes, 55 characters of base64url. The nonce is random and is the session's id. It is kept
//! when a session moves to another pod, so a nonce seals more than one text: AES-256-GCM-SIV
//! (RFC 8452) is made for that, a repeated nonce tells no more than that two texts are equal.
//! Scope and cookie name are authenticated but not carried ([`crate::config::policy`]).
//!
//! Tested here: every changed bit, every cut, every foreign scope, name and key is refused, and
//! many pins of one pod look random.

use aws_lc_rs::aead::{Aad, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::keyring::{Key, Keyring};

/// Characters of a pin.
pub const PIN_CHARS: usize = 55;

const PIN_BYTES: usize = 41;
const VERSION: u8 = 1;
const SEALED: std::ops::Range<usize> = 13..25;

/// A session's id: the pin's nonce.
pub type SessionId = [u8; 12];

/// What a pin says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Random, for the life of the session.
    pub session: SessionId,
    /// The endpoint, as [`Key::endpoint_tag`] calls it.
    pub endpoint_tag: u64,
    /// When it was made, in seconds since 1970.
    pub issued_secs: u32,
}

/// Whether a text could be a pin of ours: the cheap part of [`Pin::open`].
pub fn is_well_formed(text: &[u8]) -> bool {
    text.len() == PIN_CHARS && decode(text).is_some()
}

impl Pin {
    /// Makes the text for the cookie.
    pub fn seal(&self, key: &Key, aad: &[u8]) -> [u8; PIN_CHARS] {
        let mut bytes = [0; PIN_BYTES];
        bytes[0] = VERSION << 4 | key.id();
        bytes[1..13].copy_from_slice(&self.session);
        bytes[13..21].copy_from_slice(&self.endpoint_tag.to_be_bytes());
        bytes[21..25].copy_from_slice(&self.issued_secs.to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(self.session);
        let tag = key
            .aead()
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut bytes[SEALED])
            .expect("12 bytes are far below the limit");
        bytes[25..].copy_from_slice(tag.as_ref());
        let mut text = [0; PIN_CHARS];
        URL_SAFE_NO_PAD
            .encode_slice(bytes, &mut text)
            .expect("41 bytes are 55 characters");
        text
    }

    /// Reads a text that a client sent: `None` unless it is a pin that one of the keys made with
    /// this `aad`.
    pub fn open(keys: &Keyring, aad: &[u8], text: &[u8]) -> Option<Self> {
        let mut bytes = decode(text)?;
        let key = keys.get(bytes[0] & 0x0f)?;
        let session: SessionId = bytes[1..13].try_into().expect("12 bytes");
        let nonce = Nonce::assume_unique_for_key(session);
        key.aead()
            .open_in_place(nonce, Aad::from(aad), &mut bytes[13..])
            .ok()?;
        Some(Self {
            session,
            endpoint_tag: u64::from_be_bytes(bytes[13..21].try_into().expect("8 bytes")),
            issued_secs: u32::from_be_bytes(bytes[21..25].try_into().expect("4 bytes")),
        })
    }
}

/// Strict: one text for one pin (no padding, no stray bits at the end).
fn decode(text: &[u8]) -> Option<[u8; PIN_BYTES]> {
    if text.len() != PIN_CHARS {
        return None;
    }
    let mut bytes = [0; PIN_BYTES];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (length == PIN_BYTES && bytes[0] >> 4 == VERSION).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::base::keyring::SECRET_BYTES;

    const AAD: &[u8] = b"scope and name";

    fn keys() -> Keyring {
        Keyring::new(
            Key::new(1, [1; SECRET_BYTES]),
            Some(Key::new(0, [2; SECRET_BYTES])),
        )
    }

    fn pin(session: u8) -> Pin {
        Pin {
            session: [session; 12],
            endpoint_tag: 42,
            issued_secs: 1_800_000_000,
        }
    }

    fn sealed() -> [u8; PIN_CHARS] {
        pin(7).seal(keys().sealing(), AAD)
    }

    #[test]
    fn what_is_sealed_is_read_under_either_key() {
        for key in keys().iter() {
            assert_eq!(
                Pin::open(&keys(), AAD, &pin(7).seal(key, AAD)),
                Some(pin(7))
            );
        }
    }

    #[test]
    fn every_changed_bit_is_refused() {
        for index in 0..PIN_CHARS {
            for bit in 0..8 {
                let mut text = sealed();
                text[index] ^= 1 << bit;
                assert_eq!(
                    Pin::open(&keys(), AAD, &text),
                    None,
                    "character {index}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn every_cut_and_every_splice_is_refused() {
        let (one, other) = (sealed(), pin(8).seal(keys().sealing(), AAD));
        for length in 0..PIN_CHARS {
            assert_eq!(Pin::open(&keys(), AAD, &one[..length]), None);
            let spliced = [&one[..length], &other[length..]].concat();
            assert!(spliced == other || Pin::open(&keys(), AAD, &spliced).is_none());
        }
        assert_eq!(Pin::open(&keys(), AAD, &[&one[..], b"A"].concat()), None);
    }

    #[test]
    fn a_foreign_scope_and_a_foreign_key_are_refused() {
        assert_eq!(Pin::open(&keys(), b"another scope", &sealed()), None);
        let stranger = Keyring::new(Key::new(1, [9; SECRET_BYTES]), None);
        assert_eq!(Pin::open(&stranger, AAD, &sealed()), None);
    }

    #[test]
    fn many_pins_of_one_pod_look_random() {
        let mut sessions = 0_u128;
        let mut texts = HashSet::new();
        let mut counts = [0_u32; 256];
        for _ in 0..10_000 {
            sessions += 0x9e37_79b9_7f4a_7c15_f39c_c060;
            let session = sessions.to_be_bytes()[4..].try_into().expect("12 bytes");
            let text = Pin { session, ..pin(0) }.seal(keys().sealing(), AAD);
            let bytes = URL_SAFE_NO_PAD.decode(text).expect("it was encoded");
            bytes[13..]
                .iter()
                .for_each(|byte| counts[usize::from(*byte)] += 1);
            texts.insert(text);
        }
        assert_eq!(texts.len(), 10_000);
        // 280 000 sealed bytes, 1093.75 of each value: chi-squared with 255 degrees of freedom is
        // above 400 with a probability below 1e-7.
        let expected = 280_000.0 / 256.0;
        let chi: f64 = counts
            .iter()
            .map(|n| (f64::from(*n) - expected).powi(2) / expected)
            .sum();
        assert!(chi < 400.0, "{chi}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn no_mutation_is_accepted(at in 0..PIN_CHARS, bytes in prop::collection::vec(any::<u8>(), 1..8)) {
            let mut text = sealed();
            for (slot, byte) in text[at..].iter_mut().zip(&bytes) {
                *slot = *byte;
            }
            prop_assert!(text == sealed() || Pin::open(&keys(), AAD, &text).is_none());
        }
    }
}
