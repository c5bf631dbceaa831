//! The events of one object after each other, and several such chains as one. Pure.
//!
//! Times are whole seconds, of two clocks: what was cause and what effect decides where they do not.

use super::event::Event;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// The events of one object.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub created: Event,
    /// The states that it went through.
    pub states: Vec<Event>,
    /// What people did, with the number of the state that it led to; none: none yet.
    pub acts: Vec<(Option<usize>, Event)>,
    /// What else came to hold.
    pub conditions: Vec<Event>,
}

impl Chain {
    /// All of them in their order. What has no time had happened when the next state was reached.
    pub(super) fn events(self) -> Vec<Event> {
        let mut conditions = self.conditions;
        conditions.sort_by_key(|event| event.time);
        let mut events = vec![self.created];
        for (number, state) in self.states.into_iter().enumerate() {
            let earlier = conditions.iter().take_while(|event| event.time < state.time).count();
            events.extend(conditions.drain(..earlier));
            let led_here = self.acts.iter().filter(|(led_to, _)| *led_to == Some(number));
            events.extend(led_here.map(|(_, act)| act.clone()));
            events.push(state);
        }
        events.extend(conditions);
        let open = self.acts.into_iter().filter(|(led_to, _)| led_to.is_none());
        events.extend(open.map(|(_, act)| act));
        let mut next = None;
        for event in events.iter_mut().rev() {
            if event.time.is_none() {
                event.not_after = next;
            }
            next = event.time.or(next);
        }
        events
    }
}

/// When each event must have happened at the latest: nothing comes after what it led to.
fn latest(events: &[Event]) -> Vec<Timestamp> {
    let mut next = Timestamp::MAX;
    let backwards = events.iter().rev().map(|event| {
        next = next.min(event.time.or(event.not_after).unwrap_or(Timestamp::MAX));
        next
    });
    let mut latest: Vec<_> = backwards.collect();
    latest.reverse();
    latest
}

/// A chain of which some is told.
struct Half {
    is_order: bool,
    left: std::vec::IntoIter<(Timestamp, Event)>,
    /// How often each state was told of it.
    told: BTreeMap<String, usize>,
}

impl Half {
    /// What comes next of it.
    fn next(&self) -> Option<&Event> {
        self.left.as_slice().first().map(|(_, event)| event)
    }

    /// Until when that must have happened.
    fn latest(&self) -> Option<Timestamp> {
        self.left.as_slice().first().map(|(latest, _)| *latest)
    }

    /// Takes it, and counts what was told of it.
    fn tell(&mut self, by_orders: &mut BTreeMap<String, (usize, usize)>) -> Option<Event> {
        let (_, event) = self.left.next()?;
        if event.is_state {
            *self.told.entry(event.event.clone()).or_default() += 1;
            if self.is_order
                && let Some((told, _)) = by_orders.get_mut(&event.event)
            {
                *told += 1;
            }
        }
        Some(event)
    }
}

/// Chains of orders and of requests as one.
pub(super) fn merged(orders: Vec<Vec<Event>>, requests: Vec<Vec<Event>>) -> Vec<Event> {
    let mut by_orders: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for event in orders.iter().flatten().filter(|event| event.is_state) {
        by_orders.entry(event.event.clone()).or_default().1 += 1;
    }
    let half = |is_order: bool| {
        move |events: Vec<Event>| Half {
            is_order,
            left: latest(&events).into_iter().zip(events).collect::<Vec<_>>().into_iter(),
            told: BTreeMap::new(),
        }
    };
    let requests = requests.into_iter().map(half(false));
    let mut halves: Vec<Half> = requests.chain(orders.into_iter().map(half(true))).collect();
    let heads = halves.iter().enumerate();
    let mut later: BinaryHeap<_> = heads
        .filter_map(|(number, half)| Some(Reverse((half.latest()?, number))))
        .collect();
    let mut events = Vec::new();
    while let Some(Reverse((time, _))) = later.peek().copied() {
        // Rank decides between those of one time only, and changes as they are told.
        let mut now = Vec::new();
        loop {
            while let Some(Reverse((_, number))) = later.peek().copied().filter(|Reverse((other, _))| *other == time) {
                later.pop();
                now.push(number);
            }
            let ranked = now.iter().enumerate().filter_map(|(place, number)| {
                let half = halves.get(*number)?;
                Some((rank(half, half.next()?, &by_orders), *number, place))
            });
            let Some((_, number, place)) = ranked.min() else { break };
            now.swap_remove(place);
            let Some(half) = halves.get_mut(number) else { break };
            events.extend(half.tell(&mut by_orders));
            later.extend(half.latest().map(|next| Reverse((next, number))));
        }
    }
    events
}

/// What goes first at one time: what a request shows of an order comes after the order has it, all else of it before.
fn rank(half: &Half, event: &Event, by_orders: &BTreeMap<String, (usize, usize)>) -> u8 {
    if half.is_order {
        return 1;
    }
    let times = half.told.get(&event.event).copied().unwrap_or(0);
    match by_orders.get(&event.event).filter(|_| event.is_state) {
        Some((told, all)) if *told <= times && times < *all => 2,
        Some(_) | None => 0,
    }
}
