//! One command at a time per folder.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::files::{FileError, create_private_dir};

/// Holds a folder until it is dropped.
pub(crate) struct DirLock(#[expect(dead_code, reason = "the lock lives as long as the file")] File);

impl DirLock {
    /// Makes the folder if needed, and waits until no other command holds it.
    pub(crate) fn create(dir: &Path) -> Result<Self, FileError> {
        loop {
            create_private_dir(dir)?;
            if let Some(lock) = Self::existing(dir)? {
                return Ok(lock);
            }
        }
    }

    /// As [`Self::create`], None if there is no such folder.
    pub(crate) fn existing(dir: &Path) -> Result<Option<Self>, FileError> {
        if !dir.is_dir() {
            return Ok(None);
        }
        let file = File::open(dir).map_err(FileError::new("open", dir))?;
        file.lock().map_err(FileError::new("lock", dir))?;
        let held = file.metadata().map_err(FileError::new("read", dir))?;
        // The holder before us may have removed the folder.
        let same = fs::metadata(dir).is_ok_and(|now| (now.dev(), now.ino()) == (held.dev(), held.ino()));
        Ok(same.then_some(Self(file)))
    }
}
