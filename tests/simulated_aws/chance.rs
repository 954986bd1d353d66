//! Wishes and meddling by chance.
use std::{fmt::Write, time::Duration};

use copilot_infra::aws::{Aws, tags::STACK};
use fastrand::Rng;

fn one<'a>(rng: &mut Rng, all: &[&'a str]) -> &'a str {
    rng.choice(all).copied().unwrap_or_default()
}

/// What a world's specs have in common, so that each can follow any other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// A table or two.
    Tables,
    /// A function by itself.
    Function,
    /// A function and its table.
    Pair,
    /// A function behind an API.
    Gateway,
    /// Up to two of everything.
    Whole,
}

impl Shape {
    /// Most worlds are small, so that there can be many.
    pub(crate) fn random(rng: &mut Rng) -> Self {
        match rng.u8(0..10) {
            0..3 => Self::Tables,
            3..5 => Self::Function,
            5..7 => Self::Pair,
            7..9 => Self::Gateway,
            _ => Self::Whole,
        }
    }

    fn has_tables(self) -> bool {
        matches!(self, Self::Tables | Self::Pair | Self::Whole)
    }
}

/// A valid spec; what holds data keeps its key schema from one spec to the next.
pub(crate) fn spec(rng: &mut Rng, shape: Shape) -> String {
    let mut text = String::from("version: 1\nstack: world\nregion: us-east-1\n");
    let whole = matches!(shape, Shape::Whole);
    if rng.bool() {
        let _ = writeln!(text, "tags: {{ Team: {}, Cost: c{} }}", one(rng, &["a", "b"]), rng.u8(0..3));
    }
    if rng.u8(0..3) < if whole { 2 } else { 1 } {
        let _ = writeln!(text, "key: {{ alias: world, rotation: {} }}", rng.bool());
    }
    if shape.has_tables() {
        text.push_str("tables:\n");
        let tables = if whole || matches!(shape, Shape::Tables) { rng.usize(1..3) } else { 1 };
        (0..tables).for_each(|at| table(&mut text, rng, at));
    }
    if matches!(shape, Shape::Tables) {
        return text;
    }
    let functions = if whole { rng.usize(1..3) } else { 1 };
    let api = matches!(shape, Shape::Gateway) || whole && rng.u8(0..4) > 0;
    text.push_str("functions:\n");
    (0..functions).for_each(|at| function(&mut text, rng, at, api, shape.has_tables()));
    if api {
        gateway(&mut text, rng, functions);
    }
    text
}

fn table(text: &mut String, rng: &mut Rng, at: usize) {
    let _ = writeln!(text, "  t{at}:\n    partition_key: {{ name: id, type: S }}");
    // Only one table has a local index, and always: it could not get or lose it later.
    if at == 1 {
        text.push_str("    sort_key: { name: at, type: N }\n");
    }
    let _ = writeln!(text, "    class: {}", one(rng, &["standard", "standard", "infrequent"]));
    // Only the table that is always there may be protected: another one could not go.
    let _ = writeln!(text, "    deletion_protection: {}", at == 0 && rng.bool());
    let _ = writeln!(text, "    point_in_time_recovery: {}", rng.bool());
    match rng.u8(0..3) {
        0 => {
            let _ = writeln!(text, "    billing: {{ read: {}, write: 2 }}", rng.u8(1..4));
        }
        _ => text.push_str("    billing: on_demand\n"),
    }
    if rng.u8(0..4) == 0 {
        let _ = writeln!(text, "    ttl: {}", one(rng, &["expiresAt", "gone"]));
    }
    let local = at == 1;
    if local || rng.bool() {
        text.push_str("    indexes:\n");
        if local {
            text.push_str("      ByRank: { partition_key: { name: id, type: S }, sort_key: { name: rank, type: N }, local: true }\n");
        }
        for name in &["ByUser", "ByTime"][..rng.usize(1..3)] {
            let projection = one(rng, &["all", "keys_only", "[b, a]", "[c]"]);
            let _ = writeln!(
                text,
                "      {name}: {{ partition_key: {{ name: {}, type: S }}, projection: {projection} }}",
                one(rng, &["user", "time"]),
            );
        }
    }
}

