//! A proxy that holds calls up, refuses them or loses their answers, by words that stand in them.
use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use super::proxy::{Call, Fate, Proxy};

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    /// It waits until the rule is released or the gate opens.
    Hold,
    /// The service refuses it with this code and does nothing.
    Refuse(&'static str),
    /// The service does it, but its answer never comes; once.
    LoseAnswer,
}

struct Rule {
    /// All of these stand in the call.
    words: &'static [&'static str],
    act: Act,
    met: usize,
}

struct State {
    rules: Mutex<Vec<Rule>>,
    changed: Condvar,
}

/// The gate; it ends with the test process.
pub(crate) struct Gate {
    pub(crate) url: String,
    state: Arc<State>,
}

const PATIENCE: Duration = Duration::from_mins(2);

impl Gate {
    /// Stands before the shared cloud.
    pub(crate) fn new(rules: &[(&'static [&'static str], Act)]) -> Self {
        let rules = rules.iter().map(|(words, act)| Rule { words, act: *act, met: 0 }).collect();
        let state = Arc::new(State { rules: Mutex::new(rules), changed: Condvar::new() });
        let shared = Arc::clone(&state);
        let proxy = Proxy::judging(move |call| shared.judge(call));
        Self { url: proxy.url, state }
    }

    /// Waits until a rule has met a call.
    pub(crate) fn met(&self) {
        let rules = self.state.rules.lock().unwrap();
        let none = |rules: &mut Vec<Rule>| rules.iter().all(|rule| rule.met == 0);
        let (_rules, timeout) = self.state.changed.wait_timeout_while(rules, PATIENCE, none).unwrap();
        assert!(!timeout.timed_out(), "no call met a rule");
    }

    /// Lets what one rule holds pass from now on.
    pub(crate) fn release(&self, words: &[&str]) {
        self.state.rules.lock().unwrap().retain(|rule| rule.words != words);
        self.state.changed.notify_all();
    }

    /// Lets everything pass from now on.
    pub(crate) fn open(&self) {
        self.state.rules.lock().unwrap().clear();
        self.state.changed.notify_all();
    }
}

impl State {
    /// Decides on a call; returns after the gate has opened for one that is held.
    fn judge(&self, call: &Call) -> Fate {
        let mut rules = self.rules.lock().unwrap();
        let fits = |rule: &&mut Rule| rule.words.iter().all(|word| call.text.contains(word));
        let Some(rule) = rules.iter_mut().find(fits) else { return Fate::Passes };
        rule.met += 1;
        let (act, first, words) = (rule.act, rule.met == 1, rule.words);
        self.changed.notify_all();
        match act {
            Act::Hold => {
                let closed = |rules: &mut Vec<Rule>| rules.iter().any(|rule| rule.words == words);
                drop(self.changed.wait_while(rules, closed).unwrap());
                Fate::Passes
            }
            Act::Refuse(code) => Fate::Refused(code),
            Act::LoseAnswer if first => Fate::LosesAnswer,
            Act::LoseAnswer => Fate::Passes,
        }
    }
}
