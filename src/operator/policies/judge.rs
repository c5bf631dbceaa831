//! From what was found out to what is believed. Pure: findings and times in, verdicts out.

use handoff_core::engine::Policies;
use std::time::Duration;
use tokio::time::Instant;

/// How long a policy that is installed as shipped may be silent: the API server learns of it about a second after it is
/// stored.
const NOT_YET: Duration = Duration::from_secs(5);
/// How long the last proof counts while the API server cannot be asked.
const PROOF_LASTS: Duration = Duration::from_secs(120);
/// How long everything has to be right again before it is believed: until then the API server may still act by what was
/// there before, and that may answer too.
const SETTLES: Duration = Duration::from_secs(2);

const QUICK: Duration = Duration::from_millis(100);
const SOON: Duration = Duration::from_secs(5);
const REGULAR: Duration = Duration::from_secs(60);

/// What one look at the policies found out. The words are for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Everything is as shipped, and every policy answered.
    Proven,
    /// Something is absent or different.
    Wrong(String),
    /// Everything is as shipped, but a policy does not act.
    Silent(String),
    /// It could not be found out.
    Unclear(String),
}

/// What is believed, and what may change that.
#[derive(Debug, Default)]
pub struct Judge {
    verdict: Option<Policies>,
    proven: Option<Instant>,
    silent: Option<Instant>,
    unclear: Option<Instant>,
}

impl Judge {
    /// The last verdict; none before the first.
    pub const fn verdict(&self) -> Option<&Policies> {
        self.verdict.as_ref()
    }

    /// Whether the policies were in force, were found not to be, and a proof at this time would change that.
    pub fn would_resume(&self, now: Instant) -> bool {
        matches!(self.verdict, Some(Policies::NotInForce(_))) && lasted(self.proven, now, SETTLES)
    }

    /// Takes in what was found out by a look that began at this time; answers the new verdict if it changes.
    pub fn hear(&mut self, finding: Finding, began: Instant) -> Option<Policies> {
        let verdict = match finding {
            Finding::Proven => {
                let resumes = self.would_resume(began);
                self.proven.get_or_insert(began);
                (self.silent, self.unclear) = (None, None);
                match self.verdict {
                    Some(Policies::NotInForce(_)) if !resumes => return None,
                    Some(Policies::NotInForce(_) | Policies::InForce) | None => Policies::InForce,
                }
            }
            Finding::Wrong(words) => {
                (self.proven, self.silent, self.unclear) = (None, None, None);
                Policies::NotInForce(words)
            }
            Finding::Silent(words) => {
                (self.proven, self.unclear) = (None, None);
                let since = *self.silent.get_or_insert(began);
                if !lasted(Some(since), began, NOT_YET) {
                    return None;
                }
                Policies::NotInForce(words)
            }
            Finding::Unclear(words) => {
                self.proven = None;
                let since = *self.unclear.get_or_insert(began);
                // Why they were not in force is known better than why that cannot be asked now.
                if !lasted(Some(since), began, PROOF_LASTS) || matches!(self.verdict, Some(Policies::NotInForce(_))) {
                    return None;
                }
                Policies::NotInForce(words)
            }
        };
        if self.verdict.as_ref() == Some(&verdict) {
            return None;
        }
        self.verdict = Some(verdict.clone());
        Some(verdict)
    }

    /// How long to wait before the next look, if nothing happens.
    pub fn pause(&self, now: Instant) -> Duration {
        let patient = self.silent.is_some() && !lasted(self.silent, now, NOT_YET);
        match self.verdict {
            Some(Policies::NotInForce(_)) if self.proven.is_some() => QUICK,
            Some(Policies::NotInForce(_) | Policies::InForce) | None if patient => QUICK,
            Some(Policies::InForce) if self.unclear.is_none() => REGULAR,
            Some(Policies::NotInForce(_) | Policies::InForce) => SOON,
            None => Duration::from_secs(1),
        }
    }
}

fn lasted(since: Option<Instant>, now: Instant, time: Duration) -> bool {
    since.is_some_and(|since| now.duration_since(since) >= time)
}

#[cfg(test)]
mod tests {
    use super::{Finding, Judge, NOT_YET, PROOF_LASTS, QUICK, REGULAR, SETTLES};
    use handoff_core::engine::Policies;
    use std::time::Duration;
    use tokio::time::Instant;

