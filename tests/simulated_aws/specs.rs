//! Specs that the proofs run on.
use copilot_infra::manifest::Loaded;

use crate::bench::text;

/// The stack of the example: every kind but an authorizer.
pub(crate) fn reference() -> Loaded {
    text(REFERENCE)
}

/// The same stack, asked for otherwise.
pub(crate) fn reference_otherwise() -> Loaded {
    text(
        &REFERENCE
            .replace("log_retention_days: 30", "log_retention_days: 7")
            .replace("memory: 256", "memory: 512"),
    )
}

const REFERENCE: &str = include_str!("../../examples/omnitrack-copilot.yaml");

/// A small stack with every kind and an authorizer.
pub(crate) fn before() -> Loaded {
    text(BEFORE)
}

/// The small stack with deployments by hand.
pub(crate) fn deployed() -> Loaded {
    text(&BEFORE.replace("  stage:\n", "  stage:\n    auto_deploy: false\n"))
}

/// The small stack with another name for its API and another alias for its key.
pub(crate) fn renamed() -> Loaded {
    let api = "api:\n  name: spoken-to\n";
    text(&BEFORE.replace("alias: small", "alias: kept-by-its-tags").replace("api:\n", api))
}

/// The small stack with its key or its stage set up otherwise, by `replace(from, to)`.
pub(crate) fn before_but(from: &str, to: &str) -> Loaded {
    assert!(BEFORE.contains(from), "{from}");
    text(&BEFORE.replace(from, to))
}

/// The small stack without its API and its functions.
pub(crate) fn less() -> Loaded {
    text(BEFORE.split("functions:").next().expect("a beginning"))
}

/// The same stack after a change to every kind.
pub(crate) fn after() -> Loaded {
    text(AFTER)
}

const BEFORE: &str = "
version: 1
stack: small
region: us-east-1
tags: { Team: one, Old: gone }
key: { alias: small }
tables:
  items:
    partition_key: { name: id, type: S }
    ttl: expiresAt
    deletion_protection: true
    indexes:
      ByUser: { partition_key: { name: userId, type: S } }
functions:
  guard:
    handler: websocket-handler.connectHandler
  chat:
    handler: websocket-handler.messageHandler
    environment: { TABLE: '${tables.items.name}', ENDPOINT: '${api.management_endpoint}' }
    access: { tables: { items: read_write }, connections: true }
api:
  authorizer: { function: guard, identity: [route.request.querystring.token] }
  routes: { $connect: chat, $disconnect: chat, message: chat }
  stage:
    logging: error
    access_log: { retention_days: 7 }
";

const AFTER: &str = "
version: 1
stack: small
region: us-east-1
tags: { Team: two, New: here }
key: { alias: small, rotation: false }
tables:
  items:
    partition_key: { name: id, type: S }
    ttl: expiresAt
    deletion_protection: false
    point_in_time_recovery: false
    billing: { read: 5, write: 5 }
    indexes:
      ByTime: { partition_key: { name: userId, type: S }, sort_key: { name: time, type: N } }
functions:
  guard:
    handler: websocket-handler.connectHandler
    memory: 512
    reserved_concurrency: 5
  chat:
    handler: websocket-handler.messageHandler
    description: Talks
    log_retention_days: 90
    log_deletion_protection: true
    environment: { TABLE: '${tables.items.name}', MORE: 'yes' }
    access: { tables: { items: read }, connections: true }
api:
  authorizer: { function: guard, identity: [route.request.querystring.token, route.request.header.Auth] }
  routes: { $connect: chat, $default: chat, message: guard }
  stage:
    logging: info
    throttle: { rate: 50, burst: 100 }
    access_log: { retention_days: 14 }
";
