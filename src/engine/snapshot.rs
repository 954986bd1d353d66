//! Reads all live resources of a stack once, and plans changes or removal from them.
use futures_util::{FutureExt, TryFutureExt};

use super::{
    graph::Graph,
    handle::{AttributeStore, Deps, Edge, ErasedValue, settled_attributes},
    last_applied::{self, SpecDigests},
    loss::Loss,
    node::{Decision, GraphNode, KnownAttributes, NodeLabel, NodePlan},
    origin::Origin,
    orphan::{Orphan, ReadPurpose, ResourceKind, find_orphans, removal_changes},
    plan::{
        Action, Consent, DriftStatus, KeepReason, KeptOrphan, Plan, Step, blocked_refusal, protected_refusal,
    },
    reads::{self, ReadError},
    resource::RemovalClass,
    target::{Targets, UnknownTarget},
};
use crate::aws::{Aws, Cx};

/// Snapshot of the stack's live resources and orphans.
pub struct Snapshot {
    graph: Graph,
    live: Vec<Option<ErasedValue>>,
    orphans: Vec<Box<dyn Orphan>>,
    tiers: &'static [&'static [ResourceKind]],
    targets: Option<Targets>,
}

/// A plan, with all that is needed to apply it.
pub struct ExecutablePlan {
    /// The plan.
    pub plan: Plan,
    pub(super) graph: Graph,
    pub(super) node_plans: Vec<NodePlan>,
    pub(super) live: Vec<Option<ErasedValue>>,
    /// Groups of orphans to delete, one group after the other.
    pub(super) removals: Vec<Vec<Box<dyn Orphan>>>,
    pub(super) known_attributes: AttributeStore,
}

/// Result of one of the concurrent reads.
enum ReadOutcome {
    Resource(Option<ErasedValue>),
    Orphans(Vec<Box<dyn Orphan>>),
}

