//! The keys that pins are sealed with. They never reach a log, a Debug output or an error text.

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, LessSafeKey, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use siphasher::sip::SipHasher24;

/// Bytes of a key's secret.
pub const SECRET_BYTES: usize = 32;

/// Key ids are 0 to 15: they share a byte with the pin's version.
pub const KEY_IDS: u8 = 16;

/// One key: its secret, and what is derived from it.
#[derive(Clone)]
pub struct Key {
    id: u8,
    secret: [u8; SECRET_BYTES],
    seal: Arc<LessSafeKey>,
    tickets: Arc<LessSafeKey>,
    tag: [u8; 16],
}

impl Key {
    /// A key of 32 uniformly random bytes. `id` is below [`KEY_IDS`].
    #[must_use]
    pub fn new(id: u8, secret: [u8; SECRET_BYTES]) -> Self {
        assert!(id < KEY_IDS, "the key file was read with this bound");
        let mut tag = [0; 16];
        derive(&secret, b"limpet endpoint tag 1", &mut tag);
        Self {
            id,
            secret,
            seal: aead(&secret, b"limpet pin seal 1"),
            tickets: aead(&secret, b"limpet session ticket 1"),
            tag,
        }
    }

    /// What a pin names it by.
    #[must_use]
    pub fn id(&self) -> u8 {
        self.id
    }

    /// For the key file alone.
    pub fn secret(&self) -> &[u8; SECRET_BYTES] {
        &self.secret
    }

    /// Seals and opens pins.
    pub fn aead(&self) -> &LessSafeKey {
        &self.seal
    }

    /// Seals and opens TLS session tickets.
    pub fn tickets(&self) -> Arc<LessSafeKey> {
        Arc::clone(&self.tickets)
    }

    /// What a pin calls an endpoint: without the key, nobody can tell which one it is.
    #[must_use]
    pub fn endpoint_tag(&self, endpoint_id: &str) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.tag);
        hasher.write(endpoint_id.as_bytes());
        hasher.finish()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The keys in force: the first seals, each opens.
#[derive(Clone, Debug)]
pub struct Keyring {
    sealing: Key,
    previous: Option<Key>,
}

impl Keyring {
    /// A key that seals and opens, and one that opens what it sealed before a rotation.
    #[must_use]
    pub fn new(sealing: Key, previous: Option<Key>) -> Self {
        Self { sealing, previous }
    }

    /// The key that seals.
    #[must_use]
    pub fn sealing(&self) -> &Key {
        &self.sealing
    }

    /// The key of that id.
    #[must_use]
    pub fn get(&self, id: u8) -> Option<&Key> {
        self.iter().find(|key| key.id == id)
    }

    /// All keys, the sealing one first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.sealing).chain(&self.previous)
    }

    /// What pins call an endpoint, one tag a key.
    pub fn tags(&self, endpoint_id: &str) -> impl Iterator<Item = u64> {
        self.iter().map(move |key| key.endpoint_tag(endpoint_id))
    }
}

fn aead(secret: &[u8], purpose: &[u8]) -> Arc<LessSafeKey> {
    let mut key = [0; 32];
    derive(secret, purpose, &mut key);
    let key = UnboundKey::new(&AES_256_GCM_SIV, &key).expect("32 bytes are its key's length");
    Arc::new(LessSafeKey::new(key))
}

/// RFC 5869.
fn derive(secret: &[u8], purpose: &[u8], out: &mut [u8]) {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    Salt::new(HKDF_SHA256, b"limpet")
        .extract(secret)
        .expand(&[purpose], Length(out.len()))
        .and_then(|okm| okm.fill(out))
        .expect("HKDF-SHA256 gives up to 8160 bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keys_debug_output_holds_its_id_only() {
        let keyring = Keyring::new(Key::new(3, [0xab; SECRET_BYTES]), None);
        let text = format!("{keyring:?}");
        assert!(text.contains("id: 3"), "{text}");
        assert!(!text.contains("ab") && !text.contains("171"), "{text}");
    }

    #[test]
    fn an_endpoint_has_another_tag_under_another_key() {
        let tag = |byte| Key::new(0, [byte; SECRET_BYTES]).endpoint_tag("uid-1");
        assert_ne!(tag(1), tag(2));
        assert_eq!(tag(1), tag(1));
    }
}
