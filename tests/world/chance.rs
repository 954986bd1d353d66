//! Wishes and meddling by chance.
use copilot_infra::aws::Aws;
use fastrand::Rng;
use std::fmt::Write;

fn one<'a>(rng: &mut Rng, all: &[&'a str]) -> &'a str {
    rng.choice(all).copied().unwrap_or_default()
}

/// A valid spec; what holds data keeps its key schema from one spec to the next.
pub(crate) fn spec(rng: &mut Rng) -> String {
    let mut text = String::from("version: 1\nstack: world\nregion: us-east-1\n");
    if rng.bool() {
        let _ = writeln!(text, "tags: {{ Team: {}, Cost: c{} }}", one(rng, &["a", "b"]), rng.u8(0..3));
    }
    if rng.u8(0..3) > 0 {
        let _ = writeln!(text, "key: {{ alias: world, rotation: {} }}", rng.bool());
    }
    let tables = rng.usize(1..3);
    text.push_str("tables:\n");
    (0..tables).for_each(|at| table(&mut text, rng, at));
    let functions = rng.usize(1..3);
    let api = rng.u8(0..4) > 0;
    text.push_str("functions:\n");
    (0..functions).for_each(|at| function(&mut text, rng, at, api));
    if api {
        gateway(&mut text, rng, functions);
    }
    text
}

fn table(text: &mut String, rng: &mut Rng, at: usize) {
    let _ = writeln!(text, "  t{at}:\n    partition_key: {{ name: id, type: S }}");
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
    if rng.bool() {
        text.push_str("    indexes:\n");
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

fn function(text: &mut String, rng: &mut Rng, at: usize, api: bool) {
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
    text.push_str("    environment:\n      TABLE: ${tables.t0.name}\n");
    if rng.bool() {
        let _ = writeln!(text, "      MODE: m{}", rng.u8(0..3));
    }
    let grant = one(rng, &["read", "write", "read_write"]);
    let _ = writeln!(text, "    access: {{ tables: {{ t0: {grant} }}, connections: {} }}", api && rng.bool());
}

fn gateway(text: &mut String, rng: &mut Rng, functions: usize) {
    text.push_str("api:\n");
    if rng.bool() {
        text.push_str("  authorizer: { function: f0, identity: [route.request.querystring.token] }\n");
    }
    text.push_str("  routes:\n");
    for key in &["$connect", "$default", "message", "$disconnect"][..rng.usize(1..5)] {
        let _ = writeln!(text, "    {key}: f{}", rng.usize(0..functions));
    }
    let _ = writeln!(text, "  stage:\n    logging: {}", one(rng, &["off", "error", "info"]));
    let _ = writeln!(text, "    auto_deploy: {}", rng.u8(0..3) > 0);
    let _ = writeln!(text, "    metrics: {}", rng.bool());
    let _ = writeln!(text, "    throttle: {{ rate: {}, burst: 20 }}", rng.u8(1..9));
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
            for api in apis {
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
