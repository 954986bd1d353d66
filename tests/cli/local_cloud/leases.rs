//! Two applies or destroys of one stack never run at once.
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, BillingMode, TimeToLiveStatus};
use copilot_infra::lease::TABLE;
use rustix::process::Signal;

use crate::support::{
    account::Account,
    gate::{Act, Gate},
    program::{Run, Running},
    specs::{ONE, TWO},
};

const MAKING_ITEMS: &[&str] = &["DynamoDB_20120810.CreateTable", "shop-items"];
const PUT: &[&str] = &["DynamoDB_20120810.PutItem", TABLE];

#[test]
fn of_two_applies_at_once_one_is_refused_by_name() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    let gate = Gate::new(&[(MAKING_ITEMS, Act::Hold)]);
    let mut command = account.command_on(&gate.url, &spec, "apply --yes");
    command.env("CI_JOB_URL", "https://ci.example/jobs/7");
    let first = Running::start(command);
    gate.met();
    let holder = format!("process {}, https://ci.example/jobs/7, since 20", first.pid());
    let caller = format!("by arn:aws:iam::{}:", account.id);
    for words in ["apply --yes", "destroy --yes"] {
        let refused = account.run_on(&spec, words);
        // A destroy reads AWS in the same order, so it is refused before it finds anything to remove.
        refused.exits(7).says(&[
            "`apply`",
            &holder,
            &caller,
            "nothing has been changed",
            "hint: wait until it is done",
        ]);
    }
    account.run_on(&spec, "plan").exits(0);
    gate.open();
    first.end().exits(0).says(&["1 created"]);
    account.run_on(&spec, "apply --yes").exits(0).says(&["No changes"]);
}

#[test]
fn after_a_killed_holder_the_next_apply_runs_within_two_minutes() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    let gate = Gate::new(&[(MAKING_ITEMS, Act::Hold)]);
    let first = Running::start(account.command_on(&gate.url, &spec, "apply --yes"));
    gate.met();
    first.signal(Signal::KILL);
    assert_eq!(first.end().code, None, "killed");
    let killed = Instant::now();
    account.run_on(&spec, "apply --yes").exits(0).says(&["watching whether that run is alive", "1 created"]);
    assert!(killed.elapsed() < Duration::from_mins(2), "{:?}", killed.elapsed());
}

#[test]
fn a_stolen_lease_stops_new_changes_and_says_so() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    let gate = Gate::new(&[(MAKING_ITEMS, Act::Hold)]);
    let first = Running::start(account.command_on(&gate.url, &spec, "apply --yes --parallel 1"));
    gate.met();
    steal(&account);
    first.says("the lease of the stack was lost");
    gate.open();
    first.end().exits(5).says(&[
        "has held it since",
        "starting nothing new, writing nothing more",
        "! tables.items: dynamodb:CreateTable was broken off: the lease of the stack is lost",
        "- tables.orders not tried",
    ]);
    assert!(!account.tables().contains(&"shop-orders".to_owned()), "{:?}", account.tables());
}

#[test]
fn a_push_takes_the_lease_and_is_refused_while_another_run_holds_it() {
    let code = "version: 1\nstack: shop\nfunctions:\n  work:\n    runtime: nodejs22.x\n    handler: index.handler\n    \
                code: { path: app }\n";
    let account = Account::with(code);
    let write = |version: u32| {
        let app = account.folder.path().join("app");
        std::fs::create_dir_all(&app).unwrap();
        std::fs::write(app.join("index.mjs"), format!("export const handler = () => {version};\n")).unwrap();
    };
    write(1);
    account.apply();
    let gate = Gate::new(&[(&["/functions/shop-work/code"], Act::Hold)]);
    write(2);
    let spec = account.folder.path().join("copilot.yaml");
    let first = Running::start(account.command_on(&gate.url, &spec, "push"));
    gate.met();
    let holder = format!("`push` by arn:aws:iam::{}:", account.id);
    let process = format!("process {}", first.pid());
    for words in ["apply --yes", "push"] {
        write(3);
        let refused = account.run_on(&spec, words);
        refused.exits(7).says(&[
            &holder,
            &process,
            "nothing has been changed",
            "hint: wait until it is done",
        ]);
    }
    gate.open();
    first.end().exits(0);
    account.run_on(&spec, "push").exits(0);
    // What is live already is compared without the lease.
    account.run_on(&spec, "push --no-lease").exits(0);
    account.is_settled();
}

#[test]
fn a_damaged_record_is_an_error_and_no_abort() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    account.run_on(&spec, "apply --yes").exits(0);
    let more = account.shop("copilot.yaml", TWO);
    account.ask(async |aws| {
        let call =
            aws.dynamodb().update_item().table_name(TABLE).key("stack", AttributeValue::S("shop".into()));
        let call = call.update_expression("SET lasts = :lasts");
        let lasts = AttributeValue::N(u64::MAX.to_string());
        call.expression_attribute_values(":lasts", lasts).send().await.unwrap();
    });
    let refused = account.run_on(&more, "apply --yes").exits(1);
    refused.says(&["the record of `shop`", "its `lasts`", "aws dynamodb delete-item"]);
    account.run_on(&more, "plan").exits(0);
}

/// Puts another holder into the record, as somebody who takes the lease by force would.
fn steal(account: &Account) {
    account.ask(async |aws| {
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
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    account.run_on(&spec, "apply --yes").exits(0);
    let more = account.shop("copilot.yaml", TWO);
    let gate = Gate::new(&[(PUT, Act::LoseAnswer)]);
    Run::of(&mut account.command_on(&gate.url, &more, "apply --yes")).exits(0).says(&["1 created"]);
}

#[test]
fn who_may_not_use_the_table_is_told_what_to_do() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    let denied = Act::Refuse("AccessDeniedException");
    let gate = Gate::new(&[(&["DynamoDB_20120810", TABLE], denied)]);
    let apply = |words: &str| Run::of(&mut account.command_on(&gate.url, &spec, words));
    apply("apply --yes").exits(1).says(&[
        "dynamodb:GetItem was refused",
        "hint: grant dynamodb:GetItem",
        "--no-lease",
        "lease: off",
    ]);
    assert!(account.tables().is_empty(), "nothing has been changed");
    apply("apply --yes --no-lease").exits(0).says(&["1 created"]);
    apply("apply --yes").exits(0).says(&["No changes"]);
}

#[test]
fn no_lease_is_taken_where_none_is_needed_or_wanted() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", &format!("lease: off\n{ONE}"));
    account.run_on(&spec, "plan").exits(0);
    account.run_on(&spec, "apply --yes").exits(0).says(&["1 created"]);
    let spec = account.shop("copilot.yaml", ONE);
    account.run_on(&spec, "apply --yes").exits(0).says(&["No changes"]);
    assert_eq!(account.tables(), ["shop-items"]);
}

#[test]
fn the_table_is_shared_small_and_outlives_the_stack() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", ONE);
    account.run_on(&spec, "apply --yes").exits(0);
    account.run_on(&spec, "destroy --yes --delete-data").exits(0).says(&["1 deleted"]);
    assert_eq!(account.tables(), [TABLE]);
    account.ask(async |aws| {
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
