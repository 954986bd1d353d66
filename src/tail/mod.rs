//! The log events of several groups, merged by time.
mod event;
mod pace;
mod period;
mod round;

pub use event::{LineKind, LogEvent};
pub use period::Period;
pub use round::TailRound;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pace::Pace;

use crate::aws::{Cx, Result};

/// Events may arrive this much later than others that are younger (CloudWatch Logs guide: they appear within
/// seconds of being written).
const OVERLAP: i64 = 30_000;
/// Shortest time between two looks at the groups.
const EVERY: Duration = Duration::from_secs(2);

/// A log group and its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSource {
    /// What it is called on screen: the function's id, `access`, or `gateway`.
    pub label: String,
    /// Log group.
    pub group: String,
}

/// The query for log events.
pub struct TailQuery {
    /// Log groups.
    pub sources: Vec<LogSource>,
    /// Start time in milliseconds since 1970.
    pub since: i64,
    /// CloudWatch's own filter pattern.
    pub filter: Option<String>,
    /// Whether to go on for as long as it takes: then no refusal that passes ends it.
    pub follow: bool,
}

/// Reads the log groups round by round, and remembers which events it has returned.
pub struct Tail {
    cursors: Vec<Cursor>,
    filter: Option<String>,
    follow: bool,
    pace: RefCell<Pace>,
    /// Recently returned events: time by event id.
    shown: BTreeMap<String, i64>,
    /// Missing log groups, so that each is reported once.
    pub missing: Vec<LogSource>,
}

/// A log group, and from when on its events are still to be read.
struct Cursor {
    source: LogSource,
    since: i64,
}

impl Tail {
    /// Starts at the query's `since`.
    #[must_use]
    pub fn new(query: TailQuery) -> Self {
        let TailQuery { sources, since, filter, follow } = query;
        let cursors = sources.into_iter().map(|source| Cursor { source, since }).collect();
        let (pace, shown, missing) = (RefCell::default(), BTreeMap::new(), Vec::new());
        Self { cursors, filter, follow, pace, shown, missing }
    }

    /// Begins to read what is new in every group.
    pub fn start_round(&mut self) -> TailRound<'_> {
        TailRound::new(self)
    }

    /// Returns how much time passes at least between two reads of one group.
    #[must_use]
    pub fn interval(&self) -> Duration {
        EVERY.max(self.pace.borrow().time_for(self.cursors.len()))
    }

    /// Waits until the next round is due.
    ///
    /// # Errors
    /// The run was interrupted.
    pub async fn wait_for_next_round(&self, cx: &Cx<'_>) -> Result<()> {
        cx.sleep_or_interrupt("new log events", EVERY).await
    }
}

/// The clock in milliseconds since 1970, `before` earlier.
#[must_use]
pub fn millis_ago(before: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.saturating_sub(before).as_millis()).unwrap_or(i64::MAX)
}
