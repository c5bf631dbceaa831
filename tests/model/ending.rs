//! The end of a history: nobody files anything any more, people work honestly, exports come, and everything comes to an end.

use crate::exports::Export;
use crate::history::{History, TYPES};
use crate::knowledge::line_of_order;
use crate::people::{Answer, Step, Verdict};
use crate::program::Program;
use crate::shapes::{PLAIN, VIRTUAL, rule};
use handoff_core::api::resource_type::VerificationMode;
use handoff_core::api::{Operation, ProvisioningState as State};

/// Rounds of answers until everything must have ended.
const ROUNDS: usize = 400;

impl History {
    /// The types are mended, every event arrives, time passes, and people answer until nothing is left to answer.
    pub fn end(&mut self, turn: usize) -> Result<(), String> {
        let (shape, rules) = match turn % 4 {
            1 => (VIRTUAL, 0),
            2 => (PLAIN, rule::INVENTORY),
            3 => (PLAIN, rule::REOPEN | rule::LAG),
            _ => (PLAIN, 0),
        };
        for name in TYPES {
            self.world.set_type(name, shape, rules);
        }
        // A process that crashed in its last pass lists everything when it starts again.
        let turn = u8::try_from(turn % 200).unwrap();
        self.be_ready(turn);
        self.step(&Step::Policies { in_force: true })?;
        let mut exported = false;
        for round in 0..ROUNDS {
            self.come_to_rest()?;
            self.world.tick(1);
            if self.people_answer(round) {
                exported = false;
            } else if let Some(at) = self.program.next_alarm() {
                self.world.now = self.world.now.max(at);
            } else if exported {
                self.oracle.ended(&self.world)?;
                return self.restart_writes_nothing(turn);
            } else {
                // Whatever lag there is, the export shows what was done.
                self.world.tick(3 * 3_600);
                if shape != VIRTUAL {
                    self.world.remove_made_entries();
                }
                for name in TYPES {
                    self.world.export(name, Export::Whole, None);
                }
                exported = true;
            }
        }
        Err(format!(
            "people answer and answer, and there is no end; {} next {:?}\n{}",
            self.world.now,
            self.program.next_alarm(),
            self.world.newest_orders()
        ))
    }

    /// One of each that waits for an answer gets one; whether there was any.
    fn people_answer(&mut self, round: usize) -> bool {
        let open = self.world.orders_in(State::Transmitted);
        let broken = self.world.needing_recovery();
        let pending = self.world.pending();
        let reviews = self.world.orders_in(State::AwaitingApproval);
        let wrong = open.first().is_some_and(|name| self.cannot_be_done(name));
        let how = if wrong || (round < 6 && round % 3 == 1) {
            Answer::Errored
        } else {
            Answer::Confirmed
        };
        if let Some(name) = open.first() {
            self.world.claim(name, true);
        }
        self.answer(open.first().cloned(), how);
        let verdict = if round % 5 == 4 {
            Verdict::Declined
        } else {
            Verdict::Approved
        };
        self.review(reviews.first().cloned(), verdict);
        let who = ["dave", "erin", "fred"][round % 3];
        self.approve(pending.first().cloned(), who, round % 8 != 7);
        self.recover(broken.first().cloned(), round < 6 && round.is_multiple_of(2));
        !(open.is_empty() && broken.is_empty() && pending.is_empty() && reviews.is_empty())
    }

    /// Whether the data is to prove it, and there is nothing to change.
    fn cannot_be_done(&self, name: &str) -> bool {
        let order = self.world.orders.get(name);
        order.is_some_and(|order| {
            order.spec.policy.verification.mode == VerificationMode::Inventory
                && order.spec.operation == Operation::Update
                && !self.world.system.has(&line_of_order(order))
        })
    }

    fn restart_writes_nothing(&mut self, turn: u8) -> Result<(), String> {
        let before = self.program.writes;
        self.program = Program::started(&mut self.world, turn);
        self.come_to_rest()?;
        if self.program.writes == 0 {
            Ok(())
        } else {
            Err(format!(
                "a restart of a settled cluster wrote {} times ({before} before), last {}",
                self.program.writes, self.program.last
            ))
        }
    }
}
