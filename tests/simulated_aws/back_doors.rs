//! The usual back doors: each is planted beside a stack that stands, seen by the next plan, and closed or warned of.
use std::{collections::BTreeSet, time::Duration};

use aws_sdk_cloudwatchlogs::types::MetricTransformation;
use aws_sdk_dynamodb::types::{
    CreateReplicationGroupMemberAction, ReplicationGroupUpdate, StreamSpecification, StreamViewType,
};
use aws_sdk_lambda::types::{
    DeadLetterConfig, DestinationConfig, FileSystemConfig, FunctionUrlAuthType, OnSuccess, SnapStart,
    SnapStartApplyOn, VpcConfig,
};
use copilot_infra::{
    aws::Aws,
    doctor::{Checked, FindingLevel, check_drift},
    engine::{Action, DriftStatus, Plan, Step},
    manifest::Loaded,
};
use copilot_infra_simulator::{Fault, Script, Switches};

use crate::bench::{Bench, Command, REGION, deep, spread, text};

const SPEC: &str = "
version: 1
stack: demo
region: us-east-1
key: {}
tables: { items: { partition_key: { name: id, type: S } } }
functions: { chat: { handler: websocket-handler.messageHandler } }
api: { routes: { $default: chat }, stage: { access_log: {} } }
";

const CHAT: &str = "demo-chat";
const GROUP: &str = "/aws/lambda/demo-chat";
const TABLE: &str = "demo-items";

fn spec() -> Loaded {
    text(SPEC)
}

/// A back door: what somebody does, and where the plan shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Layer,
    Vpc,
    FileSystem,
    DeadLetter,
    SnapStart,
    Url,
    UrlOfAlias,
    Destination,
    DestinationOfAlias,
    Stream,
    KinesisStream,
    TablePolicy,
    Subscription,
}

const DOORS: [Door; 13] = [
    Door::Layer,
    Door::Vpc,
    Door::FileSystem,
    Door::DeadLetter,
    Door::SnapStart,
    Door::Url,
    Door::UrlOfAlias,
    Door::Destination,
    Door::DestinationOfAlias,
    Door::Stream,
    Door::KinesisStream,
    Door::TablePolicy,
    Door::Subscription,
];

impl Door {
    /// The address and the member that the plan shows it at, and the call that closes it.
    fn shows(self) -> (&'static str, &'static str, &'static str) {
        let (function, table) = ("functions.chat", "tables.items");
        let configuration = "lambda:UpdateFunctionConfiguration";
        match self {
            Self::Layer => (function, "/layers", configuration),
            Self::Vpc => (function, "/vpc", configuration),
            Self::FileSystem => (function, "/file_systems", configuration),
            Self::DeadLetter => (function, "/dead_letter_target", configuration),
            Self::SnapStart => (function, "/snap_start", configuration),
            Self::Url | Self::UrlOfAlias => (function, "/function_urls", "lambda:DeleteFunctionUrlConfig"),
            Self::Destination | Self::DestinationOfAlias => {
                (function, "/event_invoke_configs", "lambda:DeleteFunctionEventInvokeConfig")
            }
            Self::Stream => (table, "/stream", "dynamodb:UpdateTable"),
            Self::KinesisStream => (table, "/kinesis_streams", "dynamodb:DisableKinesisStreamingDestination"),
            Self::TablePolicy => (table, "/resource_policy", "dynamodb:DeleteResourcePolicy"),
            Self::Subscription => ("logs.chat", "/subscription_filters", "logs:DeleteSubscriptionFilter"),
        }
    }

