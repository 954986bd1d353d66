//! Runs that together need every permission that the deployer is told to have.
use std::time::Duration;

use copilot_infra::{aws::Aws, manifest::Loaded};
use copilot_infra_simulator::{ACCOUNT, Fault, Script, Switches};
use serde_json::{Value, json};

use super::good;
use crate::bench::{Bench, Command, End, REGION, text};

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    Plan,
    Apply,
    Destroy,
}

/// A run in a world that stands in some way.
pub(super) struct Scene {
    pub(super) name: &'static str,
    /// What is applied first, by somebody who may do anything.
    first: Option<fn() -> Loaded>,
    /// What somebody else did to it.
    meddling: Meddling,
    pub(super) run: Run,
    pub(super) spec: fn() -> Loaded,
    /// The policies it is to get by with.
    pub(super) grants: &'static [&'static str],
    /// A call whose answer gets lost.
    lost: Option<&'static str>,
    /// Whether IAM goes by the tags of tables.
    tables_by_tag: bool,
}

/// What somebody else did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meddling {
    None,
    Everything,
    KeyDoomed,
    KeyDisabled,
    AliasLost,
    InstanceProfile,
    NamelessStatements,
    Strangers,
    BackDoors,
    HalfLoggingRole,
    /// All of it was removed, and the tag index goes on naming it.
    Removed,
}

const PLAN: &[&str] = &["plan"];
const APPLY: &[&str] = &["plan", "apply"];
const FIRST: &[&str] = &["plan", "apply", "logging-role"];
const DATA: &[&str] = &["plan", "apply", "delete-data"];
const REPAIR: &[&str] = &["plan", "apply", "repair"];

impl Scene {
    pub(super) fn all() -> Vec<Self> {
        let scene = |name, first, run, spec, grants| Self {
            name,
            first,
            meddling: Meddling::None,
            run,
            spec,
            grants,
            lost: None,
            tables_by_tag: true,
        };
        let new = |name, meddling, run, grants| Self {
            meddling,
            ..scene(name, None, run, whole as fn() -> Loaded, grants)
        };
        let meddled = |name, meddling| Self {
            meddling,
            ..scene(name, Some(whole as fn() -> Loaded), Run::Apply, whole as fn() -> Loaded, APPLY)
        };
        vec![
            scene("plan of nothing", None, Run::Plan, whole, PLAN),
            scene("plan of what stands", Some(whole), Run::Plan, whole, PLAN),
            scene("plan of what has left the spec", Some(whole), Run::Plan, bare, PLAN),
            scene("plan with inputs", None, Run::Plan, with_inputs, PLAN),
            Self {
                run: Run::Plan,
                spec: bare,
                grants: PLAN,
                ..meddled("plan of what is gone", Meddling::Removed)
            },
            new("plan among strangers", Meddling::Strangers, Run::Plan, PLAN),
            Self { run: Run::Plan, grants: PLAN, ..meddled("plan without the alias", Meddling::AliasLost) },
            new("apply over half a logging role", Meddling::HalfLoggingRole, Run::Apply, FIRST),
            scene("update to no key", Some(whole), Run::Apply, keyless, APPLY),
            scene("apply of nothing", None, Run::Apply, whole, FIRST),
            scene("apply with a key of others", None, Run::Apply, with_given_key, FIRST),
            scene("update", Some(whole), Run::Apply, || changed("demo"), APPLY),
            scene("update back", Some(|| changed("demo")), Run::Apply, whole, APPLY),
            scene("update with deployments", Some(whole), Run::Apply, deploying, APPLY),
            scene("apply of less", Some(whole), Run::Apply, bare, APPLY),
            meddled("apply after meddling", Meddling::Everything),
            meddled("apply over back doors", Meddling::BackDoors),
            meddled("apply with a doomed key", Meddling::KeyDoomed),
            meddled("apply with a disabled key", Meddling::KeyDisabled),
            Self {
                grants: REPAIR,
                ..meddled("apply over nameless statements", Meddling::NamelessStatements)
            },
            scene("destroy", Some(whole), Run::Destroy, whole, DATA),
            Self {
                tables_by_tag: false,
                ..scene("destroy of tables by name", Some(whole), Run::Destroy, whole, DATA)
            },
            scene("destroy of what has left the spec", Some(whole), Run::Destroy, bare, DATA),
            Self {
                meddling: Meddling::InstanceProfile,
                ..scene(
                    "destroy of a role in a profile",
                    Some(whole),
                    Run::Destroy,
                    whole,
                    &["plan", "apply", "delete-data", "repair"],
                )
            },
            Self {
                lost: Some("apigateway:CreateDeployment"),
                ..scene("apply with a lost deployment", None, Run::Apply, deploying, FIRST)
            },
        ]
    }

