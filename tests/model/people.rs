//! What people and chance do: the steps of a history, and how each changes the world.

use crate::wishes::{WISHES, wish};
use crate::world::{Kind, World, is_pending, needs_recovery, order_state};
use handoff_core::api::{ProvisioningState as State, ResourceType};
use jiff::ToSpan;
use proptest::prelude::*;
use serde_json::{Value, json};

/// One step. Numbers pick one of what there is.
#[derive(Clone, Debug)]
pub enum Step {
    File {
        owner: u8,
        wish: u8,
        which: u8,
    },
    Deliver {
        kind: u8,
        many: u8,
    },
    Relist {
        kind: u8,
        turn: u8,
    },
    Pass {
        pick: u8,
        crash_after: Option<u8>,
    },
    Answer {
        pick: u8,
        how: Answer,
    },
    Recover {
        pick: u8,
        retry: bool,
    },
    Approve {
        pick: u8,
        who: u8,
        yes: bool,
    },
    DeleteOrder {
        pick: u8,
    },
    DeleteRequest {
        pick: u8,
    },
    DeleteResource {
        pick: u8,
    },
    EditType {
        edit: u8,
    },
    Clock {
        seconds: i16,
    },
    Touch {
        pick: u8,
    },
    /// The admission policies go away, or come back.
    Policies {
        in_force: bool,
    },
    /// Everything arrives and is worked on: a quiet while, so that histories get somewhere.
    Quiet,
    Crash,
}

#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Confirmed,
    Deviating,
    SelfConfirmed,
    Errored,
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let answer = prop_oneof![5 => Just(Answer::Confirmed), 1 => Just(Answer::Deviating), 2 => Just(Answer::Errored), 1 => Just(Answer::SelfConfirmed)];
    let step = prop_oneof![
        12 => (prop_oneof![3 => Just(0), 2 => Just(1)], 0..u8::try_from(WISHES).unwrap(), 0..6_u8)
            .prop_map(|(owner, wish, which)| Step::File { owner, wish, which }),
        10 => (0..4_u8, 1..6_u8).prop_map(|(kind, many)| Step::Deliver { kind, many }),
        2 => (0..4_u8, any::<u8>()).prop_map(|(kind, turn)| Step::Relist { kind, turn }),
        16 => (any::<u8>(), prop::option::weighted(0.15, 0..5_u8))
            .prop_map(|(pick, crash_after)| Step::Pass { pick, crash_after }),
        8 => (any::<u8>(), answer).prop_map(|(pick, how)| Step::Answer { pick, how }),
        5 => (any::<u8>(), any::<bool>()).prop_map(|(pick, retry)| Step::Recover { pick, retry }),
        4 => (any::<u8>(), 0..4_u8, prop::bool::weighted(0.8))
            .prop_map(|(pick, who, yes)| Step::Approve { pick, who, yes }),
        1 => any::<u8>().prop_map(|pick| Step::DeleteOrder { pick }),
        1 => any::<u8>().prop_map(|pick| Step::DeleteRequest { pick }),
        1 => any::<u8>().prop_map(|pick| Step::DeleteResource { pick }),
        2 => (0..9_u8).prop_map(|edit| Step::EditType { edit }),
        2 => (-30..90_i16).prop_map(|seconds| Step::Clock { seconds }),
        1 => any::<u8>().prop_map(|pick| Step::Touch { pick }),
        1 => prop::bool::weighted(0.6).prop_map(|in_force| Step::Policies { in_force }),
        9 => Just(Step::Quiet),
        1 => Just(Step::Crash),
    ];
    prop::collection::vec(step, 4..60)
}

pub fn pick<T: Clone>(from: &[T], pick: u8) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(pick) % from.len()].clone())
}

/// The type of the model in one of its shapes; `None`: deleted.
pub fn badge(edit: u8) -> Option<ResourceType> {
    let mut of = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "badge"},
        "spec": {
            "provisioningConnection": {"package": "ManualTicket"},
            "properties": [
                {"name": "zone", "type": "String", "required": true},
                {"name": "level", "type": "Integer"},
                {"name": "doors", "type": "String", "multiValued": true},
                {"name": "label", "type": "String", "expression": "owner.id ~ '/' ~ (request.properties.zone if request.properties.zone is defined else 'x')"},
                {"name": "pin", "type": "Secret"},
            ],
        },
    });
    match edit {
        0 => {}
        1 => of["spec"]["provisioningConnection"] = Value::Null,
        2 => of["spec"]["identifier"] = json!({"expression": "owner.id ~"}),
        3 => of["spec"]["properties"][3]["expression"] = "owner.nothing".into(),
        4 => of["spec"]["provisioningConnection"]["package"] = "ManualTicketAndResources".into(),
        7 => of["spec"]["approval"] = json!({"steps": 1}),
        8 => of["spec"]["approval"] = json!({"steps": 2}),
        5 => of["spec"]["allow"] = json!({"update": false}),
        _ => return None,
    }
    Some(serde_json::from_value(of).unwrap())
}

