//! What only tables do: capacity that others set, ceilings, indexes that take hours, keys that fail, quotas of changes.
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_dynamodb::types::{OnDemandThroughput, ProvisionedThroughput};
use copilot_infra::{
    aws::Cx,
    engine::Resource,
    manifest::Loaded,
    resources::table::{Attribute, Billing, Ceiling, Class, KeySchema, Props, Table},
};
use copilot_infra_simulator::{Fault, Script, Switches};

use crate::bench::{Bench, Command, End, REGION, deep, text};

fn bench() -> Bench {
    Bench::new(5, Switches { ttl_cooldown_minutes: 0, page: 100, ..Switches::default() })
}

/// A stack with one table and one function, and more lines of the table.
fn spec(table: &str) -> Loaded {
    text(&format!(
        "version: 1\nstack: small\nregion: us-east-1\ntables:\n  t:\n    partition_key: {{ name: id, type: S }}\n{table}\
         functions:\n  f: {{ handler: websocket-handler.messageHandler }}\n"
    ))
}

const TABLE: &str = "small-t";

/// The line of the table in the inventory.
fn line(bench: &Bench) -> String {
    let lines = bench.sim.inventory(REGION).into_iter();
    lines.filter(|line| line.starts_with("table small-t")).collect()
}

async fn drifted(bench: &Bench, spec: &Loaded) -> Vec<String> {
    let plan = bench.plan(spec).await.expect("it can be read");
    let changed = plan.steps.iter().filter(|step| step.action.verb().is_some());
    changed.map(|step| step.address.clone()).collect()
}

#[test]
fn a_ceiling_that_the_spec_does_not_have_is_drift_and_mended() {
    deep(async || {
        let (bench, wanted) = (bench(), spec(""));
        Box::pin(bench.must(Command::Apply, &wanted)).await;
        let ceiling = OnDemandThroughput::builder().max_read_request_units(1).max_write_request_units(1);
        let call = bench.aws().dynamodb().update_table().table_name(TABLE);
        call.on_demand_throughput(ceiling.build()).send().await.expect("it is limited");
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(Box::pin(drifted(&bench, &wanted)).await, ["tables.t"]);
        Box::pin(bench.must(Command::Apply, &wanted)).await;
        assert!(line(&bench).contains("(None, None)"), "{}", line(&bench));
        let limited = spec("    max_request_units: { write: 9 }\n");
        Box::pin(bench.must(Command::Apply, &limited)).await;
        assert!(line(&bench).contains("(None, Some(9))"), "{}", line(&bench));
        bench.settled(&limited).await.expect("the ceiling is as written");
    });
}

#[test]
fn units_that_autoscaling_sets_are_left_alone() {
    deep(async || {
        let table = |more: &str| {
            spec(&format!(
                "    billing: {{ read: 5, write: 5, managed_by: autoscaling }}\n{more}    indexes:\n      \
                 ByUser: {{ partition_key: {{ name: user, type: S }}, capacity: {{ read: 2, write: 2 }} }}\n"
            ))
        };
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &table(""))).await;
        assert!(line(&bench).contains("(5, 5)") && line(&bench).contains("(2, 2)"), "{}", line(&bench));
        let units = ProvisionedThroughput::builder().read_capacity_units(40).write_capacity_units(5);
        let call = bench.aws().dynamodb().update_table().table_name(TABLE);
        let call = call.provisioned_throughput(units.build().expect("it is whole"));
        call.send().await.expect("it is scaled");
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.settled(&table("")).await.expect("the units are autoscaling's");
        Box::pin(bench.must(Command::Apply, &table("    ttl: expiresAt\n"))).await;
        assert!(line(&bench).contains("(40, 5)"), "{}", line(&bench));
    });
}

const INDEX: &str = "    indexes:\n      ByUser: { partition_key: { name: user, type: S } }\n";

#[test]
fn an_index_that_takes_too_long_is_left_to_aws_once_all_else_is_done() {
    deep(async || {
        let mut bench = bench();
        bench.index_wait = Some(Duration::from_mins(3));
        Box::pin(bench.must(Command::Apply, &spec(""))).await;
        let more = format!("    ttl: expiresAt\n    recovery_period_days: 7\n{INDEX}");
        let wanted = text(&format!(
            "version: 1\nstack: small\nregion: us-east-1\ntables:\n  t:\n    partition_key: {{ name: id, type: S }}\n{more}\
             functions:\n  g: {{ handler: websocket-handler.messageHandler }}\n"
        ));
        let end = Box::pin(bench.run(Command::Apply, &wanted, Script::default())).await;
        let End::Partial(why) = end else { panic!("it cannot be done: {end:?}") };
        assert!(why.len() == 1 && why[0].contains("index `ByUser` is still being built"), "{why:?}");
        assert!(why[0].contains("AWS goes on with it by itself"), "{why:?}");
        let stands = bench.sim.inventory(REGION);
        assert!(
            stands.iter().any(|line| line.starts_with("function small-g")),
            "all else is done: {stands:?}"
        );
        let line = line(&bench);
        assert!(line.contains("expiresAt") && line.contains("recovery Some(7)"), "all else is done: {line}");
        Box::pin(bench.must(Command::Apply, &wanted)).await;
        bench.settled(&wanted).await.expect("the run after carries on");
    });
}

