//! Tokens and password digests.

use std::fmt::Write;

use rand::RngExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// A new token as Chatwoot makes them: 24 characters of base58.
pub(crate) fn token() -> String {
    let mut rng = rand::rng();
    (0..24).map(|_| char::from(BASE58[rng.random_range(0..BASE58.len())])).collect()
}

/// `bytes` random bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: usize) -> String {
    let mut rng = rand::rng();
    hex_of((0..bytes).map(|_| rng.random()))
}

fn hex_of(bytes: impl Iterator<Item = u8>) -> String {
    bytes.fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A salted digest of a password; the password itself is never kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PasswordDigest {
    salt: String,
    digest: String,
}

impl PasswordDigest {
    pub(crate) fn of(password: &str) -> Self {
        let salt = hex(16);
        let digest = digest(&salt, password);
        Self { salt, digest }
    }

    pub(crate) fn matches(&self, password: &str) -> bool {
        digest(&self.salt, password) == self.digest
    }
}

impl std::fmt::Debug for PasswordDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordDigest")
    }
}

fn digest(salt: &str, password: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(password);
    hex_of(hash.finalize().into_iter())
}
