//! The writes of a pass, in the shell's order. Their answers enter the index; a process may stop between any two.

use crate::oracle::Oracle;
use crate::program::{Broken, Program, key};
use crate::world::{Event, Kind, Refused, World};
use handoff::operator::index::{LineKey, Uid};
use handoff_core::api::AssignmentRequest;
use handoff_core::api::assignment_request::RequestedBy;
use handoff_core::engine::{LineDecision, NewOrder, OrderUpdate, RequestUpdate, ResourceChange};
use kube::ResourceExt;

impl Program {
    /// Writes down what was decided about a line.
    pub fn apply(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        line: &LineKey,
        decision: LineDecision,
    ) -> Result<(), Broken> {
        let LineDecision {
            resource,
            order_updates,
            new_order,
            request_updates,
            new_requests,
            reports: _,
            wake_at: _,
            slot: _,
        } = decision;
        if let Some(change) = resource {
            self.change_resource(world, oracle, change)?;
        }
        for update in &order_updates {
            self.write_order(world, oracle, update)?;
        }
        if let Some(new) = &new_order {
            self.make_order(world, oracle, line, new)?;
        }
        for filing in new_requests {
            self.file_request(world, oracle, filing.request, &request_updates)?;
        }
        for update in &request_updates {
            self.write_request(world, oracle, update)?;
        }
        Ok(())
    }

    /// A request of the operator's own; one that is there already was filed before.
    fn file_request(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        mut request: AssignmentRequest,
        updates: &[RequestUpdate],
    ) -> Result<(), Broken> {
        let name = request.name_any();
        request.spec.requested_by = Some(RequestedBy {
            username: "handoff".to_owned(),
            ..RequestedBy::default()
        });
        self.filings += 1;
        let cause = request.spec.caused_by.clone();
        if let Some(there) = world.requests.get(&name).filter(|there| there.spec.caused_by == cause) {
            self.take_in(Event::Request(Box::new(there.clone())));
            return Ok(());
        }
        oracle
            .dates
            .may_be_filed(world, &request, updates)
            .map_err(Broken::Violation)?;
        let made = world.create_request(request);
        self.answered(world, oracle, (Kind::Request, &name, Uid::of("")), made, Event::Request)
    }

    fn write_order(&mut self, world: &mut World, oracle: &mut Oracle, update: &OrderUpdate) -> Result<(), Broken> {
        let name = update.order.name_any();
        let written = World::check(world.orders.get(&name), update.order.as_ref()).map(|()| {
            let mut object = update.order.as_ref().clone();
            object.status = Some(update.status.clone());
            world.put_order(object)
        });
        let uid = Uid::of_object(update.order.as_ref());
        self.answered(world, oracle, (Kind::Order, &name, uid), written, Event::Order)
    }

    fn make_order(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        line: &LineKey,
        new: &NewOrder,
    ) -> Result<(), Broken> {
        oracle.may_be_made(world, line, &new.order).map_err(Broken::Violation)?;
        let name = new.order.name_any();
        let made = world.create_order(new.order.clone());
        if made == Err(Refused::AlreadyExists)
            && let Some(there) = world.orders.get(&name)
        {
            self.index.note_name_conflict(line, there);
        }
        let seen = made.as_ref().ok().cloned();
        let uid = Uid::of("");
        self.answered(world, oracle, (Kind::Order, &name, uid), made, Event::Order)?;
        let Some(order) = seen else { return Ok(()) };
        let update = OrderUpdate {
            order: std::sync::Arc::new(order),
            status: new.status.clone(),
        };
        self.write_order(world, oracle, &update)
    }

    pub fn write_request(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        update: &RequestUpdate,
    ) -> Result<(), Broken> {
        let name = update.request.name_any();
        let written = World::check(world.requests.get(&name), update.request.as_ref()).map(|()| {
            let mut object = update.request.as_ref().clone();
            object.status = Some(update.status.clone());
            world.put_request(object)
        });
        let uid = Uid::of_object(update.request.as_ref());
        self.answered(world, oracle, (Kind::Request, &name, uid), written, Event::Request)
    }

    fn change_resource(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        change: ResourceChange,
    ) -> Result<(), Broken> {
        let (name, uid, written) = match change {
            ResourceChange::Create(made) => (made.name_any(), Uid::of(""), world.create_resource(made)),
            ResourceChange::Replace { before, after } => {
                let name = before.name_any();
                let fresh = World::check(world.resources.get(&name), before.as_ref());
                (
                    name,
                    Uid::of_object(before.as_ref()),
                    fresh.map(|()| world.put_resource(after)),
                )
            }
            ResourceChange::Delete(before) => {
                let name = before.name_any();
                match World::check(world.resources.get(&name), before.as_ref()) {
                    Ok(()) | Err(Refused::NotFound) => {
                        world.remove_resource(&name);
                        let woken = self.index.remove_resource(&key(&name), Uid::of_object(before.as_ref()));
                        self.wake(woken);
                        return self.spend(world, oracle);
                    }
                    Err(refused) => (name, Uid::of_object(before.as_ref()), Err(refused)),
                }
            }
        };
        self.answered(world, oracle, (Kind::Resource, &name, uid), written, Event::Resource)
    }

    /// The answer of a write enters the index; so does what is there, where somebody wrote first.
    pub fn answered<T>(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        (kind, name, uid): (Kind, &str, Uid),
        written: Result<T, Refused>,
        event: impl Fn(Box<T>) -> Event,
    ) -> Result<(), Broken> {
        match written {
            Ok(object) => {
                let event = event(Box::new(object));
                self.last = event.to_string();
                self.take_in(event);
                self.spend(world, oracle)
            }
            Err(refused) => {
                let there = match kind {
                    Kind::Type => world
                        .types
                        .get(name)
                        .cloned()
                        .map(|object| Event::Type(Box::new(object))),
                    Kind::Request => world
                        .requests
                        .get(name)
                        .cloned()
                        .map(|object| Event::Request(Box::new(object))),
                    Kind::Order => world
                        .orders
                        .get(name)
                        .cloned()
                        .map(|object| Event::Order(Box::new(object))),
                    Kind::Resource => world
                        .resources
                        .get(name)
                        .cloned()
                        .map(|object| Event::Resource(Box::new(object))),
                    Kind::Synchronization => world
                        .synchronizations
                        .get(name)
                        .cloned()
                        .map(|object| Event::Synchronization(Box::new(object))),
                };
                assert!(refused != Refused::NotFound || there.is_none());
                self.take_in(there.unwrap_or_else(|| Event::Gone(kind, name.to_owned(), uid)));
                Err(Broken::Stale)
            }
        }
    }

    pub(crate) fn spend(&mut self, world: &World, oracle: &mut Oracle) -> Result<(), Broken> {
        self.writes += 1;
        oracle.look(world).map_err(Broken::Violation)?;
        match self.fuse {
            Some(0) => Err(Broken::Crashed),
            Some(left) => {
                self.fuse = Some(left - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
