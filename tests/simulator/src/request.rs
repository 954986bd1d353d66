//! From the wire to a named operation with its input: JSON 1.0 and 1.1, query, and REST-JSON.
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path and query, percent-encoded.
    pub target: String,
    /// `x-amz-target`, which names the operation in the JSON protocols.
    pub operation: Option<String>,
    /// `authorization`, whose scope names the service and the region.
    pub authorization: Option<String>,
    /// Body.
    pub body: Vec<u8>,
}

/// How a service talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// AWS JSON 1.0 or 1.1; they differ in the content type only.
    Json(&'static str),
    /// Forms in, XML out.
    Query,
    /// Paths and JSON bodies.
    Rest,
}

/// A service that is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Apis,
    Bedrock,
    Cloudformation,
    Dynamodb,
    Gateway,
    Iam,
    Kms,
    Lambda,
    Logs,
    Sts,
    Tagging,
}

impl Service {
    /// The service that requests of this signing name and path go to.
    pub(crate) fn of(scope: &str, path: &str) -> Option<Self> {
        Some(match scope {
            "apigateway" if path.starts_with("/v2/") => Self::Apis,
            "apigateway" => Self::Gateway,
            "bedrock" => Self::Bedrock,
            "cloudformation" => Self::Cloudformation,
            "dynamodb" => Self::Dynamodb,
            "iam" => Self::Iam,
            "kms" => Self::Kms,
            "lambda" => Self::Lambda,
            "logs" => Self::Logs,
            "sts" => Self::Sts,
            "tagging" => Self::Tagging,
            _ => return None,
        })
    }

    /// What an operation of it is called by, as in `kms:CreateKey`.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Apis | Self::Gateway => "apigateway",
            Self::Bedrock => "bedrock",
            Self::Cloudformation => "cloudformation",
            Self::Dynamodb => "dynamodb",
            Self::Iam => "iam",
            Self::Kms => "kms",
            Self::Lambda => "lambda",
            Self::Logs => "logs",
            Self::Sts => "sts",
            Self::Tagging => "tag",
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Dynamodb => Protocol::Json("application/x-amz-json-1.0"),
            Self::Kms | Self::Logs | Self::Tagging => Protocol::Json("application/x-amz-json-1.1"),
            Self::Iam | Self::Sts | Self::Cloudformation => Protocol::Query,
            Self::Apis | Self::Bedrock | Self::Gateway | Self::Lambda => Protocol::Rest,
        }
    }
}

/// A request that is understood.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) service: Service,
    pub(crate) operation: String,
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) input: Map<String, Value>,
}

/// The account of an access key that does not name one.
pub const ACCOUNT: &str = "123456789012";

/// Reads a request; `None` if it is of no service that is simulated.
pub(crate) fn parse(request: &Request) -> Option<Parsed> {
    // Credential=<key>/<date>/<region>/<service>/aws4_request
    let scope = request.authorization.as_deref()?.split_once("Credential=")?.1;
    let mut scope = scope.split(',').next()?.split('/');
    let (key, _, region, name) = (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
    let named = key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit());
    let account = if named { key } else { ACCOUNT };
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let service = Service::of(name, path)?;
    let (operation, input) = match service.protocol() {
        Protocol::Json(_) => {
            let operation = request.operation.as_deref()?.rsplit('.').next()?.to_owned();
            (operation, object(&request.body))
        }
        Protocol::Query => form(std::str::from_utf8(&request.body).ok()?)?,
        Protocol::Rest => {
            let (operation, members) = route(service, &request.method, path)?;
            let mut input = object(&request.body);
            for (key, value) in pairs(query) {
                match input.get_mut(&key) {
                    Some(Value::Array(all)) => all.push(value.into()),
                    _ if key == "tagKeys" => drop(input.insert(key, json!([value]))),
                    _ => drop(input.insert(key, value.into())),
                }
            }
            input.extend(members.into_iter().map(|(key, value)| (key.to_owned(), value.into())));
            (operation.to_owned(), input)
        }
    };
    let (account, region) = (account.to_owned(), region.to_owned());
    Some(Parsed { service, operation, account, region, input })
}

fn object(body: &[u8]) -> Map<String, Value> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(&value.replace('+', "%20")))
    })
}

