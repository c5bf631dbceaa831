//! Deliberate faults, one at a time and only with the feature `faults`: each must be noticed by a test of the promises.
//! Without the feature nothing here does anything. No decision may depend on this module otherwise.

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// One thing that the engine does wrong on purpose.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

faults! {
    /// An open order does not hold its line.
    LineNeverHeld,
    /// An errored order does not hold its line.
    ErrorNeverHolds,
    /// The next number is one more than the orders that exist.
    NumberFromExisting,
    /// The answer Errored is taken for done.
    ErroredIsDone,
    /// An answer is not seen.
    AnswerOverlooked,
    /// A trusted order is Verified at once.
    ExecutedJumpedOver,
    /// A recovery of an executed order is not seen.
    RecoveryOverlooked,
    /// Retry ends the request.
    RetryAbandons,
    /// Nobody is asked for a recovery.
    RecoveryNeverNeeded,
    /// In a fold the earlier wish wins.
    EarlierWins,
    /// The last request of a fold is left out of its references.
    MemberForgotten,
    /// An order of a fold speaks for a request that nothing of is left.
    OverriddenNotMarked,
    /// A struck claim still counts.
    StruckClaimCounts,
    /// Who follows a claim that is struck stays done.
    FollowerStays,
    /// Requests of another owner fold too.
    AnyOwnerFolds,
    /// What waits behind an order is not told so.
    WaitsInSilence,
    /// A Delete leaves what came before it in the queue.
    DeleteSupersedesNothing,
    /// Whatever is known, an existing resource is taken to be as requested.
    AlwaysAsRequested,
    /// A secret is left out of the changes.
    SecretForgotten,
    /// A request that has ended is looked at again.
    EndForgotten,
    /// A request in Error is not tried again.
    ErrorNeverHeals,
    /// Orders move although the policies are not in force.
    MovesUnguarded,
    /// What was written without policies is believed when they are back.
    MarkForgotten,
    /// Who asks also agrees.
    SelfApproved,
    /// One answer is enough, whatever it says.
    AnyAnswerApproves,
    /// Whoever asked for an order may release it.
    SelfReviewed,
    /// An order that needs a review is handed over without one.
    ReviewSkipped,
    /// A reviewer's no is taken for a yes.
    DeclinedIsReleased,
    /// What a reviewer declined is asked for again.
    DeclinedPropertyForgotten,
    /// An order is handed over as it was computed long ago.
    NeverRecomputed,
    /// A request that was taken back goes on.
    CancelOverlooked,
    /// Work that nobody wishes any more is withdrawn from whoever has it.
    WithdrawnInSilence,
    /// Whoever has work that nobody wishes any more is not told.
    StopNeverAsked,
    /// A stopped order that errored is to be tried again.
    StoppedIsRetried,
    /// A Delete waits behind what nobody has started.
    DeleteWaits,
    /// A start time is not waited for.
    StartsEarly,
    /// An end time passes unnoticed.
    EndForgiven,
    /// What is filed at an end time is filed again and again.
    EndFiledTwice,
    /// The first request of a line does not wait for others.
    NeverGroups,
    /// What a type depends on is not looked for.
    DependencyIgnored,
    /// A suspended type hands over.
    SuspendIgnored,
    /// More orders than the threshold go on.
    ThresholdIgnored,
    /// An order stays with a person for ever.
    ValidityIgnored,
    /// Nobody is told when a due time is over.
    NeverOverdue,
    /// What was seen before the hand-over proves an order.
    OldDataProves,
    /// A snapshot that does not hold everything speaks against a claim.
    PartRefutes,
    /// What is missing in any snapshot is not there.
    AbsenceFromAnything,
    /// A snapshot speaks against a claim before the lag is over.
    LagIgnored,
    /// What a later order changed again is held against the earlier one.
    LaterOrderForgotten,
    /// A refuted order is not tried again by itself.
    NeverReopened,
    /// Whoever asked for an order may confirm it.
    SelfConfirmed,
    /// The inventory keeps what a Delete removed.
    InventoryKeepsDeleted,
}

impl Fault {
    /// Those about snapshots and proofs.
    pub const OF_PROOF: &[Self] = &[
        Self::OldDataProves,
        Self::PartRefutes,
        Self::AbsenceFromAnything,
        Self::LagIgnored,
        Self::LaterOrderForgotten,
        Self::NeverReopened,
    ];
}

#[cfg(feature = "faults")]
mod switch {
    use super::Fault;
    use std::cell::Cell;

    thread_local! {
        static ACTIVE: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    /// Makes this thread's engine do one thing wrong, or nothing.
    pub fn set(fault: Option<Fault>) {
        ACTIVE.set(fault);
    }

    pub(in super::super) fn is(fault: Fault) -> bool {
        ACTIVE.get() == Some(fault)
    }
}

#[cfg(not(feature = "faults"))]
mod switch {
    pub(in super::super) const fn is(_: super::Fault) -> bool {
        false
    }
}

pub(super) use switch::is;
#[cfg(feature = "faults")]
pub use switch::set;
