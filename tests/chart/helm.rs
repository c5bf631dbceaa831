//! Helm, and what it makes of the chart.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The release of every test, as the documentation calls it.
pub const RELEASE: &str = "handoff";
/// Its namespace.
pub const HOME: &str = "handoff-system";

/// The folder of the chart.
pub fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/handoff")
}

/// A file of the chart.
pub fn read(file: &str) -> String {
    std::fs::read_to_string(chart().join(file)).unwrap()
}

/// The objects of a text.
pub fn objects(text: &str) -> Vec<Value> {
    let mut all = serde_saphyr::from_multiple::<Value>(text).unwrap();
    all.retain(|object| !object.is_null());
    all.iter_mut().for_each(whole_numbers);
    all
}

/// 20.0 is 20, to Helm and to Kubernetes.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0);
            if let Some(whole) = whole.and_then(|whole| format!("{whole:.0}").parse::<i64>().ok()) {
                *value = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(whole_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// kubectl, as whoever the kubeconfig names.
pub fn kubectl() -> Command {
    Command::new(std::env::var("KUBECTL").expect("no control plane: run `make test`, which starts one"))
}

/// What helm says, or what it complains about.
pub fn helm(args: &[&str]) -> Result<String, String> {
    let program = std::env::var("HELM").expect("no helm: run `make test`, which starts this with `--helm`");
    run(Command::new(program).args(args))
}

/// What a program says, or what it complains about.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stdout) + &text(&output.stderr))
    }
}

/// What the chart is with these values, as text.
pub fn template(args: &[&str]) -> Result<String, String> {
    let chart = chart();
    let start = ["template", RELEASE, chart.to_str().unwrap(), "--namespace", HOME];
    helm(&[&start, args].concat())
}

/// What the chart is with these values.
pub struct Rendered(pub Vec<Value>);

impl Rendered {
    #[track_caller]
    pub fn with(args: &[&str]) -> Self {
        Self(objects(&template(args).unwrap()))
    }

    /// With one value set in JSON.
    #[track_caller]
    pub fn set(value: &str) -> Self {
        Self::with(&["--set-json", value])
    }

    pub fn all(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|object| object["kind"] == kind).collect()
    }

    /// The names of a kind, each with its namespace if it has one.
    pub fn names(&self, kind: &str) -> Vec<String> {
        let mut names: Vec<String> = self.all(kind).into_iter().map(name).collect();
        names.sort();
        names
    }

    /// The only object of a kind.
    #[track_caller]
    pub fn one(&self, kind: &str) -> &Value {
        let [one] = self.all(kind)[..] else {
            panic!("not one {kind}: {:?}", self.names(kind));
        };
        one
    }

    #[track_caller]
    pub fn named(&self, kind: &str, wanted: &str) -> &Value {
        let found = self.all(kind).into_iter().find(|object| name(object) == wanted);
        found.unwrap_or_else(|| panic!("no {kind} {wanted}, but {:?}", self.names(kind)))
    }
}

/// `namespace/name`, or the name.
pub fn name(object: &Value) -> String {
    let metadata = &object["metadata"];
    let name = metadata["name"].as_str().unwrap();
    match metadata["namespace"].as_str() {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}
