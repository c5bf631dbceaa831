//! What happens to the badge of an owner: five requests each, answered in a way that depends on the order's name only.
//! The next request is filed when the one before it is settled, or, alone, behind a confirmed or coming order: what
//! becomes of them depends on no time and on no folding.

use super::{Crowd, Owner};
use futures::future::join_all;
use handoff_core::api::ProvisioningState::{Error, Errored, Executed, Inactive, Transmitted};
use handoff_core::api::reason;
use serde_json::json;
use std::sync::Arc;

/// Forty owners: two hundred requests.
pub const OWNERS: usize = 40;

pub fn owner_name(number: usize) -> String {
    format!("p{number:02}")
}

/// Everybody's story at once; ends when all is settled.
pub async fn tell(crowd: Arc<Crowd>) {
    join_all((0..OWNERS).map(|number| of(&crowd, number))).await;
}

/// The stories of these owners at once; ends when all is settled.
pub async fn tell_those(crowd: Arc<Crowd>, owners: std::ops::Range<usize>) {
    join_all(owners.map(|number| of(&crowd, number))).await;
}

/// So many stories, one after the other: the operator never has two things to do at the same time.
pub async fn tell_slowly(crowd: Arc<Crowd>, owners: usize) {
    for number in 0..owners {
        of(&crowd, number).await;
    }
}

async fn of(crowd: &Arc<Crowd>, number: usize) {
    let owner = crowd.owner(&owner_name(number));
    match number % 4 {
        0 => plain(&owner).await,
        1 => with_errors(&owner).await,
        2 => one_behind_the_other(&owner).await,
        _last => with_a_wrong_confirmation(&owner).await,
    }
}

async fn plain(anna: &Owner) {
    anna.ask("hire", "Create", json!({"zone": "HQ"})).await;
    anna.confirm(1).await;
    anna.done("hire", 1).await;
    anna.ask("level", "Update", json!({"level": "3"})).await;
    anna.confirm(2).await;
    anna.done("level", 2).await;
    anna.ask("move", "Update", json!({"zone": "LAB", "level": "4"})).await;
    anna.confirm(3).await;
    anna.done("move", 3).await;
    anna.ask("leave", "Delete", json!({})).await;
    anna.confirm(4).await;
    anna.done("leave", 4).await;
    anna.ask("return", "Create", json!({"zone": "HQ", "level": "1"})).await;
    anna.confirm(5).await;
    anna.done("return", 5).await;
}

async fn with_errors(boris: &Owner) {
    boris.ask("hire", "Create", json!({"zone": "HQ"})).await;
    boris.fail(1).await;
    boris.shows("hire", Errored, reason::REPORTED_BY_PERSON).await;
    boris.recover(1, "Retry").await;
    boris.confirm(2).await;
    boris.done("hire", 2).await;
    boris.ask("same", "Update", json!({"zone": "HQ"})).await;
    boris.shows("same", Executed, reason::ALREADY_CLAIMED).await;
    boris.ask("level", "Update", json!({"level": "2"})).await;
    boris.fail(3).await;
    boris.recover(3, "Abandon").await;
    boris.shows("level", Inactive, reason::ABANDONED).await;
    boris.ask("move", "Update", json!({"zone": "LAB"})).await;
    boris.fail(4).await;
    boris.recover(4, "Retry").await;
    boris.fail(5).await;
    boris.recover(5, "Retry").await;
    boris.confirm(6).await;
    boris.done("move", 6).await;
    boris.ask("leave", "Delete", json!({})).await;
    boris.fail(7).await;
    boris.recover(7, "Retry").await;
    boris.confirm(8).await;
    boris.done("leave", 8).await;
}

async fn one_behind_the_other(clara: &Owner) {
    clara.ask("hire", "Create", json!({"zone": "HQ"})).await;
    clara.shows("hire", Transmitted, reason::HANDED_OVER).await;
    clara.ask("move", "Update", json!({"zone": "LAB"})).await;
    clara.confirm(1).await;
    clara.done("hire", 1).await;
    clara.confirm(2).await;
    clara.done("move", 2).await;
    clara.ask("leave", "Delete", json!({})).await;
    clara.confirm(3).await;
    clara.done("leave", 3).await;
    clara.ask("bad", "Create", json!({"level": "high"})).await;
    clara.shows("bad", Error, reason::INVALID_REQUEST).await;
    clara.ask("late", "Update", json!({"zone": "HQ"})).await;
    clara.shows("late", Error, reason::RESOURCE_NOT_FOUND).await;
}

async fn with_a_wrong_confirmation(doris: &Owner) {
    doris.ask("hire", "Create", json!({"zone": "HQ"})).await;
    doris.fail(1).await;
    doris.recover(1, "Abandon").await;
    doris.shows("hire", Inactive, reason::ABANDONED).await;
    doris.ask("again", "Create", json!({"zone": "HQ"})).await;
    doris.confirm(2).await;
    doris.done("again", 2).await;
    doris.ask("move", "Update", json!({"zone": "LAB"})).await;
    doris.confirm(3).await;
    doris.done("move", 3).await;
    doris.withdraw(3, "Retry").await;
    doris.confirm(4).await;
    doris.done("move", 4).await;
    doris.ask("level", "Update", json!({"level": "5"})).await;
    doris.confirm(5).await;
    doris.done("level", 5).await;
    doris.withdraw(5, "Abandon").await;
    doris.shows("level", Inactive, reason::ABANDONED).await;
    doris.ask("leave", "Delete", json!({})).await;
    doris.confirm(6).await;
    doris.done("leave", 6).await;
}
