//! Taking away what stands, and looking at some of it alone.
use copilot_infra::{
    aws::tags::{APPLIED, Owner, PROTECT},
    engine::{Action, Consent, Edge, ExecutablePlan, Graph, Loss, Origin, Outcome, Snapshot, StepEvent},
    redact::REDACTED,
};

use super::{
    data, done, place, plain, single,
    toy::{Bench, Shared, Toy, add, all, cloud},
    writes,
};

/// A store, its user, and something of the account's.
fn stack() -> (Graph, [Edge; 3]) {
    let mut graph = Graph::default();
    let store = add(&mut graph, data("store"), &[]);
    let user = add(&mut graph, plain("user"), &[store]);
    let shared: Shared = Toy("account".into());
    let shared = add(&mut graph, shared, &[]);
    (graph, [store.edge(), user.edge(), shared.edge()])
}

async fn removal(bench: &Bench, consent: &Consent) -> ExecutablePlan {
    bench.read(stack().0).await.unwrap().plan_removal(consent)
}

fn gone(work: &ExecutablePlan) -> Vec<&str> {
    work.plan.steps.iter().map(|step| step.address.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_the_whole_account_shares_stays() {
    let bench = Bench::new();
    bench.apply(stack().0).await;
    let work = removal(&bench, &all()).await;
    assert_eq!(gone(&work), ["user", "store"]);
    assert_eq!(work.plan.kept.iter().map(|kept| kept.id.as_str()).collect::<Vec<_>>(), ["account"]);
    cloud(|cloud| cloud.rows.get_mut("account").unwrap().holder = Owner::Unowned);
    assert_eq!(removal(&bench, &all()).await.plan.kept.len(), 1, "whoever it is that holds it");
}

#[tokio::test(start_paused = true)]
async fn what_others_own_is_no_part_of_a_removal() {
    let bench = Bench::new();
    bench.apply(stack().0).await;
    cloud(|cloud| cloud.rows.get_mut("user").unwrap().holder = Owner::OtherStack("theirs".into()));
    assert_eq!(gone(&removal(&bench, &all()).await), ["store"]);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_removed_keeps_what_it_stands_on() {
    let bench = Bench::new();
    bench.apply(stack().0).await;
    cloud(|cloud| cloud.broken.push("user".into()));
    writes();
    let work = removal(&bench, &all()).await;
    let report = bench.carry_out(work, &|_: &StepEvent<'_>| {}).await;
    assert_eq!((done(&report), writes()), (vec![], vec![]));
    assert!(matches!(report.steps[1].1, Outcome::Skipped(_)), "{:?}", report.steps[1].1);
}

#[tokio::test(start_paused = true)]
async fn a_removal_shows_what_is_lost_and_no_secret() {
    let bench = Bench::new();
    bench.apply(stack().0).await;
    cloud(|cloud| {
        let tags = cloud.tags.get_mut("user").unwrap();
        tags.insert("owner".into(), "hush".into());
        tags.insert(PROTECT.into(), "false".into());
    });
    let plan = removal(&bench, &all()).await.plan;
    let user = &plan.steps[0];
    let Action::Delete { changes } = &user.action else { panic!("{:?}", user.action) };
    let size = changes.iter().find(|change| &*change.pointer == "/size").unwrap();
    assert_eq!((size.before.clone(), size.after.clone()), (Some(1.into()), None));
    let before = user.before.as_ref().unwrap();
    assert_eq!((&before["shape"], &before["tags"]["owner"]), (&1.into(), &REDACTED.into()));
    let lossy: Vec<bool> = plan.steps.iter().map(copilot_infra::engine::Step::loses_data).collect();
    assert_eq!(lossy, [false, true], "only the store holds data");
}

#[tokio::test(start_paused = true)]
async fn a_glance_reads_only_what_it_is_about() {
    let bench = Bench::new();
    bench.apply(stack().0).await;
    let glance = async |sources: fn([Edge; 3]) -> Vec<Edge>| {
        cloud(|cloud| cloud.reads.clear());
        let (graph, edges) = stack();
        let (_, missing) =
            Snapshot::of_outputs(graph, &sources(edges), &[], &bench.cx()).await.map_err(|_| ()).unwrap();
        (cloud(|cloud| cloud.reads.clone()), missing)
    };
    assert_eq!(glance(|[store, ..]| vec![store]).await, (vec!["store".into()], vec![]));
    cloud(|cloud| {
        cloud.rows.get_mut("store").unwrap().holder = Owner::OtherStack("theirs".into());
        cloud.rows.remove("user");
    });
    let (read, missing) = glance(|[store, user, _]| vec![store, user]).await;
    let both = vec!["store".to_owned(), "user".into()];
    assert_eq!((read, missing), (both.clone(), both));
}

#[tokio::test(start_paused = true)]
async fn what_a_lost_creation_left_is_taken_up_and_marked() {
    let bench = Bench::new();
    let work = bench.plan(single("one", 1, 1)).await;
    place("one", "toy/plain", Owner::ThisStack, None);
    assert!(bench.carry_out(work, &|_: &StepEvent<'_>| {}).await.is_complete());
    assert_eq!(writes(), ["update one"], "only the mark was missing");
    let work = bench.plan(single("two", 1, 1)).await;
    cloud(|cloud| {
        let row = cloud.rows["one"].clone();
        cloud.rows.insert("two".into(), row);
        cloud.tags.insert("two".into(), [("of".into(), "an earlier run".into())].into());
    });
    assert!(bench.carry_out(work, &|_: &StepEvent<'_>| {}).await.is_complete());
    assert!(bench.plan(single("two", 1, 1)).await.plan.is_empty());
}

/// The graph with this origin, to which each of `others` is another project's.
fn from(mut graph: Graph, name: &str, others: &'static [&'static str]) -> Graph {
    graph.set_origin(Origin::new(name.to_owned(), move |recorded| others.contains(&recorded)));
    graph
}

#[tokio::test(start_paused = true)]
async fn what_another_project_applied_goes_by_a_word_only() {
    let bench = Bench::new();
    bench.apply(from(stack().0, "repository a", &[])).await;
    let applied = cloud(|cloud| cloud.tags["user"][APPLIED].clone());
    assert!(applied.ends_with(" repository a"), "{applied}");
    let store = || {
        let mut graph = Graph::default();
        add(&mut graph, data("store"), &[]);
        graph
    };
    let losses = async |graph: Graph, whole: bool| {
        let reading = bench.read(graph).await.unwrap();
        let work = if whole {
            reading.plan_removal(&Consent::default())
        } else {
            reading.plan_changes(&bench.aws, &Consent::default())
        };
        let losses = work.plan.unconsented_losses(&Consent::default());
        losses.into_iter().map(|(address, loss)| (address.to_owned(), loss)).collect::<Vec<_>>()
    };
    let theirs = || Loss::Others { theirs: "repository a".into(), ours: "repository b".into() };
    let b = &["repository a"];
    for whole in [false, true] {
        let found = losses(from(store(), "repository b", b), whole).await;
        assert_eq!(found, [("toy/plain/user".to_owned(), theirs())], "{whole}");
        assert_eq!(losses(from(store(), "repository a", &[]), whole).await, [], "{whole}");
        assert_eq!(losses(store(), whole).await, [], "{whole}");
    }
    let mut other = store();
    add(&mut other, plain("user"), &[]);
    let plan = bench.plan(from(other, "repository b", b)).await.plan;
    assert!(plan.is_empty() && plan.other_origins.is_empty(), "another origin is no difference");
}