    /// Runs it with these policies, and returns the world and how it ended.
    pub(super) async fn run(&self, policies: Vec<Value>) -> (Bench, End) {
        let removed = self.meddling == Meddling::Removed;
        let switches = Switches {
            page: 100,
            tables_by_tag: self.tables_by_tag,
            index_keeps_gone: removed,
            key_authorization_lag: 0,
            ..Switches::default()
        };
        let bench = Bench::new(7, switches);
        prepare(&bench).await;
        if let Some(first) = self.first {
            bench.must(Command::Apply, &first()).await;
        }
        if removed {
            bench.must(Command::Destroy, &whole()).await;
        }
        meddle(bench.aws(), self.meddling).await;
        tokio::time::sleep(Duration::from_mins(70)).await; // until all of it is seen
        bench.sim.confine(Some(policies));
        let spec = (self.spec)();
        let on = self.lost.map(|call| (call.to_owned(), 0, Fault::LostReply)).into_iter().collect();
        let script = Script { on, ..Script::default() };
        let end = match self.run {
            Run::Plan => {
                bench.sim.begin(Script::default());
                good(bench.plan(&spec).await.map(|_| ()))
            }
            Run::Apply => bench.run(Command::Apply, &spec, script).await,
            Run::Destroy => bench.run(Command::Destroy, &spec, Script::default()).await,
        };
        (bench, end)
    }
}

/// What stands in every world: another team's outputs and key.
async fn prepare(bench: &Bench) {
    let logs = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Action": "kms:*", "Resource": "*" },
        { "Effect": "Allow", "Principal": { "Service": "logs.us-east-1.amazonaws.com" }, "Action": "kms:*", "Resource": "*" },
    ] });
    let key = bench.aws().kms().create_key().policy(logs.to_string()).send().await.expect("a key is made");
    let arn = key.key_metadata.and_then(|key| key.arn).expect("it has an ARN");
    assert_eq!(arn, GIVEN_KEY, "the same in every world of this seed");
    bench.sim.put_output(REGION, Some("network"), "Team", "one");
    bench.sim.put_output(REGION, None, "shared-team", "one");
}

async fn meddle(aws: &Aws, meddling: Meddling) {
    let key = async || {
        let key = aws.kms().describe_key().key_id("alias/demo").send().await.expect("the key stands");
        key.key_metadata.expect("it is described").key_id
    };
    match meddling {
        Meddling::None | Meddling::Removed => {}
        Meddling::KeyDoomed => {
            let call = aws.kms().schedule_key_deletion().key_id(key().await).pending_window_in_days(30);
            call.send().await.expect("it is scheduled");
        }
        Meddling::KeyDisabled => {
            aws.kms().disable_key().key_id(key().await).send().await.expect("it is disabled");
        }
        Meddling::AliasLost => drop(aws.kms().delete_alias().alias_name("alias/demo").send().await),
        Meddling::NamelessStatements => nameless(aws).await,
        Meddling::Strangers => strangers(aws).await,
        Meddling::BackDoors => crate::back_doors::open_all(aws).await,
        Meddling::HalfLoggingRole => half_logging_role(aws).await,
        Meddling::InstanceProfile => {
            let call = aws.iam().add_role_to_instance_profile().instance_profile_name("theirs");
            call.role_name("demo-chat-us-east-1").send().await.expect("it is put in");
        }
        Meddling::Everything => everything(aws).await,
    }
}

