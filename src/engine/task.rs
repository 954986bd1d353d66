//! List of the tasks of a plan and their order, for progress output.
use super::{event::Verb, snapshot::ExecutablePlan};

/// One task, and the tasks that must be done before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Address of the resource.
    pub address: String,
    /// Kind of the resource.
    pub kind: &'static str,
    /// What is done to the resource.
    pub verb: Verb,
    /// Indexes, in the same list, of the tasks that come first; all smaller than this task's own.
    pub needs: Vec<usize>,
}

impl ExecutablePlan {
    /// Lists every task that changes something, in an order in which they can be done.
    #[must_use]
    pub fn list_tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        // For every node the tasks that must end before its dependents may start: its own, or, for one that stays as
        // it is, those that it waits for itself.
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
