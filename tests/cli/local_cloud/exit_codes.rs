//! Every exit code of the contract that a run against a cloud or none can end with.
use crate::support::{
    empty::{Cloud, ONE, TWO},
    gate::{Act, Gate},
    program::{Started, program, run},
};
use rustix::process::Signal;

#[test]
fn wrong_usage_is_64() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    run(&cloud, &spec, "aply").is(64, &["unrecognized subcommand", "apply"]);
    run(&cloud, &spec, "plan --format env").is(64, &["`outputs` only"]);
}

#[test]
fn a_wrong_spec_is_65() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", "table: {}\n");
    run(&cloud, &spec, "plan").is(65, &["unknown key `table`", "tables"]);
    run(&cloud, &spec.with_file_name("none.yaml"), "validate").is(65, &["there is no file"]);
    // What an input turns out to be is held to the same rules.
    let function = "functions:\n  f:\n    handler: authorizer.handler\n    code: { template: websocket-authorizer }\n    \
        environment: { USER_POOL_ID: x, USER_POOL_CLIENT_ID: y }\n    access: { secrets: [\"${inputs.home}\"] }\n";
    let spec = cloud.spec("input.yaml", &format!("inputs: {{ home: {{ env: HOME }} }}\n{function}"));
    run(&cloud, &spec, "plan").is(65, &["bad-secret", "`${inputs.home}` is not the full ARN"]);
}

#[test]
fn done_is_0_and_changes_are_2_where_it_is_asked() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    run(&cloud, &spec, "plan").is(0, &[]);
    run(&cloud, &spec, "plan --detailed-exitcode").is(2, &[]);
    run(&cloud, &spec, "apply --yes").is(0, &["1 created"]);
    run(&cloud, &spec, "plan --detailed-exitcode").is(0, &[]);
}

#[test]
fn a_failure_before_any_change_is_1() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    run(&cloud, &spec, "apply").is(1, &["nobody to ask", "copilot-infra apply --yes"]);
    run(&cloud, &cloud.spec("other.yaml", &format!("account: \"123456789012\"\n{ONE}")), "plan")
        .is(1, &["wrong-account"]);
    run(&cloud, &spec, "explain wrong-account").is(0, &[]);
    let gate = Gate::before(
        &cloud.url,
        &[(&["DynamoDB_20120810.CreateTable", "shop-items"], Act::Refuse("AccessDeniedException"))],
    );
    Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes"))
        .end()
        .is(1, &["AccessDeniedException", "hint:"]);
}

#[test]
fn a_run_that_stopped_part_way_is_5_and_carries_on() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", TWO);
    let gate = Gate::before(
        &cloud.url,
        &[(&["DynamoDB_20120810.CreateTable", "shop-orders"], Act::Refuse("AccessDeniedException"))],
    );
    let ended = Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes")).end();
    ended.is(5, &["done:\n  ✓ tables.items created", "not done:\n  ✗ tables.orders", "carries on from here"]);
    run(&cloud, &spec, "apply --yes").is(0, &["1 created"]);
}

#[test]
fn a_stack_that_another_run_works_on_is_7() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    let gate = Gate::before(&cloud.url, &[(&["DynamoDB_20120810.CreateTable", "shop-items"], Act::Hold)]);
    let first = Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes"));
    gate.met();
    run(&cloud, &spec, "apply --yes").is(7, &["another run holds the lease"]);
    gate.open();
    first.end().is(0, &[]);
}

#[test]
fn interrupted_is_130_and_terminated_is_143() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let cloud = Cloud::new();
        let spec = cloud.spec("copilot.yaml", ONE);
        let gate = Gate::before(&cloud.url, &[(&["DynamoDB_20120810.ListTables"], Act::Hold)]);
        let plan = Started::new(&mut program(&cloud, &gate.url, &spec, "plan"));
        gate.met();
        plan.signal(signal);
        let ended = plan.end();
        ended.is(code, &[]);
        assert_eq!(ended.out, "", "no half a plan");
    }
}
