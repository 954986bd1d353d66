//! One round through all groups: their pages are merged as they come, so that no more than a page of each is held.
use std::collections::{HashMap, VecDeque};

use futures_util::{StreamExt, stream};

use super::{LogEvent, OVERLAP, Tail, millis_ago};
use crate::aws::{Cx, Error, NotFoundExt, Result};

/// Number of groups that are read at once.
const READS: usize = 8;

/// A round through all groups.
pub struct TailRound<'a> {
    tail: &'a mut Tail,
    readers: Vec<Reader>,
    /// Whether a refusal of this round has slowed the pace.
    slowed: bool,
}

/// How far one group has been read in this round.
#[derive(Default)]
struct Reader {
    /// Events that were read and not returned yet, oldest first.
    waiting: VecDeque<LogEvent>,
    progress: Progress,
    /// The latest moment that was read, and the equal lines of it, so that each has an id of its own.
    latest: Option<(i64, HashMap<String, usize>)>,
}

#[derive(Default, PartialEq)]
enum Progress {
    #[default]
    Unread,
    /// There is another page, behind this token.
    More(String),
    Complete,
    /// It was refused, and is read again in the next round.
    Postponed,
}

/// One page of a group; none if there is no such group.
type Page = Option<(Vec<LogEvent>, Option<String>)>;

impl<'a> TailRound<'a> {
    pub(super) fn new(tail: &'a mut Tail) -> Self {
        let readers = tail.cursors.iter().map(|_| Reader::default()).collect();
        Self { tail, readers, slowed: false }
    }

    /// Returns the next events that were not returned yet, oldest first; none at the end of the round.
    ///
    /// # Errors
    /// A group cannot be read; one that is not there yet is no error.
    pub async fn next_events(&mut self, cx: &Cx<'_>) -> Result<Option<Vec<LogEvent>>> {
        loop {
            self.fill(cx).await?;
            if self.readers.iter().all(|reader| reader.waiting.is_empty()) {
                self.end();
                return Ok(None);
            }
            let mut events = take_ready(&mut self.readers);
            let shown = &mut self.tail.shown;
            events.retain(|event| shown.insert(event.id.clone(), event.time).is_none());
            if let Some(last) = events.last() {
                let since = last.time.min(millis_ago(std::time::Duration::ZERO)) - OVERLAP;
                shown.retain(|_, time| *time >= since);
                return Ok(Some(events));
            }
        }
    }

    /// Reads pages until every group that has more has something waiting.
    async fn fill(&mut self, cx: &Cx<'_>) -> Result<()> {
        loop {
            let dry: Vec<usize> = (0..self.readers.len()).filter(|at| self.readers[*at].is_dry()).collect();
            if dry.is_empty() {
                return Ok(());
            }
            let reads = dry.iter().map(|&at| self.read_page(cx, at));
            let pages: Vec<Result<Page>> = stream::iter(reads).buffered(READS).collect().await;
            for (at, page) in dry.into_iter().zip(pages) {
                self.take_page(at, page)?;
            }
        }
    }

    async fn read_page(&self, cx: &Cx<'_>, at: usize) -> Result<Page> {
        let (cursor, reader) = (&self.tail.cursors[at], &self.readers[at]);
        let wait = self.tail.pace.borrow_mut().reserve();
        cx.sleep_or_interrupt("the next turn to read log events", wait).await?;
        let call = cx.aws.logs().filter_log_events().log_group_name(&cursor.source.group);
        let call = call.start_time(cursor.since).set_filter_pattern(self.tail.filter.clone());
        let token = if let Progress::More(token) = &reader.progress { Some(token.clone()) } else { None };
        let page = cx.read(call.set_next_token(token).send()).await.not_found_to_none()?;
        Ok(page.map(|page| {
            let events = page.events.unwrap_or_default().into_iter();
            let events = events.filter_map(|event| LogEvent::of(&cursor.source.label, event)).collect();
            (events, page.next_token.filter(|token| !token.is_empty()))
        }))
    }

