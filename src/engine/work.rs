//! Reading everything once, and deciding.
use futures_util::{FutureExt, TryFutureExt};

use super::{
    graph::Graph,
    handle::{Deps, Edge, Erased, Store, settled},
    mark::{self, Seal},
    node::{Job, Label, Node, Stores, Verdict},
    plan::{Action, Consent, KeepReason, Kept, Origin, Plan, Step, protected, stuck},
    reads::{self, ReadError},
    sweep::{Kind, Nature, Stray, losses, strays},
    target::{Targets, UnknownTarget},
};
use crate::aws::{Aws, Cx};

/// Everything of the stack, as it stands.
pub struct Reading {
    graph: Graph,
    live: Vec<Option<Erased>>,
    strays: Vec<Box<dyn Stray>>,
    tiers: &'static [&'static [Kind]],
    targets: Option<Targets>,
}

/// A plan, and what carrying it out takes.
pub struct Work {
    /// What will be done.
    pub plan: Plan,
    pub(super) graph: Graph,
    pub(super) jobs: Vec<Job>,
    pub(super) live: Vec<Option<Erased>>,
    /// Groups that go one after the other.
    pub(super) removals: Vec<Vec<Box<dyn Stray>>>,
    pub(super) store: Store,
}

/// What one of many reads found.
enum Read {
    Resource(Option<Erased>),
    Strays(Vec<Box<dyn Stray>>),
}

impl Reading {
    /// Reads every resource of `graph` and every stray, all at once.
    ///
    /// # Errors
    /// Any read's; nothing is taken for absent because it could not be read.
    pub async fn take(
        graph: Graph,
        tiers: &'static [&'static [Kind]],
        cx: &Cx<'_>,
    ) -> Result<Self, ReadError> {
        let nodes = &graph.nodes;
        let claimed = |kind: &str, id: &str| nodes.iter().any(|node| node.kind() == kind && node.id() == id);
        let observed =
            nodes.iter().map(|node| observe(node.as_ref(), cx).map_ok(Read::Resource).boxed_local());
        let of_nothing = |error| ReadError { error, address: None, span: None, others: Vec::new() };
        let beyond = strays(tiers, cx, claimed).map_err(of_nothing).map_ok(Read::Strays).boxed_local();
        let (mut live, mut strays) = (Vec::new(), Vec::new());
        for read in reads::all(observed.chain([beyond])).await? {
            match read {
                Read::Resource(one) => live.push(one),
                Read::Strays(all) => strays = all,
            }
        }
        Ok(Self { graph, live, strays, tiers, targets: None })
    }

    /// Reads only what `sources` name; returns the addresses of those that do not stand as the stack's own.
    ///
    /// # Errors
    /// Any read's.
    pub async fn glance(
        graph: Graph,
        sources: &[Edge],
        tiers: &'static [&'static [Kind]],
        cx: &Cx<'_>,
    ) -> Result<(Self, Vec<String>), ReadError> {
        let reads = graph.nodes.iter().enumerate().map(|(index, node)| async move {
            let named = sources.iter().any(|edge| edge.index() == index);
            if named { observe(node.as_ref(), cx).await } else { Ok(None) }
        });
        let live = reads::all(reads).await?;
        let absent = |edge: &&Edge| !graph.nodes[edge.index()].is_ours(live[edge.index()].as_ref());
        let missing =
            sources.iter().filter(absent).map(|edge| graph.nodes[edge.index()].label().address.clone());
        let missing = missing.collect();
        Ok((Self { graph, live, strays: Vec::new(), tiers, targets: None }, missing))
    }

    /// Confines what follows to the resources at `addresses` and what they need; no addresses mean everything.
    ///
    /// # Errors
    /// There is none at one of them.
    pub fn confine(&mut self, addresses: &[String]) -> Result<(), UnknownTarget> {
        if !addresses.is_empty() {
            self.targets = Some(Targets::find(&self.graph, &self.strays, addresses)?);
        }
        Ok(())
    }

    /// Decides how to make what stands equal to what is wanted.
    #[must_use]
    pub fn changes(self, aws: &Aws, consent: &Consent) -> Work {
        let Self { graph, mut live, mut strays, tiers, targets } = self;
        let (mut plan, mut stores, mut jobs) = (Plan::default(), Stores::default(), Vec::new());
        let stack =
            mark::roll(graph.nodes.iter().map(|node| format!("{} {}", node.kind(), node.id())), mark::BYTES);
        let mut evidence = Vec::new();
        for (index, (node, live)) in graph.nodes.iter().zip(&mut live).enumerate() {
            if node.label().vanishes_with.is_some_and(|parent| plan.replaces(parent.index())) {
                *live = None; // it will be gone by then
            }
            let Verdict { mut step, refusal, evidence: own } = node.step(live.as_ref(), aws, &mut stores);
            let left_out = targets.as_ref().is_some_and(|targets| targets.nodes.get(index) != Some(&true));
            if left_out {
                step = step.leave_out();
            } else {
                plan.refusals.extend(refusal);
            }
            let seal = Seal { spec: own.spec.clone(), stack: stack.clone() };
            jobs.push(Job { action: step.action.clone(), seal, left_out });
            plan.steps.push(step);
            evidence.push(own);
        }
        mark::judge(&mut plan.steps, &evidence, &stack);
        if let Some(targets) = &targets {
            strays.retain(|stray| targets.names(&stray.address()));
        }
        plan.spec = mark::roll(evidence.iter().map(|one| one.spec.clone()).chain([stack]), 32);
        let removals = removals(&mut plan, strays, tiers, consent);
        Work { plan, graph, jobs, live, removals, store: stores.known }
    }

    /// Decides how to remove all that the stack owns and may remove.
    #[must_use]
    pub fn removal(self, consent: &Consent) -> Work {
        let Self { graph, live, strays, tiers, .. } = self;
        let standing = graph.nodes.iter().zip(live);
        let standing = standing.filter_map(|(node, live)| node.standing(live?));
        let all = standing.chain(strays).filter(|stray| stray.nature() != Nature::Child).collect();
        let mut plan = Plan::default();
        let removals = removals(&mut plan, all, tiers, consent);
        let (graph, jobs, live, store) = (Graph::default(), Vec::new(), Vec::new(), Store::default());
        Work { plan, graph, jobs, live, removals, store }
    }
}