    const BIT: Duration = Duration::from_millis(1);

    struct Court {
        judge: Judge,
        now: Instant,
    }

    impl Court {
        fn new() -> Self {
            let judge = Judge::default();
            let now = Instant::now();
            Self { judge, now }
        }

        fn proven() -> Self {
            let mut court = Self::new();
            assert_eq!(court.hears(Finding::Proven), Some(Policies::InForce));
            court
        }

        fn hears(&mut self, finding: Finding) -> Option<Policies> {
            self.judge.hear(finding, self.now)
        }

        fn later(&mut self, time: Duration) -> &mut Self {
            self.now += time;
            self
        }
    }

    fn not(words: &str) -> Option<Policies> {
        Some(Policies::NotInForce(words.to_owned()))
    }

    fn wrong() -> Finding {
        Finding::Wrong("absent".to_owned())
    }

    fn silent() -> Finding {
        Finding::Silent("silent".to_owned())
    }

    fn unclear() -> Finding {
        Finding::Unclear("unreachable".to_owned())
    }

    #[test]
    fn at_first_nothing_is_known_and_the_first_proof_counts() {
        assert_eq!(Court::new().judge.verdict(), None);
        let court = Court::proven();
        assert_eq!(court.judge.pause(court.now), REGULAR);
    }

    #[test]
    fn what_is_absent_is_absent_at_once() {
        assert_eq!(Court::new().hears(wrong()), not("absent"));
        assert_eq!(Court::proven().hears(wrong()), not("absent"));
    }

    #[test]
    fn a_silent_policy_gets_a_few_seconds_and_no_more() {
        for mut court in [Court::new(), Court::proven()] {
            let before = court.judge.verdict().cloned();
            assert_eq!(court.hears(silent()), None);
            assert_eq!(court.judge.pause(court.now), QUICK);
            assert_eq!(court.later(NOT_YET - BIT).hears(silent()), None);
            assert_eq!(court.judge.verdict().cloned(), before);
            assert_eq!(court.later(BIT).hears(silent()), not("silent"));
        }
    }

    #[test]
    fn an_answer_in_between_ends_the_silence() {
        let mut court = Court::proven();
        court.hears(silent());
        court.later(NOT_YET - BIT).hears(Finding::Proven);
        assert_eq!(court.later(BIT).hears(silent()), None);
    }

    #[test]
    fn an_unwell_server_does_not_end_a_silence_for_ever() {
        let mut court = Court::proven();
        court.hears(silent());
        court.later(NOT_YET).hears(unclear());
        assert_eq!(court.hears(silent()), not("silent"));
    }

    #[test]
    fn while_the_server_cannot_be_asked_the_last_proof_counts_for_a_time() {
        for mut court in [Court::new(), Court::proven()] {
            assert_eq!(court.hears(unclear()), None);
            assert_eq!(court.later(PROOF_LASTS - BIT).hears(unclear()), None);
            assert_eq!(court.later(BIT).hears(unclear()), not("unreachable"));
        }
    }

    #[test]
    fn why_they_are_not_in_force_stays_known() {
        let mut court = Court::proven();
        court.hears(wrong());
        court.hears(unclear());
        assert_eq!(court.later(PROOF_LASTS).hears(unclear()), None);
        assert_eq!(court.judge.verdict().cloned(), not("absent"));
    }

    #[test]
    fn what_was_wrong_has_to_be_right_for_a_while() {
        let mut court = Court::proven();
        court.hears(wrong());
        assert!(!court.judge.would_resume(court.now));
        assert_eq!(court.hears(Finding::Proven), None);
        assert_eq!(court.judge.pause(court.now), QUICK);
        assert_eq!(court.later(SETTLES - BIT).hears(Finding::Proven), None);
        court.later(BIT);
        assert!(court.judge.would_resume(court.now));
        assert_eq!(court.hears(Finding::Proven), Some(Policies::InForce));
    }

    #[rstest::rstest]
    fn whatever_comes_in_between_begins_that_while_again(
        #[values(wrong(), silent(), unclear())] interruption: Finding,
    ) {
        let mut court = Court::proven();
        court.hears(wrong());
        court.hears(Finding::Proven);
        court.later(SETTLES).hears(interruption);
        assert_eq!(court.hears(Finding::Proven), None);
        assert_eq!(court.later(SETTLES).hears(Finding::Proven), Some(Policies::InForce));
    }
}
