//! The first signal finishes what runs, the second ends at once.
use super::terminals::STACK;
use crate::support::{
    empty::{Cloud, TWO},
    gate::{Act, Gate},
    program::{Started, program, run},
};
use copilot_infra::lease::TABLE;
use rustix::process::Signal;

const MAKING_ITEMS: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-items"];

#[test]
fn the_first_signal_starts_nothing_new_and_finishes_what_runs() {
    for (signal, code, word) in [(Signal::INT, 130, "interrupted"), (Signal::TERM, 143, "terminated")] {
        let cloud = Cloud::new();
        let spec = cloud.spec("copilot.yaml", TWO);
        let gate = Gate::before(&cloud.url, &[(MAKING_ITEMS, Act::Hold)]);
        let apply = Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes --parallel 1"));
        gate.met();
        apply.signal(signal);
        apply.says(&format!(
            "! {word}: starting nothing new, finishing what runs (1); once more ends at once"
        ));
        gate.open();
        apply.end().is(
            code,
            &["done:\n  ✓ tables.items created", "- tables.orders not tried", "carries on from here"],
        );
        assert_eq!(cloud.tables(), [TABLE, "shop-items"]);
        // Finished means whole: only the other table is left to do, and the lease is free again.
        run(&cloud, &spec, "apply --yes").is(0, &["Done in", "1 created."]);
    }
}

#[test]
fn what_runs_is_finished_with_its_waits() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", STACK);
    let gate = Gate::before(&cloud.url, &[(&["POST /2015-03-31/functions"], Act::Hold)]);
    let apply = Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes"));
    gate.met();
    apply.signal(Signal::INT);
    apply.says("! interrupted: starting nothing new");
    gate.open();
    // The function is pending for a second after its creation.
    let ended = apply.end();
    ended.is(
        130,
        &["waiting for `shop-echo` to settle", "✓ functions.echo created", "- permissions.echo not tried"],
    );
}

#[test]
fn the_second_signal_ends_at_once_and_says_what_was_in_flight() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", TWO);
    let gate = Gate::before(&cloud.url, &[(MAKING_ITEMS, Act::Hold)]);
    let apply = Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes --parallel 1"));
    gate.met();
    apply.signal(Signal::INT);
    apply.says("once more ends at once");
    apply.signal(Signal::TERM);
    apply.end().is(130, &["ended at once; in flight were:\n  creating tables.items"]);
    gate.open();
    run(&cloud, &spec, "apply --yes").is(0, &[]);
    assert_eq!(cloud.tables(), [TABLE, "shop-items", "shop-orders"]);
}