#[test]
fn an_expiry_that_cools_down_does_not_hold_up_an_index() {
    deep(async || {
        let bench = Bench::new(5, Switches { page: 100, ..Switches::default() });
        Box::pin(bench.must(Command::Apply, &spec("    ttl: one\n"))).await;
        let wanted = spec(&format!("    ttl: two\n{INDEX}"));
        let end = Box::pin(bench.run(Command::Apply, &wanted, Script::default())).await;
        let End::Partial(why) = end else { panic!("the expiry cools down: {end:?}") };
        assert!(why.iter().any(|why| why.contains("run the same command again in")), "{why:?}");
        assert!(line(&bench).contains("ByUser"), "{}", line(&bench));
    });
}

#[test]
fn a_table_with_attributes_more_in_a_key_of_an_index_is_drift() {
    deep(async || {
        let bench = bench();
        let keys = |partition: &str| {
            let index = format!(
                "    indexes:\n      ByUser: {{ partition_key: {partition}, sort_key: {{ name: at, type: N }} }}\n"
            );
            spec(&index)
        };
        let one = keys("{ name: user, type: S }");
        let two = keys("[{ name: user, type: S }, { name: tenant, type: S }]");
        Box::pin(bench.must(Command::Apply, &two)).await;
        bench.settled(&two).await.expect("both attributes are in the key");
        assert_eq!(Box::pin(drifted(&bench, &one)).await, ["tables.t"]);
        Box::pin(bench.must(Command::Apply, &one)).await;
        bench.settled(&one).await.expect("the index is built anew");
    });
}

#[test]
fn changes_of_billing_that_come_too_often_say_how_often_they_may() {
    deep(async || {
        let bench = bench();
        let (demand, units) = (spec(""), spec("    billing: { read: 5, write: 5 }\n"));
        for _ in 0..4 {
            Box::pin(bench.must(Command::Apply, &units)).await;
            Box::pin(bench.must(Command::Apply, &demand)).await;
        }
        Box::pin(bench.must(Command::Apply, &units)).await;
        let end = Box::pin(bench.run(Command::Apply, &demand, Script::default())).await;
        let End::Partial(why) = end else { panic!("a fifth time in a day is refused: {end:?}") };
        assert!(why.iter().any(|why| why.contains("PayPerRequest mode")), "{why:?}");
        tokio::time::sleep(Duration::from_hours(25)).await;
        Box::pin(bench.must(Command::Apply, &demand)).await;
        let read = |read: u8| spec(&format!("    billing: {{ read: {read}, write: 5 }}\n"));
        for units in [60, 50, 40, 30, 20] {
            Box::pin(bench.must(Command::Apply, &read(units))).await;
        }
        let end = Box::pin(bench.run(Command::Apply, &read(10), Script::default())).await;
        let End::Partial(why) = end else { panic!("a fifth decrease in a day is refused: {end:?}") };
        assert!(why.iter().any(|why| why.contains("decreases are limited")), "{why:?}");
    });
}

/// A table that the stack's key encrypts.
const ENCRYPTED: &str = "
version: 1
stack: small
region: us-east-1
key: { alias: small }
tables:
  t: { partition_key: { name: id, type: S } }
";

async fn disable_key(bench: &Bench) {
    let key = bench.aws().kms().describe_key().key_id("alias/small").send().await.expect("it stands");
    let key = key.key_metadata.expect("it is described").key_id;
    bench.aws().kms().disable_key().key_id(key).send().await.expect("it is disabled");
}

#[test]
fn a_key_that_is_disabled_while_its_table_is_made_is_named_early() {
    deep(async || {
        let (bench, wanted) = (bench(), text(ENCRYPTED));
        // The table's creation is on its way when the run dies.
        let died =
            Script { on: vec![("dynamodb:CreateTable".into(), 0, Fault::DieAfter)], ..Script::default() };
        Box::pin(bench.run(Command::Apply, &wanted, died)).await;
        disable_key(&bench).await;
        let began = tokio::time::Instant::now();
        let why = Box::pin(bench.plan(&wanted)).await.expect_err("the table cannot be made");
        assert!(began.elapsed() < Duration::from_mins(3), "{:?}", began.elapsed());
        assert!(why.contains("cannot be made") && why.contains("`Disabled`"), "{why}");
    });
}

