//! Whoever may tag a resource cannot make an apply remove it.
use copilot_infra::{
    engine::{Consent, KeepReason, Plan, Verb},
    manifest::Loaded,
};
use copilot_infra_simulator::{ACCOUNT, Script, Switches};

use crate::bench::{Bench, Command, End, REGION, deep, text};

const SPEC: &str = "
version: 1
stack: demo
region: us-east-1
tables: { items: { partition_key: { name: id, type: S } } }
functions:
  chat: { handler: websocket-handler.messageHandler }
  apart: { name: legacy-apart, handler: websocket-handler.messageHandler, environment: { MY_TOKEN: a1b2c3d4e5f6 } }
api: { name: legacy, routes: { $default: chat, apart: apart } }
";

fn spec() -> Loaded {
    text(SPEC)
}

/// Another team's function, log group, table and API.
async fn another_team(bench: &Bench) {
    let aws = bench.aws();
    let trust = r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}]}"#;
    let role = aws.iam().create_role().role_name("payments").assume_role_policy_document(trust);
    role.send().await.expect("a role");
    tokio::time::sleep(std::time::Duration::from_mins(1)).await; // until it is seen
    let role = format!("arn:aws:iam::{ACCOUNT}:role/payments");
    let zip = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    let code = aws_sdk_lambda::types::FunctionCode::builder().zip_file(zip.into()).build();
    let function = aws.lambda().create_function().function_name("payments-prod").role(role).handler("a.b");
    let function = function.runtime(aws_sdk_lambda::types::Runtime::Nodejs22x).code(code);
    function.send().await.expect("a function");
    aws.logs().create_log_group().log_group_name("/payments").send().await.expect("a group");
    crate::chance::take_table(aws, "payments", None).await;
    let api = aws.apis().create_api().name("payments").route_selection_expression("$request.body.action");
    let api = api.protocol_type(aws_sdk_apigatewayv2::types::ProtocolType::Websocket);
    api.send().await.expect("an API");
    tokio::time::sleep(std::time::Duration::from_mins(1)).await; // until the table is made
}

/// Tags everything of that team as `demo`'s, with `tags` besides.
async fn tag_theirs(bench: &Bench, tags: &[(&str, &str)]) {
    let aws = bench.aws();
    // DynamoDB refuses a key that comes twice.
    let all: std::collections::BTreeMap<&str, &str> =
        [("copilot-infra:stack", "demo")].into_iter().chain(tags.iter().copied()).collect();
    let all: Vec<(String, String)> =
        all.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let map = || Some(all.iter().cloned().collect());
    let arn = aws.arn("lambda", "function:payments-prod");
    aws.lambda().tag_resource().resource(arn).set_tags(map()).send().await.expect("tags");
    let arn = aws.arn("logs", "log-group:/payments");
    aws.logs().tag_resource().resource_arn(arn).set_tags(map()).send().await.expect("tags");
    let tag = |(key, value): &(String, String)| {
        aws_sdk_dynamodb::types::Tag::builder().key(key).value(value).build().expect("a tag")
    };
    let arn = aws.arn("dynamodb", "table/payments");
    let tags = Some(all.iter().map(tag).collect());
    aws.dynamodb().tag_resource().resource_arn(arn).set_tags(tags).send().await.expect("tags");
    let apis = aws.apis().get_apis().send().await.expect("APIs").items.unwrap_or_default();
    let api = apis.into_iter().find(|api| api.name.as_deref() == Some("payments")).expect("theirs");
    let arn = format!("arn:aws:apigateway:{REGION}::/apis/{}", api.api_id.expect("an id"));
    aws.apis().tag_resource().resource_arn(arn).set_tags(map()).send().await.expect("tags");
    // Lists and the index of tags show it late.
    tokio::time::sleep(std::time::Duration::from_mins(70)).await;
}

const THEIRS: [(&str, &str); 4] = [
    ("lambda/function", "payments-prod"),
    ("logs/log-group", "/payments"),
    ("dynamodb/table", "payments"),
    ("apigateway/api", "payments"),
];

fn switches() -> Switches {
    Switches { lists_show_tags: true, ..Switches::default() }
}

/// The name in a label; that of an API whose name does not find it has its id besides.
fn bare(label: &str) -> &str {
    label.split(" (").next().unwrap_or_default()
}

fn kept(plan: &Plan) -> Vec<(&str, &str)> {
    let alone = plan.kept.iter().filter(|one| one.why == KeepReason::TagAlone);
    let mut found: Vec<_> = alone.map(|one| (one.kind, bare(&one.id))).collect();
    found.sort_by_key(|one| THEIRS.iter().position(|theirs| theirs == one));
    found
}