impl Snapshot {
    /// Captures every live resource of `graph` and every orphan, all at once.
    ///
    /// # Errors
    /// Any error of a read; nothing is taken for absent because it could not be read.
    pub async fn capture(
        graph: Graph,
        tiers: &'static [&'static [ResourceKind]],
        cx: &Cx<'_>,
    ) -> Result<Self, ReadError> {
        Self::read_all(graph, tiers, ReadPurpose::Comparison, cx).await
    }

    /// Captures the same as far as [`Self::plan_removal`] goes by it, in fewer calls.
    ///
    /// # Errors
    /// Any error of a read; nothing is taken for absent because it could not be read.
    pub async fn capture_for_removal(
        graph: Graph,
        tiers: &'static [&'static [ResourceKind]],
        cx: &Cx<'_>,
    ) -> Result<Self, ReadError> {
        Self::read_all(graph, tiers, ReadPurpose::Removal, cx).await
    }

    async fn read_all(
        graph: Graph,
        tiers: &'static [&'static [ResourceKind]],
        purpose: ReadPurpose,
        cx: &Cx<'_>,
    ) -> Result<Self, ReadError> {
        let nodes = &graph.nodes;
        let claimed = |kind: &str, id: &str| nodes.iter().any(|node| node.kind() == kind && node.id() == id);
        let observed = nodes
            .iter()
            .map(|node| observe_node(node.as_ref(), purpose, cx).map_ok(ReadOutcome::Resource).boxed_local());
        let of_nothing = |error| ReadError { error, address: None, span: None, others: Vec::new() };
        let beyond = find_orphans(tiers, cx, purpose, claimed)
            .map_err(of_nothing)
            .map_ok(ReadOutcome::Orphans)
            .boxed_local();
        let (mut live, mut orphans) = (Vec::new(), Vec::new());
        for read in reads::await_all_reads(observed.chain([beyond])).await? {
            match read {
                ReadOutcome::Resource(one) => live.push(one),
                ReadOutcome::Orphans(all) => orphans = all,
            }
        }
        let claimed = |orphan: &dyn Orphan| {
            let id = orphan.physical_id();
            let mut nodes = graph.nodes.iter().zip(&live);
            id.is_some()
                && nodes
                    .any(|(node, live)| node.kind() == orphan.kind() && node.physical_id(live.as_ref()) == id)
        };
        // A resource that the spec gives another name is listed under the one that it still goes by.
        orphans.retain(|orphan| !claimed(orphan.as_ref()));
        Ok(Self { graph, live, orphans, tiers, targets: None })
    }

    /// Reads only the resources in `sources`; returns the addresses of those not live or not owned by the stack.
    ///
    /// # Errors
    /// Any error of a read.
    pub async fn of_outputs(
        graph: Graph,
        sources: &[Edge],
        tiers: &'static [&'static [ResourceKind]],
        cx: &Cx<'_>,
    ) -> Result<(Self, Vec<String>), ReadError> {
        let reads = graph.nodes.iter().enumerate().map(|(index, node)| async move {
            let named = sources.iter().any(|edge| edge.index() == index);
            if named { observe_node(node.as_ref(), ReadPurpose::Comparison, cx).await } else { Ok(None) }
        });
        let live = reads::await_all_reads(reads).await?;
        let absent = |edge: &&Edge| !graph.nodes[edge.index()].is_owned(live[edge.index()].as_ref());
        let missing =
            sources.iter().filter(absent).map(|edge| graph.nodes[edge.index()].label().address.clone());
        let missing = missing.collect();
        Ok((Self { graph, live, orphans: Vec::new(), tiers, targets: None }, missing))
    }

    /// Limits the plan to the resources at `addresses` and their dependencies; no addresses mean everything.
    ///
    /// # Errors
    /// No resource is at one of the addresses.
    pub fn limit_to_targets(&mut self, addresses: &[String]) -> Result<(), UnknownTarget> {
        if !addresses.is_empty() {
            self.targets = Some(Targets::resolve(&self.graph, &self.orphans, addresses)?);
        }
        Ok(())
    }

    /// Plans the changes that bring the live resources to the desired configuration.
    #[must_use]
    pub fn plan_changes(self, aws: &Aws, consent: &Consent) -> ExecutablePlan {
        let Self { graph, mut live, mut orphans, tiers, targets } = self;
        let (mut plan, mut stores, mut node_plans) =
            (Plan::default(), KnownAttributes::default(), Vec::new());
        let stack = last_applied::stack_digest(
            graph.nodes.iter().map(|node| format!("{} {}", node.kind(), node.id())),
            last_applied::BYTES,
        );
        let mut evidence = Vec::new();
        for (index, (node, live)) in graph.nodes.iter().zip(&mut live).enumerate() {
            if node.label().vanishes_with.is_some_and(|parent| plan.replaces_step(parent.index())) {
                *live = None; // it will be gone by then
            }
            let Decision { mut step, refusal, evidence: own, hidden } =
                node.plan_step(live.as_ref(), aws, &mut stores, consent);
            let left_out = targets.as_ref().is_some_and(|targets| targets.nodes.get(index) != Some(&true));
            if left_out {
                step = step.leave_out();
            } else {
                plan.refusals.extend(refusal);
                plan.hidden.append(hidden);
            }
            let spec_digests =
                SpecDigests { spec_digest: own.spec_digest.clone(), stack_digest: stack.clone() };
            let origin = graph.origin.as_ref();
            let recorded = own.last_applied.as_ref().and_then(|mark| mark.origin.as_deref());
            if step.action.verb().is_some() {
                plan.other_origins.extend(origin.and_then(|origin| origin.other(recorded)));
            }
            let origin = origin.map(|origin| origin.name().to_owned());
            node_plans.push(NodePlan {
                action: step.action.clone(),
                digests: spec_digests,
                origin,
                left_out,
            });
            plan.steps.push(step);
            evidence.push(own);
        }
        last_applied::judge_drift(&mut plan.steps, &evidence, &stack);
        if let Some(targets) = &targets {
            orphans.retain(|orphan| targets.includes_orphan(&orphan.address()));
        }
        plan.spec =
            last_applied::stack_digest(evidence.iter().map(|one| one.spec_digest.clone()).chain([stack]), 32);
        let removals = plan_removals(&mut plan, orphans, tiers, (consent, graph.origin.as_ref()));
        ExecutablePlan { plan, graph, node_plans, live, removals, known_attributes: stores.actual }
    }

    /// Plans the removal of everything that the stack owns and may remove.
    #[must_use]
    pub fn plan_removal(self, consent: &Consent) -> ExecutablePlan {
        let Self { graph, live, orphans, tiers, .. } = self;
        let standing = graph.nodes.iter().zip(live);
        let standing = standing.filter_map(|(node, live)| node.to_orphan(live?));
        let all =
            standing.chain(orphans).filter(|orphan| orphan.removal_class() != RemovalClass::Child).collect();
        let mut plan = Plan::default();
        let removals = plan_removals(&mut plan, all, tiers, (consent, graph.origin.as_ref()));
        // Whoever removes the whole stack has said so: only data, and what others applied, wants another word.
        for step in plan.steps.iter_mut().filter(|step| step.loses == Some(Loss::Url)) {
            step.loses = None;
        }
        let (graph, node_plans, live, store) =
            (Graph::default(), Vec::new(), Vec::new(), AttributeStore::default());
        ExecutablePlan { plan, graph, node_plans, live, removals, known_attributes: store }
    }
}

