//! The key for secrets at rest, made by itself where one process has its data to itself.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::Failure;
use crate::config::Config;
use crate::seal::Key;

const NAME: &str = "secret.key";

/// With SQLite and no configured key, uses the one in `DATA_DIR`, which is made at the first start.
///
/// Replicas on PostgreSQL must share a key, so there only the operator can choose it.
pub fn provide(config: &mut Config) -> Result<(), Failure> {
    if config.encryption_key.is_none() && config.database_url.starts_with("sqlite:") {
        config.encryption_key = Some(read_or_make(&config.data_dir)?);
    }
    Ok(())
}

fn read_or_make(folder: &Path) -> Result<Key, Failure> {
    let path = folder.join(NAME);
    let unusable = |error: &dyn std::fmt::Display| {
        Failure::new(format!(
            "The key in {} cannot be used ({error}); allow it, or set INTEGRATION_ENCRYPTION_KEY.",
            path.display()
        ))
    };
    match fs::read_to_string(&path) {
        Ok(text) => Key::parse(text.trim()).ok_or_else(|| unusable(&"it is not 64 hex digits")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(folder, &path).map_err(|error| unusable(&error))
        }
        Err(error) => Err(unusable(&error)),
    }
}

fn make(folder: &Path, path: &Path) -> std::io::Result<Key> {
    let (key, text) = Key::generate();
    fs::create_dir_all(folder)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    Ok(key)
}
