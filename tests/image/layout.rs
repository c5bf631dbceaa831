//! The image, read as an engine reads it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Its file system, unpacked once for all tests.
static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = Path::new(&std::env::var("HANDOFF_TEST_DIR").unwrap()).join("image");
    Image::read().unpack(&root);
    root
});

/// The folder with the image's file system.
pub fn root() -> &'static Path {
    &ROOT
}

/// The image.
pub struct Image {
    /// How it is run.
    pub config: Value,
    /// The only layer, as a packed archive.
    layer: PathBuf,
}

impl Image {
    pub fn read() -> Self {
        let folder = std::env::var("HANDOFF_IMAGE").expect("no image: run `make test-image`, which builds it");
        let folder = Path::new(&folder);
        let index = json(&folder.join("index.json"));
        let manifest = json(&blob(folder, only(&index["manifests"])));
        let full = json(&blob(folder, &manifest["config"]));
        assert_eq!(full["os"], "linux");
        Self {
            config: full["config"].clone(),
            layer: blob(folder, only(&manifest["layers"])),
        }
    }

    /// Every entry of the file system, with its rights, owner and size.
    pub fn list(&self) -> Vec<String> {
        let listed = self.tar("-tvzf", &["--numeric-owner"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// Writes the file system into this folder.
    fn unpack(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        self.tar("-xzf", &["-C", folder.to_str().unwrap()]);
    }

    fn tar(&self, what: &str, args: &[&str]) -> String {
        let output = Command::new("tar").arg(what).arg(&self.layer).args(args).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Where the thing of a descriptor is.
fn blob(folder: &Path, descriptor: &Value) -> PathBuf {
    let digest = descriptor["digest"].as_str().unwrap();
    folder.join("blobs").join(digest.replace(':', "/"))
}

#[track_caller]
fn only(all: &Value) -> &Value {
    let [one] = &all.as_array().unwrap()[..] else {
        panic!("not one, but {all}");
    };
    one
}