impl ExecutablePlan {
    /// Returns the attributes of `deps`, as far as they are known before apply.
    pub fn attrs<D: Deps>(&self, deps: &D) -> D::Attrs {
        settled_attributes(deps, &self.known_attributes)
    }
}

/// Observes one resource; an error names the resource.
async fn observe_node(
    node: &dyn GraphNode,
    purpose: ReadPurpose,
    cx: &Cx<'_>,
) -> Result<Option<ErasedValue>, ReadError> {
    node.observe(purpose, cx).await.map_err(|error| {
        let NodeLabel { address, span, .. } = node.label();
        ReadError { error, address: Some(address.clone()), span: *span, others: Vec::new() }
    })
}

/// Plans the removals in reverse order of creation.
fn plan_removals(
    plan: &mut Plan,
    mut orphans: Vec<Box<dyn Orphan>>,
    tiers: &[&[ResourceKind]],
    terms: (&Consent, Option<&Origin>),
) -> Vec<Vec<Box<dyn Orphan>>> {
    let mut groups = Vec::new();
    for tier in tiers.iter().rev() {
        let (group, rest): (Vec<_>, Vec<_>) =
            orphans.into_iter().partition(|orphan| tier.iter().any(|kind| kind.name == orphan.kind()));
        orphans = rest;
        let group: Vec<_> =
            group.into_iter().filter(|orphan| plan_removal(plan, orphan.as_ref(), terms)).collect();
        if !group.is_empty() {
            groups.push(group);
        }
    }
    groups
}

/// Adds a step that deletes an orphan, if it may go; a blocked or protected one makes the whole plan refused.
fn plan_removal(
    plan: &mut Plan,
    orphan: &dyn Orphan,
    (consent, origin): (&Consent, Option<&Origin>),
) -> bool {
    let (kind, id, address) = (orphan.kind(), orphan.id().to_owned(), orphan.address());
    let stays = match (orphan.removal_class(), orphan.doubt()) {
        (RemovalClass::Shared, _) => Some(KeepReason::Shared),
        (_, Some(KeepReason::Contested)) => Some(KeepReason::Contested),
        (_, Some(doubt)) if !consent.names(&address) => Some(doubt),
        (RemovalClass::Locked, _) => Some(KeepReason::DeletionProtected),
        (RemovalClass::Data, _) if !consent.allows(&address) => Some(KeepReason::HoldsData),
        _ => None,
    };
    if let Some(why) = stays {
        plan.kept.push(KeptOrphan { kind, id, why });
        return false;
    }
    if orphan.is_protected() {
        plan.refusals.push(protected_refusal(&address, "removed", None));
    } else if let Some(why) = orphan.blocked_by() {
        plan.refusals.push(blocked_refusal(&address, why, None));
    }
    let action = Action::Delete { changes: removal_changes(orphan) };
    let holds_data = orphan.removal_class().holds_data();
    let before = orphan.props();
    plan.hidden.add(&address, "before", &orphan.document(), &before);
    plan.steps.push(Step {
        address,
        kind,
        id,
        action,
        before: Some(before),
        after: None,
        drift_status: Some(DriftStatus::SpecChanged),
        holds_data,
        span: None,
        warning: None,
        takes_over: None,
        loses: others_loss(orphan, origin).or_else(|| orphan.loss()),
        left_out: false,
    });
    true
}

/// Returns the loss of what another project applied under the name of the stack.
fn others_loss(orphan: &dyn Orphan, origin: Option<&Origin>) -> Option<Loss> {
    let origin = origin?;
    let theirs = origin.other(orphan.origin().as_deref())?;
    Some(Loss::Others { theirs, ours: origin.name().to_owned() })
}
