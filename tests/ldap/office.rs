//! A namespace with the type `directory`, an operator, and the directory that people work in.
//! What a person enters comes from the order, and from nowhere else.

use crate::directory::{Directory, PEOPLE, Programs};
use crate::hall::{Said, kubectl_with_plugin, said};
use crate::place::Place;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

/// Properties of the type, and the attributes that hold them.
const SINGLE: [(&str, &str); 4] = [
    ("name", "cn"),
    ("surname", "sn"),
    ("title", "title"),
    ("department", "departmentNumber"),
];
const SEVERAL: [(&str, &str); 1] = [("phones", "telephoneNumber")];
/// `verification.lag` of the type.
const LAG: SignedDuration = SignedDuration::from_secs(1);

/// Values by property.
type Wanted = BTreeMap<String, Vec<String>>;

pub struct Office {
    pub place: Place,
    pub directory: Directory,
    folder: PathBuf,
}

/// An export in a file.
pub struct Export {
    file: PathBuf,
    /// When the file was written, down to the second.
    pub taken: Timestamp,
}

impl Office {
    /// With a directory in which one person is already, and an inventory that knows her.
    pub fn open(namespace: &str, programs: Programs, verification: Value) -> Self {
        let folder = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap()).join(namespace);
        std::fs::create_dir_all(&folder).unwrap();
        let directory = Directory::start(programs, &folder);
        let mut place = Place::without_operator(namespace);
        place.apply("gita", directory_type(verification));
        place.start();
        let office = Self {
            place,
            directory,
            folder,
        };
        let olga = [("name", "Olga Resident"), ("surname", "Resident"), ("title", "Porter")];
        let mut olga: Wanted = wanted(olga);
        olga.insert("department".to_owned(), vec!["Facilities".to_owned()]);
        olga.insert("phones".to_owned(), vec!["+49 89 1".to_owned()]);
        office.directory.add(&entry("olga", "e1", &olga));
        office.sync(&office.export("start.ldif", Timestamp::UNIX_EPOCH));
        office
    }

    /// Alice asks for an entry for somebody new.
    pub fn join(&self, login: &str, id: &str, name: &str) {
        let surname = name.rsplit(' ').next().unwrap();
        let wish = json!({
            "operation": "Create",
            "properties": {"name": name, "surname": surname, "title": "Auditor", "department": "Claims"},
            "values": {"phones": ["+49 89 7", "+49 151 2"]},
        });
        self.ask(&format!("join-{login}"), login, id, wish);
    }

    pub fn ask(&self, request: &str, login: &str, id: &str, wish: Value) {
        let mut spec = wish;
        spec["resourceTypeRef"] = json!({"name": "directory"});
        spec["owner"] = json!({"id": id, "properties": {"login": login}});
        self.place.ask(request, id, spec);
    }

    /// An order that bob has in his hands.
    fn handed_over(&self, order: &str) -> Value {
        self.place
            .wait(&format!("porder/{order}"), ".status.state", "Transmitted");
        let order = self.place.run("bob", &["get", "porder", order, "-o", "json"]).unwrap();
        serde_json::from_str(&order).unwrap()
    }

    /// The person adds the entry as the order says, but for these slips.
    pub fn add<const N: usize>(&self, order: &str, slips: [(&str, &str); N]) {
        let spec = &self.handed_over(order)["spec"];
        assert_eq!(spec["operation"], "Create", "{order}");
        let mut values: Wanted = serde_json::from_value(spec["desired"]["values"].clone()).unwrap();
        let single: BTreeMap<String, String> = serde_json::from_value(spec["desired"]["properties"].clone()).unwrap();
        values.extend(single.into_iter().map(|(property, value)| (property, vec![value])));
        values.extend(wanted(slips));
        let owner = spec["owner"]["id"].as_str().unwrap();
        self.directory.add(&entry(login(spec), owner, &values));
    }

    /// The person changes the entry as the lines of the order say.
    pub fn modify(&self, order: &str) {
        let spec = &self.handed_over(order)["spec"];
        assert_eq!(spec["operation"], "Update", "{order}");
        let mut ldif = format!("dn: {}\nchangetype: modify\n", dn(login(spec)));
        for change in spec["changes"].as_array().unwrap() {
            let attribute = attribute(change["property"].as_str().unwrap());
            let proposed: Vec<String> = serde_json::from_value(change["proposed"].clone()).unwrap();
            let lines: String = proposed.iter().map(|value| line(attribute, value)).collect();
            ldif.push_str(&format!("replace: {attribute}\n{lines}-\n"));
        }
        self.directory.modify(&ldif);
    }

    /// The person deletes the entry that the order names.
    pub fn delete(&self, order: &str) {
        let spec = &self.handed_over(order)["spec"];
        assert_eq!(spec["operation"], "Delete", "{order}");
        self.directory.delete(&dn(login(spec)));
    }

    /// Bob says that it is done; answers from when on an export may speak against him.
    pub fn confirm(&self, order: &str) -> Timestamp {
        self.place.confirm(order);
        let order = format!("porder/{order}");
        self.place
            .wait(&order, ".status.conditions[?(@.type==\"Executed\")].status", "True");
        self.moment(&order, ".status.executedAt").checked_add(LAG).unwrap()
    }

    pub fn moment(&self, object: &str, path: &str) -> Timestamp {
        self.place.read(object, path).parse().unwrap()
    }

    /// An export of all people that was taken in a later second than this: it is made anew until it was.
    pub fn export(&self, name: &str, later_than: Timestamp) -> Export {
        let file = self.folder.join(name);
        loop {
            self.directory.export(&file);
            let written: Timestamp = file.metadata().unwrap().modified().unwrap().try_into().unwrap();
            let taken = Timestamp::from_second(written.as_second()).unwrap();
            if taken > later_than {
                return Export { file, taken };
            }
        }
    }

    /// Ivan takes an export in, and the operator believes it; answers the Synchronization's name.
    #[track_caller]
    pub fn sync(&self, export: &Export) -> String {
        let summary: Value = serde_json::from_str(self.try_sync(export).done()).unwrap();
        assert_eq!(summary["takenAt"], export.taken.to_string());
        let name = summary["synchronization"].as_str().unwrap().to_owned();
        self.place.wait(&format!("sync/{name}"), ".status.reason", "Complete");
        name
    }

    pub fn try_sync(&self, export: &Export) -> Said {
        let mut command = kubectl_with_plugin();
        command
            .args(["handoff", "sync", "directory", "--context", "ivan", "-o", "json"])
            .args(["-n", &self.place.namespace, "--from"])
            .arg(&export.file)
            .args(["--identifier", "uid", "--owner", "employeeNumber"])
            .stdin(Stdio::null());
        for (property, attribute) in SINGLE {
            command.args(["--property", &format!("{property}={attribute}")]);
        }
        for (property, attribute) in SEVERAL {
            command.args(["--values", &format!("{property}={attribute}")]);
        }
        said(command)
    }

    /// What was seen of an order.
    pub fn verification(&self, order: &str, field: &str) -> String {
        let path = format!(".status.verification.{field}");
        self.place.read(&format!("porder/{order}"), &path)
    }
}

