//! The folder in which the demo keeps its data, and nobody else theirs.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::Failure;

const MARKER: &str = ".localboxs-demo";
const SIGN_INS: &str = "sign-ins.txt";
const CHATWOOT: &str = "chatwoot.json";
/// Everything the demo makes; nothing else is ever deleted.
const CONTENT: [&str; 7] = [
    SIGN_INS,
    CHATWOOT,
    "localboxs.db",
    "localboxs.db-wal",
    "localboxs.db-shm",
    "localboxs.lock",
    "unfinished",
];

/// A folder that is the demo's, and this process's as long as it lives.
pub struct DemoFolder {
    path: PathBuf,
    _lock: File,
}

impl DemoFolder {
    /// Takes the folder, making it if need be; what an interrupted first start left is deleted, and all on `reset`.
    pub fn take(path: &Path, reset: bool) -> Result<Self, Failure> {
        refuse_others_data(path)?;
        let cannot =
            |error: io::Error| Failure::new(format!("The demo cannot use {}: {error}.", path.display()));
        fs::create_dir_all(path).map_err(cannot)?;
        let lock = File::create(path.join(MARKER)).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new(format!(
                    "A demo with its data in {} is running already; end it, or choose another folder with --data-dir.",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        if reset || folder.sign_ins().is_none() {
            folder.empty().map_err(cannot)?;
        }
        Ok(folder)
    }

    /// The sign-ins, once the first start is complete.
    pub fn sign_ins(&self) -> Option<String> {
        fs::read_to_string(self.path.join(SIGN_INS)).ok()
    }

    /// Completes the first start.
    pub fn keep_sign_ins(&self, table: &str) -> io::Result<()> {
        self.write(SIGN_INS, table.as_bytes())
    }

    /// The stored Chatwoot.
    pub fn chatwoot(&self) -> io::Result<Vec<u8>> {
        fs::read(self.path.join(CHATWOOT))
    }

    pub fn keep_chatwoot(&self, snapshot: &[u8]) -> io::Result<()> {
        self.write(CHATWOOT, snapshot)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whole or not at all, and readable for its owner only.
    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let unfinished = self.path.join("unfinished");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(unfinished, self.path.join(name))
    }

    fn empty(&self) -> io::Result<()> {
        for name in CONTENT {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

fn refuse_others_data(path: &Path) -> Result<(), Failure> {
    let is_empty = fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none());
    if is_empty || path.join(MARKER).exists() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} holds data that is not the demo's; choose another folder with --data-dir.",
        path.display()
    )))
}
