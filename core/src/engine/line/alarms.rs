//! When a line is to be decided again although nothing happens: the next time that means something.

use super::super::over::is_end_filed;
use super::order::valid_until;
use super::{Line, RequestState};
use crate::api::ProvisioningState;
use jiff::Timestamp;

impl Line<'_> {
    /// The earliest time after now at which a decision may be another.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        let ended = |request: &&RequestState| self.state_of(request) == Some(ProvisioningState::Inactive);
        let living = self.requests.iter().filter(|request| !ended(request));
        let of_requests = living.flat_map(|request| {
            let spec = &request.object.spec;
            let end = spec.end_time.as_ref().filter(|_| !is_end_filed(&request.object));
            [spec.start_time.as_ref().map(|start| start.0), end.map(|end| end.0)]
        });
        let of_orders = self.orders.iter().flat_map(|order| {
            let waits = order.standing.state == ProvisioningState::Transmitted;
            let status = order.object.status.as_ref().filter(|_| waits);
            let due = status.and_then(|status| status.due_at.as_ref()).map(|due| due.0);
            let unproven = order.standing.state == ProvisioningState::Executed && !order.standing.finished;
            let provable = order.provable_until().filter(|_| unproven);
            [due, valid_until(&order.object).filter(|_| waits), provable]
        });
        let all = of_requests.chain(of_orders).chain([self.grouping_until]);
        all.flatten().filter(|at| *at > self.snapshot.now).min()
    }
}
