//! Specs that several tests start from.

/// The reference stack.
pub(crate) const REFERENCE: &str = include_str!("../../../examples/omnitrack-copilot.yaml");

/// A key, a protected table and a role with everything a table has, and no API to wait for.
pub(crate) const SMALL: &str = r#"
version: 1
stack: small
key: { alias: small }
tables:
  notes:
    partition_key: { name: id, type: S }
    point_in_time_recovery: true
    ttl: expiresAt
functions:
  work:
    runtime: nodejs22.x
    handler: websocket-handler.messageHandler
    environment: { NOTES: "${tables.notes.name}" }
    access: { tables: { notes: read } }
outputs:
  Notes: ${tables.notes.name}
"#;

/// What follows the head of a spec: one table, and two.
pub(crate) const ONE: &str =
    "tables:\n  items: { partition_key: { name: id, type: S }, deletion_protection: false }\n";
pub(crate) const TWO: &str = "tables:\n  items: { partition_key: { name: id, type: S }, deletion_protection: false }\n  orders: { partition_key: { name: id, type: S }, deletion_protection: false }\n";
