//! The tasks of a run and their dependencies as a tree of lines. Uses no terminal and no clock.
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::report::format_duration;
use crate::{
    diagnostic::untrusted::untrusted_line,
    engine::{ResourceKind, Task, Verb},
    resources,
};

/// The current progress of a run.
pub(super) struct ProgressTree {
    items: Vec<TaskItem>,
    began: Instant,
    /// Longest time that each kind of work has taken in this run, which reflects the account better than our defaults
    /// do.
    taken: BTreeMap<(&'static str, Verb), Duration>,
}

struct TaskItem {
    task: Task,
    state: TaskState,
}

#[derive(Clone, Debug, PartialEq)]
enum TaskState {
    Waiting,
    Running { since: Instant, note: Option<String> },
    Ended,
}

impl ProgressTree {
    pub(super) fn new(tasks: Vec<Task>, now: Instant) -> Self {
        let items = tasks.into_iter().map(|task| TaskItem { task, state: TaskState::Waiting }).collect();
        Self { items, began: now, taken: BTreeMap::new() }
    }

    fn update_item(&mut self, address: &str, change: impl FnOnce(&mut TaskItem)) {
        if let Some(item) = self.items.iter_mut().find(|item| item.task.address == address) {
            change(item);
        }
    }

    pub(super) fn start_task(&mut self, address: &str, now: Instant) {
        self.update_item(address, |item| item.state = TaskState::Running { since: now, note: None });
    }

    pub(super) fn note_wait(&mut self, address: &str, what: &str) {
        self.update_item(address, |item| {
            if let TaskState::Running { note, .. } = &mut item.state {
                *note = Some(what.to_owned());
            }
        });
    }

    /// Ends a task; `took` is given for one that was done.
    pub(super) fn end_task(&mut self, address: &str, took: Option<Duration>) {
        let mut done = None;
        self.update_item(address, |item| {
            item.state = TaskState::Ended;
            done = Some((item.task.kind, item.task.verb));
        });
        if let (Some(key), Some(took)) = (done, took) {
            let longest = self.taken.entry(key).or_default();
            *longest = took.max(*longest);
        }
    }

    fn expected_duration(&self, task: &Task) -> Duration {
        let seen = self.taken.get(&(task.kind, task.verb));
        seen.copied().unwrap_or_else(|| expected_duration(task))
    }

    /// Returns the head line, then at most `height` lines of the tree; none is longer than `width`.
    pub(super) fn render_lines(&self, now: Instant, width: usize, height: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let roots: Vec<usize> = (0..self.items.len()).filter(|&index| self.is_root(index)).collect();
        self.render_branch(&roots, "", now, &mut lines);
        let mut lines: Vec<String> =
            lines.iter().map(|line| untrusted_line(&line.fit_width(width))).collect();
        if lines.len() > height {
            let hidden = lines.len() - height.saturating_sub(1);
            lines.truncate(height.saturating_sub(1));
            lines.push(format!("… {hidden} more lines"));
        }
        lines.insert(0, truncate_line(&self.head_line(now), width));
        lines
    }

    fn head_line(&self, now: Instant) -> String {
        let count =
            |wanted: fn(&TaskState) -> bool| self.items.iter().filter(|item| wanted(&item.state)).count();
        let running = count(|state| matches!(state, TaskState::Running { .. }));
        let waiting = count(|state| *state == TaskState::Waiting);
        let done = count(|state| *state == TaskState::Ended);
        let elapsed = now.duration_since(self.began);
        format!(
            "{done} of {} done, {running} running, {waiting} waiting · {} of about {}",
            self.items.len(),
            format_duration(elapsed),
            format_duration(elapsed + self.remaining_time(now))
        )
    }

    /// Estimates the duration of the longest chain of the remaining tasks.
    fn remaining_time(&self, now: Instant) -> Duration {
        let mut ends: Vec<Duration> = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let start = item.task.needs.iter().filter_map(|&need| ends.get(need)).max().copied();
            let start = start.unwrap_or_default();
            ends.push(match &item.state {
                TaskState::Ended => Duration::ZERO,
                TaskState::Waiting => start + self.expected_duration(&item.task),
                TaskState::Running { since, .. } => {
                    self.expected_duration(&item.task).saturating_sub(now.duration_since(*since))
                }
            });
        }
        ends.into_iter().max().unwrap_or_default()
    }

    /// Returns the unfinished dependency under which the task at `index` is shown: the last in order.
    fn shown_under(&self, index: usize) -> Option<usize> {
        let unfinished =
            |need: &&usize| self.items.get(**need).is_some_and(|item| item.state != TaskState::Ended);
        self.items.get(index)?.task.needs.iter().filter(unfinished).max().copied()
    }

    fn is_root(&self, index: usize) -> bool {
        match self.items.get(index).map(|item| &item.state) {
            Some(TaskState::Running { .. }) => true,
            Some(TaskState::Waiting) => self.shown_under(index).is_none(),
            _ => false,
        }
    }

