//! One history: its steps, and what each does. How it ends is in `ending`.

use crate::oracle::Oracle;
use crate::people::{Answer, Filing, Step, Verdict, kind, pick};
use crate::program::{Broken, Program};
use crate::shapes::PLAIN;
use crate::world::{Kind, World};
use handoff_core::api::ProvisioningState as State;

/// Passes until the queue must be empty when nobody does anything.
const PATIENCE: usize = 2_000;

pub const TYPES: [&str; 2] = ["badge", "desk"];

fn type_name(desk: bool) -> &'static str {
    TYPES[usize::from(desk)]
}

pub struct History {
    pub world: World,
    pub program: Program,
    pub oracle: Oracle,
}

/// Runs a history; what went wrong, if anything did.
pub fn run(steps: &[Step]) -> Result<(), String> {
    let mut world = World {
        now: "2026-03-01T08:00:00Z".parse().unwrap(),
        ..World::default()
    };
    world.set_type("badge", PLAIN, 0);
    world.set_type("desk", PLAIN, 0);
    let program = Program::started(&mut world, 0);
    let mut history = History {
        world,
        program,
        oracle: Oracle::default(),
    };
    for step in steps {
        history.step(step)?;
        history.oracle.look(&history.world)?;
    }
    history.end(steps.len())
}

impl History {
    pub fn step(&mut self, step: &Step) -> Result<(), String> {
        let world = &mut self.world;
        match step {
            Step::File(filing) => {
                let Filing {
                    desk,
                    owner,
                    wish,
                    which,
                    when,
                } = *filing;
                world.file(type_name(desk), owner, wish, which, when);
            }
            Step::Deliver { kind: of, many } => self.program.deliver(world, kind(*of), usize::from(*many)),
            Step::Relist { kind: of, turn } => self.program.relist(world, kind(*of), *turn),
            Step::Pass { pick, crash_after } => self.pass(*pick, *crash_after)?,
            Step::Answer { pick: of, how } => {
                let name = pick(&world.orders_in(State::Transmitted), *of);
                self.answer(name, *how);
            }
            Step::Claim { pick: of, take } => {
                let name = pick(&world.orders_in(State::Transmitted), *of);
                name.map(|name| world.claim(&name, *take));
            }
            Step::Review { pick: of, how } => {
                let name = pick(&world.orders_in(State::AwaitingApproval), *of);
                self.review(name, *how);
            }
            Step::Cancel { pick: of } => {
                // The newest first.
                let mut names = world.cancellable();
                names.reverse();
                let name = pick(&names, *of);
                self.cancel(name);
            }
            Step::Recover { pick: of, retry } => {
                let mut names = world.needing_recovery();
                names.extend(world.orders_in(State::Executed));
                let name = pick(&names, *of);
                self.recover(name, *retry);
            }
            Step::Approve { pick: of, who, yes } => {
                let name = pick(&world.pending(), *of);
                self.approve(name, ["dave", "erin", "alice", "e1"][usize::from(*who % 4)], *yes);
            }
            Step::DeleteOrder { pick: of } => {
                let names: Vec<String> = world.orders.keys().cloned().collect();
                if let Some(name) = pick(&names, *of) {
                    world.remove_order(&name);
                }
            }
            Step::DeleteRequest { pick: of } => {
                let names: Vec<String> = world.requests.keys().cloned().collect();
                if let Some(name) = pick(&names, *of) {
                    world.remove_request(&name);
                }
            }
            Step::DeleteResource { pick: of } => {
                // What exports wrote only the next one may remove.
                let names = world.made_entries();
                if let Some(name) = pick(&names, *of) {
                    world.remove_resource(&name);
                }
            }
            Step::EditType { desk, edit, rules } => world.set_type(type_name(*desk), *edit, *rules),
            Step::Work { pick: of, how } => {
                let name = pick(&world.orders_in(State::Transmitted), *of);
                if let Some(name) = name {
                    world.work(&name, *how);
                }
            }
            Step::Meddle { desk, owner, zone } => {
                let owner = format!("e{}", owner + 1);
                let line = (type_name(*desk).to_owned(), owner.clone());
                world.system.meddle(world.now, &line, &owner, *zone);
            }
            Step::Export { desk, how, cut } => world.export(type_name(*desk), *how, *cut),
            Step::Accept { pick: of } => {
                // The newest first.
                let names: Vec<String> = world.synchronizations.keys().rev().cloned().collect();
                if let Some(name) = pick(&names, *of) {
                    world.accept(&name);
                    self.oracle.snapshots.vouched_for(world, &name);
                }
            }
            Step::Clock { seconds } => world.tick(i64::from(*seconds)),
            Step::Hours { many } => world.tick(3_600 * i64::from(*many)),
            Step::Touch { pick: of } => {
                let names: Vec<String> = world.requests.keys().cloned().collect();
                if let Some(name) = pick(&names, *of) {
                    world.touch(&name);
                }
            }
            Step::Quiet if self.program.is_ready() => self.come_to_rest()?,
            Step::Quiet => self.program.list_all(world, 2),
            Step::Policies { in_force } => {
                // What is written meanwhile is seen before they are back.
                if *in_force && self.world.unguarded {
                    self.be_ready(2);
                    self.come_to_rest()?;
                }
                self.world.unguarded = !in_force;
                self.program.look_at_policies(&self.world);
            }
            Step::Crash => {
                self.oracle.proofs.restarted(world);
                self.program = Program::started(world, 1);
            }
        }
        Ok(())
    }