    async fn plant(self, aws: &Aws) {
        let (lambda, tables) = (aws.lambda(), aws.dynamodb());
        let settings = || lambda.update_function_configuration().function_name(CHAT);
        let elsewhere = "arn:aws:sqs:us-east-1:999999999999:theirs";
        match self {
            Self::Layer => {
                let layer = "arn:aws:lambda:us-east-1:999999999999:layer:spy:1";
                settings().layers(layer).send().await.expect("a layer");
            }
            Self::Vpc => {
                let vpc = VpcConfig::builder().subnet_ids("subnet-1").security_group_ids("sg-1").build();
                settings().vpc_config(vpc).send().await.expect("a VPC");
            }
            Self::FileSystem => {
                let arn = "arn:aws:elasticfilesystem:us-east-1:999999999999:access-point/fsap-1";
                let files = FileSystemConfig::builder().arn(arn).local_mount_path("/mnt/theirs").build();
                settings().file_system_configs(files.expect("whole")).send().await.expect("files");
            }
            Self::DeadLetter => {
                let letters = DeadLetterConfig::builder().target_arn(elsewhere).build();
                settings().dead_letter_config(letters).send().await.expect("a target");
            }
            Self::SnapStart => {
                let snap = SnapStart::builder().apply_on(SnapStartApplyOn::PublishedVersions).build();
                settings().snap_start(snap).send().await.expect("a snapshot");
            }
            Self::Url => open_url(aws, None).await,
            Self::UrlOfAlias => {
                alias(aws).await;
                open_url(aws, Some("live")).await;
            }
            Self::Destination => send_results(aws, None, elsewhere).await,
            Self::DestinationOfAlias => {
                alias(aws).await;
                send_results(aws, Some("live"), elsewhere).await;
            }
            Self::Stream => {
                let stream = StreamSpecification::builder().stream_enabled(true);
                let stream = stream.stream_view_type(StreamViewType::NewAndOldImages).build().expect("whole");
                let call = tables.update_table().table_name(TABLE).stream_specification(stream);
                call.send().await.expect("a stream");
            }
            Self::KinesisStream => {
                let call = tables.enable_kinesis_streaming_destination().table_name(TABLE);
                let call = call.stream_arn("arn:aws:kinesis:us-east-1:999999999999:stream/theirs");
                call.send().await.expect("a destination");
            }
            Self::TablePolicy => open_table(aws).await,
            Self::Subscription => {
                let call = aws.logs().put_subscription_filter().log_group_name(GROUP).filter_name("theirs");
                let destination = "arn:aws:logs:us-east-1:999999999999:destination:theirs";
                call.filter_pattern("").destination_arn(destination).send().await.expect("a filter");
            }
        }
    }
}

/// Opens all of them.
pub(crate) async fn open_all(aws: &Aws) {
    for door in DOORS {
        door.plant(aws).await;
        tokio::time::sleep(Duration::from_mins(1)).await; // until it may be changed again
    }
    open_alias(aws).await;
}

async fn open_alias(aws: &Aws) {
    let call = aws.lambda().add_permission().function_name(CHAT).qualifier("live");
    let call = call.statement_id("theirs").action("lambda:InvokeFunction");
    call.principal("s3.amazonaws.com").send().await.expect("a permission");
}

async fn alias(aws: &Aws) {
    let call = aws.lambda().create_alias().function_name(CHAT).name("live").function_version("1");
    call.send().await.expect("an alias");
}

async fn open_url(aws: &Aws, alias: Option<&str>) {
    let call = aws.lambda().create_function_url_config().function_name(CHAT);
    let call = call.set_qualifier(alias.map(str::to_owned)).auth_type(FunctionUrlAuthType::None);
    call.send().await.expect("a URL");
}

async fn send_results(aws: &Aws, alias: Option<&str>, to: &str) {
    let success = OnSuccess::builder().destination(to).build();
    let destinations = DestinationConfig::builder().on_success(success).build();
    let call = aws.lambda().put_function_event_invoke_config().function_name(CHAT);
    let call = call.set_qualifier(alias.map(str::to_owned)).destination_config(destinations);
    call.send().await.expect("a destination");
}

async fn open_table(aws: &Aws) {
    let arn = aws.arn("dynamodb", &format!("table/{TABLE}"));
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "Theirs", "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::999999999999:root" }, "Action": "dynamodb:*", "Resource": arn }] });
    let call = aws.dynamodb().put_resource_policy().resource_arn(arn).policy(policy.to_string());
    call.send().await.expect("a policy");
}

/// The stack, with what somebody did to it.
async fn opened(seed: u64, plant: impl AsyncFnOnce(&Aws)) -> (Bench, Vec<String>) {
    let bench = Bench::new(seed, Switches::default());
    bench.must(Command::Apply, &spec()).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    let before = bench.sim.inventory(REGION);
    plant(bench.aws()).await;
    tokio::time::sleep(Duration::from_mins(2)).await;
    (bench, before)
}

