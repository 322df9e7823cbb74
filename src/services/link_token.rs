//! Secrets that stand in links which let in whoever has them; only their hashes are stored.

use std::fmt;

use rand::RngExt;
use sha2::{Digest, Sha256};

use crate::domain::hex;

/// What stands in a link; it cannot be printed by accident.
pub struct LinkToken(String);

impl LinkToken {
    pub(super) fn generate() -> Self {
        Self(hex::encode(&rand::rng().random::<[u8; 32]>()))
    }

    /// For the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(super) fn hash(&self) -> String {
        hash(&self.0)
    }
}

/// What is stored of a token that came back in a link.
pub(super) fn hash(token: &str) -> String {
    hex::encode(&Sha256::digest(token.as_bytes()))
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}