/// Reads a form; `Tags.member.2.Key` is a member of the second element of a list.
fn form(body: &str) -> Option<(String, Map<String, Value>)> {
    let mut root = Value::Object(Map::new());
    for (key, value) in pairs(body) {
        let mut at = &mut root;
        for piece in key.split('.').filter(|piece| *piece != "member") {
            at = match piece.parse::<usize>() {
                Ok(index) => element(at, index.saturating_sub(1)),
                Err(_) => &mut at[piece],
            };
        }
        *at = value.into();
    }
    let Value::Object(mut input) = root else { return None };
    let operation = input.remove("Action")?.as_str()?.to_owned();
    Some((operation, input))
}

fn element(at: &mut Value, index: usize) -> &mut Value {
    if !at.is_array() {
        *at = json!([]);
    }
    let Value::Array(all) = at else { unreachable!("made an array above") };
    while all.len() <= index {
        all.push(Value::Null);
    }
    &mut all[index]
}

type Route = (&'static str, Vec<(&'static str, String)>);

/// Names the operation of a method and path, with the members that the path holds.
fn route(service: Service, method: &str, path: &str) -> Option<Route> {
    let pieces: Vec<String> = path.split('/').filter(|piece| !piece.is_empty()).map(decode).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let own = |text: &str| text.to_owned();
    Some(match (service, method, &pieces[..]) {
        (Service::Gateway, "GET", ["account"]) => ("GetAccount", vec![]),
        (Service::Gateway, "PATCH", ["account"]) => ("UpdateAccount", vec![]),
        (Service::Bedrock, "GET", ["foundation-models", id]) => {
            ("GetFoundationModel", vec![("modelId", own(id))])
        }
        (Service::Bedrock, "GET", ["foundation-model-availability", id]) => {
            ("GetFoundationModelAvailability", vec![("modelId", own(id))])
        }
        (Service::Bedrock, "GET", ["inference-profiles", id]) => {
            ("GetInferenceProfile", vec![("inferenceProfileIdentifier", own(id))])
        }
        (Service::Bedrock, "POST", ["create-foundation-model-agreement"]) => {
            ("CreateFoundationModelAgreement", vec![])
        }
        (Service::Apis, method, ["v2", rest @ ..]) => apis(method, rest)?,
        (Service::Lambda, method, [_, "functions"]) => {
            (if method == "POST" { "CreateFunction" } else { "ListFunctions" }, vec![])
        }
        (Service::Lambda, method, [_, "functions", name, rest @ ..]) => {
            let mut members = vec![("FunctionName", own(name))];
            let operation = match (method, rest) {
                ("GET", []) => "GetFunction",
                ("DELETE", []) => "DeleteFunction",
                ("PUT", ["configuration"]) => "UpdateFunctionConfiguration",
                ("PUT", ["code"]) => "UpdateFunctionCode",
                ("GET", ["policy"]) => "GetPolicy",
                ("POST", ["policy"]) => "AddPermission",
                ("DELETE", ["policy", statement]) => {
                    members.push(("StatementId", own(statement)));
                    "RemovePermission"
                }
                ("POST", ["url"]) => "CreateFunctionUrlConfig",
                ("DELETE", ["url"]) => "DeleteFunctionUrlConfig",
                ("GET", ["urls"]) => "ListFunctionUrlConfigs",
                ("PUT", ["event-invoke-config"]) => "PutFunctionEventInvokeConfig",
                ("DELETE", ["event-invoke-config"]) => "DeleteFunctionEventInvokeConfig",
                ("GET", ["event-invoke-config", "list"]) => "ListFunctionEventInvokeConfigs",
                ("POST", ["aliases"]) => "CreateAlias",
                ("GET", ["aliases"]) => "ListAliases",
                ("PUT", ["concurrency"]) => "PutFunctionConcurrency",
                ("DELETE", ["concurrency"]) => "DeleteFunctionConcurrency",
                _ => return None,
            };
            (operation, members)
        }
        (Service::Lambda, "POST", [_, "event-source-mappings"]) => ("CreateEventSourceMapping", vec![]),
        (Service::Lambda, "GET", [_, "event-source-mappings"]) => ("ListEventSourceMappings", vec![]),
        (Service::Lambda, "GET", [_, "account-settings"]) => ("GetAccountSettings", vec![]),
        (Service::Lambda, method, [_, "tags", arn @ ..]) => {
            (verb(method, "TagResource", "UntagResource", "ListTags")?, vec![("Resource", arn.join("/"))])
        }
        (Service::Lambda, method, [_, "resource-policy", arn @ ..]) => {
            let operation = match method {
                "PUT" => "PutResourcePolicy",
                "DELETE" => "DeleteResourcePolicy",
                _ => "GetResourcePolicy",
            };
            (operation, vec![("ResourceArn", arn.join("/"))])
        }
        _ => return None,
    })
}

