//! Files: errors that name the path, writing in one step, names nobody else has.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What could not be done with which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl FileError {
    /// For `map_err`: names the action and the path.
    pub fn new(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { action, path, source }
    }
}

/// Makes a folder and its parents; the new ones are readable by this user only.
pub fn create_private_dir(path: &Path) -> Result<(), FileError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(FileError::new("create", path))
}

/// Writes a file that only this user can read, in one step: readers see the old or the new content.
pub fn write_private(path: &Path, content: &str) -> Result<(), FileError> {
    let temporary = PathBuf::from(format!("{}.{}.tmp", path.display(), std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(content.as_bytes())?;
        fs::rename(&temporary, path)
    };
    write().map_err(FileError::new("write", path))
}

/// The content of a file, None if there is none.
pub fn read_if_exists(path: &Path) -> Result<Option<String>, FileError> {
    match fs::read_to_string(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::new("read", path)(error)),
    }
}

/// Opens a log to append to.
pub(crate) fn open_log(path: &Path) -> Result<File, FileError> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(FileError::new("open", path))
}

/// Removes a folder with all that is in it; one that is gone already is fine.
pub(crate) fn remove_dir(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::new("remove", path)(error)),
        _ => Ok(()),
    }
}

/// `bytes` random bytes as hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> Result<String, FileError> {
    let source = Path::new("/dev/urandom");
    let mut buffer = vec![0; bytes];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut buffer))
        .map_err(FileError::new("read", source))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}
