//! The WebSocket API in the spec.
use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

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
    /// Description.
    #[schemars(extend("maxLength" = *LIMITS.api_description_length, "examples" = ["Chat of the shop"]))]
    pub description: Option<Spanned<String>>,
    /// What picks the route: a field of the message, or several with a text between them.
    #[schemars(extend(
        "pattern" = r"^(\$request\.body\.[A-Za-z0-9_.-]+|([^\s${}]*\$\{request\.body\.[A-Za-z0-9_.-]+\})+[^\s${}]*)$",
        "patternErrorMessage" = "a WebSocket API picks the route by a field of the message, such as `$request.body.action`, or by several, such as `${request.body.service}/${request.body.action}`",
        "default" = defaults::ROUTE_SELECTION,
        "examples" = ["$request.body.action", "${request.body.service}/${request.body.action}"]
    ))]
    pub route_selection_expression: Option<Spanned<String>>,
    /// Where the API key of a route with `api_key` is: in the header `x-api-key`, or in the authorizer's answer.
    #[schemars(extend("default" = defaults::KEY_SELECTION))]
    pub api_key_selection_expression: Option<Spanned<KeySelection>>,
    /// Who checks `$connect`: a function, or `iam`.
    #[schemars(extend("examples" = [{"function": "authorize", "identity": ["route.request.querystring.token"]}]))]
    pub authorizer: Option<Spanned<Authorizer>>,
    /// Functions by route key: `$connect`, `$disconnect`, `$default`, or a value of the selected field.
    #[schemars(extend("minProperties" = 1, "maxProperties" = *LIMITS.api_routes, "propertyNames" = {
        "pattern": r"^[^\s]{1,128}$",
        "patternErrorMessage": "use up to 128 characters without spaces"
    }))]
    #[schemars(extend("examples" = [{"$connect": "connect", "$disconnect": "disconnect", "$default": {"function": "message", "respond": true}}]))]
    pub routes: Map<Route>,
    /// The stage.
    #[serde(default)]
    #[schemars(extend("examples" = [{"name": "prod", "access_log": {}}]))]
    pub stage: Stage,
    /// Whether it may neither be removed nor replaced, even after it has left this file; default false.
    #[schemars(extend("default" = false))]
    pub protect: Option<Spanned<bool>>,
}

impl Api {
    /// Returns the function that checks `$connect`, if one does.
    #[must_use]
    pub fn function_authorizer(&self) -> Option<&FunctionAuthorizer> {
        match self.authorizer.as_ref().map(|authorizer| &authorizer.value) {
            Some(Authorizer::Function(authorizer)) => Some(authorizer),
            Some(Authorizer::Iam) | None => None,
        }
    }
}

/// Where an API key is looked for (API Gateway v2 API reference, `CreateApi`: `apiKeySelectionExpression`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum KeySelection {
    /// In the header of the request.
    #[serde(rename = "$request.header.x-api-key")]
    Header,
    /// In `usageIdentifierKey` of the authorizer's answer.
    #[serde(rename = "$context.authorizer.usageIdentifierKey")]
    Authorizer,
}

/// A route: the id of its function, or a mapping that says more.
#[derive(Clone, Debug)]
pub struct Route {
    /// Id of the function.
    pub function: Spanned<String>,
    /// Whether what the function returns is sent to the client on its connection.
    pub respond: Option<Spanned<bool>>,
    /// Whether a message needs an API key of a usage plan.
    pub api_key: Option<Spanned<bool>>,
}

impl Route {
    /// Returns whether the route answers on the connection.
    #[must_use]
    pub fn responds(&self) -> bool {
        self.respond.as_ref().is_some_and(|respond| respond.value)
    }

    /// Returns whether the route needs an API key.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        self.api_key.as_ref().is_some_and(|key| key.value)
    }
}

/// A route that says more than its function.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RouteBlock {
    /// Function id.
    #[schemars(extend("examples" = ["message"]))]
    function: Spanned<String>,
    /// Whether what the function returns is sent to the client (two-way); default false.
    #[schemars(extend("default" = false))]
    respond: Option<Spanned<bool>>,
    /// Whether an API key of a usage plan is needed, which are made elsewhere; default false.
    #[schemars(extend("default" = false))]
    api_key: Option<Spanned<bool>>,
}

