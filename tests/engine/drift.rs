//! Who moved since the last apply: AWS, the spec, or both.
use copilot_infra::{
    aws::tags::{APPLIED, Owner},
    engine::{DriftStatus, Graph, NodeLabel, Verb},
    redact::Redactor,
};

use super::{
    plain, single,
    toy::{self, Bench, Child, add, add_as, cloud},
    writes,
};

async fn origin(bench: &Bench, graph: Graph) -> Option<DriftStatus> {
    bench.plan(graph).await.plan.steps[0].drift_status
}

fn moved(size: u32) {
    cloud(|cloud| cloud.rows.get_mut("one").unwrap().size = size);
}

#[tokio::test(start_paused = true)]
async fn a_plan_tells_drift_from_change() {
    let bench = Bench::new();
    assert_eq!(origin(&bench, single("one", 1, 1)).await, Some(DriftStatus::SpecChanged), "it is new");
    bench.apply(single("one", 1, 1)).await;
    assert_eq!(origin(&bench, single("one", 1, 1)).await, None);
    assert_eq!(origin(&bench, single("one", 1, 2)).await, Some(DriftStatus::SpecChanged));
    moved(7);
    assert_eq!(origin(&bench, single("one", 1, 1)).await, Some(DriftStatus::Drifted));
    assert_eq!(origin(&bench, single("one", 1, 2)).await, Some(DriftStatus::Both));
    assert_eq!(
        origin(&bench, single("one", 2, 1)).await,
        Some(DriftStatus::Both),
        "replacements are told too"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_mended_or_changed_is_known_again() {
    let bench = Bench::new();
    bench.apply(single("one", 1, 1)).await;
    moved(7);
    bench.apply(single("one", 1, 1)).await;
    assert_eq!(origin(&bench, single("one", 1, 2)).await, Some(DriftStatus::SpecChanged));
    bench.apply(single("one", 1, 2)).await;
    moved(7);
    assert_eq!(origin(&bench, single("one", 1, 2)).await, Some(DriftStatus::Drifted));
}

#[tokio::test(start_paused = true)]
async fn the_mark_is_no_difference_and_costs_no_call() {
    let bench = Bench::new();
    bench.apply(single("one", 1, 1)).await;
    assert_eq!(writes(), ["create one", "update one"], "as without a mark");
    for foreign in [None, Some("1.a.b.c"), Some("of another version")] {
        cloud(|cloud| {
            let tags = cloud.tags.get_mut("one").unwrap();
            tags.remove(APPLIED);
            tags.extend(foreign.map(|text| (APPLIED.to_owned(), text.to_owned())));
        });
        let work = bench.plan(single("one", 1, 1)).await;
        assert!(work.plan.is_empty(), "{foreign:?}");
        assert!(
            !serde_json::to_string(&work.plan.steps).unwrap().contains(APPLIED),
            "a plan is not about it"
        );
        assert!(bench.apply(single("one", 1, 1)).await.is_complete());
        assert_eq!(writes(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_mark_it_cannot_be_told() {
    let bench = Bench::new();
    super::place("one", "toy/plain", Owner::ThisStack, None);
    assert_eq!(origin(&bench, single("one", 1, 2)).await, Some(DriftStatus::Unknown));
}

#[tokio::test(start_paused = true)]
async fn what_was_removed_by_hand_is_drift_and_what_is_new_is_not() {
    let bench = Bench::new();
    let pair = |second: &str| {
        let mut graph = Graph::default();
        add(&mut graph, plain(second), &[]);
        add(&mut graph, plain("one"), &[]);
        graph
    };
    bench.apply(pair("two")).await;
    assert_eq!(origin(&bench, pair("three")).await, Some(DriftStatus::SpecChanged));
    cloud(|cloud| cloud.rows.remove("two"));
    assert_eq!(origin(&bench, pair("two")).await, Some(DriftStatus::Drifted));
}

#[tokio::test(start_paused = true)]
async fn what_the_spec_removed_and_asks_for_again_is_not_called_drift() {
    let bench = Bench::new();
    let stack = |names: &[&str], size: u32| {
        let mut graph = Graph::default();
        for name in names {
            add_as(&mut graph, NodeLabel::default(), plain(name), &[], 1, size);
        }
        graph
    };
    let whole = ["two", "three", "one"];
    bench.apply(stack(&whole, 1)).await;
    let mut changed = stack(&["three"], 1);
    add_as(&mut changed, NodeLabel::default(), plain("one"), &[], 1, 2);
    cloud(|cloud| cloud.rows.remove("two"));
    bench.apply(changed).await;
    assert_eq!(origin(&bench, stack(&whole, 1)).await, Some(DriftStatus::Unknown));
    let mut plan = bench.plan(stack(&whole, 1)).await.plan;
    plan.retain_drift();
    assert_eq!(plan.count_steps(Verb::Create), 1, "who looks for drift is told of what may be drift");
}

#[tokio::test(start_paused = true)]
async fn what_takes_no_tags_is_judged_by_its_parent() {
    let bench = Bench::new();
    let family = |parent_size: u32, child_size: u32| {
        let mut graph = Graph::default();
        let parent = add_as(&mut graph, NodeLabel::default(), plain("one"), &[], 1, parent_size);
        let label = NodeLabel { parent: Some(parent.edge()), ..NodeLabel::default() };
        add_as(&mut graph, label, toy::Toy("leaf".into()) as Child, &[parent], 1, child_size);
        graph
    };
    let leaf = async |graph| bench.plan(graph).await.plan.steps[1].drift_status;
    bench.apply(family(1, 1)).await;
    assert!(cloud(|cloud| !cloud.tags["leaf"].contains_key(APPLIED)));
    assert_eq!(leaf(family(2, 2)).await, Some(DriftStatus::SpecChanged));
    cloud(|cloud| cloud.rows.get_mut("leaf").unwrap().size = 7);
    assert_eq!(leaf(family(1, 1)).await, Some(DriftStatus::Drifted));
}

#[tokio::test(start_paused = true)]
async fn only_drift_leaves_out_what_the_spec_changed() {
    let bench = Bench::new();
    bench.apply(single("one", 1, 1)).await;
    let mut plan = bench.plan(single("one", 1, 2)).await.plan;
    plan.retain_drift();
    assert!(plan.is_empty());
    moved(7);
    let mut plan = bench.plan(single("one", 1, 1)).await.plan;
    plan.retain_drift();
    assert!(!plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn hidden_values_are_in_no_mark() {
    let bench = Bench::new();
    let redacted = |hides: bool| {
        let mut graph = Graph::default();
        let redactor = Redactor::new(move |at| hides && at == "/secret");
        add_as(
            &mut graph,
            NodeLabel { redactor: Some(redactor), ..NodeLabel::default() },
            plain("one"),
            &[],
            1,
            1,
        );
        graph
    };
    let mut marks = Vec::new();
    for hides in [true, false] {
        cloud(|cloud| cloud.rows.clear());
        bench.apply(redacted(hides)).await;
        marks.push(cloud(|cloud| cloud.tags["one"][APPLIED].clone()));
    }
    assert_ne!(marks[0], marks[1], "one of them is made without the value");
}

#[tokio::test(start_paused = true)]
async fn what_was_applied_before_marks_were_kept_is_not_called_drift() {
    let bench = Bench::new();
    bench.apply(single("one", 1, 1)).await;
    cloud(|cloud| cloud.tags.get_mut("one").unwrap().remove(APPLIED));
    moved(7);
    let mut plan = bench.plan(single("one", 1, 1)).await.plan;
    assert_eq!(plan.steps[0].drift_status, Some(DriftStatus::Unknown));
    plan.retain_drift();
    assert!(plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_the_spec_drops_and_then_hides_is_still_the_specs_change() {
    let bench = Bench::new();
    let tagged = |tag: Option<&'static str>| {
        let mut graph = Graph::default();
        // As for an environment, of which only what the spec itself names is known to be no secret.
        let redactor = Redactor::new(move |at| tag.is_none() && at == "/tags/team");
        let label = NodeLabel { address: "one".into(), redactor: Some(redactor), ..NodeLabel::default() };
        graph.add(label, plain("one"), (), move |()| toy::Props {
            tags: tag.map(|tag| ("team".to_owned(), tag.to_owned())).into_iter().collect(),
            ..toy::props(1, 1, String::new().into())
        });
        graph
    };
    bench.apply(tagged(Some("blue"))).await;
    assert_eq!(origin(&bench, tagged(None)).await, Some(DriftStatus::SpecChanged));
    moved(7);
    assert_eq!(origin(&bench, tagged(None)).await, Some(DriftStatus::Both));
}