#[test]
fn a_table_whose_key_fails_says_what_to_do() {
    deep(async || {
        let (bench, wanted) = (bench(), text(ENCRYPTED));
        Box::pin(bench.must(Command::Apply, &wanted)).await;
        disable_key(&bench).await;
        Box::pin(bench.plan(&wanted)).await.expect("it is still active");
        tokio::time::sleep(Duration::from_hours(2)).await;
        let plan = Box::pin(bench.plan(&wanted)).await.expect("it can be read");
        let warnings: Vec<_> = plan.steps.iter().filter_map(|step| step.warning.as_deref()).collect();
        let says = |words: &str| warnings.iter().any(|warning| warning.contains(words));
        assert!(says("INACCESSIBLE_ENCRYPTION_CREDENTIALS") && says("enable it"), "{warnings:?}");
        Box::pin(bench.must(Command::Apply, &wanted)).await;
    });
}

/// A world in which nobody enables the table's key again: somebody else's, which the spec only names.
async fn under_a_foreign_key(bench: &Bench) -> (Loaded, impl Fn(&str) -> Loaded) {
    let key =
        bench.aws().kms().create_key().send().await.expect("a key").key_metadata.expect("it is described");
    let arn = key.arn.expect("an ARN");
    tokio::time::sleep(Duration::from_mins(1)).await; // until it is found
    let spec = move |more: &str| {
        text(&format!(
            "version: 1\nstack: small\nregion: us-east-1\nkey: {{ arn: \"{arn}\" }}\ntables:\n  t:\n    partition_key: \
             {{ name: id, type: S }}\n    deletion_protection: false\n{more}"
        ))
    };
    (spec(""), spec)
}

/// Disables the key of the table, and lets time pass until DynamoDB has noticed.
async fn lose_key(bench: &Bench, time: Duration) {
    let table = bench.aws().dynamodb().describe_table().table_name(TABLE).send().await.expect("it stands");
    let sse = table.table.expect("it is described").sse_description.expect("it is encrypted");
    let key = sse.kms_master_key_arn.expect("by a key");
    bench.aws().kms().disable_key().key_id(key).send().await.expect("it is disabled");
    bench.aws().dynamodb().describe_table().table_name(TABLE).send().await.expect("it stands");
    tokio::time::sleep(time).await;
}

const NOTICED: Duration = Duration::from_hours(2);

#[test]
fn what_dynamodb_changes_without_the_key_is_done_and_the_rest_says_what_to_do() {
    deep(async || {
        let bench = bench();
        let (wanted, spec) = Box::pin(under_a_foreign_key(&bench)).await;
        Box::pin(bench.must(Command::Apply, &wanted)).await;
        lose_key(&bench, NOTICED).await;
        let changed = spec("    point_in_time_recovery: true\n    max_request_units: { read: 9 }\n");
        Box::pin(bench.must(Command::Apply, &changed)).await;
        assert!(line(&bench).contains("(Some(9), None)"), "{}", line(&bench));
        let expiring =
            spec("    point_in_time_recovery: true\n    max_request_units: { read: 9 }\n    ttl: end\n");
        let end = Box::pin(bench.run(Command::Apply, &expiring, Script::default())).await;
        let End::Partial(why) = end else { panic!("the expiry needs the key: {end:?}") };
        let says = |words: &str| why.iter().any(|why| why.contains(words));
        assert!(says("INACCESSIBLE_ENCRYPTION_CREDENTIALS") && says("enable it"), "{why:?}");
        assert!(says("KMS key disabled error"), "{why:?}");
    });
}

#[test]
fn a_table_whose_key_fails_can_be_removed() {
    deep(async || {
        let bench = bench();
        let (wanted, _) = Box::pin(under_a_foreign_key(&bench)).await;
        Box::pin(bench.must(Command::Apply, &wanted)).await;
        lose_key(&bench, NOTICED).await;
        Box::pin(bench.must(Command::Destroy, &wanted)).await;
        assert_eq!(line(&bench), "");
    });
}

