//! The steps of a history: what people and chance may do, and how often.

use crate::exports::Export;
use crate::managed::Work;
use crate::proof_stories::proof_story;
use crate::shapes::{SHAPES, rule};
use crate::stories::story;
use crate::wishes::{TIMES, WISHES};
use crate::world::{KINDS, Kind};
use proptest::prelude::*;

/// One step. Numbers pick one of what there is.
#[derive(Clone, Debug)]
pub enum Step {
    File(Filing),
    Deliver {
        kind: u8,
        many: u8,
    },
    Relist {
        kind: u8,
        turn: u8,
    },
    Pass {
        pick: u8,
        crash_after: Option<u8>,
    },
    Answer {
        pick: u8,
        how: Answer,
    },
    Claim {
        pick: u8,
        take: bool,
    },
    Review {
        pick: u8,
        how: Verdict,
    },
    Recover {
        pick: u8,
        retry: bool,
    },
    Approve {
        pick: u8,
        who: u8,
        yes: bool,
    },
    Cancel {
        pick: u8,
    },
    DeleteOrder {
        pick: u8,
    },
    DeleteRequest {
        pick: u8,
    },
    DeleteResource {
        pick: u8,
    },
    EditType {
        desk: bool,
        edit: u8,
        rules: u16,
    },
    /// A person does the work, or something else, and says nothing yet.
    Work {
        pick: u8,
        how: Work,
    },
    /// Somebody changes a resource, and no order says so; without a zone it goes.
    Meddle {
        desk: bool,
        owner: u8,
        zone: Option<&'static str>,
    },
    /// The managed system is exported.
    Export {
        desk: bool,
        how: Export,
        cut: Option<u8>,
    },
    /// Somebody vouches for a snapshot.
    Accept {
        pick: u8,
    },
    Clock {
        seconds: i16,
    },
    Hours {
        many: u8,
    },
    Touch {
        pick: u8,
    },
    /// The admission policies go away, or come back.
    Policies {
        in_force: bool,
    },
    /// Everything arrives and is worked on: a quiet while, so that histories get somewhere.
    Quiet,
    Crash,
}

/// A new request.
#[derive(Clone, Copy, Debug)]
pub struct Filing {
    pub desk: bool,
    pub owner: u8,
    pub wish: u8,
    /// Which resource, and what is known of the owner.
    pub which: u8,
    /// When it begins and ends.
    pub when: u8,
}

#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Confirmed,
    /// It is confirmed, and was forgotten.
    Forgotten,
    /// It is confirmed, and something else was done.
    Wrong,
    Deviating,
    SelfConfirmed,
    Errored,
}