/// Opens functions by statements that cannot be removed one by one.
async fn nameless(aws: &Aws) {
    for name in ["demo-chat", "demo-idle"] {
        let arn = aws.arn("lambda", &format!("function:{name}"));
        let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Resource": arn,
            "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Action": "lambda:InvokeFunction" }] });
        let put = aws.lambda().put_resource_policy().resource_arn(arn).policy(policy.to_string());
        put.send().await.expect("a policy");
    }
}

/// Takes the stack's names, for nobody in particular.
async fn strangers(aws: &Aws) {
    let role = trusting(aws, "theirs", "/", "lambda.amazonaws.com").await;
    tokio::time::sleep(Duration::from_mins(1)).await; // until it is seen
    let function = aws.lambda().create_function().function_name("demo-chat").role(role).handler("a.b");
    let code = aws_sdk_lambda::types::FunctionCode::builder().zip_file(EMPTY_ZIP.to_vec().into()).build();
    let function = function.runtime(aws_sdk_lambda::types::Runtime::Nodejs22x).code(code);
    function.send().await.expect("a function");
    aws.logs().create_log_group().log_group_name("/aws/lambda/demo-guard").send().await.expect("a group");
    let alias = aws.kms().create_alias().alias_name("alias/demo").target_key_id(GIVEN_KEY);
    alias.send().await.expect("an alias");
    crate::chance::take_table(aws, "demo-items", None).await;
}

/// The role that a run made which was killed before API Gateway was told of it, and that somebody changed.
async fn half_logging_role(aws: &Aws) {
    let name = "copilot-infra-apigateway-logs-us-east-1";
    trusting(aws, name, "/copilot-infra/", "lambda.amazonaws.com").await;
    let tag = aws_sdk_iam::types::Tag::builder().key("copilot-infra:shared").value("apigateway-logs");
    let tag = tag.build().expect("a tag");
    aws.iam().tag_role().role_name(name).tags(tag).send().await.expect("a tag");
    let put = aws.iam().put_role_policy().role_name(name).policy_name("theirs").policy_document(ANYTHING);
    put.send().await.expect("an inline policy");
}

async fn trusting(aws: &Aws, name: &str, path: &str, service: &str) -> String {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": service } }] });
    let call =
        aws.iam().create_role().role_name(name).path(path).assume_role_policy_document(trust.to_string());
    call.send().await.expect("a role");
    format!("arn:aws:iam::{ACCOUNT}:role{path}{name}")
}

const ANYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

/// A package without files: only the record that ends one.
const EMPTY_ZIP: &[u8; 22] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The key of others.
const GIVEN_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/712c1279-0fd7-7c68-6ed4-5129857fe7d0";

/// Two changes to one role at the same time collide.
async fn pause() {
    tokio::time::sleep(Duration::from_secs(10)).await;
}

/// Adds what no spec asks for, and takes what it does.
async fn everything(aws: &Aws) {
    let (role, function) = ("demo-chat-us-east-1", "demo-chat");
    let iam = aws.iam();
    let bound = iam.put_role_permissions_boundary().role_name(role);
    bound.permissions_boundary("arn:aws:iam::aws:policy/ReadOnlyAccess").send().await.expect("a boundary");
    pause().await;
    let attach = iam.attach_role_policy().role_name(role);
    attach.policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess").send().await.expect("an attached policy");
    pause().await;
    let put = iam.put_role_policy().role_name(role).policy_name("extra").policy_document(ANYTHING);
    put.send().await.expect("an inline policy");
    pause().await;
    iam.update_role().role_name(role).description("theirs").send().await.expect("a description");
    pause().await;
    let trust = r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}"#;
    iam.update_assume_role_policy().role_name(role).policy_document(trust).send().await.expect("a trust");
    let group = "/aws/lambda/demo-chat";
    aws.logs().disassociate_kms_key().log_group_name(group).send().await.expect("a group without a key");
    aws.logs().delete_retention_policy().log_group_name(group).send().await.expect("a group for ever");
    let open = aws.lambda().add_permission().function_name(function).statement_id("theirs");
    open.action("lambda:InvokeFunction").principal("s3.amazonaws.com").send().await.expect("a permission");
    let key = aws.kms().describe_key().key_id("alias/demo").send().await.expect("the key stands");
    let key = key.key_metadata.expect("it is described").key_id;
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "kms:*",
        "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Resource": "*" }] });
    aws.kms().put_key_policy().key_id(&key).policy(policy.to_string()).send().await.expect("a policy");
    aws.kms()
        .update_key_description()
        .key_id(&key)
        .description("theirs")
        .send()
        .await
        .expect("a description");
}

