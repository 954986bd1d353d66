//! The engine with toy kinds: order, concurrency, skipping, interruption, refusals, convergence.
#![expect(clippy::disallowed_methods, reason = "time is virtual here")]
mod drift;
mod links;
mod rails;
mod removals;
mod toy;
mod waits;

use std::sync::Mutex;

use copilot_infra::{
    aws::{Error, tags::Owner},
    engine::{Action, Graph, NodeLabel, Outcome, Report, StepEvent},
    redact::{REDACTED, Redactor},
};
use proptest::prelude::*;
use toy::{Bench, Child, Data, Plain, Row, add, add_as, cloud};

fn plain(name: &str) -> Plain {
    toy::Toy(name.into())
}

fn data(name: &str) -> Data {
    toy::Toy(name.into())
}

/// `base`, and `left` and `right` that need it, and `top` that needs both.
fn diamond() -> Graph {
    let mut graph = Graph::default();
    let base = add(&mut graph, plain("base"), &[]);
    let left = add(&mut graph, plain("left"), &[base]);
    let right = add(&mut graph, plain("right"), &[base]);
    add(&mut graph, plain("top"), &[left, right]);
    graph
}

fn child(name: &str) -> Child {
    toy::Toy(name.into())
}

fn single(name: &str, shape: u32, size: u32) -> Graph {
    let mut graph = Graph::default();
    add_as(&mut graph, NodeLabel::default(), plain(name), &[], shape, size);
    graph
}

fn writes() -> Vec<String> {
    cloud(|cloud| std::mem::take(&mut cloud.writes))
}

fn done(report: &Report) -> Vec<&str> {
    let done = report.steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
    done.map(|(step, _)| step.address.as_str()).collect()
}

fn place(name: &str, kind: &'static str, holder: Owner, stuck: Option<&str>) {
    let row = Row { holder, stuck: stuck.map(Into::into), ..Row::ours(kind, 1, 1) };
    cloud(|cloud| cloud.rows.insert(name.into(), row));
}

