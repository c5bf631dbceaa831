//! The files of the repository that are tested.

use std::path::{Path, PathBuf};

pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

pub fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap()
}