impl World {
    /// Makes the stored type this one.
    pub fn set_type(&mut self, edit: u8) {
        match (badge(edit), self.types.get("badge").cloned()) {
            (None, _) => self.remove_type("badge"),
            (Some(new), None) => drop(self.create_type(new)),
            (Some(new), Some(old)) if new.spec == old.spec => {}
            (Some(new), Some(mut old)) => {
                old.spec = new.spec;
                old.metadata.generation = old.metadata.generation.map(|generation| generation + 1);
                self.put_type(old);
            }
        }
    }

    pub fn file(&mut self, owner: u8, number: u8, which: u8) {
        let owner = format!("e{}", owner + 1);
        // A name may come again once its object was deleted.
        let name = (0..)
            .map(|n| format!("r{n:02}"))
            .find(|name| !self.requests.contains_key(name))
            .unwrap();
        let mut spec = wish(number);
        spec["resourceTypeRef"] = json!({"name": "badge"});
        spec["owner"] = json!({"id": owner});
        spec["requestedBy"] = json!({"username": "alice"});
        match which {
            0 => spec["resource"] = json!({"identifier": "Shared@x"}),
            1 => spec["resource"] = json!({"identifier": "shared@X "}),
            _ => {}
        }
        let object = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": name}, "spec": spec,
        });
        self.create_request(serde_json::from_value(object).unwrap()).unwrap();
    }

    /// A fulfiller answers, as the CRD's rules let them.
    pub fn answer(&mut self, name: &str, how: Answer) -> bool {
        let Some(mut order) = self.orders.get(name).cloned() else {
            return false;
        };
        if order_state(&order) != Some(State::Transmitted) || order.spec.decision.is_some() {
            return false;
        }
        let zone = order.spec.changes.iter().any(|change| change.property == "zone");
        // Now and then the requester confirms, as if admission had a hole.
        let by = if matches!(how, Answer::SelfConfirmed) {
            "alice"
        } else {
            "bob"
        };
        let mut decision = match how {
            Answer::Errored => json!({"result": "Errored", "message": "no"}),
            Answer::Deviating if zone => json!({"result": "Confirmed", "actualValues": {"zone": ["ELSEWHERE"]}}),
            Answer::Confirmed | Answer::Deviating | Answer::SelfConfirmed => json!({"result": "Confirmed"}),
        };
        decision["by"] = json!({"username": by});
        order.spec.decision = serde_json::from_value(decision).unwrap();
        self.put_order(order);
        true
    }

    /// A reviewer answers an error, or takes a confirmation back.
    pub fn recover(&mut self, name: &str, retry: bool) -> bool {
        let Some(mut order) = self.orders.get(name).cloned() else {
            return false;
        };
        let may = needs_recovery(&order) || order_state(&order) == Some(State::Executed);
        if order.spec.recovery.is_some() || !may {
            return false;
        }
        let action = if retry { "Retry" } else { "Abandon" };
        order.spec.recovery =
            serde_json::from_value(json!({"action": action, "comment": "as it is", "by": {"username": "dave"}}))
                .unwrap();
        self.put_order(order);
        true
    }

    /// An approver answers, once, while the request waits for approvers.
    pub fn approve(&mut self, name: &str, who: &str, yes: bool) -> bool {
        let Some(mut request) = self.requests.get(name).cloned() else {
            return false;
        };
        if !is_pending(&request) || request.spec.approvals.contains_key(who) {
            return false;
        }
        let result = if yes { "Approved" } else { "Declined" };
        let answer = serde_json::from_value(json!({"result": result})).unwrap();
        request.spec.approvals.insert(who.to_owned(), answer);
        request.metadata.generation = request.metadata.generation.map(|generation| generation + 1);
        self.put_request(request);
        true
    }

    pub fn touch(&mut self, name: &str) {
        if let Some(request) = self.requests.get(name).cloned() {
            self.put_request(request);
        }
    }

    pub fn tick(&mut self, seconds: i16) {
        self.now = self.now.checked_add(i64::from(seconds).seconds()).unwrap();
    }
}

pub fn kind(number: u8) -> Kind {
    Kind::ALL[usize::from(number) % Kind::ALL.len()]
}
