//! Every exit code of the contract that a run against a cloud or none can end with.
use rustix::process::Signal;

use crate::support::{
    account::Account,
    gate::{Act, Gate},
    program::{Run, Running},
    specs::{ONE, TWO},
};

#[test]
fn done_is_0_and_changes_are_2_where_it_is_asked() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    account.run_on(&spec, "plan").exits(0);
    account.run_on(&spec, "plan --detailed-exitcode").exits(2);
    account.run_on(&spec, "apply --yes").exits(0).says(&["1 created"]);
    account.run_on(&spec, "plan --detailed-exitcode").exits(0);
}

#[test]
fn a_failure_before_any_change_is_1() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    account.run_on(&spec, "apply").exits(1).says(&["nobody to ask", "copilot-infra apply --yes"]);
    account
        .run_on(&account.shop("other.yaml", &format!("account: \"123456789012\"\n{ONE}")), "plan")
        .exits(1)
        .says(&["wrong-account"]);
    account.run_on(&spec, "explain wrong-account").exits(0);
    let gate = Gate::new(&[(
        &["DynamoDB_20120810.CreateTable", "shop-items"],
        Act::Refuse("AccessDeniedException"),
    )]);
    Run::of(&mut account.command_on(&gate.url, &spec, "apply --yes"))
        .exits(1)
        .says(&["AccessDeniedException", "hint:"]);
}

#[test]
fn a_run_that_stopped_part_way_is_5_and_carries_on() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    let gate = Gate::new(&[(
        &["DynamoDB_20120810.CreateTable", "shop-orders"],
        Act::Refuse("AccessDeniedException"),
    )]);
    Run::of(&mut account.command_on(&gate.url, &spec, "apply --yes")).exits(5).says(&[
        "done:\n  ✓ tables.items created",
        "not done:\n  ✗ tables.orders",
        "carries on from here",
    ]);
    account.run_on(&spec, "apply --yes").exits(0).says(&["1 created"]);
}

#[test]
fn a_stack_that_another_run_works_on_is_7() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    let gate = Gate::new(&[(&["DynamoDB_20120810.CreateTable", "shop-items"], Act::Hold)]);
    let first = Running::start(account.command_on(&gate.url, &spec, "apply --yes"));
    gate.met();
    account.run_on(&spec, "apply --yes").exits(7).says(&["another run holds the lease"]);
    gate.open();
    first.end().exits(0);
}

#[test]
fn interrupted_is_130_and_terminated_is_143() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let account = Account::new();
        let spec = account.shop("copilot.yaml", ONE);
        let gate = Gate::new(&[(&["DynamoDB_20120810.ListTables"], Act::Hold)]);
        let plan = Running::start(account.command_on(&gate.url, &spec, "plan"));
        gate.met();
        plan.signal(signal);
        let ended = plan.end().exits(code);
        assert_eq!(ended.out, "", "no half a plan");
    }
}
