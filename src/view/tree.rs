//! What runs and what waits for it, as a tree of lines. Knows no terminal and no clock.
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::report::seconds;
use crate::{
    engine::{ResourceKind, Task, Verb},
    resources,
};

/// A run as far as it has come.
pub(super) struct Tree {
    items: Vec<Item>,
    began: Instant,
    /// Longest time that each kind of work has taken in this run: it knows the account better than we do.
    taken: BTreeMap<(&'static str, Verb), Duration>,
}

struct Item {
    task: Task,
    state: State,
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Waiting,
    Running { since: Instant, note: Option<String> },
    Ended,
}

impl Tree {
    pub(super) fn new(tasks: Vec<Task>, now: Instant) -> Self {
        let items = tasks.into_iter().map(|task| Item { task, state: State::Waiting }).collect();
        Self { items, began: now, taken: BTreeMap::new() }
    }

    fn set(&mut self, address: &str, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.items.iter_mut().find(|item| item.task.address == address) {
            change(item);
        }
    }

    pub(super) fn start(&mut self, address: &str, now: Instant) {
        self.set(address, |item| item.state = State::Running { since: now, note: None });
    }

    pub(super) fn note(&mut self, address: &str, what: &str) {
        self.set(address, |item| {
            if let State::Running { note, .. } = &mut item.state {
                *note = Some(what.to_owned());
            }
        });
    }

    /// Ends a task; `took` is told of one that was done.
    pub(super) fn end(&mut self, address: &str, took: Option<Duration>) {
        let mut done = None;
        self.set(address, |item| {
            item.state = State::Ended;
            done = Some((item.task.kind, item.task.verb));
        });
        if let (Some(key), Some(took)) = (done, took) {
            let longest = self.taken.entry(key).or_default();
            *longest = took.max(*longest);
        }
    }

    fn expected(&self, task: &Task) -> Duration {
        let seen = self.taken.get(&(task.kind, task.verb));
        seen.copied().unwrap_or_else(|| expected(task))
    }

    /// The head line, then at most `height` lines of the tree; none is longer than `width`.
    pub(super) fn lines(&self, now: Instant, width: usize, height: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let roots: Vec<usize> = (0..self.items.len()).filter(|&index| self.is_root(index)).collect();
        self.branch(&roots, "", now, &mut lines);
        let mut lines: Vec<String> = lines.iter().map(|line| line.fit(width)).collect();
        if lines.len() > height {
            let hidden = lines.len() - height.saturating_sub(1);
            lines.truncate(height.saturating_sub(1));
            lines.push(format!("… {hidden} more lines"));
        }
        lines.insert(0, cut(&self.head(now), width));
        lines
    }

    fn head(&self, now: Instant) -> String {
        let count = |wanted: fn(&State) -> bool| self.items.iter().filter(|item| wanted(&item.state)).count();
        let running = count(|state| matches!(state, State::Running { .. }));
        let waiting = count(|state| *state == State::Waiting);
        let done = count(|state| *state == State::Ended);
        let elapsed = now.duration_since(self.began);
        format!(
            "{done} of {} done, {running} running, {waiting} waiting · {} of about {}",
            self.items.len(),
            seconds(elapsed),
            seconds(elapsed + self.left(now))
        )
    }

    /// How long the longest chain of what is left takes.
    fn left(&self, now: Instant) -> Duration {
        let mut ends: Vec<Duration> = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let start = item.task.needs.iter().filter_map(|&need| ends.get(need)).max().copied();
            let start = start.unwrap_or_default();
            ends.push(match &item.state {
                State::Ended => Duration::ZERO,
                State::Waiting => start + self.expected(&item.task),
                State::Running { since, .. } => {
                    self.expected(&item.task).saturating_sub(now.duration_since(*since))
                }
            });
        }
        ends.into_iter().max().unwrap_or_default()
    }

    /// The one of several that `index` waits for under which it is shown: the last in order.
    fn parent(&self, index: usize) -> Option<usize> {
        let unfinished =
            |need: &&usize| self.items.get(**need).is_some_and(|item| item.state != State::Ended);
        self.items.get(index)?.task.needs.iter().filter(unfinished).max().copied()
    }

    fn is_root(&self, index: usize) -> bool {
        match self.items.get(index).map(|item| &item.state) {
            Some(State::Running { .. }) => true,
            Some(State::Waiting) => self.parent(index).is_none(),
            _ => false,
        }
    }