fn verb(method: &str, post: &'static str, delete: &'static str, get: &'static str) -> Option<&'static str> {
    Some(match method {
        "POST" => post,
        "DELETE" => delete,
        "GET" => get,
        _ => return None,
    })
}

/// Names of the operations on one kind of child: create, list, get, update, delete, and the id's member.
type Child = (&'static str, [&'static str; 5], &'static str);

const CHILDREN: [Child; 5] = [
    (
        "integrations",
        ["CreateIntegration", "GetIntegrations", "GetIntegration", "UpdateIntegration", "DeleteIntegration"],
        "integrationId",
    ),
    (
        "authorizers",
        ["CreateAuthorizer", "GetAuthorizers", "GetAuthorizer", "UpdateAuthorizer", "DeleteAuthorizer"],
        "authorizerId",
    ),
    ("routes", ["CreateRoute", "GetRoutes", "GetRoute", "UpdateRoute", "DeleteRoute"], "routeId"),
    ("stages", ["CreateStage", "GetStages", "GetStage", "UpdateStage", "DeleteStage"], "stageName"),
    (
        "deployments",
        ["CreateDeployment", "GetDeployments", "GetDeployment", "UpdateDeployment", "DeleteDeployment"],
        "deploymentId",
    ),
];

fn apis(method: &str, pieces: &[&str]) -> Option<Route> {
    let api = |id: &str| vec![("apiId", id.to_owned())];
    Some(match (method, pieces) {
        (method, ["tags", arn @ ..]) => {
            (verb(method, "TagResource", "UntagResource", "GetTags")?, vec![("resourceArn", arn.join("/"))])
        }
        ("POST", ["apis"]) => ("CreateApi", vec![]),
        ("GET", ["apis"]) => ("GetApis", vec![]),
        ("GET", ["apis", id]) => ("GetApi", api(id)),
        ("PATCH", ["apis", id]) => ("UpdateApi", api(id)),
        ("DELETE", ["apis", id]) => ("DeleteApi", api(id)),
        ("DELETE", ["apis", id, "stages", stage, "accesslogsettings"]) => {
            let mut members = api(id);
            members.push(("stageName", (*stage).to_owned()));
            ("DeleteAccessLogSettings", members)
        }
        ("DELETE", ["apis", id, "stages", stage, "routesettings", key]) => {
            let mut members = api(id);
            members.extend([("stageName", (*stage).to_owned()), ("routeKey", (*key).to_owned())]);
            ("DeleteRouteSettings", members)
        }
        ("POST", ["domainnames"]) => ("CreateDomainName", vec![]),
        ("GET", ["domainnames"]) => ("GetDomainNames", vec![]),
        ("POST", ["domainnames", name, "apimappings"]) => {
            ("CreateApiMapping", vec![("domainName", (*name).to_owned())])
        }
        ("GET", ["domainnames", name, "apimappings"]) => {
            ("GetApiMappings", vec![("domainName", (*name).to_owned())])
        }
        (method, ["apis", id, "routes", route, "routeresponses", rest @ ..]) => {
            let mut members = api(id);
            members.push(("routeId", (*route).to_owned()));
            if let [response] = rest {
                members.push(("routeResponseId", (*response).to_owned()));
            }
            let name = match (method, rest.len()) {
                ("POST", 0) => "CreateRouteResponse",
                ("GET", 0) => "GetRouteResponses",
                ("DELETE", 1) => "DeleteRouteResponse",
                _ => return None,
            };
            (name, members)
        }
        (method, ["apis", id, kind, rest @ ..]) => {
            let (_, names, member) = CHILDREN.iter().find(|(name, ..)| name == kind)?;
            let mut members = api(id);
            if let [one] = rest {
                members.push((member, (*one).to_owned()));
            }
            let name = match (method, rest.len()) {
                ("POST", 0) => names[0],
                ("GET", 0) => names[1],
                ("GET", 1) => names[2],
                ("PATCH", 1) => names[3],
                ("DELETE", 1) => names[4],
                _ => return None,
            };
            (name, members)
        }
        _ => return None,
    })
}
