//! The table of docs/gitops.md: what each tool says of which object. The first line that fits an object is about it.

use crate::files;
use serde_json::Value;

pub struct Line {
    objects: Vec<String>,
    state: String,
    place: String,
    /// By kstatus, Argo CD and Flux.
    pub says: [String; 3],
}

pub fn read() -> Vec<Line> {
    let text = files::read("docs/gitops.md");
    let table = text.lines().skip_while(|line| !line.starts_with("| Object |"));
    let lines: Vec<_> = table
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(line)
        .collect();
    assert!(!lines.is_empty(), "docs/gitops.md has no table of health");
    lines
}

fn line(line: &str) -> Line {
    let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [objects, state, place, says @ ..] = cells.as_slice() else {
        panic!("too few cells: {line}");
    };
    let says = says.iter().map(|said| said.trim_matches('–').to_owned());
    Line {
        objects: objects.split(", ").map(str::to_owned).collect(),
        state: (*state).to_owned(),
        place: (*place).to_owned(),
        says: says.collect::<Vec<_>>().try_into().expect("three tools"),
    }
}

impl Line {
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.objects.iter().map(|object| kind(object))
    }

    pub fn is_about(&self, object: &Value) -> bool {
        self.kinds().any(|kind| object["kind"] == kind)
            && (self.state == "any" || self.state == state(object))
            && self.is_place_of(object)
    }

    /// A condition, a condition that does not hold, or reasons.
    fn is_place_of(&self, object: &Value) -> bool {
        let name = self.place.replace('`', "");
        match name.as_str() {
            "" => true,
            "Stalled" | "Finished" => holds(object, &name),
            "not Finished" => !holds(object, "Finished"),
            "suspend" => object["spec"]["suspend"] == true,
            reasons => reasons.split(", ").any(|reason| object["status"]["reason"] == reason),
        }
    }
}

fn kind(object: &str) -> &'static str {
    match object {
        "type" => "ResourceType",
        "request" => "AssignmentRequest",
        "order" => "ProvisioningOrder",
        "resource" => "ManagedResource",
        "snapshot" => "Synchronization",
        other => panic!("the table has an object {other}"),
    }
}

fn state(object: &Value) -> &str {
    let status = &object["status"];
    if object["kind"] == "ManagedResource" {
        return "";
    }
    if status["observedGeneration"] != object["metadata"]["generation"] {
        return "not read yet";
    }
    if object["kind"] == "ResourceType" {
        return if holds(object, "Ready") { "Ready" } else { "not Ready" };
    }
    let states = [&status["state"], &status["provisioningState"]];
    states.into_iter().find_map(Value::as_str).unwrap_or("")
}

fn holds(object: &Value, condition: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|one| one["type"] == condition && one["status"] == "True")
}