    fn pass(&mut self, pick: u8, fuse: Option<u8>) -> Result<(), String> {
        match self.program.pass(&mut self.world, &mut self.oracle, pick, fuse) {
            Ok(()) => Ok(()),
            Err(Broken::Violation(why)) => Err(why),
            Err(Broken::Stale | Broken::Crashed) => unreachable!("a pass answers these itself"),
        }
    }

    pub fn answer(&mut self, name: Option<String>, how: Answer) {
        if let Some(name) = name
            && self.world.answer(&name, how)
        {
            self.oracle.answered(&self.world, &name);
        }
    }

    pub fn approve(&mut self, name: Option<String>, who: &str, yes: bool) {
        if let Some(name) = name
            && self.world.approve(&name, who, yes)
        {
            self.oracle.agreed(&self.world, &name, who);
        }
    }

    pub fn review(&mut self, name: Option<String>, how: Verdict) {
        if let Some(name) = name
            && self.world.review(&name, how)
        {
            self.oracle.reviews.reviewed(&self.world, &name);
        }
    }

    fn cancel(&mut self, name: Option<String>) {
        if let Some(name) = name {
            self.world.cancel(&name);
            self.oracle.stops.cancelled(&self.world, &name);
        }
    }

    pub fn recover(&mut self, name: Option<String>, retry: bool) {
        if let Some(name) = name {
            self.world.recover(&name, retry);
        }
    }

    pub fn be_ready(&mut self, turn: u8) {
        if !self.program.is_ready() {
            self.program.list_all(&mut self.world, turn);
        }
    }

    /// Everything arrives and is worked on. Then nothing is left that another look would change, whatever its alarm says.
    pub fn come_to_rest(&mut self) -> Result<(), String> {
        self.work_it_off()?;
        if std::mem::take(&mut self.world.stepped_back) {
            self.program.wake_everything(&self.world);
            self.work_it_off()?;
        }
        let before = (self.program.writes, self.program.filings);
        self.program.wake_everything(&self.world);
        self.work_it_off()?;
        if before != (self.program.writes, self.program.filings) {
            return Err(format!(
                "nobody was woken, and there was something to do: {}\n{}",
                self.program.last,
                self.world.newest_orders()
            ));
        }
        self.oracle.at_rest(&self.world)
    }

    fn work_it_off(&mut self) -> Result<(), String> {
        for turn in 0..PATIENCE {
            for kind in Kind::ALL {
                self.program.deliver(&mut self.world, kind, usize::MAX);
            }
            self.program.ring(self.world.now);
            if self.program.queue.is_empty() && self.program.is_up_to_date(&mut self.world) {
                return Ok(());
            }
            self.pass(u8::try_from(turn % 256).unwrap(), None)?;
        }
        Err(format!(
            "the operator does not come to rest; it still has {:?} and wrote last {}\n{}",
            self.program.queue,
            self.program.last,
            self.world.newest_orders()
        ))
    }
}