    fn branch(&self, members: &[usize], indent: &str, now: Instant, lines: &mut Vec<Line>) {
        for (span, &index) in members.iter().enumerate() {
            let Some(item) = self.items.get(index) else { continue };
            let last = span + 1 == members.len();
            let (joint, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (what, times) = self.text(item, now);
            lines.push(Line { what: format!("{indent}{joint}{what}"), times });
            let below = format!("{indent}{below}");
            if let State::Running { note: Some(note), .. } = &item.state {
                lines.push(Line { what: format!("{below}waiting for {note}"), times: String::new() });
            }
            let waits = |&child: &usize| {
                self.items.get(child).is_some_and(|item| item.state == State::Waiting)
                    && self.parent(child) == Some(index)
            };
            let children: Vec<usize> = (index + 1..self.items.len()).filter(waits).collect();
            self.branch(&children, &below, now, lines);
        }
    }

    fn text(&self, item: &Item, now: Instant) -> (String, String) {
        let Task { address, verb, .. } = &item.task;
        let State::Running { since, .. } = &item.state else {
            return (format!("then {} {address}", verb.infinitive()), String::new());
        };
        let (elapsed, expected) = (now.duration_since(*since), self.expected(&item.task));
        let times = format!(" · {} of about {}", seconds(elapsed), seconds(expected));
        (format!("{} {address}", verb.present_participle()), times)
    }
}

/// A line of the tree.
struct Line {
    what: String,
    /// Never cut.
    times: String,
}

impl Line {
    fn fit(&self, width: usize) -> String {
        let Self { what, times } = self;
        let room = width.saturating_sub(times.chars().count());
        cut(&format!("{}{times}", cut(what, room)), width)
    }
}

/// The beginning of a line that is too long.
fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// How long the task usually takes; what a run measures itself takes its place.
fn expected(task: &Task) -> Duration {
    let of = |kind: &ResourceKind| (kind.expected)(task.verb);
    resources::kind(task.kind).map(of).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(address: &str, kind: &'static str, verb: Verb, needs: &[usize]) -> Task {
        Task { address: address.into(), kind, verb, needs: needs.into() }
    }

    /// A table with its function and stage, a role, and a removal at the end.
    fn tree(began: Instant) -> Tree {
        let tasks = vec![
            task("tables.conversations", "dynamodb/table", Verb::Create, &[]),
            task("roles.message", "iam/role", Verb::Create, &[]),
            task("functions.message", "lambda/function", Verb::Create, &[0, 1]),
            task("api.stage", "apigateway/stage", Verb::Update, &[2]),
            task("logs/group `/old`", "logs/log-group", Verb::Delete, &[0, 1, 2, 3]),
        ];
        Tree::new(tasks, began)
    }

    #[test]
    fn what_waits_stands_under_what_it_waits_for() {
        let began = Instant::now();
        let mut tree = tree(began);
        tree.start("tables.conversations", began);
        tree.start("roles.message", began);
        tree.note("tables.conversations", "`shop-conversations` to be made");
        let lines = tree.lines(began + Duration::from_secs(12), 80, 20);
        insta::assert_snapshot!(lines.join("\n"), @"
        0 of 5 done, 2 running, 3 waiting · 12s of about 29s
        ├─ creating tables.conversations · 12s of about 15s
        │  waiting for `shop-conversations` to be made
        └─ creating roles.message · 12s of about 10s
           └─ then create functions.message
              └─ then update api.stage
                 └─ then delete logs/group `/old`
        ");
        tree.end("roles.message", Some(Duration::from_secs(13)));
        tree.end("tables.conversations", Some(Duration::from_secs(14)));
        tree.start("functions.message", began + Duration::from_secs(14));
        let lines = tree.lines(began + Duration::from_secs(75), 80, 20);
        assert!(lines[0].starts_with("2 of 5 done, 1 running, 2 waiting · 1m15s of about 1m1"), "{lines:?}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_tree_higher() {
        let began = Instant::now();
        let many = (0..300)
            .map(|n| task(&format!("tables.{}{n}", "x".repeat(90)), "dynamodb/table", Verb::Create, &[]));
        let mut tree = Tree::new(many.collect(), began);
        tree.start(&format!("tables.{}7", "x".repeat(90)), began);
        let lines = tree.lines(began, 80, 10);
        assert!(lines.iter().any(|line| line.ends_with("xx… · 0.0s of about 15s")), "{lines:?}");
        assert_eq!(lines.len(), 11);
        assert!(lines.iter().all(|line| line.chars().count() <= 80));
        assert_eq!(lines[10], "… 291 more lines");
    }

    #[test]
    fn what_the_run_has_measured_beats_the_guess() {
        let began = Instant::now();
        let tasks = vec![
            task("tables.a", "dynamodb/table", Verb::Create, &[]),
            task("tables.b", "dynamodb/table", Verb::Create, &[0]),
        ];
        let mut tree = Tree::new(tasks, began);
        tree.start("tables.a", began);
        tree.end("tables.a", Some(Duration::from_secs(40)));
        tree.start("tables.b", began);
        assert!(tree.lines(began, 80, 10)[1].ends_with("0.0s of about 40s"));
    }
}
