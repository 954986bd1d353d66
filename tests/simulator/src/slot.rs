//! A value that readers see late.

/// A value, what stood before it, and how long that is still shown.
///
/// Writers always meet the newest value; readers may meet the old one until the lag is over.
#[derive(Clone, Debug)]
pub(crate) struct Slot<T> {
    new: Option<T>,
    old: Option<T>,
    since: u64,
    until: u64,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { new: None, old: None, since: 0, until: 0 }
    }
}

/// Longest time in milliseconds for which [`crate::Fault::Stale`] shows the past.
const STALE: u64 = 3_000;

/// Milliseconds after the lag of an odd number of milliseconds until the past is shown once more, and how long it is.
const BETWEEN: u64 = 1_200;
const RELAPSE: u64 = 700;

impl<T: Clone> Slot<T> {
    /// What stands.
    pub(crate) fn now(&self) -> Option<&T> {
        self.new.as_ref()
    }

    /// What stands, to be changed without any lag.
    pub(crate) fn now_mut(&mut self) -> Option<&mut T> {
        self.new.as_mut()
    }

    /// What a reader is shown at `now`.
    pub(crate) fn seen(&self, now: u64, stale: bool) -> Option<&T> {
        let until = if stale { self.until.max(self.since + STALE) } else { self.until };
        let relapse = self.until + BETWEEN..self.until + BETWEEN + RELAPSE;
        let odd = (self.until - self.since) % 2 == 1;
        // What was made or removed does not come and go.
        let changed = self.old.is_some() && self.new.is_some();
        if now < until || odd && changed && relapse.contains(&now) {
            self.old.as_ref()
        } else {
            self.new.as_ref()
        }
    }

    /// Changes the value; readers see it after `lag`.
    pub(crate) fn set(&mut self, now: u64, lag: u64, value: Option<T>) {
        if now >= self.until {
            self.old = self.new.take();
        }
        self.new = value;
        self.since = now;
        self.until = now + lag;
    }

    /// Changes a part of the value, if there is one; readers see it after `lag`.
    pub(crate) fn change(&mut self, now: u64, lag: u64, change: impl FnOnce(&mut T)) {
        if let Some(mut value) = self.new.clone() {
            change(&mut value);
            self.set(now, lag, Some(value));
        }
    }
}
