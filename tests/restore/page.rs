//! The commands of the page, run by bash as a cluster-admin.

use std::path::PathBuf;
use std::process::{Command, Stdio};

const PAGE: &str = include_str!("../../docs/operations.md");

/// The folder in which somebody restores.
pub(crate) struct Commands(PathBuf);

impl Commands {
    pub(crate) fn of_the_page() -> Self {
        let folder = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap()).join("restore");
        std::fs::create_dir(&folder).unwrap();
        let charts = concat!(env!("CARGO_MANIFEST_DIR"), "/charts");
        std::os::unix::fs::symlink(charts, folder.join("charts")).unwrap();
        Self(folder)
    }

    pub(crate) fn save(&self) {
        self.bash(&blocks("### Save"));
    }

    /// As kustomize does it: a new cluster needs no helm for that.
    pub(crate) fn restore(&self, is_installed: bool) {
        let mut blocks = blocks("### Restore");
        assert!(blocks.len() > 6, "{blocks:#?}");
        blocks.retain(|block| !block.starts_with("helm ") && (is_installed || !block.starts_with("# Only where")));
        self.bash(&blocks);
    }

    fn bash(&self, blocks: &[String]) {
        let admin = "kubectl() { command kubectl --context admin \"$@\"; }";
        let script = format!("{admin}\nset -euo pipefail\n{}", blocks.join("\n"));
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{script}\n{said}");
    }
}

/// The fenced blocks under a heading.
fn blocks(heading: &str) -> Vec<String> {
    let (_, section) = PAGE
        .split_once(&format!("\n{heading}\n"))
        .expect("the page has this heading");
    let section = section.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
    let blocks = section.split("\n```sh\n").skip(1);
    blocks
        .map(|block| block.split("\n```").next().unwrap().to_owned())
        .collect()
}