/// How a route is written.
enum RouteForm {
    Function(String),
    Block(RouteBlock),
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, span } = Spanned::<RouteForm>::deserialize(deserializer)?;
        Ok(match value {
            RouteForm::Function(id) => {
                Self { function: Spanned { value: id, span }, respond: None, api_key: None }
            }
            RouteForm::Block(RouteBlock { function, respond, api_key }) => {
                Self { function, respond, api_key }
            }
        })
    }
}

impl<'de> Deserialize<'de> for RouteForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RouteVisitor)
    }
}

/// Reads a word or a mapping; an untagged enum would lose the places in the file.
struct RouteVisitor;

impl<'de> Visitor<'de> for RouteVisitor {
    type Value = RouteForm;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id of a function, or a mapping")
    }
    fn visit_str<E>(self, id: &str) -> Result<RouteForm, E> {
        Ok(RouteForm::Function(id.to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RouteForm, A::Error> {
        RouteBlock::deserialize(MapAccessDeserializer::new(map)).map(RouteForm::Block)
    }
}

impl JsonSchema for Route {
    fn schema_name() -> Cow<'static, str> {
        "Route".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "description": "Function id." },
            generator.subschema_for::<RouteBlock>(),
        ] })
    }
}

/// Who checks `$connect`.
#[derive(Clone, Debug)]
pub enum Authorizer {
    /// IAM: whoever connects signs the request, and needs `execute-api:Invoke`.
    Iam,
    /// A function.
    Function(FunctionAuthorizer),
}

impl<'de> Deserialize<'de> for Authorizer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AuthorizerVisitor)
    }
}

/// Reads the word `iam` or a mapping; an untagged enum would lose the places in the file.
struct AuthorizerVisitor;

impl<'de> Visitor<'de> for AuthorizerVisitor {
    type Value = Authorizer;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`iam`, or a mapping")
    }
    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Authorizer, E> {
        match word {
            "iam" => Ok(Authorizer::Iam),
            other => Err(E::custom(format!("no authorizer is called {other}"))),
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Authorizer, A::Error> {
        FunctionAuthorizer::deserialize(MapAccessDeserializer::new(map)).map(Authorizer::Function)
    }
}

impl JsonSchema for Authorizer {
    fn schema_name() -> Cow<'static, str> {
        "Authorizer".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "description": "IAM: whoever connects signs the request, and needs `execute-api:Invoke`.", "enum": ["iam"] },
            generator.subschema_for::<FunctionAuthorizer>(),
        ] })
    }
}

/// A Lambda authorizer for `$connect`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionAuthorizer {
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
    /// What single routes do otherwise than the stage, by route key.
    #[serde(default)]
    #[schemars(extend("examples" = [{"message": {"logging": "info", "throttle": {"rate": 100, "burst": 200}}}]))]
    pub route_settings: Map<RouteSettings>,
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

/// What a route does otherwise than its stage; what is left out is the stage's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct RouteSettings {
    /// Throttle.
    #[schemars(extend("examples" = [{"rate": 100, "burst": 200}]))]
    pub throttle: Option<Spanned<Throttle>>,
    /// Execution logging.
    #[schemars(extend("examples" = ["info"]))]
    pub logging: Option<Spanned<Logging>>,
    /// Whether message contents are logged.
    #[schemars(extend("examples" = [true]))]
    pub data_trace: Option<Spanned<bool>>,
    /// Detailed metrics.
    #[schemars(extend("examples" = [false]))]
    pub metrics: Option<Spanned<bool>>,
}

impl Stage {
    /// Returns whether the stage, or any of its routes, writes an execution log.
    #[must_use]
    pub fn logs_execution(&self) -> bool {
        let own = self.logging.as_ref().is_none_or(|level| level.value != Logging::Off);
        let on = |(_, route): (&Spanned<String>, &RouteSettings)| {
            route.logging.as_ref().is_some_and(|level| level.value != Logging::Off)
        };
        own || self.route_settings.iter().any(on)
    }

    /// Returns the keys of the routes that have settings of their own, once each.
    #[must_use]
    pub fn set_routes(&self) -> Vec<&str> {
        let mut keys: Vec<&str> =
            self.route_throttles.keys().chain(self.route_settings.keys()).map(|key| key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
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
