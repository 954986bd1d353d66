//! What resources give to each other, before and after the cloud has made it up.
use copilot_infra::engine::{Action, Graph, Handle, NodeLabel, Outcome, Report, StepEvent};

use super::{
    plain,
    toy::{Bench, Serial, add_as, cloud, props},
    writes,
};

fn label(address: &str) -> NodeLabel {
    NodeLabel { address: address.into(), ..NodeLabel::default() }
}

/// Adds a toy that is linked to another one.
fn linked(graph: &mut Graph, name: &str, to: Handle<Serial>) -> Handle<Serial> {
    graph.add(label(name), plain(name), to, |serial| props(1, 1, serial))
}

/// A base, one that is linked to it, and one that is linked to both, if they are there.
fn chain(shape: u32, whole: bool) -> (Graph, [Handle<Serial>; 3]) {
    let mut graph = Graph::default();
    let first = add_as(&mut graph, NodeLabel::default(), plain("first"), &[], 1, 1);
    let base = add_as(&mut graph, NodeLabel::default(), plain("base"), &[], shape, 1);
    let user = linked(&mut graph, "user", base);
    let deps = (first, whole.then_some(user));
    let last = graph.add(label("last"), plain("last"), deps, |(first, user)| {
        let user = user.unwrap_or(Serial::Known("nobody".into()));
        props(1, 1, Serial::concat([first, Serial::Known(" and ".into()), user]))
    });
    (graph, [base, user, last])
}

fn link(name: &str) -> String {
    cloud(|cloud| cloud.rows[name].link.clone())
}

fn silent(_: &StepEvent<'_>) {}

async fn run(bench: &Bench, graph: Graph) -> Report {
    bench.carry_out(bench.plan(graph).await, &silent).await
}

#[tokio::test(start_paused = true)]
async fn what_the_cloud_makes_up_is_unknown_first_and_then_handed_on() {
    let bench = Bench::new();
    let (graph, handles) = chain(1, true);
    let work = bench.plan(graph).await;
    let wanted = |at: usize| work.plan.steps[at].after.as_ref().unwrap()["link"]["$after"].clone();
    assert_eq!([wanted(2), wanted(3)], ["base.serial", "first.serial"]);
    let report = bench.carry_out(work, &silent).await;
    assert!(report.is_complete());
    assert_eq!(link("user"), "serial 2");
    assert_eq!(link("last"), "serial 1 and serial 3", "both were there before it");
    assert_eq!(report.attrs(&handles[1]), Some(Serial::Known("serial 3".into())));
    assert!(bench.plan(chain(1, true).0).await.plan.is_empty());
    assert!(run(&bench, chain(1, false).0).await.is_complete());
    assert_eq!(link("last"), "serial 1 and nobody");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_handed_on_only_to_what_uses_it() {
    let bench = Bench::new();
    run(&bench, chain(1, true).0).await;
    writes();
    let work = bench.plan(chain(2, true).0).await;
    let Action::Update { changes } = &work.plan.steps[2].action else { panic!("{:?}", work.plan.steps) };
    assert_eq!(changes[0].before, Some("serial 2".into()));
    assert_eq!(changes[0].after.as_ref().unwrap()["$after"], "base.serial");
    assert!(bench.carry_out(work, &silent).await.is_complete());
    assert_eq!(writes(), ["delete base", "create base", "update base", "update user"]);
    assert_eq!(link("user"), "serial 5");
    assert!(bench.plan(chain(2, true).0).await.plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_not_made_gives_nothing() {
    let bench = Bench::new();
    cloud(|cloud| cloud.broken.push("user".into()));
    let (graph, handles) = chain(1, true);
    let report = run(&bench, graph).await;
    assert_eq!(report.attrs(&handles[0]), Some(Serial::Known("serial 2".into())));
    assert_eq!(handles[1..].iter().map(|one| report.attrs(one)).collect::<Vec<_>>(), [None, None]);
    assert_eq!(report.attrs(&(handles[0], Some(handles[2]))), None);
    assert!(report.attrs(&(handles[0], None::<Handle<Serial>>)).is_some());
}

#[tokio::test(start_paused = true)]
async fn what_was_to_stay_is_not_touched_if_it_would_change() {
    let bench = Bench::new();
    run(&bench, chain(1, true).0).await;
    cloud(|cloud| {
        cloud.rows.get_mut("base").unwrap().size = 7;
        cloud.restless = true;
    });
    writes();
    let report = run(&bench, chain(1, true).0).await;
    let ends: Vec<_> = report.steps.iter().map(|(step, outcome)| (step.id.as_str(), outcome)).collect();
    assert!(matches!(ends[..], [("base", Outcome::Done(_)), ("user", Outcome::Failed(_)), ..]), "{ends:?}");
    assert_eq!(writes(), ["update base"]);
    cloud(|cloud| cloud.restless = false);
    assert!(run(&bench, chain(1, true).0).await.is_complete());
    assert_eq!(writes(), ["update user"]);
}