impl Work {
    /// The attributes of `deps`, as far as they can be told before anything is done.
    pub fn attrs<D: Deps>(&self, deps: &D) -> D::Attrs {
        settled(deps, &self.store)
    }
}

/// Reads one resource; a failure says which.
async fn observe(node: &dyn Node, cx: &Cx<'_>) -> Result<Option<Erased>, ReadError> {
    node.observe(cx).await.map_err(|error| {
        let Label { address, span, .. } = node.label();
        ReadError { error, address: Some(address.clone()), span: *span, others: Vec::new() }
    })
}

/// Plans the removals, the last made first.
fn removals(
    plan: &mut Plan,
    mut strays: Vec<Box<dyn Stray>>,
    tiers: &[&[Kind]],
    consent: &Consent,
) -> Vec<Vec<Box<dyn Stray>>> {
    let mut groups = Vec::new();
    for tier in tiers.iter().rev() {
        let (group, rest): (Vec<_>, Vec<_>) =
            strays.into_iter().partition(|stray| tier.iter().any(|kind| kind.name == stray.kind()));
        strays = rest;
        let group: Vec<_> =
            group.into_iter().filter(|stray| plan_removal(plan, stray.as_ref(), consent)).collect();
        if !group.is_empty() {
            groups.push(group);
        }
    }
    groups
}

/// Adds a resource to remove, if it may go; a stuck or protected one stands in the way of the whole plan.
fn plan_removal(plan: &mut Plan, stray: &dyn Stray, consent: &Consent) -> bool {
    let (kind, id, address) = (stray.kind(), stray.id().to_owned(), stray.address());
    let stays = match stray.nature() {
        Nature::Shared => Some(KeepReason::Shared),
        Nature::Data if !consent.allows(&address) => Some(KeepReason::HoldsData),
        _ => None,
    };
    if let Some(why) = stays {
        plan.kept.push(Kept { kind, id, why });
        return false;
    }
    if stray.protected() {
        plan.refusals.push(protected(&address, "removed", None));
    } else if let Some(why) = stray.stuck() {
        plan.refusals.push(stuck(&address, why, None));
    }
    let action = Action::Delete { changes: losses(stray) };
    let holds_data = stray.nature() == Nature::Data;
    plan.steps.push(Step {
        address,
        kind,
        id,
        action,
        before: Some(stray.props()),
        after: None,
        origin: Some(Origin::Change),
        holds_data,
        span: None,
        warning: None,
        left_out: false,
    });
    true
}