#[test]
fn what_only_a_tag_calls_ours_is_removed_by_its_address_alone() {
    deep(async || {
        let bench = Bench::new(7, switches());
        bench.must(Command::Apply, &spec()).await;
        another_team(&bench).await;
        tag_theirs(&bench, &[]).await;
        let all = Consent { delete_data: true, ..Consent::default() };
        let plan = bench.plan_with(&spec(), &all).await.expect("a plan");
        assert_eq!((plan.is_empty(), kept(&plan)), (true, THEIRS.to_vec()));
        // The tags of what is the stack's, copied.
        let mut copied = Vec::new();
        bench.sim.edit_tags(REGION, |name, tags| {
            if name == "function legacy-apart" {
                copied = tags.clone().into_iter().collect();
            }
        });
        let copied: Vec<_> = copied.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert!(copied.iter().any(|(key, _)| *key == "copilot-infra:applied"));
        tag_theirs(&bench, &copied).await;
        let plan = bench.plan_with(&spec(), &all).await.expect("a plan");
        assert_eq!((plan.is_empty(), kept(&plan)), (true, THEIRS.to_vec()));
        for one in plan.kept.iter().filter(|one| one.why == KeepReason::TagAlone) {
            let id = one.id.as_str();
            let replace = [format!("{}/{id}", one.kind)].into();
            let plan =
                bench.plan_with(&spec(), &Consent { delete_data: false, replace }).await.expect("a plan");
            let gone: Vec<_> = plan.steps.iter().filter(|step| step.action.verb().is_some()).collect();
            assert_eq!(gone.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), [id]);
        }
        let tagged = bench.sim.inventory(REGION);
        assert!(bench.run(Command::Destroy, &spec(), Script::default()).await.is_good());
        let of_theirs = |lines: Vec<String>| lines.into_iter().filter(|line| line.contains("payments"));
        let left: Vec<String> = of_theirs(bench.sim.inventory(REGION)).collect();
        assert_eq!(left, of_theirs(tagged).collect::<Vec<_>>());
    });
}

#[test]
fn what_was_applied_under_an_old_name_still_goes() {
    deep(async || {
        let bench = Bench::new(7, switches());
        bench.must(Command::Apply, &spec()).await;
        let renamed =
            text(&SPEC.replace("legacy-apart", "fresh-apart").replace("name: legacy,", "name: fresh,"));
        tokio::time::sleep(std::time::Duration::from_mins(70)).await; // until the index of tags knows them
        bench.must(Command::Apply, &renamed).await;
        let plan = bench.settled(&renamed).await.expect("all is done");
        let kept: Vec<_> = plan.kept.iter().map(|one| (one.id.as_str(), one.why)).collect();
        assert_eq!(kept, [("/aws/lambda/legacy-apart", KeepReason::HoldsData)]);
        let mut left = bench.sim.inventory(REGION);
        left.retain(|line| line.contains("legacy") && !line.contains("/aws/lambda/legacy-apart"));
        assert!(left.is_empty(), "{left:#?}");
    });
}

/// Puts CloudFormation's tag on the table and the function.
fn form(bench: &Bench) {
    bench.sim.edit_tags(REGION, |name, tags| {
        if matches!(name, "table demo-items" | "function legacy-apart") {
            tags.insert("aws:cloudformation:stack-name".into(), "network".into());
        }
    });
}

#[test]
fn what_cloudformation_owns_is_refused_until_it_was_applied_here() {
    deep(async || {
        let bench = Bench::new(7, switches());
        crate::chance::take_table(bench.aws(), "demo-items", Some("demo")).await;
        form(&bench);
        let end = bench.run(Command::Apply, &spec(), Script::default()).await;
        assert!(
            matches!(&end, End::Refused(why) if why.contains("CloudFormation stack `network`")),
            "{end:?}"
        );
        let bare = text("version: 1\nstack: demo\nregion: us-east-1\n");
        let plan = bench.plan_with(&bare, &Consent { delete_data: true, ..Consent::default() }).await;
        let plan = plan.expect("a plan");
        assert_eq!(plan.count_steps(Verb::Delete), 0);
        assert!(plan.kept.iter().any(|one| one.why == KeepReason::Contested), "{:?}", plan.kept);
        let replace = ["tables.items".to_owned()].into();
        let plan = bench.plan_with(&spec(), &Consent { delete_data: false, replace }).await.expect("a plan");
        assert_eq!(plan.refusals, [], "it is taken over by its address");
    });
    deep(async || {
        let bench = Bench::new(7, switches());
        bench.must(Command::Apply, &spec()).await;
        form(&bench);
        bench.settled(&spec()).await.expect("what was applied here is the stack's");
        assert!(bench.run(Command::Destroy, &spec(), Script::default()).await.is_good());
        let left = bench.sim.inventory(REGION);
        assert!(!left.iter().any(|line| line.contains("copilot-infra:stack")), "{left:#?}");
    });
}
