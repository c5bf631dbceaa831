//! Sixty owners with five requests each, about whom is decided by more than a fulfiller: reviewers, who cancels, who claims,
//! windows, suspended types, Deletes that overtake. Whatever stops meanwhile, each story comes to its end.

use super::{Crowd, Owner};
use futures::future::{BoxFuture, FutureExt, join_all};
use handoff_core::api::ProvisioningState::{AwaitingApproval, Errored, Executed, Inactive, Transmitted};
use handoff_core::api::reason;
use serde_json::{Value, json};
use std::sync::Arc;

/// Ten of each story.
const OWNERS: usize = 60;
/// How many requests they file.
pub const REQUESTS: usize = 5 * OWNERS;

/// The types beside `badge`, each with the fields that make it another.
pub fn kinds() -> [(&'static str, Value); 4] {
    [
        ("checked", json!({"provisioningReview": {"required": true}})),
        ("claimed", json!({"decision": {"claimRequired": true}})),
        ("grouped", json!({"groupingWindow": "2s"})),
        ("frozen", json!({"suspend": true})),
    ]
}

/// Everybody's story at once; ends when all is settled.
pub async fn tell(crowd: Arc<Crowd>) {
    let story = |number: usize| -> BoxFuture<'static, ()> {
        let name = format!("o{number:02}");
        match number % 6 {
            0 => taken_back(crowd.owner(&name)).boxed(),
            1 => failed(crowd.owner(&name)).boxed(),
            2 => reviewed(crowd.owner_of("checked", &name)).boxed(),
            3 => claimed(crowd.owner_of("claimed", &name)).boxed(),
            4 => all_at_once(crowd.owner_of("grouped", &name)).boxed(),
            _last => all_at_once(crowd.owner_of("frozen", &name)).boxed(),
        }
    };
    join_all((0..OWNERS).map(story)).await;
}

async fn taken_back(anna: Owner) {
    anna.ask("hire", "Create", json!({"zone": "HQ"})).await;
    anna.shows("hire", Transmitted, reason::HANDED_OVER).await;
    anna.cancel("hire").await;
    anna.shows("hire", Transmitted, reason::STOP_REQUESTED).await;
    anna.fail(1).await;
    anna.shows("hire", Inactive, reason::CANCELLED).await;
    anna.ask("again", "Create", json!({"zone": "HQ"})).await;
    anna.shows("again", Transmitted, reason::HANDED_OVER).await;
    // Nobody waits until the fulfiller was asked to stop.
    anna.cancel("again").await;
    anna.confirm(2).await;
    anna.shows("again", Executed, reason::CANCELLED_TOO_LATE).await;
    anna.ask("move", "Update", json!({"zone": "LAB"})).await;
    anna.fail(3).await;
    anna.shows("move", Errored, reason::REPORTED_BY_PERSON).await;
    anna.cancel("move").await;
    anna.shows("move", Inactive, reason::CANCELLED).await;
    anna.ask("level", "Update", json!({"level": "3"})).await;
    anna.shows("level", Transmitted, reason::HANDED_OVER).await;
    anna.ask("leave", "Delete", json!({})).await;
    anna.confirm(4).await;
    anna.done("level", 4).await;
    anna.confirm(5).await;
    anna.done("leave", 5).await;
}

async fn failed(boris: Owner) {
    boris.ask("hire", "Create", json!({"zone": "HQ"})).await;
    boris.fail(1).await;
    boris.recover(1, "Retry").await;
    boris.fail(2).await;
    boris.shows("hire", Errored, reason::REPORTED_BY_PERSON).await;
    boris.ask("leave", "Delete", json!({})).await;
    boris.shows("hire", Inactive, reason::SUPERSEDED).await;
    boris.confirm(3).await;
    boris.done("leave", 3).await;
    boris.ask("back", "Create", json!({"zone": "HQ"})).await;
    boris.fail(4).await;
    boris.recover(4, "Abandon").await;
    boris.shows("back", Inactive, reason::ABANDONED).await;
    boris.ask("again", "Create", json!({"zone": "HQ"})).await;
    boris.confirm(5).await;
    boris.done("again", 5).await;
    boris.ask("same", "Update", json!({"zone": "HQ"})).await;
    boris.shows("same", Executed, reason::ALREADY_CLAIMED).await;
}

async fn reviewed(clara: Owner) {
    let partly = json!({"result": "Approved", "declinedProperties": ["level"], "comment": "too high"});
    clara.ask("hire", "Create", json!({"zone": "HQ", "level": "3"})).await;
    clara.review(1, partly).await;
    clara.confirm(2).await;
    clara.done("hire", 2).await;
    clara.ask("move", "Update", json!({"zone": "LAB"})).await;
    clara
        .review(3, json!({"result": "Declined", "comment": "closed"}))
        .await;
    clara.shows("move", Inactive, reason::DECLINED).await;
    clara.ask("again", "Update", json!({"zone": "LAB"})).await;
    clara.review(4, json!({"result": "Postponed"})).await;
    clara.shows("again", AwaitingApproval, reason::POSTPONED).await;
    clara.review(4, json!({"result": "Approved"})).await;
    clara.confirm(4).await;
    clara.done("again", 4).await;
    clara.ask("grade", "Update", json!({"level": "2"})).await;
    clara.shows("grade", AwaitingApproval, reason::REVIEW_REQUIRED).await;
    clara.ask("leave", "Delete", json!({})).await;
    clara.shows("grade", Inactive, reason::SUPERSEDED).await;
    clara.review(6, json!({"result": "Approved"})).await;
    clara.confirm(6).await;
    clara.done("leave", 6).await;
}

async fn claimed(doris: Owner) {
    doris.ask("hire", "Create", json!({"zone": "HQ"})).await;
    doris.shows("hire", Transmitted, reason::HANDED_OVER).await;
    doris.cancel("hire").await;
    doris.shows("hire", Inactive, reason::CANCELLED).await;
    doris.ask("again", "Create", json!({"zone": "HQ"})).await;
    doris.bob_claims(2).await;
    doris.cancel("again").await;
    doris.shows("again", Transmitted, reason::STOP_REQUESTED).await;
    doris.confirm(2).await;
    doris.shows("again", Executed, reason::CANCELLED_TOO_LATE).await;
    doris.ask("move", "Update", json!({"zone": "LAB"})).await;
    doris.carol_claims(3).await;
    doris.fail(3).await;
    doris.recover(3, "Retry").await;
    doris.bob_claims(4).await;
    doris.confirm(4).await;
    doris.done("move", 4).await;
    doris.ask("grade", "Update", json!({"level": "2"})).await;
    doris.shows("grade", Transmitted, reason::HANDED_OVER).await;
    doris.ask("leave", "Delete", json!({})).await;
    doris.shows("grade", Inactive, reason::SUPERSEDED).await;
    doris.bob_claims(6).await;
    doris.confirm(6).await;
    doris.done("leave", 6).await;
}

/// What becomes of each depends on when it is seen; their names are in the order in which they are filed.
async fn all_at_once(emil: Owner) {
    emil.ask("a", "Create", json!({"zone": "HQ"})).await;
    emil.ask("b", "Delete", json!({})).await;
    emil.ask("c", "Create", json!({"zone": "HQ"})).await;
    emil.confirm_until_all_is_done(&["a", "b", "c"]).await;
    emil.ask("d", "Update", json!({"level": "3"})).await;
    emil.ask("e", "Update", json!({"zone": "LAB", "level": "4"})).await;
    emil.confirm_until_all_is_done(&["d", "e"]).await;
}