/// A stack with all that there is, names outside its prefix among them.
pub(super) fn whole() -> Loaded {
    named("demo")
}

/// The same under another name.
pub(super) fn named(stack: &str) -> Loaded {
    text(&WHOLE.replace("demo", stack))
}

/// The same stack with a change to everything that can be changed.
pub(super) fn changed(stack: &str) -> Loaded {
    text(&CHANGED.replace("demo", stack))
}

/// The whole stack with something said of its roles.
pub(super) fn with_roles(roles: &str) -> Loaded {
    text(&WHOLE.replacen("\nkey:", &format!("\n{roles}\nkey:"), 1))
}

/// The changed one with the same.
pub(super) fn changed_with_roles(roles: &str) -> Loaded {
    text(&CHANGED.replacen("\nkey:", &format!("\n{roles}\nkey:"), 1))
}

fn keyless() -> Loaded {
    text(&WHOLE.replace("key: { alias: demo }\n", ""))
}

fn bare() -> Loaded {
    text("version: 1\nstack: demo\nregion: us-east-1\ntags: { Team: one }\n")
}

fn deploying() -> Loaded {
    text(&WHOLE.replace("  stage:\n", "  stage:\n    auto_deploy: false\n"))
}

fn with_inputs() -> Loaded {
    let inputs = "inputs:\n  team: { cloudformation: { stack: network, output: Team } }\n  other: { export: shared-team }\n";
    text(&WHOLE.replace("\nkey:", &format!("\n{inputs}key:")))
}

fn with_given_key() -> Loaded {
    text(&WHOLE.replace("key: { alias: demo }", &format!("key: {{ arn: '{GIVEN_KEY}' }}")))
}

const WHOLE: &str = "
version: 1
stack: demo
region: us-east-1
tags: { Team: one, Old: gone }
key: { alias: demo }
tables:
  items:
    partition_key: { name: id, type: S }
    ttl: expiresAt
    deletion_protection: false
    indexes:
      ByUser: { partition_key: { name: userId, type: S } }
  apart:
    name: apart-demo
    partition_key: { name: id, type: S }
    deletion_protection: false
functions:
  idle:
    handler: websocket-handler.messageHandler
    log_on_delete: delete
  guard:
    handler: websocket-handler.connectHandler
  chat:
    handler: websocket-handler.messageHandler
    reserved_concurrency: 5
    environment: { TABLE: '${tables.items.name}', ENDPOINT: '${api.management_endpoint}' }
    access: { tables: { items: read_write }, connections: true }
  apart:
    name: apart-demo
    handler: websocket-handler.messageHandler
api:
  authorizer: { function: guard, identity: [route.request.querystring.token] }
  routes: { $connect: chat, $disconnect: chat, message: { function: apart, respond: true } }
  stage:
    logging: error
    route_throttles: { message: { rate: 5, burst: 5 } }
    access_log: { retention_days: 7, log_group: /apart/demo }
";

const CHANGED: &str = "
version: 1
stack: demo
region: us-east-1
tags: { Team: two, New: here }
key: { alias: demo, rotation: false }
tables:
  items:
    partition_key: { name: id, type: S }
    deletion_protection: true
    point_in_time_recovery: false
    billing: { read: 5, write: 5 }
    indexes:
      ByTime: { partition_key: { name: userId, type: S } }
functions:
  guard:
    handler: websocket-handler.connectHandler
    memory: 512
  chat:
    handler: websocket-handler.messageHandler
    architecture: arm64
    log_retention_days: 90
    log_deletion_protection: true
    environment: { TABLE: '${tables.items.name}' }
    access: { tables: { items: read }, connections: true }
api:
  route_selection_expression: $request.body.kind
  routes: { $connect: chat, $default: chat, message: guard }
  stage:
    logging: info
    throttle: { rate: 50, burst: 100 }
";
