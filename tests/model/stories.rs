//! Little stories: steps that lead somewhere together where single ones seldom would.

use crate::people::{Answer, Filing, Step, Verdict, verdict};
use crate::shapes::rule;
use proptest::prelude::*;

/// Several steps that lead somewhere together: a request of one owner, what becomes of it, and something else.
pub fn story() -> impl Strategy<Value = Vec<Step>> {
    let file = |wish, when| {
        Step::File(Filing {
            desk: false,
            owner: 0,
            wish,
            which: 3,
            when,
        })
    };
    let done = || Step::Answer {
        pick: 0,
        how: Answer::Confirmed,
    };
    let failed = || Step::Answer {
        pick: 0,
        how: Answer::Errored,
    };
    let hours = |many| Step::Hours { many };
    let with = |rules| Step::EditType {
        desk: false,
        edit: 0,
        rules,
    };
    let reviewed = move || with(rule::REVIEW);
    let approved = || Step::Review {
        pick: 0,
        how: Verdict::Approved,
    };
    prop_oneof![
        // Taken back while a person has it, who then says how far they got.
        prop::bool::ANY.prop_map(move |yes| {
            let answer = if yes { done() } else { failed() };
            vec![
                file(1, 0),
                Step::Quiet,
                Step::Cancel { pick: 0 },
                Step::Quiet,
                answer,
                Step::Quiet,
            ]
        }),
        // A Delete behind what a person has, or behind what nobody has.
        prop::bool::ANY.prop_map(move |taken_back| {
            let cancel = Step::Cancel { pick: 0 };
            let last = if taken_back { cancel } else { failed() };
            vec![file(1, 0), Step::Quiet, file(13, 0), Step::Quiet, last, Step::Quiet]
        }),
        // Something waits behind an error.
        Just(0).prop_map(move |_| vec![file(0, 0), Step::Quiet, file(4, 0), Step::Quiet, failed(), Step::Quiet]),
        // Wished for a time, and that is over.
        (2..5_u8).prop_map(move |when| vec![
            file(0, when),
            hours(1),
            Step::Quiet,
            done(),
            Step::Quiet,
            hours(7),
            Step::Quiet,
            hours(20),
            Step::Quiet
        ]),
        // More doors for a time.
        Just(0).prop_map(move |_| vec![
            file(2, 0),
            Step::Quiet,
            done(),
            file(10, 2),
            Step::Quiet,
            done(),
            Step::Quiet,
            hours(4),
            Step::Quiet
        ]),
        // An error, and another attempt that has to be reviewed.
        Just(0).prop_map(move |_| vec![
            file(0, 0),
            Step::Quiet,
            failed(),
            Step::Quiet,
            Step::Recover { pick: 0, retry: true },
            Step::Quiet,
            approved(),
            Step::Quiet
        ]),
        // One property declined; the rest is done.
        any::<u8>().prop_map(move |pick| {
            let partly = Step::Review {
                pick: 0,
                how: Verdict::Partly(pick),
            };
            vec![
                file(1, 0),
                file(8, 0),
                Step::Quiet,
                partly,
                Step::Quiet,
                done(),
                Step::Quiet,
            ]
        }),
        // It starts, waits for its review, and the clock is set back.
        Just(0).prop_map(move |_| {
            let clock = Step::Clock { seconds: -20 };
            vec![
                reviewed(),
                file(0, 1),
                hours(2),
                Step::Quiet,
                clock,
                approved(),
                Step::Quiet,
            ]
        }),
        // Somebody reviews what they asked for, or puts it off.
        (any::<bool>(), verdict()).prop_map(move |(own, other)| {
            let how = if own { Verdict::SelfApproved } else { other };
            vec![
                reviewed(),
                file(1, 0),
                Step::Quiet,
                Step::Review { pick: 0, how },
                Step::Quiet,
            ]
        }),
        // One claims what has to be claimed, and it is taken back.
        Just(0).prop_map(move |_| {
            let claim = Step::Claim { pick: 0, take: true };
            vec![
                with(rule::CLAIM),
                file(1, 0),
                Step::Quiet,
                claim,
                Step::Cancel { pick: 0 },
                Step::Quiet,
            ]
        }),
        // More Creates than the threshold lets go on.
        Just(0).prop_map(move |_| {
            let other = |owner, which| {
                Step::File(Filing {
                    desk: false,
                    owner,
                    wish: 0,
                    which,
                    when: 0,
                })
            };
            vec![
                with(rule::THRESHOLD),
                other(0, 3),
                other(1, 3),
                other(0, 0),
                Step::Quiet,
            ]
        }),
        // A desk for somebody without a badge.
        Just(0).prop_map(move |_| {
            let depends = Step::EditType {
                desk: true,
                edit: 0,
                rules: rule::DEPENDS,
            };
            let desk = Step::File(Filing {
                desk: true,
                owner: 1,
                wish: 0,
                which: 3,
                when: 0,
            });
            let badge = Step::File(Filing {
                desk: false,
                owner: 1,
                wish: 0,
                which: 3,
                when: 0,
            });
            vec![depends, desk, Step::Quiet, badge, Step::Quiet, done(), Step::Quiet]
        }),
        // A confirmation is taken back while the next order waits for its review.
        Just(0).prop_map(move |_| {
            vec![
                file(0, 0),
                Step::Quiet,
                approved(),
                Step::Quiet,
                done(),
                Step::Quiet,
                file(4, 0),
                Step::Quiet,
                Step::Recover { pick: 0, retry: true },
                Step::Quiet,
                approved(),
                Step::Quiet,
            ]
        }),
    ]
}