/// The steps that change something, with the members that they change.
fn changed(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let steps = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Keep => None,
        Action::Update { changes } => {
            Some((step.address.clone(), changes.iter().map(|one| one.pointer.to_string()).collect()))
        }
        other => panic!("{}: {other:?}", step.address),
    });
    steps.collect()
}

#[test]
fn every_back_door_is_seen_and_closed_and_nothing_else_is_touched() {
    let found = spread(DOORS.len(), async |at| {
        let door = DOORS[at];
        let (address, member, closes) = door.shows();
        let (bench, before) = opened(at as u64, async |aws| door.plant(aws).await).await;
        let plan = bench.plan(&spec()).await.expect("a plan");
        assert_eq!(changed(&plan), [(address.to_owned(), vec![member.to_owned()])], "{door:?}");
        let step = plan.steps.iter().find(|step| step.address == address).expect("it is there");
        assert_eq!(step.drift_status, Some(DriftStatus::Drifted), "{door:?}");
        let told = check_drift(&plan);
        let hint = |one: &Checked| one.1.hint.clone().unwrap_or_default();
        let explained =
            told.iter().any(|one| hint(one).starts_with("`aws ") && one.0 == FindingLevel::Problem);
        assert_eq!(explained, door != Door::SnapStart, "{door:?}: {told:?}");
        bench.must(Command::Apply, &spec()).await;
        let writes: BTreeSet<String> = bench
            .sim
            .records()
            .iter()
            .filter(|one| one.is_write())
            .map(|one| one.operation.clone())
            .collect();
        let allowed = |one: &String| one == closes || one.ends_with(":TagResource");
        assert!(writes.contains(closes) && writes.iter().all(allowed), "{door:?}: {writes:?}");
        assert_eq!(bench.needless(), [""; 0], "{door:?}");
        bench.settled(&spec()).await.unwrap_or_else(|why| panic!("{door:?}: {why}"));
        // An alias is harmless by itself, and stays.
        let after: Vec<_> = bench
            .sim
            .inventory(REGION)
            .iter()
            .map(|line| line.replace("beside [\"live\"]", "beside []"))
            .collect();
        assert_eq!(after, before, "{door:?}");
    });
    assert_eq!(found.len(), DOORS.len());
}

/// What only a warning tells: where, and some of its words.
#[derive(Clone, Copy, Debug)]
enum Oddity {
    EventSource,
    OpenAlias,
    Replica,
    MetricFilter,
    DataProtection,
    ForeignStage,
}

const ODDITIES: [Oddity; 6] = [
    Oddity::EventSource,
    Oddity::OpenAlias,
    Oddity::Replica,
    Oddity::MetricFilter,
    Oddity::DataProtection,
    Oddity::ForeignStage,
];

impl Oddity {
    fn shows(self) -> (&'static str, &'static str) {
        match self {
            Self::EventSource => ("functions.chat", "`arn:aws:sqs:us-east-1:999999999999:theirs` invokes it"),
            Self::OpenAlias => ("permissions.chat", "the alias `live` lets others invoke the function"),
            Self::Replica => ("tables.items", "its data is copied to `eu-west-1`"),
            Self::MetricFilter => ("logs.chat", "metric filters (1)"),
            Self::DataProtection => ("logs.chat", "a data protection policy"),
            Self::ForeignStage => ("api.stage", "the API also has the stage `theirs`"),
        }
    }

    async fn plant(self, bench: &Bench) {
        let aws = bench.aws();
        match self {
            Self::EventSource => {
                let call = aws.lambda().create_event_source_mapping().function_name(CHAT);
                let call = call.event_source_arn("arn:aws:sqs:us-east-1:999999999999:theirs");
                call.send().await.expect("a mapping");
            }
            Self::OpenAlias => {
                alias(aws).await;
                open_alias(aws).await;
            }
            Self::Replica => {
                let create = CreateReplicationGroupMemberAction::builder().region_name("eu-west-1").build();
                let update = ReplicationGroupUpdate::builder().create(create.expect("whole")).build();
                let call = aws.dynamodb().update_table().table_name(TABLE).replica_updates(update);
                call.send().await.expect("a replica");
            }
            Self::MetricFilter => {
                let metric = MetricTransformation::builder().metric_name("x").metric_namespace("y");
                let metric = metric.metric_value("1").build().expect("whole");
                let call = aws.logs().put_metric_filter().log_group_name(GROUP).filter_name("theirs");
                call.filter_pattern("").metric_transformations(metric).send().await.expect("a metric");
            }
            Self::DataProtection => {
                let call = aws.logs().put_data_protection_policy().log_group_identifier(GROUP);
                call.policy_document("{}").send().await.expect("a policy");
            }
            Self::ForeignStage => {
                let call = aws.apis().create_stage().api_id(bench.api_id().await).stage_name("theirs");
                call.send().await.expect("a stage");
            }
        }
    }
}