fn function(text: &mut String, rng: &mut Rng, at: usize, api: bool, tables: bool) {
    let _ = writeln!(text, "  f{at}:\n    handler: websocket-handler.messageHandler");
    let _ = writeln!(text, "    memory: {}", 128 * rng.u16(1..5));
    let _ = writeln!(text, "    timeout: {}", rng.u8(1..29));
    let _ = writeln!(text, "    tracing: {}", one(rng, &["active", "passthrough"]));
    let _ = writeln!(text, "    architecture: {}", one(rng, &["x86_64", "arm64"]));
    let _ = writeln!(text, "    log_format: {}", one(rng, &["text", "json"]));
    let _ = writeln!(text, "    log_retention_days: {}", one(rng, &["1", "30", "365"]));
    if rng.bool() {
        let _ = writeln!(text, "    reserved_concurrency: {}", rng.u8(0..5));
    }
    if rng.bool() {
        let _ = writeln!(text, "    description: Does {}", rng.u8(0..3));
    }
    text.push_str("    environment:\n      ALWAYS: here\n");
    if tables {
        text.push_str("      TABLE: ${tables.t0.name}\n");
    }
    if rng.bool() {
        let _ = writeln!(text, "      MODE: m{}", rng.u8(0..3));
    }
    if rng.u8(0..3) == 0 {
        let callers = [
            "{ service: events.amazonaws.com, source: 'arn:aws:events:us-east-1:123456789012:rule/tick' }",
            "{ service: s3.amazonaws.com, source: 'arn:aws:s3:::uploads' }",
            "{ service: sns.amazonaws.com, account: '123456789012' }",
            "{ account: '210987654321' }",
        ];
        let _ = writeln!(text, "    callers: [{}]", rng.choose_multiple(callers, 2).join(", "));
    }
    let grant = one(rng, &["read", "write", "read_write", "scan", "scan_write"]);
    let grant = if tables { format!("t0: {grant}") } else { String::new() };
    let connections =
        if api { one(rng, &["false", "true", "[close, ask]", "[post, close]"]) } else { "false" };
    let _ = writeln!(text, "    access:\n      tables: {{ {grant} }}\n      connections: {connections}");
    for more in [
        "buckets: { uploads: read_write }",
        "parameters: { /app/*: read }",
        "queues: { jobs: send }",
        "functions: { f0: invoke }",
        "guardrails: { abc123: apply }",
        "allow: [{ actions: [s3:GetObject], on: ['arn:${stack.partition}:s3:::up/*'], why: reads }]",
    ] {
        if rng.u8(0..5) == 0 {
            let _ = writeln!(text, "      {more}");
        }
    }
}

fn gateway(text: &mut String, rng: &mut Rng, functions: usize) {
    text.push_str("api:\n");
    match rng.u8(0..4) {
        0 => text.push_str("  authorizer: iam\n"),
        1 | 2 => {
            text.push_str("  authorizer: { function: f0, identity: [route.request.querystring.token] }\n");
            if rng.u8(0..3) == 0 {
                text.push_str("  api_key_selection_expression: $context.authorizer.usageIdentifierKey\n");
            }
        }
        _ => {}
    }
    if rng.u8(0..3) == 0 {
        let _ = writeln!(text, "  description: Talks {}", rng.u8(0..3));
    }
    if rng.u8(0..4) == 0 {
        text.push_str("  route_selection_expression: ${request.body.a}/${request.body.b}\n");
    }
    text.push_str("  routes:\n");
    let keys = &["$connect", "$default", "message", "$disconnect"][..rng.usize(1..5)];
    for key in keys {
        let (function, respond, key_needed) = (rng.usize(0..functions), rng.u8(0..3) == 0, rng.u8(0..5) == 0);
        let _ = match (respond, key_needed) {
            (false, false) => writeln!(text, "    {key}: f{function}"),
            _ => {
                writeln!(
                    text,
                    "    {key}: {{ function: f{function}, respond: {respond}, api_key: {key_needed} }}"
                )
            }
        };
    }
    let _ = writeln!(text, "  stage:\n    logging: {}", one(rng, &["off", "error", "info"]));
    let _ = writeln!(text, "    auto_deploy: {}", rng.u8(0..3) > 0);
    let _ = writeln!(text, "    metrics: {}", rng.bool());
    let _ = writeln!(text, "    throttle: {{ rate: {}, burst: 20 }}", rng.u8(1..9));
    if rng.u8(0..3) == 0 {
        let level = one(rng, &["off", "error", "info"]);
        let _ = writeln!(
            text,
            "    route_settings: {{ {}: {{ logging: {level}, metrics: true }} }}",
            one(rng, keys)
        );
    }
}

