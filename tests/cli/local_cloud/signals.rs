//! The first signal finishes what runs, the second ends at once.
use copilot_infra::lease::TABLE;
use rustix::process::Signal;

use super::terminals::STACK;
use crate::support::{
    account::Account,
    gate::{Act, Gate},
    program::Running,
    specs::TWO,
};

const MAKING_ITEMS: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-items"];

#[test]
fn the_first_signal_starts_nothing_new_and_finishes_what_runs() {
    for (signal, code, word) in [(Signal::INT, 130, "interrupted"), (Signal::TERM, 143, "terminated")] {
        let account = Account::new();
        let spec = account.shop("copilot.yaml", TWO);
        let gate = Gate::new(&[(MAKING_ITEMS, Act::Hold)]);
        let apply = Running::start(account.command_on(&gate.url, &spec, "apply --yes --parallel 1"));
        gate.met();
        apply.signal(signal);
        apply.says(&format!(
            "! {word}: starting nothing new, finishing what runs (1); once more ends at once"
        ));
        gate.open();
        apply.end().exits(code).says(&[
            "done:\n  ✓ tables.items created",
            "- tables.orders not tried",
            "carries on from here",
        ]);
        assert_eq!(account.tables(), [TABLE, "shop-items"]);
        // Finished means whole: only the other table is left to do, and the lease is free again.
        account.run_on(&spec, "apply --yes").exits(0).says(&["Done in", "1 created."]);
    }
}

#[test]
fn what_runs_is_finished_with_its_waits() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", STACK);
    let gate = Gate::new(&[(&["POST /2015-03-31/functions"], Act::Hold)]);
    let apply = Running::start(account.command_on(&gate.url, &spec, "apply --yes"));
    gate.met();
    apply.signal(Signal::INT);
    apply.says("! interrupted: starting nothing new");
    gate.open();
    // The function is pending for a second after its creation.
    apply.end().exits(130).says(&[
        "waiting for `shop-echo` to settle",
        "✓ functions.echo created",
        "- permissions.echo not tried",
    ]);
}

#[test]
fn the_second_signal_ends_at_once_and_says_what_was_in_flight() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    let gate = Gate::new(&[(MAKING_ITEMS, Act::Hold)]);
    let apply = Running::start(account.command_on(&gate.url, &spec, "apply --yes --parallel 1"));
    gate.met();
    apply.signal(Signal::INT);
    apply.says("once more ends at once");
    apply.signal(Signal::TERM);
    apply.end().exits(130).says(&["ended at once; in flight were:\n  creating tables.items"]);
    gate.open();
    account.run_on(&spec, "apply --yes").exits(0);
    assert_eq!(account.tables(), [TABLE, "shop-items", "shop-orders"]);
}
