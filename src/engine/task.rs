//! What a run will do, as whoever watches it needs to know it.
use super::{event::Verb, snapshot::ExecutablePlan};

/// One thing to do, and what must be done before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Resource.
    pub address: String,
    /// Kind.
    pub kind: &'static str,
    /// What is done to it.
    pub verb: Verb,
    /// Indexes, in the list this one is in, of what comes first; all smaller than its own.
    pub needs: Vec<usize>,
}

impl ExecutablePlan {
    /// Everything that changes something, in an order in which it can be done.
    #[must_use]
    pub fn list_tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        // For every node the tasks that must end before what needs the node may start: its own, or, for one
        // that stays as it is, those it waits for itself.
        let mut ends: Vec<Vec<usize>> = Vec::new();
        for (node, (job, step)) in self.graph.nodes.iter().zip(self.node_plans.iter().zip(&self.plan.steps)) {
            let deps = node.deps();
            let mut needs: Vec<usize> =
                deps.iter().filter_map(|&dep| ends.get(dep)).flatten().copied().collect();
            needs.sort_unstable();
            needs.dedup();
            let Some(verb) = job.action.verb() else {
                ends.push(needs);
                continue;
            };
            ends.push(vec![tasks.len()]);
            tasks.push(Task { address: step.address.clone(), kind: step.kind, verb, needs });
        }
        let mut before: Vec<usize> = (0..tasks.len()).collect();
        for group in &self.removals {
            let first = tasks.len();
            tasks.extend(group.iter().map(|orphan| Task {
                address: orphan.address(),
                kind: orphan.kind(),
                verb: Verb::Delete,
                needs: before.clone(),
            }));
            before = (first..tasks.len()).collect();
        }
        tasks
    }
}
