//! Whether this process leads. It asks nobody: it is told what the API server answered, and looks at the clock that nobody
//! sets.

use std::time::Duration;
use tokio::sync::watch::Sender;
use tokio::time::Instant;

/// Whether this process leads, and until when it may take that for granted.
#[derive(Debug)]
pub struct Standing {
    now: Sender<State>,
    deadline: Duration,
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Follows,
    /// The last renewal that the API server accepted was sent then.
    Leads(Instant),
    /// Somebody else's, or nobody's.
    Lost(String),
}

/// What an answer says about the lease.
#[derive(Debug, PartialEq)]
pub enum Says {
    /// It is ours, by a renewal that was sent then.
    Renewed(Instant),
    /// It is ours, as before.
    Ours,
    /// It is somebody else's, or nobody's.
    Others(Option<String>),
}

impl Standing {
    /// Leads once it is told so, and then for so long after each renewal.
    pub fn following(deadline: Duration) -> Self {
        let now = Sender::new(State::Follows);
        Self { now, deadline }
    }

    /// Leads, and always will: there is nobody else.
    pub fn alone() -> Self {
        Self {
            now: Sender::new(State::Leads(Instant::now())),
            deadline: Duration::MAX,
        }
    }

    pub(super) fn hear(&self, says: Says) {
        self.now.send_if_modified(|state| {
            let next = match (&*state, says) {
                (State::Lost(_), _)
                | (State::Follows, Says::Ours | Says::Others(_))
                | (State::Leads(_), Says::Ours) => {
                    return false;
                }
                (State::Follows | State::Leads(_), Says::Renewed(sent)) => State::Leads(sent),
                (State::Leads(_), Says::Others(holder)) => State::Lost(holder.unwrap_or_else(|| "nobody".to_owned())),
            };
            *state = next;
            true
        });
    }

    /// Whether it leads at this moment.
    pub fn leads(&self) -> bool {
        self.leads_at(Instant::now())
    }

    fn leads_at(&self, time: Instant) -> bool {
        self.left_at(time).is_some_and(|left| left > Duration::ZERO)
    }

    /// How long it leads without another renewal.
    fn left_at(&self, time: Instant) -> Option<Duration> {
        match &*self.now.borrow() {
            State::Leads(sent) => Some(self.deadline.saturating_sub(time.saturating_duration_since(*sent))),
            State::Follows | State::Lost(_) => None,
        }
    }

    /// Until it leads.
    pub async fn led(&self) {
        let mut now = self.now.subscribe();
        // Only fails when the sender is gone, and we hold one.
        let _gone = now.wait_for(|state| matches!(state, State::Leads(_))).await.is_err();
    }

    /// Until it led and does not any more; answers why.
    pub async fn lost(&self) -> String {
        let mut now = self.now.subscribe();
        loop {
            if let State::Lost(holder) = &*now.borrow_and_update() {
                return format!("{holder} has the lease");
            }
            let left = self.left_at(Instant::now()).unwrap_or(Duration::MAX);
            if left.is_zero() {
                return format!("it could not be renewed for {} s", self.deadline.as_secs());
            }
            // Wakes late where the process stood still: whoever writes asks `leads` as well.
            let _changed_or_over = tokio::time::timeout(left, now.changed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Says, Standing};
    use std::time::Duration;
    use tokio::time::Instant;

    const DEADLINE: Duration = Duration::from_secs(10);
    const SECOND: Duration = Duration::from_secs(1);

    fn others() -> Says {
        Says::Others(Some("other".to_owned()))
    }

    #[test]
    fn only_a_renewal_makes_a_leader_and_keeps_it_one_from_when_it_was_sent() {
        let standing = Standing::following(DEADLINE);
        let sent = Instant::now();
        standing.hear(Says::Ours);
        assert!(!standing.leads_at(sent));
        standing.hear(Says::Renewed(sent));
        assert!(standing.leads_at(sent));
        standing.hear(Says::Ours);
        assert!(standing.leads_at(sent + DEADLINE - SECOND));
        assert!(!standing.leads_at(sent + DEADLINE));
        standing.hear(Says::Renewed(sent + SECOND));
        assert!(standing.leads_at(sent + DEADLINE));
    }

    #[tokio::test]
    async fn a_lease_that_is_not_renewed_is_lost() {
        let standing = Standing::following(Duration::ZERO);
        standing.hear(Says::Renewed(Instant::now()));
        assert_eq!(standing.lost().await, "it could not be renewed for 0 s");
        assert!(!standing.leads());
    }

    #[tokio::test]
    async fn whoever_lost_the_lease_does_not_get_it_back() {
        let standing = Standing::following(DEADLINE);
        standing.hear(others());
        standing.hear(Says::Renewed(Instant::now()));
        assert!(standing.leads());
        standing.hear(others());
        standing.hear(Says::Renewed(Instant::now()));
        assert!(!standing.leads());
        assert_eq!(standing.lost().await, "other has the lease");
    }

    #[tokio::test]
    async fn who_is_alone_leads_for_ever() {
        let standing = Standing::alone();
        standing.led().await;
        assert!(standing.leads_at(Instant::now() + 1_000_000 * DEADLINE));
    }
}
