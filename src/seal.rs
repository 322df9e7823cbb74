//! Secrets at rest: encrypted with the installation's key, each bound to its owner and purpose.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngExt;

use crate::domain::hex;

const NONCE_BYTES: usize = 24;

/// The 32 bytes of `INTEGRATION_ENCRYPTION_KEY`; they cannot be printed.
#[derive(Clone)]
pub struct Key([u8; 32]);

/// Encrypts and decrypts with one key.
pub struct Seal(XChaCha20Poly1305);

impl Key {
    /// Reads 64 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text)?.try_into().ok().map(Self)
    }

    /// A new key and its 64 hex digits.
    pub fn generate() -> (Self, String) {
        let bytes: [u8; 32] = rand::rng().random();
        (Self(bytes), hex::encode(&bytes))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Seal {
    pub fn new(key: &Key) -> Self {
        Self(XChaCha20Poly1305::new(&key.0.into()))
    }

    /// `secret` as text that only this key opens, and only for the same `owner`.
    pub fn close(&self, owner: &str, secret: &[u8]) -> Option<String> {
        let nonce: [u8; NONCE_BYTES] = rand::rng().random();
        let payload = Payload { msg: secret, aad: owner.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(hex::encode(&[&nonce[..], &sealed].concat()))
    }

    /// What [`Seal::close`] was given; `None` with another key, for another owner, or after any change.
    pub fn open(&self, owner: &str, sealed: &str) -> Option<Vec<u8>> {
        let bytes = hex::decode(sealed)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_owner_open_a_secret() {
        let (key, text) = Key::generate();
        let seal = Seal::new(&key);
        let sealed = seal.close("ana", b"secret").unwrap();
        assert_eq!(Seal::new(&Key::parse(&text).unwrap()).open("ana", &sealed).unwrap(), b"secret");
        assert_ne!(sealed, seal.close("ana", b"secret").unwrap(), "never the same twice");
        assert_eq!(seal.open("ben", &sealed), None);
        assert_eq!(Seal::new(&Key::generate().0).open("ana", &sealed), None);
        let mut changed = sealed.clone().into_bytes();
        changed[60] = if changed[60] == b'0' { b'1' } else { b'0' };
        assert_eq!(seal.open("ana", str::from_utf8(&changed).unwrap()), None);
        for other in ["", "00", "no hex"] {
            assert_eq!(seal.open("ana", other), None);
        }
    }

    #[test]
    fn a_key_is_sixty_four_hex_digits_and_never_prints_itself() {
        assert!(Key::parse(&"0f".repeat(32)).is_some());
        assert!(Key::parse(&"0f".repeat(31)).is_none() && Key::parse(&"0g".repeat(32)).is_none());
        assert_eq!(format!("{:?}", Key::generate().0), "Key(…)");
    }
}
