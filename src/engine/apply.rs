//! Applies a plan: each step starts as soon as the resources that it depends on are done.
use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::Instant;

use super::{
    event::{Observer, StepEvent, Verb},
    handle::{AttributeStore, Deps, ErasedValue, settled_attributes},
    node::{GraphNode, NodePlan},
    orphan::Orphan,
    plan::{Action, Step},
    snapshot::ExecutablePlan,
};
use crate::{
    aws::{Cx, Error, Result},
    diagnostic::Diagnostic,
};

/// The outcome of one step.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The step was carried out as planned.
    Done(Duration),
    /// The step failed or was interrupted.
    Failed(Error),
    /// The step was not tried, for the reason given.
    Skipped(String),
}

/// The outcome of every step, in plan order; steps that had nothing to do are left out.
pub struct Report {
    /// Steps with their outcomes.
    pub steps: Vec<(Step, Outcome)>,
    known_attributes: AttributeStore,
    settled: Vec<bool>,
}

impl Report {
    /// Returns the report of a run that ended so.
    #[cfg(test)]
    pub(crate) fn of_steps(steps: Vec<(Step, Outcome)>) -> Self {
        Self { steps, known_attributes: AttributeStore::default(), settled: Vec::new() }
    }

    /// Returns whether every planned step was carried out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|(_, outcome)| matches!(outcome, Outcome::Done(_)))
    }

    /// Returns whether the credentials ran out during the run.
    #[must_use]
    pub fn lost_credentials(&self) -> bool {
        let lost = |outcome: &Outcome| matches!(outcome, Outcome::Failed(error) if error.is_credentials());
        self.steps.iter().any(|(_, outcome)| lost(outcome))
    }

    /// Returns whether nothing has failed: what is not done is still running in AWS, or waits for that.
    #[must_use]
    pub fn only_waits(&self) -> bool {
        let mut failures = self.steps.iter().filter_map(|(_, outcome)| match outcome {
            Outcome::Failed(error) => Some(error),
            _ => None,
        });
        failures.all(|error| matches!(error, Error::StillRunning { .. }))
    }

    /// Returns a diagnostic for every failure of the run, at the line of the spec that asks for the resource.
    ///
    /// What an interrupt broke off is no failure, and expired credentials are one failure, however many steps met them.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut signed_out = false;
        for (step, outcome) in &self.steps {
            let Outcome::Failed(error) = outcome else { continue };
            let is_known = error.is_credentials() && signed_out;
            if !error.is_interrupt() && !is_known {
                found.push(error.diagnostic_about(&step.address, step.span, stopped(step)));
            }
            signed_out |= error.is_credentials();
        }
        found
    }

    /// Returns the attributes of `deps` after the run; `None` if one of those resources was not made.
    pub fn attrs<D: Deps>(&self, deps: &D) -> Option<D::Attrs> {
        let there = deps.indexes().iter().all(|index| self.settled.get(*index) == Some(&true));
        there.then(|| settled_attributes(deps, &self.known_attributes))
    }
}

fn stopped(step: &Step) -> String {
    match step.action.verb() {
        Some(verb) => format!("{} {} failed", verb.present_participle(), step.address),
        None => format!("{} could not stay as it is", step.address),
    }
}

/// Reason for skipping a step: the run was interrupted.
const INTERRUPTED: &str = "the run was interrupted";
const UNFINISHED: &str = "removals wait until everything else is done";

/// Applies a plan that the user has agreed to.
pub async fn apply_plan(
    work: ExecutablePlan,
    cx: &Cx<'_>,
    parallel: NonZeroUsize,
    watch: &dyn Observer,
) -> Report {
    let ExecutablePlan { plan, graph, node_plans, live, removals, known_attributes: store } = work;
    let store = Mutex::new(store);
    let run = PlanExecution { cx, watch, parallel };
    let mut outcomes = run.apply_nodes(&graph.nodes, &node_plans, live, &store).await;
    let settled = outcomes.iter().map(|outcome| matches!(outcome, Outcome::Done(_))).collect();
    let complete = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done(_)));
    let done = (0..graph.nodes.len()).filter(|index| matches!(outcomes[*index], Outcome::Done(_)));
    let changed = done.filter_map(|index| {
        let verb = node_plans[index].action.verb()?;
        Some((index, graph.nodes[index].reads_in_a_row(verb))).filter(|(_, needed)| *needed > 0)
    });
    let changed: Vec<(usize, u32)> = changed.collect();
    outcomes.extend(run.delete_groups(&removals, complete).await);
    run.wait_until_shown(&graph.nodes, changed, &store).await;
    // A plan right after this one shall see the changes; most of the propagation delay has passed already.
    let _ = cx.sleep_or_interrupt("AWS to show what was done", cx.run.remaining_propagation_delay()).await; // an interrupted run need not wait
    let steps = plan.steps.into_iter().zip(outcomes).filter(is_reportable).collect();
    Report { steps, known_attributes: store.into_inner().unwrap_or_else(PoisonError::into_inner), settled }
}

/// Returns whether a step belongs in the report: one that keeps its resource does only if it failed.
fn is_reportable((step, outcome): &(Step, Outcome)) -> bool {
    step.action != Action::Keep || matches!(outcome, Outcome::Failed(_))
}

struct PlanExecution<'a> {
    cx: &'a Cx<'a>,
    watch: &'a dyn Observer,
    parallel: NonZeroUsize,
}

/// Longest time that reads are waited for to show what was done; what they never show is a difference in the next plan.
const SHOWN: Duration = Duration::from_secs(30);
/// Delay between two of them.
const BETWEEN_READS: Duration = Duration::from_secs(2);

