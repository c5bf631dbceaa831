//! Files and folders as objects, each with the file that it stands in. Nothing here knows what is in an object.

use super::document::{Node, Value};
use std::io::Read;
use std::path::{Path, PathBuf};

/// An object of a file.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// The file, as it was named.
    pub file: String,
    /// The object.
    pub node: Node,
}

impl Object {
    /// A text of its metadata.
    pub(super) fn meta(&self, name: &str) -> Option<&str> {
        self.node.field("metadata")?.text(name)
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Every object, those of lists too.
    pub objects: Vec<Object>,
    /// File, line and words of what is no YAML.
    pub broken: Vec<(String, u64, String)>,
}

/// Reads all of them.
///
/// # Errors
/// In words: a file or folder cannot be read, or there is none.
pub(super) fn read(paths: &[PathBuf], recursive: bool) -> Result<Files, String> {
    let mut files = Files::default();
    let mut any = false;
    for path in paths {
        for file in found(path, recursive)? {
            any = true;
            let name = file.display().to_string();
            match Node::read(&text(&file)?) {
                Ok(documents) => documents.into_iter().for_each(|node| files.add(&name, node)),
                Err((line, said)) => files.broken.push((name, line, said)),
            }
        }
    }
    if any {
        Ok(files)
    } else {
        Err("there is no file with the ending .yaml, .yml or .json; -R looks into the folders below, too".to_owned())
    }
}

impl Files {
    fn add(&mut self, file: &str, node: Node) {
        let is_list = node.text("kind").is_some_and(|kind| kind.ends_with("List"));
        match node.field("items").map(|items| &items.value) {
            Some(Value::List(items)) if is_list => items.iter().cloned().for_each(|item| self.add(file, item)),
            Some(_) | None => self.objects.push(Object {
                file: file.to_owned(),
                node,
            }),
        }
    }
}

/// The files of a path, by name.
fn found(path: &Path, recursive: bool) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let wrong = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        inside.push(entry.map_err(wrong)?.path());
    }
    inside.sort();
    let mut files = Vec::new();
    for path in inside {
        // A mounted ConfigMap has its files in such folders, and links to them; a repository has its pipelines in one.
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || (path.is_dir() && path.is_symlink()) {
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() {
            if recursive {
                files.extend(found(&path, recursive)?);
            }
        } else if matches!(ending, Some("yaml" | "yml" | "json")) {
            files.push(path);
        }
    }
    Ok(files)
}

/// The text of a file, or of standard input for `-`.
///
/// # Errors
/// In words: it cannot be read.
pub(super) fn text(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    read.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(text)
}