fn directory_type(verification: Value) -> Value {
    let single = SINGLE.map(|(name, _)| json!({"name": name, "type": "String", "required": true}));
    let several = SEVERAL.map(|(name, _)| json!({"name": name, "type": "String", "multiValued": true}));
    let properties: Vec<_> = single.into_iter().chain(several).collect();
    let mut verification = verification;
    verification["mode"] = json!("Inventory");
    verification["lag"] = json!(format!("{}s", LAG.as_secs()));
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "directory"},
        "spec": {
            "targetEntityType": "DirectoryEntry",
            "provisioningConnection": {"package": "ManualTicket"},
            "identifier": {"expression": "owner.properties.login"},
            "ownerUsername": {"expression": "owner.properties.login"},
            "properties": properties,
            "verification": verification,
        },
    })
}

fn wanted<const N: usize>(values: [(&str, &str); N]) -> Wanted {
    let one = |(property, value): (&str, &str)| (property.to_owned(), vec![value.to_owned()]);
    values.map(one).into()
}

fn login(spec: &Value) -> &str {
    spec["resource"]["identifier"].as_str().unwrap()
}

fn dn(login: &str) -> String {
    format!("uid={login},{PEOPLE}")
}

fn attribute(property: &str) -> &'static str {
    let mut all = SINGLE.into_iter().chain(SEVERAL);
    all.find(|(name, _)| *name == property).unwrap().1
}

/// An inetOrgPerson as LDIF.
fn entry(login: &str, id: &str, values: &Wanted) -> String {
    let mut ldif = format!("dn: {}\nobjectClass: inetOrgPerson\n", dn(login));
    ldif.push_str(&line("uid", login));
    ldif.push_str(&line("employeeNumber", id));
    for (property, values) in values {
        let lines = values.iter().map(|value| line(attribute(property), value));
        ldif.extend(lines);
    }
    ldif
}

fn line(attribute: &str, value: &str) -> String {
    if value.is_ascii() {
        format!("{attribute}: {value}\n")
    } else {
        format!("{attribute}:: {}\n", BASE64_STANDARD.encode(value))
    }
}
