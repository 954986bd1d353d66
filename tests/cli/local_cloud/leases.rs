//! Two applies or destroys of one stack never run at once.
use crate::support::{
    empty::{Cloud, ONE, TWO},
    gate::{Act, Gate},
    program::{Started, program, run},
};
use aws_sdk_dynamodb::types::{AttributeValue, BillingMode, TimeToLiveStatus};
use copilot_infra::lease::TABLE;
use rustix::process::Signal;
use std::time::{Duration, Instant};

const MAKING_ITEMS: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-items"];
const PUT: &[&str] = &["DynamoDB_20120810.PutItem", TABLE];

#[test]
fn of_two_applies_at_once_one_is_refused_by_name() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    let gate = Gate::before(&cloud.url, &[(MAKING_ITEMS, Act::Hold)]);
    let mut command = program(&cloud, &gate.url, &spec, "apply --yes");
    let first = Started::new(command.env("CI_JOB_URL", "https://ci.example/jobs/7"));
    gate.met();
    let holder = format!("process {}, https://ci.example/jobs/7, since 20", first.pid());
    let caller = format!("by arn:aws:iam::{}:", cloud.account);
    for words in ["apply --yes", "destroy --yes"] {
        let refused = run(&cloud, &spec, words);
        // A destroy reads AWS in the same order, so it is refused before it finds anything to remove.
        refused
            .is(7, &["`apply`", &holder, &caller, "nothing has been changed", "hint: wait until it is done"]);
    }
    run(&cloud, &spec, "plan").is(0, &[]);
    gate.open();
    first.end().is(0, &["1 created"]);
    run(&cloud, &spec, "apply --yes").is(0, &["No changes"]);
}

#[test]
fn after_a_killed_holder_the_next_apply_runs_within_two_minutes() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    let gate = Gate::before(&cloud.url, &[(MAKING_ITEMS, Act::Hold)]);
    let first = Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes"));
    gate.met();
    first.signal(Signal::KILL);
    assert_eq!(first.end().code, None, "killed");
    let killed = Instant::now();
    let next = run(&cloud, &spec, "apply --yes");
    next.is(0, &["watching whether that run is alive", "1 created"]);
    assert!(killed.elapsed() < Duration::from_mins(2), "{:?}", killed.elapsed());
}

#[test]
fn a_stolen_lease_stops_new_changes_and_says_so() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", TWO);
    let gate = Gate::before(&cloud.url, &[(MAKING_ITEMS, Act::Hold)]);
    let first = Started::new(&mut program(&cloud, &gate.url, &spec, "apply --yes --parallel 1"));
    gate.met();
    steal(&cloud);
    first.says("the lease of the stack was lost");
    gate.open();
    let ended = first.end();
    ended.is(
        5,
        &["has held it since", "starting nothing new", "✓ tables.items created", "- tables.orders not tried"],
    );
    assert_eq!(cloud.tables(), [TABLE, "shop-items"]);
}

/// Puts another holder into the record, as somebody who takes the lease by force would.
fn steal(cloud: &Cloud) {
    cloud.ask(async |aws| {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let call = aws.dynamodb().update_item().table_name(TABLE).key("stack", text("shop"));
        let call = call
            .update_expression("SET #grant = :grant, who = :who")
            .expression_attribute_names("#grant", "grant")
            .expression_attribute_values(":grant", text("another"));
        call.expression_attribute_values(":who", text("arn:aws:iam::1:user/thief")).send().await.unwrap();
    });
}

#[test]
fn a_lost_answer_to_taking_the_lease_is_no_refusal() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    run(&cloud, &spec, "apply --yes").is(0, &[]);
    let more = cloud.spec("copilot.yaml", TWO);
    let gate = Gate::before(&cloud.url, &[(PUT, Act::LoseAnswer)]);
    Started::new(&mut program(&cloud, &gate.url, &more, "apply --yes")).end().is(0, &["1 created"]);
}

#[test]
fn who_may_not_use_the_table_is_told_what_to_do() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    let denied = Act::Refuse("AccessDeniedException");
    let gate = Gate::before(&cloud.url, &[(&["DynamoDB_20120810", TABLE], denied)]);
    let apply = |words: &str| Started::new(&mut program(&cloud, &gate.url, &spec, words)).end();
    apply("apply --yes")
        .is(1, &["dynamodb:GetItem was refused", "hint: grant dynamodb:GetItem", "--no-lease", "lease: off"]);
    assert!(cloud.tables().is_empty(), "nothing has been changed");
    apply("apply --yes --no-lease").is(0, &["1 created"]);
    apply("apply --yes").is(0, &["No changes"]);
}

#[test]
fn no_lease_is_taken_where_none_is_needed_or_wanted() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", &format!("lease: off\n{ONE}"));
    run(&cloud, &spec, "plan").is(0, &[]);
    run(&cloud, &spec, "apply --yes").is(0, &["1 created"]);
    let spec = cloud.spec("copilot.yaml", ONE);
    run(&cloud, &spec, "apply --yes").is(0, &["No changes"]);
    assert_eq!(cloud.tables(), ["shop-items"]);
}

#[test]
fn the_table_is_shared_small_and_outlives_the_stack() {
    let cloud = Cloud::new();
    let spec = cloud.spec("copilot.yaml", ONE);
    run(&cloud, &spec, "apply --yes").is(0, &[]);
    run(&cloud, &spec, "destroy --yes --delete-data").is(0, &["1 deleted"]);
    assert_eq!(cloud.tables(), [TABLE]);
    cloud.ask(async |aws| {
        let dynamodb = aws.dynamodb();
        let table = dynamodb.describe_table().table_name(TABLE).send().await.unwrap().table.unwrap();
        assert_eq!(table.billing_mode_summary.unwrap().billing_mode, Some(BillingMode::PayPerRequest));
        let expiry = dynamodb.describe_time_to_live().table_name(TABLE).send().await.unwrap();
        let expiry = expiry.time_to_live_description.unwrap();
        assert_eq!(expiry.time_to_live_status, Some(TimeToLiveStatus::Enabled));
        assert_eq!(expiry.attribute_name.as_deref(), Some("remove_after"));
        let tags =
            dynamodb.list_tags_of_resource().resource_arn(table.table_arn.unwrap()).send().await.unwrap();
        assert!(tags.tags().iter().any(|tag| tag.key == "copilot-infra:shared" && tag.value == "true"));
        let key = AttributeValue::S("shop".into());
        let item =
            dynamodb.get_item().table_name(TABLE).key("stack", key).send().await.unwrap().item.unwrap();
        assert!(!item.contains_key("who"), "given back");
    });
}