#[test]
fn an_archived_table_is_refused_with_the_way_back_and_can_be_removed() {
    deep(async || {
        let bench = bench();
        let (wanted, _) = Box::pin(under_a_foreign_key(&bench)).await;
        Box::pin(bench.must(Command::Apply, &wanted)).await;
        lose_key(&bench, Duration::from_hours(7 * 24) + Duration::from_mins(41)).await;
        let end = Box::pin(bench.run(Command::Destroy, &wanted, Script::default())).await;
        assert!(matches!(&end, End::Refused(why) if why.contains("DynamoDB is archiving it")), "{end:?}");
        let end = Box::pin(bench.run(Command::Apply, &wanted, Script::default())).await;
        assert!(matches!(&end, End::Refused(why) if why.contains("`ARCHIVING`")), "{end:?}");
        tokio::time::sleep(Duration::from_hours(1)).await;
        let end = Box::pin(bench.run(Command::Apply, &wanted, Script::default())).await;
        let End::Refused(why) = end else { panic!("the table serves nobody: {end:?}") };
        for words in
            ["`ARCHIVED`", "in the backup arn:aws:dynamodb:", "delete-table", "restore-table-from-backup"]
        {
            assert!(why.contains(words), "{why}");
        }
        Box::pin(bench.must(Command::Destroy, &wanted)).await;
        assert_eq!(line(&bench), "");
    });
}

#[test]
fn ceilings_of_a_new_table_and_of_its_indexes_are_made_and_changed() {
    deep(async || {
        let (bench, limited) = (bench(), |ceiling: &str| spec(&format!("{ceiling}{INDEX}")));
        let writes = limited("    max_request_units: { write: 9 }\n");
        Box::pin(bench.must(Command::Apply, &writes)).await;
        assert_eq!(line(&bench).matches("(None, Some(9))").count(), 2, "{}", line(&bench));
        for ceiling in ["    max_request_units: { read: 7 }\n", ""] {
            let changed = limited(ceiling);
            Box::pin(bench.must(Command::Apply, &changed)).await;
            bench.settled(&changed).await.expect("the ceilings are as written");
        }
        assert_eq!(line(&bench).matches("(None, None)").count(), 2, "{}", line(&bench));
    });
}

#[test]
fn a_table_that_is_still_being_deleted_is_made_once_it_is_gone() {
    deep(async || {
        let bench = bench();
        crate::chance::take_table(bench.aws(), TABLE, None).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        bench.aws().dynamodb().delete_table().table_name(TABLE).send().await.expect("it goes");
        let table = Table {
            name: TABLE.into(),
            may_unprotect: false,
            listed: false,
            autoscaled: false,
            local_indexes: BTreeSet::new(),
        };
        let key = Attribute { name: "id".into(), kind: "S".into() };
        let wish = Props {
            key_schema: KeySchema { partition_key: vec![key], sort_key: Vec::new() },
            billing: Billing::OnDemand(Ceiling::default()),
            indexes: BTreeMap::new(),
            local_indexes: BTreeMap::new(),
            class: Class::Standard,
            ttl: None,
            point_in_time_recovery: false,
            recovery_period_days: None,
            deletion_protection: false,
            key: None,
            sharing: copilot_infra::resources::table::Sharing::default(),
            tags: BTreeMap::new(),
        };
        let make = async |cx: &Cx<'_>| table.create(cx, &wish).await.map(drop);
        let made = crate::contract::fresh(bench.aws(), "small", make);
        Box::pin(made).await.expect("it is made once the other one is gone");
        assert!(line(&bench).starts_with("table small-t"), "{}", line(&bench));
    });
}

#[test]
fn a_local_index_comes_with_its_table_and_stays() {
    deep(async || {
        let local = |names: &[&str]| {
            let index = |name: &&str| {
                format!(
                    "      By{name}: {{ partition_key: {{ name: id, type: S }}, sort_key: {{ name: {name}, type: N }}, local: true }}\n"
                )
            };
            let indexes: String = names.iter().map(index).collect();
            let indexes = if names.is_empty() { String::new() } else { format!("    indexes:\n{indexes}") };
            spec(&format!("    sort_key: {{ name: at, type: N }}\n{indexes}"))
        };
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &local(&["rank"]))).await;
        bench.settled(&local(&["rank"])).await.expect("all is done");
        // Another one takes a new table, and so a word for the data.
        let plan = bench.plan(&local(&["rank", "size"])).await.expect("it can be read");
        let table = plan.steps.iter().find(|step| step.address == "tables.t").expect("it is there");
        assert_eq!(table.action.verb(), Some(copilot_infra::engine::Verb::Replace));
        assert!(table.holds_data, "nothing that holds data is replaced without a word");
        // One that has left the spec cannot be removed, and is no reason to lose the table.
        let plan = bench.settled(&local(&[])).await.expect("it is left alone");
        let warned = plan.steps.iter().filter_map(|step| step.warning.as_deref()).collect::<Vec<_>>();
        assert!(warned.iter().any(|warning| warning.contains("local secondary indexes")), "{warned:?}");
    });
}
