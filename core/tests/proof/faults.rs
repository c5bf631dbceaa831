//! The tests of proofs can fail: every deliberate fault of the engine that is about them makes one of them fail.

use super::{claims, knowledge};
use handoff_core::engine::fault::{self, Fault};

/// Each with the test that notices it.
const WATCHMEN: &[(Fault, fn())] = &[
    (
        Fault::OldDataProves,
        claims::what_was_taken_before_the_hand_over_says_nothing,
    ),
    (
        Fault::PartRefutes,
        claims::a_part_speaks_for_a_claim_and_never_against_it,
    ),
    (
        Fault::AbsenceFromAnything,
        knowledge::after_a_snapshot_that_nobody_believes_absence_says_nothing,
    ),
    (Fault::LagIgnored, claims::the_lag_of_the_export_is_waited_for),
    (
        Fault::LaterOrderForgotten,
        claims::a_create_is_not_refuted_by_the_proof_of_a_later_delete,
    ),
    (
        Fault::NeverReopened,
        claims::a_refuted_order_is_tried_again_by_itself_until_the_attempts_are_used_up,
    ),
];

#[test]
fn every_fault_of_a_proof_is_noticed() {
    let watched: Vec<Fault> = WATCHMEN.iter().map(|(fault, _)| *fault).collect();
    assert_eq!(watched, Fault::OF_PROOF);
    for (fault, watchman) in WATCHMEN {
        let noticed = std::thread::spawn(move || {
            fault::set(Some(*fault));
            watchman();
        });
        assert!(noticed.join().is_err(), "nothing noticed {fault:?}");
    }
}
