//! The export, read whole: only then is it known that all of it can be read.

use super::error::SyncError;
use jiff::Timestamp;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What was read.
#[derive(Debug)]
pub struct Export {
    /// All of it.
    pub bytes: Vec<u8>,
    /// When it was last changed, in whole seconds; none for standard input.
    pub modified: Option<Timestamp>,
}

/// Reads a file, or standard input for `-`.
///
/// # Errors
/// It cannot be read, or is being written at this moment.
pub fn read(path: &Path) -> Result<Export, SyncError> {
    let mut bytes = Vec::new();
    let failed = |error: std::io::Error| SyncError::Usage(format!("{} cannot be read: {error}", path.display()));
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
        return Ok(Export { bytes, modified: None });
    }
    let mut file = File::open(path).map_err(failed)?;
    let before = modified(&file).map_err(failed)?;
    file.read_to_end(&mut bytes).map_err(failed)?;
    let after = modified(&file).map_err(failed)?;
    if before != after {
        return Err(SyncError::Refused(format!(
            "{} is being written at this moment: wait until the export is done",
            path.display()
        )));
    }
    let seconds = after.and_then(|time| Timestamp::try_from(time).ok());
    Ok(Export {
        bytes,
        modified: seconds.map(whole_seconds),
    })
}

fn modified(file: &File) -> std::io::Result<Option<std::time::SystemTime>> {
    Ok(file.metadata()?.modified().ok())
}

/// Down to the second, which is what the API keeps. Earlier is safe: less is proven.
pub fn whole_seconds(time: Timestamp) -> Timestamp {
    let second = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
    Timestamp::from_second(second).unwrap_or(time)
}