fn warning<'a>(plan: &'a Plan, address: &str) -> &'a str {
    let step: &Step = plan.steps.iter().find(|step| step.address == address).expect("it is there");
    step.warning.as_deref().unwrap_or_default()
}

#[test]
fn what_may_be_wanted_by_others_is_warned_of_and_stays() {
    let found = spread(ODDITIES.len(), async |at| {
        let oddity = ODDITIES[at];
        let (bench, _) = opened(at as u64, async |_| {}).await;
        oddity.plant(&bench).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        let stands = bench.sim.inventory(REGION);
        let plan = bench.settled(&spec()).await.unwrap_or_else(|why| panic!("{oddity:?}: {why}"));
        let (address, words) = oddity.shows();
        assert!(warning(&plan, address).contains(words), "{oddity:?}: {}", warning(&plan, address));
        let told = check_drift(&plan);
        let warned = |one: &&Checked| one.0 == FindingLevel::Warning && one.1.message.contains(words);
        assert_eq!(told.iter().filter(warned).count(), 1, "{oddity:?}: {told:?}");
        bench.must(Command::Apply, &spec()).await;
        assert_eq!(bench.sim.inventory(REGION), stands, "{oddity:?}");
    });
    assert_eq!(found.len(), ODDITIES.len());
}

/// The reads that a role of before they were made may not make, each with the address that is warned of.
const SIDE_READS: [(&str, &str); 7] = [
    ("lambda:ListFunctionUrlConfigs", "functions.chat"),
    ("lambda:ListFunctionEventInvokeConfigs", "functions.chat"),
    ("lambda:ListEventSourceMappings", "functions.chat"),
    ("lambda:ListAliases", "permissions.chat"),
    ("dynamodb:GetResourcePolicy", "tables.items"),
    ("dynamodb:DescribeKinesisStreamingDestination", "tables.items"),
    ("logs:DescribeSubscriptionFilters", "logs.chat"),
];

#[test]
fn a_role_that_may_not_look_is_told_so() {
    deep(async || {
        let (bench, _) = opened(7, async |_| {}).await;
        for (operation, address) in SIDE_READS {
            let denied = (0..9).map(|nth| (operation.to_owned(), nth, Fault::Denied)).collect();
            bench.sim.begin(Script { on: denied, ..Script::default() });
            let plan = bench.plan(&spec()).await.unwrap_or_else(|why| panic!("{operation}: {why}"));
            assert_eq!(changed(&plan), [], "{operation}");
            let told = warning(&plan, address);
            assert!(
                told.contains(&format!("cannot be told: `{operation}` is denied")),
                "{operation}: {told}"
            );
        }
    });
}

#[test]
fn a_read_that_fails_otherwise_is_never_taken_for_nothing() {
    deep(async || {
        let (bench, _) = opened(7, async |_| {}).await;
        for (operation, _) in SIDE_READS {
            let failing = (0..99).map(|nth| (operation.to_owned(), nth, Fault::ErrorBefore)).collect();
            bench.sim.begin(Script { on: failing, ..Script::default() });
            let error = bench.plan(&spec()).await.map(|_| ()).expect_err("it fails");
            assert!(error.contains(operation), "{error}");
        }
    });
}

/// Neither a removal nor what has left the spec is read more than it takes.
#[test]
fn a_removal_looks_for_no_back_doors() {
    deep(async || {
        let (bench, _) = opened(7, async |_| {}).await;
        bench.must(Command::Destroy, &spec()).await;
        let read =
            bench.sim.records().iter().any(|one| SIDE_READS.iter().any(|(name, _)| one.operation == *name));
        assert!(!read, "{}", bench.story());
    });
}