    fn render_branch(&self, members: &[usize], indent: &str, now: Instant, lines: &mut Vec<TreeLine>) {
        for (span, &index) in members.iter().enumerate() {
            let Some(item) = self.items.get(index) else { continue };
            let last = span + 1 == members.len();
            let (joint, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (what, times) = self.render_item(item, now);
            lines.push(TreeLine { what: format!("{indent}{joint}{what}"), times });
            let below = format!("{indent}{below}");
            if let TaskState::Running { note: Some(note), .. } = &item.state {
                lines.push(TreeLine { what: format!("{below}waiting for {note}"), times: String::new() });
            }
            let waits = |&child: &usize| {
                self.items.get(child).is_some_and(|item| item.state == TaskState::Waiting)
                    && self.shown_under(child) == Some(index)
            };
            let children: Vec<usize> = (index + 1..self.items.len()).filter(waits).collect();
            self.render_branch(&children, &below, now, lines);
        }
    }

    fn render_item(&self, item: &TaskItem, now: Instant) -> (String, String) {
        let Task { address, verb, .. } = &item.task;
        let TaskState::Running { since, .. } = &item.state else {
            return (format!("then {} {address}", verb.infinitive()), String::new());
        };
        let (elapsed, expected) = (now.duration_since(*since), self.expected_duration(&item.task));
        let times = format!(" · {} of about {}", format_duration(elapsed), format_duration(expected));
        (format!("{} {address}", verb.present_participle()), times)
    }
}

/// A line of the progress tree.
struct TreeLine {
    what: String,
    /// The times of the task, which are never cut.
    times: String,
}

impl TreeLine {
    fn fit_width(&self, width: usize) -> String {
        let Self { what, times } = self;
        let room = width.saturating_sub(times.chars().count());
        truncate_line(&format!("{}{times}", truncate_line(what, room)), width)
    }
}

/// Cuts a line that is too long.
fn truncate_line(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Returns how long the task usually takes; what the run itself measures takes precedence.
fn expected_duration(task: &Task) -> Duration {
    let of = |kind: &ResourceKind| (kind.expected)(task.verb);
    resources::kind(task.kind).map(of).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(address: &str, kind: &'static str, verb: Verb, needs: &[usize]) -> Task {
        Task { address: address.into(), kind, verb, needs: needs.into() }
    }

    /// Returns a tree of a table with its function and stage, a role, and a removal at the end.
    fn tree(began: Instant) -> ProgressTree {
        let tasks = vec![
            task("tables.conversations", "dynamodb/table", Verb::Create, &[]),
            task("roles.message", "iam/role", Verb::Create, &[]),
            task("functions.message", "lambda/function", Verb::Create, &[0, 1]),
            task("api.stage", "apigateway/stage", Verb::Update, &[2]),
            task("logs/group `/old`", "logs/log-group", Verb::Delete, &[0, 1, 2, 3]),
        ];
        ProgressTree::new(tasks, began)
    }

    #[test]
    fn what_waits_stands_under_what_it_waits_for() {
        let began = Instant::now();
        let mut tree = tree(began);
        tree.start_task("tables.conversations", began);
        tree.start_task("roles.message", began);
        tree.note_wait("tables.conversations", "`shop-conversations` to be made");
        let lines = tree.render_lines(began + Duration::from_secs(12), 80, 20);
        insta::assert_snapshot!(lines.join("\n"), @"
        0 of 5 done, 2 running, 3 waiting · 12s of about 29s
        ├─ creating tables.conversations · 12s of about 15s
        │  waiting for `shop-conversations` to be made
        └─ creating roles.message · 12s of about 10s
           └─ then create functions.message
              └─ then update api.stage
                 └─ then delete logs/group `/old`
        ");
        tree.end_task("roles.message", Some(Duration::from_secs(13)));
        tree.end_task("tables.conversations", Some(Duration::from_secs(14)));
        tree.start_task("functions.message", began + Duration::from_secs(14));
        let lines = tree.render_lines(began + Duration::from_secs(75), 80, 20);
        assert!(lines[0].starts_with("2 of 5 done, 1 running, 2 waiting · 1m15s of about 1m1"), "{lines:?}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_tree_higher() {
        let began = Instant::now();
        let many = (0..300)
            .map(|n| task(&format!("tables.{}{n}", "x".repeat(90)), "dynamodb/table", Verb::Create, &[]));
        let mut tree = ProgressTree::new(many.collect(), began);
        tree.start_task(&format!("tables.{}7", "x".repeat(90)), began);
        let lines = tree.render_lines(began, 80, 10);
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
        let mut tree = ProgressTree::new(tasks, began);
        tree.start_task("tables.a", began);
        tree.end_task("tables.a", Some(Duration::from_secs(40)));
        tree.start_task("tables.b", began);
        assert!(tree.render_lines(began, 80, 10)[1].ends_with("0.0s of about 40s"));
    }
}
