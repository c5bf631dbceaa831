//! Little stories about what people say and what exports show.

use crate::exports::Export;
use crate::managed::Work;
use crate::people::{Answer, Filing, Step, answer, export};
use crate::shapes::rule;
use proptest::prelude::*;

fn with(rules: u16) -> Step {
    Step::EditType {
        desk: false,
        edit: 0,
        rules,
    }
}

/// A badge for the first owner, another zone for it, or its end.
fn file(wish: u8) -> Step {
    Step::File(Filing {
        desk: false,
        owner: 0,
        wish,
        which: 3,
        when: 0,
    })
}

const CREATE: u8 = 0;
const TO_B: u8 = 4;
const TO_A: u8 = 5;
const DELETE: u8 = 13;

fn said(how: Answer) -> Step {
    Step::Answer { pick: 0, how }
}

fn shown(how: Export) -> Step {
    Step::Export {
        desk: false,
        how,
        cut: None,
    }
}

/// Each step, and a quiet while after those that the operator has to see before the next.
fn calmly(steps: impl IntoIterator<Item = Step>) -> Vec<Step> {
    let calm = |step: Step| {
        let quiet = matches!(
            step,
            Step::File(_) | Step::Answer { .. } | Step::Export { .. } | Step::Accept { .. } | Step::Crash
        );
        std::iter::once(step).chain(quiet.then_some(Step::Quiet))
    };
    steps.into_iter().flat_map(calm).collect()
}

/// Somebody has a badge, and an export has it too.
fn had(rules: u16) -> Vec<Step> {
    calmly([with(rules), file(CREATE), said(Answer::Confirmed), shown(Export::Whole)])
}

fn then(first: Vec<Step>, more: impl IntoIterator<Item = Step>) -> Vec<Step> {
    first.into_iter().chain(calmly(more)).collect()
}

fn wish() -> impl Strategy<Value = u8> {
    prop_oneof![Just(CREATE), Just(TO_B), Just(DELETE)]
}

fn rules() -> impl Strategy<Value = u16> {
    prop_oneof![2 => Just(rule::INVENTORY), 1 => Just(rule::LAG), 1 => Just(rule::REOPEN)]
}

/// Several steps that lead to a proof together, or to the want of one.
pub fn proof_story() -> impl Strategy<Value = Vec<Step>> {
    let forgotten = || said(Answer::Forgotten);
    let done = || said(Answer::Confirmed);
    prop_oneof![
        // Somebody says something, and an export comes.
        (rules(), answer(), export(), export()).prop_map(move |(rules, how, one, other)| {
            calmly([with(rules), file(CREATE), said(how), shown(one), shown(other)])
        }),
        // Something else was done, and an export that does not hold everything shows it.
        (rules(), wish(), any::<u8>()).prop_map(move |(rules, wish, which)| {
            let wrong = said(Answer::Wrong);
            then(
                had(rules),
                [file(wish), wrong, shown(Export::Part(which)), shown(Export::Whole)],
            )
        }),
        // Somebody says something about what is there already, and an export comes.
        (rules(), wish(), answer(), export())
            .prop_map(move |(rules, wish, how, one)| { then(had(rules), [file(wish), said(how), shown(one)]) }),
        // The export was made before anybody said that it is done.
        (rules(), wish(), answer())
            .prop_map(move |(rules, wish, how)| { then(had(rules), [file(wish), shown(Export::Whole), said(how)]) }),
        // It was as it is wished now once, long ago.
        Just(0).prop_map(move |_| then(had(rule::INVENTORY), [file(TO_B), done(), file(TO_A), forgotten()])),
        // Nothing was there before, and nothing is to be there in the end.
        answer().prop_map(move |how| {
            let before = calmly([with(rule::INVENTORY), shown(Export::Whole)]);
            then(before, [file(CREATE), done(), file(DELETE), said(how)])
        }),
        // Two orders, and one export after both.
        (rules(), wish(), export()).prop_map(move |(rules, wish, one)| {
            calmly([with(rules), file(CREATE), done(), file(wish), done(), shown(one)])
        }),
        // Forgotten again and again.
        export().prop_map(move |one| {
            let first = calmly([with(rule::REOPEN), file(CREATE), forgotten(), shown(Export::Whole)]);
            then(first, [forgotten(), shown(Export::Whole), done(), shown(one)])
        }),
        // It was not removed, an export still shows it, and the next has lost almost everything.
        (any::<u8>(), any::<bool>()).prop_map(move |(which, accepted)| {
            let before = then(had(rule::INVENTORY), [file(DELETE), shown(Export::Whole), forgotten()]);
            let last = if accepted {
                Step::Accept { pick: 0 }
            } else {
                shown(Export::Again)
            };
            then(before, [shown(Export::Truncated(which)), last])
        }),
        // Somebody removed it, and whoever writes that down stops in the middle.
        (any::<bool>(), export()).prop_map(move |(crash, one)| {
            let before = then(had(rule::INVENTORY), [file(DELETE), shown(Export::Whole), forgotten()]);
            let gone = Step::Meddle {
                desk: false,
                owner: 0,
                zone: None,
            };
            let cut = Step::Export {
                desk: false,
                how: Export::Whole,
                cut: Some(1),
            };
            let last = if crash { Step::Crash } else { shown(Export::Again) };
            then(before, [gone, cut, last, shown(one)])
        }),
        // Done, and not said.
        (wish(), any::<bool>(), answer()).prop_map(move |(wish, well, how)| {
            let work = Step::Work {
                pick: 0,
                how: if well { Work::Well } else { Work::Wrongly },
            };
            then(
                had(rule::INVENTORY),
                [file(wish), work, shown(Export::Whole), said(how)],
            )
        }),
        // An export that was made before the resource went comes afterwards.
        (0..3_u8).prop_map(move |late| {
            let hours = Step::Hours { many: 1 };
            let before = then(had(rule::INVENTORY), [hours.clone(), file(DELETE), hours, done()]);
            then(before, [shown(Export::Late(late)), file(DELETE)])
        }),
    ]
}
