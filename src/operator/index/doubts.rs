//! Work that came while the admission policies were not in force, and has not been decided on as such yet. When they are
//! back, what was written meanwhile must not pass for checked because its turn came late.

use super::{Index, Key};
use handoff_core::engine::Policies;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Which keys are in doubt. The number says since when: it grows with every doubt.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    keys: HashMap<Key, u64>,
    last: u64,
    /// Before anything is known of the policies nothing is in doubt.
    judged: bool,
    /// Why.
    policies: Arc<Policies>,
}

impl Doubts {
    /// From now on it is known whether the policies are in force.
    pub(super) fn begin(&mut self) {
        self.judged = true;
    }

    /// Somebody else has decided on all of it.
    pub(super) fn forget(&mut self) {
        self.keys.clear();
    }
}

impl Index {
    /// These keys were woken by something that nobody checked. Does nothing while the policies are in force.
    pub fn doubt(&mut self, woken: &HashSet<Key>) {
        if !self.doubts.judged || *self.policies == Policies::InForce {
            return;
        }
        self.doubts.policies = Arc::clone(&self.policies);
        for key in woken {
            self.doubts.last += 1;
            self.doubts.keys.insert(key.clone(), self.doubts.last);
        }
    }

    /// Since when a key is in doubt: to be taken before its pass, and given back to [`Self::settle`].
    pub fn doubt_of(&self, key: &Key) -> Option<u64> {
        self.doubts.keys.get(key).copied()
    }

    /// A pass that began with this doubt did all that it wanted. Whether the key is free of doubt now: then it is to be
    /// decided on once more.
    pub fn settle(&mut self, key: &Key, doubt: Option<u64>) -> bool {
        let settled = doubt.is_some() && self.doubt_of(key) == doubt;
        if settled {
            self.doubts.keys.remove(key);
        }
        settled
    }

    /// Whether what people wrote about this can be believed.
    pub(super) fn policies_for(&self, key: &Key) -> Arc<Policies> {
        let of = if self.doubts.keys.contains_key(key) {
            &self.doubts.policies
        } else {
            &self.policies
        };
        Arc::clone(of)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Index, Key};
    use handoff_core::engine::Policies;
    use std::collections::HashSet;

    fn key(name: &str) -> Key {
        Key::Type(("here".to_owned(), name.to_owned()))
    }

    fn out() -> Policies {
        Policies::NotInForce("gone".to_owned())
    }

    fn stopped() -> Index {
        let mut index = Index::default();
        index.put_policies(out());
        index
    }

    #[test]
    fn what_came_meanwhile_stays_in_doubt_until_its_pass_is_over() {
        let mut index = stopped();
        index.doubt(&HashSet::from([key("late")]));
        index.put_policies(Policies::InForce);
        assert_eq!(*index.policies_for(&key("late")), out());
        assert_eq!(*index.policies_for(&key("other")), Policies::InForce);
        let doubt = index.doubt_of(&key("late"));
        assert!(index.settle(&key("late"), doubt));
        assert_eq!(*index.policies_for(&key("late")), Policies::InForce);
    }

    #[test]
    fn a_pass_does_not_settle_what_came_after_it_began() {
        let mut index = stopped();
        index.doubt(&HashSet::from([key("late")]));
        let doubt = index.doubt_of(&key("late"));
        index.doubt(&HashSet::from([key("late")]));
        index.put_policies(Policies::InForce);
        assert!(!index.settle(&key("late"), doubt));
        assert_eq!(*index.policies_for(&key("late")), out());
    }

    #[test]
    fn a_pass_that_began_without_a_doubt_settles_none() {
        let mut index = stopped();
        let doubt = index.doubt_of(&key("late"));
        index.doubt(&HashSet::from([key("late")]));
        assert!(!index.settle(&key("late"), doubt));
    }

    #[test]
    fn who_takes_over_keeps_the_doubts_that_the_other_one_may_not_have_settled() {
        for settled in [false, true] {
            let mut index = stopped();
            index.doubt(&HashSet::from([key("late")]));
            index.put_policies(Policies::InForce);
            index.take_over(settled);
            assert_eq!(*index.policies_for(&key("late")) == Policies::InForce, settled);
        }
    }

    #[test]
    fn what_is_listed_before_the_first_verdict_is_not_in_doubt() {
        let mut index = Index::default();
        index.doubt(&HashSet::from([key("early")]));
        assert_eq!(index.doubt_of(&key("early")), None);
    }

    #[test]
    fn while_the_policies_are_in_force_nothing_is_in_doubt() {
        let mut index = Index::default();
        index.put_policies(Policies::InForce);
        index.doubt(&HashSet::from([key("late")]));
        assert_eq!(index.doubt_of(&key("late")), None);
    }
}
