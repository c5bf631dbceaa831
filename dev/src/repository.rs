//! The folder of the repository: where CRDs, policies, roles and the pinned Go modules are.

use std::path::{Path, PathBuf};

const MARK: &str = "dev/controlplane/kubernetes/go.mod";

/// The repository around the current folder, else the one this was built from.
pub fn root() -> Option<PathBuf> {
    let around = std::env::current_dir().ok().and_then(|current| above(&current));
    around.or_else(|| above(Path::new(env!("CARGO_MANIFEST_DIR"))))
}

fn above(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|folder| folder.join(MARK).is_file())
        .map(Path::to_owned)
}