/// Changes something that belongs to the stack, as somebody at the console would; it may not be there.
pub(crate) async fn meddle(aws: &Aws, rng: &mut Rng) {
    let (group, function) = ("/aws/lambda/world-f0", "world-f0");
    match rng.u8(0..10) {
        0 => drop(aws.logs().delete_log_group().log_group_name(group).send().await),
        1 => drop(aws.logs().put_retention_policy().log_group_name(group).retention_in_days(3).send().await),
        2 => drop(
            aws.lambda()
                .update_function_configuration()
                .function_name(function)
                .memory_size(3000)
                .send()
                .await,
        ),
        3 => drop(aws.lambda().delete_function().function_name(function).send().await),
        4 => drop(aws.kms().delete_alias().alias_name("alias/world").send().await),
        5 => {
            if let Ok(key) = aws.kms().describe_key().key_id("alias/world").send().await {
                let id = key.key_metadata.map(|key| key.key_id).unwrap_or_default();
                drop(aws.kms().schedule_key_deletion().key_id(id).pending_window_in_days(30).send().await);
            }
        }
        6 => drop(aws.dynamodb().delete_table().table_name("world-t1").send().await),
        7 => {
            let name = format!("world-f0-{}", aws.region);
            drop(aws.iam().delete_role_policy().role_name(name).policy_name("access").send().await);
        }
        8 => {
            if let Ok(all) = aws.lambda().get_policy().function_name(function).send().await {
                let policy: serde_json::Value =
                    serde_json::from_str(all.policy().unwrap_or("{}")).unwrap_or_default();
                let sid = policy["Statement"][0]["Sid"].as_str().unwrap_or("none").to_owned();
                drop(aws.lambda().remove_permission().function_name(function).statement_id(sid).send().await);
            }
        }
        _ => {
            let apis =
                aws.apis().get_apis().send().await.ok().and_then(|page| page.items).unwrap_or_default();
            for api in apis.into_iter().filter(|api| api.name() == Some("world-api")) {
                let id = api.api_id.unwrap_or_default();
                let routes = aws.apis().get_routes().api_id(&id).send().await;
                for route in routes.ok().and_then(|page| page.items).unwrap_or_default().into_iter().take(1) {
                    let route = route.route_id.unwrap_or_default();
                    drop(aws.apis().delete_route().api_id(&id).route_id(route).send().await);
                }
            }
        }
    }
}

/// Stands for another team's resources, some under names that look like the stack's.
pub(crate) async fn neighbours(aws: &Aws) {
    take_table(aws, "world-t9", Some("other")).await;
    take_group(aws, "/aws/lambda/world-f9", Some("other")).await;
    take_key(aws, "alias/world9").await;
    take_role(aws, "world-f9-us-east-1").await;
    let api = aws.apis().create_api().name("world").tags(STACK, "other");
    let api = api.protocol_type(aws_sdk_apigatewayv2::types::ProtocolType::Websocket);
    let made = api.route_selection_expression("$request.body.action").send().await.expect("an API is made");
    let id = made.api_id().unwrap_or_default();
    tokio::time::sleep(Duration::from_secs(30)).await; // until it is seen
    aws.apis().create_route().api_id(id).route_key("theirs").send().await.expect("a route is made");
}

/// Takes a name that `spec` needs, for another stack or for nobody; returns what to remove to free it again.
pub(crate) async fn squat(aws: &Aws, rng: &mut Rng, shape: Shape) -> Squatter {
    let owner = if rng.bool() { Some("other") } else { None };
    if shape.has_tables() {
        take_table(aws, "world-t0", owner).await;
        return Squatter::Table;
    }
    // One of nobody's is Lambda's own, and taken over.
    take_group(aws, "/aws/lambda/world-f0", Some("other")).await;
    Squatter::Group
}

/// What sits on a name.
pub(crate) enum Squatter {
    Table,
    Group,
}

impl Squatter {
    /// Frees the name.
    pub(crate) async fn leave(self, aws: &Aws) {
        match self {
            Self::Table => drop(aws.dynamodb().delete_table().table_name("world-t0").send().await),
            Self::Group => {
                drop(aws.logs().delete_log_group().log_group_name("/aws/lambda/world-f0").send().await);
            }
        }
    }
}

pub(crate) async fn take_table(aws: &Aws, name: &str, owner: Option<&str>) {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, Tag,
    };
    let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash);
    let tag = owner.map(|owner| Tag::builder().key(STACK).value(owner).build().expect("a tag"));
    let call = aws.dynamodb().create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    let call = call.attribute_definitions(id.build().expect("an attribute"));
    let call = call.key_schema(key.build().expect("a key")).set_tags(tag.map(|tag| vec![tag]));
    call.send().await.expect("a table is made");
}

async fn take_group(aws: &Aws, name: &str, owner: Option<&str>) {
    let call = aws.logs().create_log_group().log_group_name(name);
    let tags = owner.map(|owner| [(STACK.to_owned(), owner.to_owned())].into());
    call.set_tags(tags).send().await.expect("a group is made");
}

async fn take_key(aws: &Aws, alias: &str) {
    let tag = aws_sdk_kms::types::Tag::builder().tag_key(STACK).tag_value("other").build().expect("a tag");
    let key = aws.kms().create_key().tags(tag).send().await.expect("a key is made");
    let id = key.key_metadata.map(|key| key.key_id).unwrap_or_default();
    tokio::time::sleep(Duration::from_secs(30)).await; // until it is seen
    aws.kms().create_alias().alias_name(alias).target_key_id(id).send().await.expect("an alias is made");
}

async fn take_role(aws: &Aws, name: &str) {
    let trust = r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}]}"#;
    let tag = aws_sdk_iam::types::Tag::builder().key(STACK).value("other").build().expect("a tag");
    let call = aws.iam().create_role().role_name(name).assume_role_policy_document(trust).tags(tag);
    call.send().await.expect("a role is made");
}