    fn take_page(&mut self, at: usize, page: Result<Page>) -> Result<()> {
        let (reader, source) = (&mut self.readers[at], &self.tail.cursors[at].source);
        match page {
            Ok(Some((events, token))) => reader.push(events, token),
            Ok(None) => {
                reader.progress = Progress::Complete;
                if !self.tail.missing.contains(source) {
                    self.tail.missing.push(source.clone());
                }
            }
            Err(error) if self.tail.follow && passes(&error) => {
                tracing::debug!(%error, group = source.group, "read again later");
                reader.progress = Progress::Postponed;
                if !std::mem::replace(&mut self.slowed, true) {
                    self.tail.pace.borrow_mut().slow_down();
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Moves on what was read to its end; the rest is read on from its latest event.
    fn end(&mut self) {
        let now = millis_ago(std::time::Duration::ZERO);
        // A source whose clock is ahead must not hide events that others write meanwhile.
        let newest = self.tail.shown.values().max().map(|newest| (*newest).min(now) - OVERLAP);
        let complete = |reader: &Reader| reader.progress == Progress::Complete;
        for (cursor, reader) in self.tail.cursors.iter_mut().zip(&self.readers) {
            let latest = reader.latest.as_ref().map(|(time, _)| *time);
            let from = if complete(reader) { newest } else { latest };
            cursor.since = cursor.since.max(from.unwrap_or(cursor.since));
        }
        if self.readers.iter().all(complete) {
            self.tail.pace.borrow_mut().recover();
        }
    }
}

/// Returns whether a refusal says only that it is not the time, or came from no service at all.
fn passes(error: &Error) -> bool {
    error.is_throttle() || error.is_ambiguous()
}

impl Reader {
    fn is_dry(&self) -> bool {
        self.waiting.is_empty() && matches!(self.progress, Progress::Unread | Progress::More(_))
    }

    fn has_more(&self) -> bool {
        matches!(self.progress, Progress::More(_))
    }

    fn push(&mut self, mut events: Vec<LogEvent>, token: Option<String>) {
        self.progress = token.map_or(Progress::Complete, Progress::More);
        // Stable: lines of one moment stay in the order in which they were written.
        events.sort_by_key(|event| event.time);
        for event in events {
            if self.latest.as_ref().is_none_or(|(time, _)| *time != event.time) {
                self.latest = None;
            }
            let (_, alike) = self.latest.get_or_insert_with(|| (event.time, HashMap::new()));
            // Equal lines of one moment are several events all the same.
            let before = alike.entry(event.message.clone()).or_default();
            let id = format!("{} #{before}", event.id);
            *before += 1;
            self.waiting.push_back(LogEvent { id, ..event });
        }
    }
}

/// Takes all waiting events that no page still to be read can precede (CloudWatch Logs API reference, `FilterLogEvents`:
/// events come sorted by time), oldest first.
fn take_ready(readers: &mut [Reader]) -> Vec<LogEvent> {
    let ends = readers.iter().filter(|reader| reader.has_more());
    let horizon = ends.filter_map(|reader| reader.waiting.back()).map(|event| event.time).min();
    let mut ready = Vec::new();
    for reader in readers {
        let ripe = |event: &LogEvent| horizon.is_none_or(|horizon| event.time <= horizon);
        let count = reader.waiting.iter().take_while(|event| ripe(event)).count();
        ready.extend(reader.waiting.drain(..count));
    }
    ready.sort_by_key(|event| event.time);
    ready
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(source: &str, times: &[i64], token: Option<&str>) -> Reader {
        let event = |time: &i64| LogEvent {
            id: format!("{source}{time}"),
            time: *time,
            source: source.to_owned(),
            message: "line".to_owned(),
        };
        let mut reader = Reader::default();
        reader.push(times.iter().map(event).collect(), token.map(str::to_owned));
        reader
    }

    #[test]
    fn events_are_returned_as_soon_as_none_can_come_before_them() {
        let mut readers = [reader("a", &[1, 4, 9], Some("next")), reader("b", &[2, 3, 20], None)];
        let times = |events: Vec<LogEvent>| events.into_iter().map(|event| event.time).collect::<Vec<_>>();
        assert_eq!(times(take_ready(&mut readers)), [1, 2, 3, 4, 9]);
        assert!(readers[0].is_dry() && !readers[1].is_dry());
        readers[0].push(Vec::new(), None);
        assert_eq!(times(take_ready(&mut readers)), [20]);
    }

    #[test]
    fn equal_lines_of_one_moment_are_several_events() {
        let found = take_ready(&mut [reader("a", &[1, 1, 2], None)]);
        let ids: std::collections::BTreeSet<_> = found.iter().map(|event| &event.id).collect();
        assert_eq!(ids.len(), 3);
    }
}
