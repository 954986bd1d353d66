//! The defaults of the spec, and the one table name that it cannot use.

/// Name of the lease table, which all stacks of an account and region share.
pub const LEASE_TABLE: &str = "copilot-infra-leases";

/// Path that the roles of all stacks stand below.
pub const ROLE_HOME: &str = "/copilot-infra/";
/// Runtime of a function: the newest Node.js without an end date in sight.
pub const RUNTIME: &str = "nodejs24.x";
/// Memory of a function in MB.
pub const MEMORY: u32 = 256;
/// Default timeout of a function in seconds.
pub const TIMEOUT: u32 = 30;
/// Days that a log is kept by default.
pub const LOG_RETENTION_DAYS: u32 = 30;
/// Days between scheduling a key's deletion and its end, by default.
pub const DELETION_WINDOW_DAYS: u32 = 30;
/// Expression that selects the route of a message.
pub const ROUTE_SELECTION: &str = "$request.body.action";
/// Expression that selects the API key of a message.
pub const KEY_SELECTION: &str = "$request.header.x-api-key";
/// Default identity source of an authorizer.
pub const IDENTITY: &str = "route.request.querystring.token";
/// Name of the stage.
pub const STAGE: &str = "prod";
/// Requests per second of a stage.
pub const THROTTLE_RATE: f64 = 500.0;
/// Burst of a stage.
pub const THROTTLE_BURST: u32 = 1000;
/// Default template of a function's code.
pub const CODE_TEMPLATE: &str = "websocket-handlers";
/// Names of the code templates shipped with the tool.
pub const CODE_TEMPLATES: [&str; 2] = [CODE_TEMPLATE, "websocket-authorizer"];