impl PlanExecution<'_> {
    /// Waits until reads show the resources that were changed, so that a plan right after this run does too.
    async fn wait_until_shown(
        &self,
        nodes: &[Box<dyn GraphNode>],
        changed: Vec<(usize, u32)>,
        store: &Mutex<AttributeStore>,
    ) {
        let what = "AWS to show what was done";
        let end = Instant::now() + SHOWN;
        let mut pending: Vec<_> = changed.into_iter().map(|(index, needed)| (index, needed, 0)).collect();
        while !pending.is_empty() {
            let look = async |cx: &Cx<'_>| {
                let reads = pending.iter().map(|(index, ..)| nodes[*index].is_shown(store, cx));
                futures_util::future::join_all(reads).await
            };
            let shown = self.cx.uncached(look).await;
            for ((_, _, equal), shown) in pending.iter_mut().zip(shown) {
                *equal = if shown { *equal + 1 } else { 0 };
            }
            pending.retain(|(_, needed, equal)| equal < needed);
            if pending.is_empty() || Instant::now() >= end {
                return;
            }
            (self.cx.on_wait)(what);
            if self.cx.sleep_or_interrupt(what, BETWEEN_READS).await.is_err() {
                return; // an interrupted run need not wait
            }
        }
    }

    async fn apply_nodes(
        &self,
        nodes: &[Box<dyn GraphNode>],
        node_plans: &[NodePlan],
        mut live: Vec<Option<ErasedValue>>,
        store: &Mutex<AttributeStore>,
    ) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = nodes.iter().map(|_| None).collect();
        let mut waiting: Vec<usize> = (0..nodes.len()).collect();
        let mut running = FuturesUnordered::new();
        loop {
            waiting.retain(|&index| {
                let (address, deps) = (&nodes[index].label().address, nodes[index].deps());
                if let Some(why) = self.blocking_reason(&deps, &outcomes, nodes) {
                    outcomes[index] = Some(self.skip_step(address, node_plans[index].action.verb(), why));
                    return false;
                }
                let ready = deps.iter().all(|&dep| matches!(outcomes[dep], Some(Outcome::Done(_))));
                if !ready || running.len() >= self.parallel.get() {
                    return true;
                }
                let (job, live) = (&node_plans[index], live[index].take());
                running.push(async move {
                    let work = async |cx: &Cx<'_>| nodes[index].execute(job, live, store, cx).await;
                    (index, self.run_step(address, job.action.verb(), work).await)
                });
                false
            });
            let Some((index, outcome)) = running.next().await else { break };
            outcomes[index] = Some(outcome);
        }
        let never = || Outcome::Skipped("it was never reached".into()); // every node settles above
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(never)).collect()
    }

    async fn delete_groups(&self, groups: &[Vec<Box<dyn Orphan>>], mut go: bool) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for group in groups {
            let results = futures_util::stream::iter(
                group.iter().map(|orphan| self.delete_orphan(orphan.as_ref(), go)),
            );
            let results: Vec<_> = results.buffered(self.parallel.get()).collect().await;
            go = go && results.iter().all(|outcome| matches!(outcome, Outcome::Done(_)));
            outcomes.extend(results);
        }
        outcomes
    }

    async fn delete_orphan(&self, orphan: &dyn Orphan, go: bool) -> Outcome {
        let address = orphan.address();
        if self.cx.interrupt.is_raised() {
            return self.skip_step(&address, Some(Verb::Delete), INTERRUPTED.into());
        }
        if !go {
            return self.skip_step(&address, Some(Verb::Delete), UNFINISHED.into());
        }
        self.run_step(&address, Some(Verb::Delete), async |cx: &Cx<'_>| orphan.delete(cx).await).await
    }

    /// Runs one step and sends its events to the observer; a step that keeps its resource sends none unless it fails.
    async fn run_step(
        &self,
        address: &str,
        verb: Option<Verb>,
        work: impl AsyncFnOnce(&Cx<'_>) -> Result<()>,
    ) -> Outcome {
        let began = Instant::now();
        let note = |what: &str| self.watch.on(&StepEvent::Waiting { address, what });
        let cx = Cx { on_wait: &note, ..*self.cx };
        if let Some(verb) = verb {
            self.watch.on(&StepEvent::Started { address, verb });
        }
        let result = work(&cx).await;
        let took = began.elapsed();
        match (result, verb) {
            (Ok(()), None) => Outcome::Done(took),
            (Ok(()), Some(verb)) => {
                self.watch.on(&StepEvent::Done { address, verb, took });
                Outcome::Done(took)
            }
            (Err(error), verb) => {
                let verb = verb.unwrap_or(Verb::Update);
                self.watch.on(&StepEvent::Failed { address, verb, error: &error });
                Outcome::Failed(error)
            }
        }
    }

    fn blocking_reason(
        &self,
        deps: &[usize],
        outcomes: &[Option<Outcome>],
        nodes: &[Box<dyn GraphNode>],
    ) -> Option<String> {
        let failed = |dep: &&usize| matches!(outcomes[**dep], Some(Outcome::Failed(_) | Outcome::Skipped(_)));
        match deps.iter().find(failed) {
            Some(&dep) => Some(format!("it needs `{}`", nodes[dep].label().address)),
            None => self.cx.interrupt.is_raised().then(|| INTERRUPTED.to_owned()),
        }
    }

    fn skip_step(&self, address: &str, verb: Option<Verb>, why: String) -> Outcome {
        if let Some(verb) = verb {
            self.watch.on(&StepEvent::Skipped { address, verb, why: &why });
        }
        Outcome::Skipped(why)
    }
}
