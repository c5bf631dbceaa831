//! What a type makes of a sample owner: each operation is asked for as somebody would, and the engine says what would come of
//! it. Pure.

use super::super::request::{Stock, Wish};
use handoff_core::api::assignment_request::RequestedBy;
use handoff_core::api::common::Owner;
use handoff_core::api::provisioning_order::Ticket;
use handoff_core::api::resource_type::{PropertyDefinition, PropertyType};
use handoff_core::api::{AssignmentRequest, Operation, Properties, Values};
use handoff_core::engine::problem::Problem;
use handoff_core::engine::types::TypeView;
use handoff_core::engine::{Foreseen, Preview};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// What a new resource of a type would look like.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Example {
    /// Name of the type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The resource.
    pub identifier: Option<String>,
    /// The owner's Kubernetes user name.
    pub owner_username: Option<String>,
    /// Values of single-valued properties.
    pub properties: Properties,
    /// Values of multi-valued properties.
    pub values: Values,
    /// What the fulfiller would read.
    pub ticket: Ticket,
}

/// What is asked for, in words, and with how much of the properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Create,
    CreateWithAll,
    Update,
    Delete,
}

impl Case {
    const ALL: [Self; 4] = [Self::Create, Self::CreateWithAll, Self::Update, Self::Delete];

    fn operation(self) -> Operation {
        match self {
            Self::Create | Self::CreateWithAll => Operation::Create,
            Self::Update => Operation::Update,
            Self::Delete => Operation::Delete,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Create => "a Create",
            Self::CreateWithAll => "a Create with every property",
            Self::Update => "an Update of every property",
            Self::Delete => "a Delete",
        }
    }

    fn takes(self, definition: &PropertyDefinition) -> bool {
        let asked = match self {
            Self::Create => definition.is_required(),
            Self::CreateWithAll | Self::Update => true,
            Self::Delete => false,
        };
        asked && definition.expression.is_none() && definition.type_ != PropertyType::Secret
    }
}

/// The example of a type, and what is wrong with any of its operations.
pub(super) fn example(view: &Arc<TypeView>, owner: &Owner, now: Timestamp) -> (Option<Example>, Vec<String>) {
    let mut previews = Vec::new();
    let mut faults: Vec<(String, Vec<&str>)> = Vec::new();
    for case in Case::ALL.into_iter().filter(|case| view.allows(case.operation())) {
        let preview = foresee(view, owner, case, now);
        for problem in &preview.problems {
            match faults.iter_mut().find(|(message, _)| *message == problem.message) {
                Some((_, cases)) => cases.push(case.words()),
                None => faults.push((problem.message.clone(), vec![case.words()])),
            }
        }
        previews.push((case.operation(), preview));
    }
    let all = previews.len();
    let words = |(message, cases): (String, Vec<&str>)| {
        let cases = if cases.len() == all {
            String::new()
        } else {
            format!(", {}", cases.join(", "))
        };
        format!("for the owner {}{cases}: {message}", owner.id)
    };
    let first = previews.first().map(|(operation, _)| *operation);
    let mut likely = previews.iter().filter(|(operation, _)| Some(*operation) == first);
    let example = likely.find_map(|(_, preview)| of(view, preview));
    (example, faults.into_iter().map(words).collect())
}

fn of(view: &TypeView, preview: &Preview) -> Option<Example> {
    let Some(Foreseen::Order { spec, .. }) = &preview.foreseen else {
        return None;
    };
    Some(Example {
        kind: view.name().to_owned(),
        identifier: preview.identifier.clone(),
        owner_username: preview.owner_username.clone(),
        properties: spec.desired.properties.clone(),
        values: spec.desired.values.clone(),
        ticket: spec.ticket.clone(),
    })
}

fn foresee(view: &Arc<TypeView>, owner: &Owner, case: Case, now: Timestamp) -> Preview {
    let taken = view
        .object
        .spec
        .properties
        .iter()
        .filter(|definition| case.takes(definition));
    let wish = Wish {
        owner: Some(owner.id.clone()),
        owner_name: owner.display_name.clone(),
        owner_properties: owner.properties.clone(),
        set: taken
            .map(|definition| (definition.name.clone(), vec![sample(definition.type_).to_owned()]))
            .collect(),
        ..Wish::default()
    };
    let mut spec = match wish.spec(case.operation(), view) {
        Ok(spec) => spec,
        Err(wrong) => {
            let problems = wrong.into_iter().map(Problem::invalid).collect();
            return Preview {
                problems,
                ..Preview::default()
            };
        }
    };
    spec.requested_by = Some(RequestedBy {
        username: "requester".to_owned(),
        ..RequestedBy::default()
    });
    let request = Arc::new(AssignmentRequest::new("sample", spec));
    let types = [(view.name().to_owned(), Arc::clone(view))];
    Stock::of(types.into(), &[]).preview(&request, now)
}

fn sample(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::String | PropertyType::Reference | PropertyType::Secret => "sample",
        PropertyType::Integer => "1",
        PropertyType::Boolean => "true",
        PropertyType::Date => "2026-03-31",
    }
}
