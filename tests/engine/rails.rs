//! Rails: targets, protection, and the word for data.
use copilot_infra::{
    aws::tags::{Owner, PROTECT},
    engine::{Action, Consent, ExecutablePlan, Graph, Loss, NodeLabel, StepEvent, Verb},
};

use super::{
    data, diamond, done, place, plain, single,
    toy::{Bench, add, add_as, all, cloud},
    writes,
};

async fn targeted(bench: &Bench, graph: Graph, targets: &[&str]) -> Result<ExecutablePlan, String> {
    let mut reading = bench.read(graph).await.unwrap();
    let targets: Vec<String> = targets.iter().map(|one| (*one).to_owned()).collect();
    reading.limit_to_targets(&targets).map_err(|unknown| unknown.to_string())?;
    Ok(reading.plan_changes(&bench.aws, &Consent::default()))
}

#[tokio::test(start_paused = true)]
async fn a_target_comes_with_what_it_needs_and_nothing_else() {
    let bench = Bench::new();
    let work = targeted(&bench, diamond(), &["left"]).await.unwrap();
    let report = bench.carry_out(work, &|_: &StepEvent<'_>| {}).await;
    assert!(report.is_complete());
    assert_eq!(done(&report), ["base", "left"]);
    assert_eq!(writes(), ["create base", "update base", "create left", "update left"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_outside_the_targets_stays_and_is_not_in_the_way() {
    let bench = Bench::new();
    bench.apply(diamond()).await;
    place("old", "toy/plain", Owner::ThisStack, None);
    cloud(|cloud| {
        cloud.rows.get_mut("right").unwrap().size = 7;
        cloud.rows.get_mut("right").unwrap().stuck = Some("it is busy".into());
        cloud.rows.get_mut("top").unwrap().holder = Owner::OtherStack("theirs".into());
        cloud.rows.get_mut("left").unwrap().size = 7;
    });
    writes();
    let work = targeted(&bench, diamond(), &["left"]).await.unwrap();
    assert!(work.plan.refusals.is_empty());
    assert_eq!(work.plan.count_steps(Verb::Update), 1);
    assert_eq!(work.plan.count_steps(Verb::Create), 0);
    let unseen = work.plan.steps.iter().filter(|step| step.left_out).collect::<Vec<_>>();
    assert_eq!(unseen.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["right", "top"]);
    for step in unseen {
        assert_eq!((&step.action, &step.before, &step.after), (&Action::Keep, &None, &None));
        assert_eq!(step.warning, None, "nothing is said of it");
    }
    assert!(bench.carry_out(work, &|_: &StepEvent<'_>| {}).await.is_complete());
    assert_eq!(writes(), ["update left"]);
}

#[tokio::test(start_paused = true)]
async fn what_left_the_spec_can_be_a_target() {
    let bench = Bench::new();
    place("old", "toy/plain", Owner::ThisStack, None);
    place("older", "toy/plain", Owner::ThisStack, None);
    let work = targeted(&bench, diamond(), &["toy/plain/old"]).await.unwrap();
    bench.carry_out(work, &|_: &StepEvent<'_>| {}).await;
    assert_eq!(writes(), ["delete old"]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_target_is_refused_and_the_nearest_offered() {
    let bench = Bench::new();
    place("old", "toy/plain", Owner::ThisStack, None);
    for (wrong, near) in [("lefd", "left"), ("toy/plain/odl", "toy/plain/old")] {
        let Err(error) = targeted(&bench, diamond(), &[wrong]).await else { panic!("it was taken") };
        assert!(error.contains(&format!("did you mean `{near}`?")), "{error}");
    }
}

fn guarded(shape: u32, protect: bool) -> Graph {
    let mut graph = Graph::default();
    add_as(&mut graph, NodeLabel { protect, ..NodeLabel::default() }, plain("one"), &[], shape, 1);
    graph
}

#[tokio::test(start_paused = true)]
async fn what_is_protected_is_neither_replaced_nor_removed() {
    let bench = Bench::new();
    bench.apply(guarded(1, true)).await;
    assert!(bench.plan(guarded(1, true)).await.plan.is_empty());
    let plan = bench.plan(guarded(2, true)).await.plan;
    assert!(plan.refusals[0].message.contains("protect"), "{:?}", plan.refusals);
    assert!(bench.plan(guarded(2, false)).await.plan.refusals.is_empty());
    let removal = bench.read(guarded(1, true)).await.unwrap().plan_removal(&all());
    assert_eq!(removal.plan.refusals.len(), 1, "no word is strong enough");
}

#[tokio::test(start_paused = true)]
async fn protection_outlives_the_spec() {
    let bench = Bench::new();
    place("old", "toy/plain", Owner::ThisStack, None);
    cloud(|cloud| cloud.tags.insert("old".into(), [(PROTECT.to_owned(), "true".to_owned())].into()));
    let plan = bench.plan_with_data(single("new", 1, 1)).await.plan;
    assert_eq!(plan.refusals.len(), 1);
    assert!(plan.refusals[0].hint.as_ref().unwrap().contains("protect: false"));
}

#[tokio::test(start_paused = true)]
async fn the_data_of_one_resource_is_given_up_by_its_address() {
    let bench = Bench::new();
    let pair = |shape: u32| {
        let mut graph = Graph::default();
        add_as(&mut graph, NodeLabel::default(), data("one"), &[], shape, 1);
        add(&mut graph, data("two"), &[]);
        graph
    };
    bench.apply(pair(1)).await;
    place("archive", "toy/data", Owner::ThisStack, None);
    place("attic", "toy/data", Owner::ThisStack, None);
    let consent = |addresses: &[&str]| Consent {
        delete_data: false,
        replace: addresses.iter().map(|one| (*one).to_owned()).collect(),
    };
    let decide =
        async |consent: &Consent| bench.read(pair(2)).await.unwrap().plan_changes(&bench.aws, consent).plan;
    let silent = decide(&consent(&[])).await;
    assert_eq!(silent.unconsented_losses(&consent(&[])), [("one", Loss::Data)]);
    assert_eq!(silent.kept.len(), 2);
    let word = consent(&["one", "toy/data/attic"]);
    let agreed = decide(&word).await;
    assert!(agreed.unconsented_losses(&word).is_empty());
    assert_eq!(agreed.kept.iter().map(|kept| kept.id.as_str()).collect::<Vec<_>>(), ["archive"]);
}