impl Answer {
    /// What whoever gives it really did.
    pub fn work(self) -> Work {
        match self {
            Self::Confirmed | Self::Deviating | Self::SelfConfirmed => Work::Well,
            Self::Wrong => Work::Wrongly,
            Self::Forgotten | Self::Errored => Work::Never,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Verdict {
    Approved,
    /// One property is declined.
    Partly(u8),
    SelfApproved,
    Declined,
    Postponed,
}

#[allow(clippy::cast_possible_truncation)]
const MANY_KINDS: u8 = KINDS as u8;

/// The types as they are at first, and then single steps and little stories.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let part = prop_oneof![27 => step().prop_map(|step| vec![step]), 3 => story(), 1 => proof_story()];
    let first = (edit(), edit()).prop_map(|(badge, desk)| {
        vec![
            Step::EditType {
                desk: false,
                edit: badge.0,
                rules: badge.1,
            },
            Step::EditType {
                desk: true,
                edit: desk.0,
                rules: desk.1,
            },
        ]
    });
    (first, prop::collection::vec(part, 3..45)).prop_map(|(first, parts)| {
        let parts = parts.into_iter().flatten();
        first.into_iter().chain(parts).collect()
    })
}

fn step() -> impl Strategy<Value = Step> {
    let people = prop_oneof![
        12 => filing().prop_map(Step::File),
        8 => (any::<u8>(), answer()).prop_map(|(pick, how)| Step::Answer { pick, how }),
        2 => (any::<u8>(), prop::bool::weighted(0.7)).prop_map(|(pick, take)| Step::Claim { pick, take }),
        4 => (any::<u8>(), verdict()).prop_map(|(pick, how)| Step::Review { pick, how }),
        4 => (any::<u8>(), any::<bool>()).prop_map(|(pick, retry)| Step::Recover { pick, retry }),
        4 => (any::<u8>(), 0..4_u8, prop::bool::weighted(0.8))
            .prop_map(|(pick, who, yes)| Step::Approve { pick, who, yes }),
        4 => any::<u8>().prop_map(|pick| Step::Cancel { pick }),
        1 => any::<u8>().prop_map(|pick| Step::DeleteOrder { pick }),
        1 => any::<u8>().prop_map(|pick| Step::DeleteRequest { pick }),
        1 => any::<u8>().prop_map(|pick| Step::DeleteResource { pick }),
        1 => (any::<u8>(), prop::bool::ANY).prop_map(|(pick, well)| Step::Work {
            pick,
            how: if well { Work::Well } else { Work::Wrongly },
        }),
        1 => (desk(), 0..2_u8, zone()).prop_map(|(desk, owner, zone)| Step::Meddle { desk, owner, zone }),
        4 => (desk(), export(), prop::option::weighted(0.15, 0..4_u8))
            .prop_map(|(desk, how, cut)| Step::Export { desk, how, cut }),
        1 => any::<u8>().prop_map(|pick| Step::Accept { pick }),
        2 => (desk(), edit())
            .prop_map(|(desk, (edit, rules))| Step::EditType { desk, edit, rules }),
    ];
    let chance = prop_oneof![
        9 => (0..MANY_KINDS, 1..6_u8).prop_map(|(kind, many)| Step::Deliver { kind, many }),
        2 => (0..MANY_KINDS, any::<u8>()).prop_map(|(kind, turn)| Step::Relist { kind, turn }),
        14 => (any::<u8>(), prop::option::weighted(0.15, 0..5_u8))
            .prop_map(|(pick, crash_after)| Step::Pass { pick, crash_after }),
        2 => (-30..90_i16).prop_map(|seconds| Step::Clock { seconds }),
        3 => (1..9_u8).prop_map(|many| Step::Hours { many }),
        1 => any::<u8>().prop_map(|pick| Step::Touch { pick }),
        1 => prop::bool::weighted(0.6).prop_map(|in_force| Step::Policies { in_force }),
        9 => Just(Step::Quiet),
        1 => Just(Step::Crash),
    ];
    prop_oneof![1 => people, 1 => chance]
}

fn desk() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.2)
}

fn zone() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![1 => Just(None), 1 => Just(Some("A")), 1 => Just(Some("B"))]
}

pub fn export() -> impl Strategy<Value = Export> {
    prop_oneof![
        6 => Just(Export::Whole),
        2 => (0..7_u8).prop_map(Export::Late),
        2 => any::<u8>().prop_map(Export::Part),
        1 => Just(Export::Narrow),
        2 => any::<u8>().prop_map(Export::Truncated),
        1 => (2..12_u8).prop_map(Export::Ahead),
        1 => Just(Export::Again),
    ]
}

fn filing() -> impl Strategy<Value = Filing> {
    let owner = prop_oneof![3 => Just(0), 2 => Just(1)];
    let when = prop_oneof![3 => Just(0), 1 => 1..TIMES];
    (prop::bool::weighted(0.15), owner, 0..WISHES, 0..7_u8, when).prop_map(|(desk, owner, wish, which, when)| Filing {
        desk,
        owner,
        wish,
        which,
        when,
    })
}

pub fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![5 => Just(Answer::Confirmed), 1 => Just(Answer::Forgotten), 1 => Just(Answer::Wrong), 1 => Just(Answer::Deviating), 2 => Just(Answer::Errored), 1 => Just(Answer::SelfConfirmed)]
}

pub fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        4 => Just(Verdict::Approved), 2 => any::<u8>().prop_map(Verdict::Partly), 1 => Just(Verdict::SelfApproved),
        1 => Just(Verdict::Declined), 1 => Just(Verdict::Postponed)
    ]
}

/// A shape, and none, one or two of the rules.
fn edit() -> impl Strategy<Value = (u8, u16)> {
    let one = || (0..rule::MANY).prop_map(|bit| 1 << bit);
    let rules = prop_oneof![2 => Just(0), 3 => one(), 2 => (one(), one()).prop_map(|(one, other)| one | other)];
    (prop_oneof![3 => Just(0), 2 => 0..SHAPES], rules)
}

pub fn pick<T: Clone>(from: &[T], pick: u8) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(pick) % from.len()].clone())
}

pub fn kind(number: u8) -> Kind {
    Kind::ALL[usize::from(number) % Kind::ALL.len()]
}
