//! The log events of several groups, merged by time.
mod event;
mod period;

pub use event::{LineKind, LogEvent};
pub use period::Period;

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::try_join_all;

use crate::aws::{Cx, NotFoundExt, Result};

/// Events may arrive this much later than others that are younger (CloudWatch Logs guide: they appear within
/// seconds of being written).
const OVERLAP: i64 = 30_000;
/// Time between two looks at the groups; `FilterLogEvents` has a quota of some calls a second for the account.
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
}

/// Polls the log groups, and remembers which events it has returned.
pub struct Tail {
    query: TailQuery,
    /// Recently returned events: time by event id.
    shown: BTreeMap<String, i64>,
    /// Missing log groups, so that each is reported once.
    pub missing: Vec<LogSource>,
}

impl Tail {
    /// Starts at the query's `since`.
    #[must_use]
    pub fn new(query: TailQuery) -> Self {
        Self { query, shown: BTreeMap::new(), missing: Vec::new() }
    }

    /// Returns the events that were not returned yet, oldest first.
    ///
    /// # Errors
    /// A group cannot be read; one that is not there yet is no error.
    pub async fn poll_events(&mut self, cx: &Cx<'_>) -> Result<Vec<LogEvent>> {
        let reads = self.query.sources.iter().map(|source| fetch_events(cx, source, &self.query));
        let mut events = Vec::new();
        for (source, found) in self.query.sources.iter().zip(try_join_all(reads).await?) {
            match found {
                Some(found) => events.extend(found),
                None if !self.missing.contains(source) => self.missing.push(source.clone()),
                None => {}
            }
        }
        events.retain(|event| self.shown.insert(event.id.clone(), event.time).is_none());
        // Stable: lines of one moment stay in the order in which they were written.
        events.sort_by_key(|event| event.time);
        // A source whose clock is ahead must not hide events that others write meanwhile.
        let newest =
            self.shown.values().max().copied().unwrap_or(self.query.since).min(millis_ago(Duration::ZERO));
        self.query.since = self.query.since.max(newest - OVERLAP);
        self.shown.retain(|_, time| *time >= self.query.since);
        Ok(events)
    }

    /// Waits until the next poll is due.
    ///
    /// # Errors
    /// The run was interrupted.
    pub async fn wait_for_next_poll(&self, cx: &Cx<'_>) -> Result<()> {
        cx.sleep_or_interrupt("new log events", EVERY).await
    }
}

async fn fetch_events(cx: &Cx<'_>, source: &LogSource, query: &TailQuery) -> Result<Option<Vec<LogEvent>>> {
    let call = cx.aws.logs().filter_log_events().log_group_name(&source.group).start_time(query.since);
    let pages = call.set_filter_pattern(query.filter.clone()).into_paginator().send();
    let pages: Option<Vec<_>> = cx.read(pages.try_collect()).await.not_found_to_none()?;
    let Some(pages) = pages else { return Ok(None) };
    let mut alike: HashMap<(i64, String), usize> = HashMap::new();
    let all = pages.into_iter().flat_map(|page| page.events.unwrap_or_default());
    let events = all.filter_map(|event| LogEvent::of(&source.label, event)).map(|event| {
        // Equal lines of one moment are several events all the same.
        let before = alike.entry((event.time, event.message.clone())).or_default();
        let id = format!("{} #{before}", event.id);
        *before += 1;
        LogEvent { id, ..event }
    });
    Ok(Some(events.collect()))
}

/// The clock in milliseconds since 1970, `before` earlier.
#[must_use]
pub fn millis_ago(before: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.saturating_sub(before).as_millis()).unwrap_or(i64::MAX)
}
