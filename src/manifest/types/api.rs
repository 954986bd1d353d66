//! The WebSocket API in the spec.
use schemars::JsonSchema;
use serde::Deserialize;

use super::function::LogOnDelete;
use crate::{
    diagnostic::Spanned,
    facts::{ENUMS, LIMITS},
    manifest::{defaults, map::Map},
};

/// The WebSocket API.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Name; default `<stack>-api`.
    #[schemars(extend("minLength" = 1, "maxLength" = *LIMITS.api_name_length))]
    #[schemars(extend("examples" = ["omnitrack-copilot-websocket-api"]))]
    pub name: Option<Spanned<String>>,
    /// What picks the route.
    #[schemars(extend(
        "pattern" = r"^(\$request\.body\.[A-Za-z0-9_.-]+|\$\{request\.body\.[A-Za-z0-9_.-]+\})$",
        "patternErrorMessage" = "a WebSocket API picks the route by a field of the message, such as `$request.body.action`",
        "default" = defaults::ROUTE_SELECTION
    ))]
    pub route_selection_expression: Option<Spanned<String>>,
    /// Who checks `$connect`.
    #[schemars(extend("examples" = [{"function": "authorize", "identity": ["route.request.querystring.token"]}]))]
    pub authorizer: Option<Spanned<Authorizer>>,
    /// Function ids by route key: `$connect`, `$disconnect`, `$default`, or a value of the selected field.
    #[schemars(extend("minProperties" = 1, "maxProperties" = *LIMITS.api_routes, "propertyNames" = {
        "pattern": r"^[^\s]{1,128}$",
        "patternErrorMessage": "use up to 128 characters without spaces"
    }))]
    #[schemars(extend("examples" = [{"$connect": "connect", "$disconnect": "disconnect", "$default": "message"}]))]
    pub routes: Map<Spanned<String>>,
    /// The stage.
    #[serde(default)]
    #[schemars(extend("examples" = [{"name": "prod", "access_log": {}}]))]
    pub stage: Stage,
    /// Whether it may neither be removed nor replaced, even after it has left this file; default false.
    #[schemars(extend("default" = false))]
    pub protect: Option<Spanned<bool>>,
}

/// A Lambda authorizer for `$connect`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authorizer {
    /// Function id.
    #[schemars(extend("examples" = ["authorize"]))]
    pub function: Spanned<String>,
    /// Identity sources; default `route.request.querystring.token`.
    #[serde(default)]
    #[schemars(extend("items" = {
        "type": "string",
        "pattern": r"^(route\.request\.(querystring|header)\.[^\s.]+|context\.[^\s]+|stageVariables\.[A-Za-z0-9_]+)$",
        "patternErrorMessage": "an identity source looks like `route.request.querystring.token` or `route.request.header.Auth`"
    }))]
    #[schemars(extend("default" = ["route.request.querystring.token"]))]
    pub identity: Vec<Spanned<String>>,
}

/// The stage of the API.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Name.
    #[schemars(extend(
        "pattern" = "^[a-zA-Z0-9_-]{1,128}$",
        "patternErrorMessage" = "use up to 128 letters, digits, `_` and `-`",
        "default" = defaults::STAGE
    ))]
    pub name: Option<Spanned<String>>,
    /// Whether changes go live by themselves.
    #[schemars(extend("default" = true))]
    pub auto_deploy: Option<Spanned<bool>>,
    /// Throttle of every route; default 500 requests/s, burst 1000.
    #[schemars(extend("default" = {"rate": 500, "burst": 1000}))]
    pub throttle: Option<Spanned<Throttle>>,
    /// Throttles of single routes, by route key.
    #[serde(default)]
    #[schemars(extend("examples" = [{"message": {"rate": 100, "burst": 200}}]))]
    pub route_throttles: Map<Throttle>,
    /// Execution logging; default error.
    #[schemars(extend("default" = "error"))]
    pub logging: Option<Spanned<Logging>>,
    /// Whether message contents are logged.
    #[schemars(extend("default" = false))]
    pub data_trace: Option<Spanned<bool>>,
    /// Detailed metrics.
    #[schemars(extend("default" = true))]
    pub metrics: Option<Spanned<bool>>,
    /// Access log; default none.
    #[schemars(extend("examples" = [{"retention_days": 30, "format": "json"}]))]
    pub access_log: Option<Spanned<AccessLog>>,
    /// Stage variables.
    #[serde(default)]
    #[schemars(extend("propertyNames" = {
        "pattern": "^[A-Za-z0-9_]+$",
        "patternErrorMessage": "use letters, digits and `_`"
    }))]
    #[schemars(extend("examples" = [{"colour": "blue"}]))]
    pub variables: Map<Spanned<String>>,
}

/// A throttle; both numbers are always sent, because a 0 blocks every message.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Requests per second, above 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    #[schemars(extend("default" = 500))]
    pub rate: Spanned<f64>,
    /// Burst, above 0.
    #[schemars(extend("minimum" = 1))]
    #[schemars(extend("default" = 1000))]
    pub burst: Spanned<u32>,
}

/// Level of a stage's execution log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Logging {
    /// Nothing.
    Off,
    /// Errors.
    Error,
    /// Errors and requests.
    Info,
}

/// A stage's access log.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLog {
    /// Log group; default `/aws/apigateway/<stack>`.
    #[schemars(extend(
        "pattern" = "^[._/#A-Za-z0-9-]{1,512}$",
        "patternErrorMessage" = "use up to 512 letters, digits and `.-_/#`"
    ))]
    #[schemars(extend("examples" = ["/aws/apigateway/omnitrack-copilot-websocket"]))]
    pub log_group: Option<Spanned<String>>,
    /// Days it is kept.
    #[schemars(extend("enum" = *ENUMS.log_retention_days, "default" = defaults::LOG_RETENTION_DAYS))]
    pub retention_days: Option<Spanned<u32>>,
    /// What becomes of it, and of the execution log, when it is turned off or the stack is removed; default `keep`.
    #[schemars(extend("default" = "keep"))]
    pub on_delete: Option<Spanned<LogOnDelete>>,
    /// Whether AWS itself refuses to delete it and the execution log; default false.
    #[schemars(extend("default" = false))]
    pub deletion_protection: Option<Spanned<bool>>,
    /// `json`, or a format string of `$context` variables in one line of up to 3 KB.
    #[schemars(extend("minLength" = 1, "maxLength" = *LIMITS.access_log_format_bytes, "default" = "json"))]
    pub format: Option<Spanned<String>>,
}