#[tokio::test(start_paused = true)]
async fn after_apply_the_plan_is_empty_and_nothing_is_written() {
    let bench = Bench::new();
    assert!(bench.apply(diamond()).await.is_complete());
    assert_eq!(writes().len(), 8, "each is made bare, then completed");
    let work = bench.plan(diamond()).await;
    assert!(work.plan.is_empty());
    assert!(bench.carry_out(work, &|_: &StepEvent<'_>| {}).await.steps.is_empty());
    assert_eq!(writes(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_is_needed_comes_first_and_siblings_run_together() {
    let bench = Bench::new();
    bench.apply(diamond()).await;
    let order = writes();
    let at = |call: &str| order.iter().position(|one| one == call).unwrap();
    assert!(at("update base") < at("create left"));
    assert!(at("update left") < at("create top") && at("update right") < at("create top"));
    assert_eq!(cloud(|cloud| cloud.busiest), 2);
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_once_than_allowed() {
    let mut bench = Bench::new();
    bench.parallel = 1;
    assert!(bench.apply(diamond()).await.is_complete());
    assert_eq!(cloud(|cloud| cloud.busiest), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_skips_what_needs_it_and_the_next_run_carries_on() {
    let bench = Bench::new();
    cloud(|cloud| cloud.broken.push("left".into()));
    let report = bench.apply(diamond()).await;
    assert_eq!(done(&report), ["base", "right"]);
    assert!(matches!(&report.steps[1].1, Outcome::Failed(Error::InvalidState(_))));
    assert!(matches!(&report.steps[3].1, Outcome::Skipped(why) if why == "it needs `left`"));

    cloud(|cloud| cloud.broken.clear());
    writes();
    assert!(bench.apply(diamond()).await.is_complete());
    assert_eq!(writes(), ["create left", "update left", "create top", "update top"]);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_starts_nothing_new_and_finishes_what_runs() {
    let bench = Bench::new();
    let trigger = std::sync::Arc::clone(&bench.trigger);
    let work = bench.plan(diamond()).await;
    let report = bench
        .carry_out(work, &|event: &StepEvent<'_>| {
            if matches!(event, StepEvent::Started { address: "base", .. }) {
                trigger.raise_urgency();
            }
        })
        .await;
    assert_eq!(done(&report), ["base"]);
    assert_eq!(writes(), ["create base", "update base"]);
    let skipped = report.steps.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Skipped(_)));
    assert_eq!(skipped.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_difference_replaces_and_any_other_updates() {
    let bench = Bench::new();
    bench.apply(single("one", 1, 1)).await;
    let grown = bench.plan(single("one", 1, 2)).await;
    assert!(
        matches!(&grown.plan.steps[0].action, Action::Update { changes } if &*changes[0].pointer == "/size")
    );
    let work = bench.plan(single("one", 2, 1)).await;
    let Action::Replace { forced_by, .. } = &work.plan.steps[0].action else { panic!("not replaced") };
    assert_eq!(forced_by, &["/shape".into()]);
    writes();
    bench.carry_out(work, &|_: &StepEvent<'_>| {}).await;
    assert_eq!(writes(), ["delete one", "create one", "update one"]);
}

#[tokio::test(start_paused = true)]
async fn what_vanishes_with_a_replaced_parent_is_made_again() {
    let family = |shape| {
        let mut graph = Graph::default();
        let parent = add_as(&mut graph, NodeLabel::default(), plain("parent"), &[], shape, 1);
        let label = NodeLabel { vanishes_with: Some(parent.edge()), ..NodeLabel::default() };
        add_as(&mut graph, label, child("child"), &[parent], 1, 1);
        graph
    };
    let bench = Bench::new();
    bench.apply(family(1)).await;
    writes();
    let vanish = |event: &StepEvent<'_>| {
        if matches!(event, StepEvent::Waiting { address: "parent", .. }) {
            cloud(|cloud| cloud.rows.remove("child"));
        }
    };
    let work = bench.plan(family(2)).await;
    assert!(bench.carry_out(work, &vanish).await.is_complete());
    let expected = ["delete parent", "create parent", "update parent", "create child", "update child"];
    assert_eq!(writes(), expected);
    assert!(bench.plan(family(2)).await.plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_leaves_the_graph_goes_last_and_data_only_with_the_word() {
    let bench = Bench::new();
    place("old", "toy/plain", Owner::ThisStack, None);
    place("archive", "toy/data", Owner::ThisStack, None);
    let work = bench.plan(single("new", 1, 1)).await;
    assert_eq!(work.plan.kept.iter().map(|kept| kept.id.as_str()).collect::<Vec<_>>(), ["archive"]);
    assert!(bench.carry_out(work, &|_: &StepEvent<'_>| {}).await.is_complete());
    assert_eq!(writes(), ["create new", "update new", "delete old"]);
    assert!(bench.plan(single("new", 1, 1)).await.plan.is_empty(), "kept data is no change");

    let work = bench.plan_with_data(single("new", 1, 1)).await;
    bench.carry_out(work, &|_: &StepEvent<'_>| {}).await;
    assert_eq!(writes(), ["delete archive"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_removed_while_anything_is_unfinished() {
    let bench = Bench::new();
    place("old", "toy/plain", Owner::ThisStack, None);
    cloud(|cloud| cloud.broken.push("new".into()));
    assert!(!bench.apply(single("new", 1, 1)).await.is_complete());
    assert!(cloud(|cloud| cloud.rows.contains_key("old")));
}

#[tokio::test(start_paused = true)]
async fn other_owners_are_refused_with_a_remedy_and_never_listed() {
    let bench = Bench::new();
    let foreign = [Owner::Unowned, Owner::OtherStack("theirs".into()), Owner::CloudFormation("Cdk".into())];
    for holder in foreign {
        place("one", "toy/plain", holder.clone(), None);
        place("theirs", "toy/plain", holder.clone(), None);
        let work = bench.plan(single("one", 1, 1)).await;
        assert_eq!(work.plan.refusals.len(), 1, "{holder:?}");
        assert!(work.plan.refusals[0].hint.is_some());
        assert_eq!(work.plan.steps.len(), 1, "a stray of another owner is not ours to plan for");
    }
}

#[tokio::test(start_paused = true)]
async fn what_aws_made_under_our_name_is_taken_over() {
    let bench = Bench::new();
    place("one", "toy/plain", Owner::Unowned, None);
    let mut graph = Graph::default();
    add_as(&mut graph, NodeLabel { adopts: true, ..NodeLabel::default() }, plain("one"), &[], 1, 2);
    let work = bench.plan(graph).await;
    assert!(work.plan.refusals.is_empty());
    assert!(bench.carry_out(work, &|_: &StepEvent<'_>| {}).await.is_complete());
    assert_eq!(cloud(|cloud| cloud.rows["one"].holder.clone()), Owner::ThisStack);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_an_error_and_never_absent() {
    let bench = Bench::new();
    cloud(|cloud| cloud.unreadable.push("one".into()));
    assert!(bench.read(single("one", 1, 1)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_is_stuck_stops_a_removal_before_it_starts() {
    let bench = Bench::new();
    place("one", "toy/plain", Owner::ThisStack, Some("it is protected"));
    place("two", "toy/plain", Owner::ThisStack, None);
    let work = bench.read(diamond()).await.unwrap().plan_removal(&toy::all());
    assert_eq!(work.plan.refusals.len(), 1);
    assert!(work.plan.refusals[0].message.contains("it is protected"));
}

#[tokio::test(start_paused = true)]
async fn a_removal_goes_backwards_through_the_tiers() {
    let bench = Bench::new();
    let mut graph = Graph::default();
    let base = add(&mut graph, data("store"), &[]);
    let top = add(&mut graph, plain("user"), &[base]);
    add(&mut graph, child("leaf"), &[top]);
    assert!(bench.apply(graph).await.is_complete());
    writes();
    let mut graph = Graph::default();
    add(&mut graph, data("store"), &[]);
    let work = bench.read(graph).await.unwrap().plan_removal(&toy::all());
    assert!(bench.carry_out(work, &|_: &StepEvent<'_>| {}).await.is_complete());
    assert_eq!(writes(), ["delete user", "delete store"]);
}

#[tokio::test(start_paused = true)]
async fn redacted_values_are_nowhere_in_a_plan() {
    let bench = Bench::new();
    let redacted = || {
        let mut graph = Graph::default();
        let redactor = Redactor::new(|at| at == "/secret");
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
    let work = bench.plan(redacted()).await;
    let text = serde_json::to_string(&work.plan.steps).unwrap();
    assert!(text.contains(REDACTED) && !text.contains("hush"), "{text}");
    assert!(
        bench.carry_out(work, &|_: &StepEvent<'_>| {}).await.is_complete(),
        "the redactor is for eyes only"
    );
    cloud(|cloud| cloud.rows.get_mut("one").unwrap().secret = "leaked".into());
    let plan = bench.plan(redacted()).await.plan;
    let Action::Update { changes } = &plan.steps[0].action else { panic!("{:?}", plan.steps) };
    let [change] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!(change.before, Some(REDACTED.into()));
    assert_eq!(change.after, Some(REDACTED.into()));
    let before = plan.steps[0].before.as_ref().unwrap();
    assert_eq!((&before["secret"], &before["size"]), (&REDACTED.into(), &1.into()), "the rest is shown");
}

#[tokio::test(start_paused = true)]
async fn tasks_tell_what_waits_for_what_past_everything_that_stays() {
    let bench = Bench::new();
    let mut graph = Graph::default();
    let base = add(&mut graph, plain("base"), &[]);
    let left = add(&mut graph, plain("left"), &[base]);
    add(&mut graph, plain("old"), &[left]);
    bench.apply(graph).await;
    cloud(|cloud| cloud.rows.get_mut("base").unwrap().size = 5);
    let tasks = bench.plan(diamond()).await.list_tasks();
    let tasks: Vec<_> = tasks.iter().map(|task| (task.address.as_str(), task.needs.as_slice())).collect();
    let expected: [(&str, &[usize]); 4] =
        [("base", &[]), ("right", &[0]), ("top", &[0, 1]), ("toy/plain/old", &[0, 1, 2])];
    assert_eq!(tasks, expected);
}

#[tokio::test(start_paused = true)]
async fn events_tell_what_was_done() {
    let bench = Bench::new();
    let told = Mutex::new(Vec::new());
    let work = bench.plan(single("one", 1, 1)).await;
    bench
        .carry_out(work, &|event: &StepEvent<'_>| {
            told.lock().unwrap().push(match event {
                StepEvent::Started { address, .. } => format!("started {address}"),
                StepEvent::Waiting { address, what } => format!("{address} waits for {what}"),
                StepEvent::Done { address, took, .. } => format!("done {address} {}s", took.as_secs()),
                other => format!("{other:?}"),
            });
        })
        .await;
    assert_eq!(*told.lock().unwrap(), ["started one", "one waits for room", "done one 2s"]);
}

proptest! {
    /// Whatever stands, and whatever breaks on the way, running again ends in an empty plan.
    #[test]
    fn running_again_always_converges(
        standing in prop::collection::vec((0usize..6, 0u32..3, 0u32..3), 0..6),
        edges in prop::collection::vec((0usize..6, 0usize..6), 0..8),
        broken in prop::collection::vec(0usize..6, 0..3),
    ) {
        let graph = || {
            let mut graph = Graph::default();
            let mut handles = Vec::new();
            for index in 0..5 {
                let after: Vec<_> = edges.iter().filter(|(to, from)| *to == index && *from < index).map(|(_, from)| handles[*from]).collect();
                handles.push(add(&mut graph, plain(&format!("n{index}")), &after));
            }
            graph
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            cloud(|cloud| *cloud = toy::Cloud::default());
            for (index, shape, size) in &standing {
                let row = Row::ours("toy/plain", *shape, *size);
                cloud(|cloud| cloud.rows.insert(format!("n{index}"), row));
            }
            let bench = Bench::new();
            cloud(|cloud| cloud.broken = broken.iter().map(|index| format!("n{index}")).collect());
            let report = bench.apply(graph()).await;
            for (step, outcome) in &report.steps {
                let failed = cloud(|cloud| cloud.broken.contains(&step.id));
                assert!(!failed || !matches!(outcome, Outcome::Done(_)), "{} is said to be done", step.id);
            }
            cloud(|cloud| cloud.broken.clear());
            assert!(bench.apply(graph()).await.is_complete());
            assert!(bench.plan(graph()).await.plan.is_empty());
            assert_eq!(cloud(|cloud| cloud.rows.len()), 5);
        });
    }
}
