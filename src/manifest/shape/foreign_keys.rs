//! Keys as other tools write them (SAM, CloudFormation, CDK, Serverless, SST, Terraform), with what is written here instead.
use crate::diagnostic::suggest;

/// A part of the spec in which keys have their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Function,
    Code,
    Access,
    Allow,
    Caller,
    Table,
    Index,
    Key,
    Api,
    Route,
    Authorizer,
    Stage,
}

impl Place {
    /// Returns the place of a path such as `functions.chat.access`.
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('.').collect();
        let below_function = match parts[..] {
            ["functions", _, ref rest @ ..] | ["function_defaults", ref rest @ ..] => Some(rest),
            _ => None,
        };
        Some(match (below_function, &parts[..]) {
            (Some([]), _) => Self::Function,
            (Some(["code"]), _) => Self::Code,
            (Some(["access"]), _) => Self::Access,
            (Some(["access", "allow[]"]), _) => Self::Allow,
            (Some(["callers[]"]), _) => Self::Caller,
            (_, [""]) => Self::Root,
            (_, ["tables", _]) => Self::Table,
            (_, ["tables", _, "indexes", ..]) => Self::Index,
            (_, ["key"]) => Self::Key,
            (_, ["api"]) => Self::Api,
            (_, ["api", "routes", ..]) => Self::Route,
            (_, ["api", "authorizer"]) => Self::Authorizer,
            (_, ["api", "stage"]) => Self::Stage,
            _ => return None,
        })
    }
}

/// What is written instead of a key of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// This key, at the same place.
    Key(&'static str),
    /// What a hint says.
    Hint(&'static str),
}

use Instead::{Hint, Key};

/// Returns what is written instead of `key` at `path`.
pub(super) fn instead_of(path: &str, key: &str) -> Option<Instead> {
    let place = Place::of(path)?;
    let here = FOREIGN.iter().filter(|(at, ..)| *at == place).map(|(_, words, instead)| (*words, *instead));
    let mut all = here.chain(ANYWHERE.iter().copied());
    let found = all.find(|(words, _)| words.iter().any(|word| suggest::same(word, key)));
    found.map(|(_, instead)| instead)
}

type Foreign = (Place, &'static [&'static str], Instead);

const UNDER_FUNCTIONS: &str =
    "it stands under a function, `functions: { ID: … }`, or in `function_defaults` for all of them";
const UNDER_API: &str = "it stands in `api`";
const UNDER_STAGE: &str = "it stands in `api.stage`";
const UNDER_ACCESS: &str = "it stands in the function's `access`";
const TOP_TAGS: &str = "tags stand at the top, in `tags`, and go on everything";
const TOP_KEY: &str = "one key encrypts the stack: `key: {}` at the top, or `key: { arn: … }`";
const DOMAIN: &str = "a custom domain is made elsewhere, with a mapping to `${api.id}` and its stage; `outputs` hand the id on";
const NO_VERSIONS: &str = "there are no versions or aliases: routes call the code that was last applied";

/// Keys of the frame around a resource, wherever they stand.
#[rustfmt::skip]
const ANYWHERE: &[(&[&str], Instead)] = &[
    (&["depends_on"], Hint("take it out: the order follows from what refers to what")),
    (&["properties", "props", "args"], Hint("write what stands in it directly here, in the words of this language")),
    (&["type", "resource_type"], Hint("take it out: the section tells what it is")),
    (&["condition", "count", "for_each"], Hint("there are no conditions: write a file for each environment")),
    (&["deletion_policy", "update_replace_policy", "removal_policy", "lifecycle", "retain", "prevent_destroy"], Hint("tables, logs and the key stay unless `--delete-data` is said; `protect: true` keeps a thing in any case")),
    (&["metadata", "logical_id"], Hint("take it out: what stands here is named by `${…}`")),
];

#[rustfmt::skip]
const FOREIGN: &[Foreign] = &[
    (Place::Root, &["parameters", "params", "variable", "variables", "secrets"], Key("inputs")),
    (Place::Root, &["output"], Key("outputs")),
    (Place::Root, &["globals", "function_default", "defaults"], Key("function_defaults")),
    (Place::Root, &["service", "name", "app", "project", "stack_name"], Key("stack")),
    (Place::Root, &["resources", "resource"], Hint("tables stand in `tables`, functions in `functions`, the API in `api`, each by an id of its own")),
    (Place::Root, &["awstemplateformatversion", "transform", "framework_version", "terraform", "required_version"], Hint("take it out: `version: 1` names the language")),
    (Place::Root, &["provider", "providers"], Hint("`runtime`, `memory`, `timeout` and `environment` of all functions stand in `function_defaults`, `region` and `tags` at the top, the stage's name in `api.stage.name`")),
    (Place::Root, &["plugins", "custom", "package", "layers", "use_dotenv", "configuration_variables"], Hint("there are no plugins: `code.build` is a command that makes the code, and packs in what a layer would hold")),
    (Place::Root, &["locals", "mappings", "constants"], Hint("write `inputs: { NAME: { value: … } }`, and refer to it by `${inputs.NAME}`")),
    (Place::Root, &["data", "import"], Hint("what exists elsewhere is an input: `inputs: { NAME: { cloudformation: … } }`, `{ export: … }` or `{ env: … }`")),
    (Place::Root, &["modules", "module", "nested_stacks"], Hint("there are no modules: a stack is one file")),
    (Place::Root, &["conditions", "rules"], Hint("there are no conditions: write a file for each environment")),
    (Place::Root, &["handler", "runtime", "memory", "memory_size", "timeout", "environment", "code", "architecture", "tracing", "access", "callers"], Hint(UNDER_FUNCTIONS)),
    (Place::Root, &["iam", "iam_role_statements", "permissions", "policies"], Hint("what a function may do stands in its `access`")),
    (Place::Root, &["routes", "authorizer", "websocket", "route_selection_expression", "websockets_api_route_selection_expression"], Hint(UNDER_API)),
    (Place::Root, &["stage", "throttle", "throttling", "access_log", "logging"], Hint(UNDER_STAGE)),
    (Place::Root, &["partition_key", "sort_key", "hash_key", "range_key", "key_schema", "billing", "billing_mode", "ttl", "indexes"], Hint("it stands under a table, `tables: { ID: … }`")),
    (Place::Root, &["table", "dynamodb"], Key("tables")),
    (Place::Root, &["function", "lambda", "lambdas", "handlers"], Key("functions")),
    (Place::Root, &["kms", "kms_key", "encryption", "kms_key_arn"], Key("key")),
    (Place::Root, &["domain", "domain_name", "custom_domain", "certificate"], Hint(DOMAIN)),
    (Place::Root, &["vpc", "queues", "topics", "buckets", "alarms"], Hint("this is made elsewhere; a function may use it by its `access`")),
    (Place::Root, &["tag", "default_tags", "stack_tags"], Key("tags")),

    (Place::Function, &["memory_size", "memory_mb", "memory_limit"], Key("memory")),
    (Place::Function, &["env", "environment_variables", "variables", "env_vars"], Key("environment")),
    (Place::Function, &["retention_in_days", "log_retention", "log_retention_in_days", "retention", "retention_days"], Key("log_retention_days")),
    (Place::Function, &["function_name"], Key("name")),
    (Place::Function, &["entry", "entry_point", "main"], Key("handler")),
    (Place::Function, &["architectures", "arch"], Key("architecture")),
    (Place::Function, &["tracing_config", "xray", "tracing_mode"], Key("tracing")),
    (Place::Function, &["logging_config"], Key("log_format")),
    (Place::Function, &["reserved_concurrent_executions", "concurrency"], Key("reserved_concurrency")),
    (Place::Function, &["code_uri", "filename", "source", "source_dir", "package", "inline_code", "zip_file", "s3_bucket", "s3_key", "bundle", "artifact", "source_code_hash", "build_method"], Key("code")),
    (Place::Function, &["build", "exclude", "template", "path"], Hint("it stands in `code: { path: …, build: … }`")),
    (Place::Function, &["policies", "policy", "iam_role_statements", "permissions", "initial_policy", "bind", "link", "statements", "allow"], Key("access")),
    (Place::Function, &["tables", "external_tables", "models", "connections", "keys", "bedrock"], Hint(UNDER_ACCESS)),
    (Place::Function, &["role_arn", "execution_role"], Key("role")),
    (Place::Function, &["layers", "layer"], Hint("there are no layers: let `code.build` put into the code what a layer holds")),
    (Place::Function, &["image", "image_uri", "image_config", "package_type", "dockerfile", "docker"], Hint("code is a folder or a zip file, `code: { path: …, build: … }`: there are no container images")),
    (Place::Function, &["vpc", "vpc_config", "subnets", "subnet_ids", "security_groups", "security_group_ids"], Hint("functions made here are in no VPC: what has to reach into one is made elsewhere, and called by `access.functions`")),
    (Place::Function, &["events", "event", "websocket", "triggers", "event_source_mapping", "event_sources"], Hint("routes stand in `api.routes`, by the function's id; services that call it, such as EventBridge, SNS and S3, stand in `callers`")),
    (Place::Function, &["permission", "resource_policy", "invoke_permissions", "invokers", "allow_invoke"], Key("callers")),
    (Place::Function, &["routes", "route"], Hint("routes stand in `api.routes`, by the function's id")),
    (Place::Function, &["schedule", "cron", "rate"], Hint("make the rule elsewhere, and let it call by `callers: [{ service: events.amazonaws.com, source: ARN }]`")),
    (Place::Function, &["sqs", "queue"], Hint("make the queue and its event source mapping elsewhere; `access.queues` lets the function receive from it")),
    (Place::Function, &["dead_letter_queue", "dead_letter_config", "event_invoke_config", "on_failure", "on_success", "destinations", "retry_attempts", "max_event_age"], Hint("there is no word for it: API Gateway waits for the function's answer, and retries nothing")),
    (Place::Function, &["file_system_config", "file_system_configs", "file_system", "efs"], Hint("functions made here mount no file system: keep data in tables or buckets")),
    (Place::Function, &["ephemeral_storage"], Hint("there is no word for it: `/tmp` has the 512 MB that Lambda gives by itself")),
    (Place::Function, &["provisioned_concurrency", "provisioned_concurrency_config", "auto_publish_alias", "alias", "aliases", "version", "versions", "publish", "snap_start", "deployment_preference"], Hint(NO_VERSIONS)),
    (Place::Function, &["kms_key_arn", "kms_key", "environment_encryption"], Hint(TOP_KEY)),
    (Place::Function, &["function_url", "function_url_config", "url"], Hint("a function here has no URL of its own: clients come by the API")),
    (Place::Function, &["tags"], Hint(TOP_TAGS)),
    (Place::Function, &["authorizer"], Hint(UNDER_API)),
    (Place::Function, &["log_group", "log_group_name"], Hint("the log is `/aws/lambda/<name>`; `log_retention_days` says how long it is kept")),

    (Place::Code, &["uri", "source", "dir", "directory", "folder", "entry", "zip_file", "filename", "asset", "s3_bucket", "s3_key"], Key("path")),
    (Place::Code, &["command", "build_command", "bundling", "pre_build"], Key("build")),
    (Place::Code, &["ignore", "excludes", "patterns"], Key("exclude")),

    (Place::Access, &["dynamodb", "table"], Key("tables")),
    (Place::Access, &["bedrock", "model"], Key("models")),
    (Place::Access, &["s3", "bucket"], Key("buckets")),
    (Place::Access, &["ssm", "ssm_parameters", "parameter"], Key("parameters")),
    (Place::Access, &["sns", "topic"], Key("topics")),
    (Place::Access, &["sqs", "queue"], Key("queues")),
    (Place::Access, &["lambda", "function", "invoke"], Key("functions")),
    (Place::Access, &["secrets_manager", "secret"], Key("secrets")),
    (Place::Access, &["kms", "key"], Key("keys")),
    (Place::Access, &["execute_api", "manage_connections", "websocket", "api", "post_to_connection"], Key("connections")),
    (Place::Access, &["statement", "policies", "policy", "iam_role_statements", "raw"], Key("statements")),
    (Place::Access, &["actions", "action", "permissions"], Key("allow")),

    (Place::Allow, &["action"], Key("actions")),
    (Place::Allow, &["resource", "resources"], Key("on")),
    (Place::Allow, &["condition", "conditions"], Key("when")),
    (Place::Allow, &["reason", "description", "comment"], Key("why")),
    (Place::Allow, &["effect"], Hint("take it out: `allow` allows; what denies stands in `statements`")),
    (Place::Allow, &["sid"], Hint("take it out: the statement is named by its place in the list")),

    (Place::Caller, &["principal", "principals"], Key("service")),
    (Place::Caller, &["source_arn", "arn"], Key("source")),
    (Place::Caller, &["source_account", "aws", "account_id"], Key("account")),
    (Place::Caller, &["action", "actions", "function_name", "statement_id", "sid"], Hint("take it out: a caller may invoke this function")),
    (Place::Caller, &["condition", "conditions", "organization", "principal_org_id"], Hint("a caller is limited by `source` and `account`")),

    (Place::Table, &["hash_key", "primary_key", "pk"], Key("partition_key")),
    (Place::Table, &["range_key", "sk"], Key("sort_key")),
    (Place::Table, &["key_schema", "attribute_definitions", "attribute", "attributes", "primary_index", "fields"], Hint("keys are written with their types, `partition_key: { name: id, type: S }` and `sort_key`; other attributes need not be named")),
    (Place::Table, &["billing_mode", "provisioned_throughput", "capacity", "read_capacity", "write_capacity", "read_capacity_units", "write_capacity_units"], Key("billing")),
    (Place::Table, &["on_demand_throughput", "max_read_request_units", "max_write_request_units"], Key("max_request_units")),
    (Place::Table, &["time_to_live", "time_to_live_specification", "time_to_live_attribute", "ttl_attribute", "expiry"], Key("ttl")),
    (Place::Table, &["pitr", "point_in_time_recovery_specification", "point_in_time_recovery_enabled", "continuous_backups"], Key("point_in_time_recovery")),
    (Place::Table, &["deletion_protection_enabled", "termination_protection"], Key("deletion_protection")),
    (Place::Table, &["global_secondary_indexes", "global_secondary_index", "global_indexes", "gsi", "gsis", "secondary_indexes"], Key("indexes")),
    (Place::Table, &["local_secondary_indexes", "local_secondary_index", "local_indexes", "lsi", "lsis"], Hint("a local index stands in `indexes` and says `local: true`")),
    (Place::Table, &["table_name"], Key("name")),
    (Place::Table, &["table_class"], Key("class")),
    (Place::Table, &["sse", "sse_specification", "server_side_encryption", "encryption", "encryption_key", "kms_key_arn"], Hint(TOP_KEY)),
    (Place::Table, &["stream", "streams", "stream_specification", "stream_enabled", "stream_view_type"], Hint("tables made here have no stream that the tool knows of")),
    (Place::Table, &["replica", "replicas", "global_table", "replication"], Hint("tables made here are in one region")),
    (Place::Table, &["resource_policy", "contributor_insights", "contributor_insights_specification", "kinesis_stream"], Hint("there is no word for it")),
    (Place::Table, &["tags"], Hint(TOP_TAGS)),
    (Place::Table, &["grants", "access"], Hint("what a function may do with a table stands in its `access.tables`")),

    (Place::Index, &["hash_key", "primary_key", "pk"], Key("partition_key")),
    (Place::Index, &["range_key", "sk"], Key("sort_key")),
    (Place::Index, &["key_schema"], Hint("keys are written with their types: `partition_key: { name: user, type: S }` and `sort_key`")),
    (Place::Index, &["projection_type", "non_key_attributes", "include"], Key("projection")),
    (Place::Index, &["provisioned_throughput", "read_capacity", "write_capacity", "billing"], Key("capacity")),
    (Place::Index, &["index_name", "name"], Hint("take it out: an index is named by the key that it stands under")),

    (Place::Key, &["enable_key_rotation", "key_rotation"], Key("rotation")),
    (Place::Key, &["rotation_period_in_days", "rotation_period"], Key("rotation_days")),
    (Place::Key, &["pending_window_in_days", "deletion_window_in_days", "pending_window"], Key("deletion_window_days")),
    (Place::Key, &["key_policy", "policy", "statements"], Key("policy_statements")),
    (Place::Key, &["alias_name", "name"], Key("alias")),
    (Place::Key, &["key_arn", "key_id"], Key("arn")),
    (Place::Key, &["tags"], Hint(TOP_TAGS)),
    (Place::Key, &["multi_region", "key_spec", "key_usage", "description", "enabled"], Hint("there is no word for it: the key is symmetric, of one region, and on")),

    (Place::Api, &["selection", "websockets_api_route_selection_expression"], Key("route_selection_expression")),
    (Place::Api, &["api_key_source", "api_key_source_type"], Key("api_key_selection_expression")),
    (Place::Api, &["websockets_api_name", "api_name"], Key("name")),
    (Place::Api, &["websockets_description"], Key("description")),
    (Place::Api, &["authorizers", "authorization", "auth"], Key("authorizer")),
    (Place::Api, &["route", "integrations", "targets"], Key("routes")),
    (Place::Api, &["stage_name", "stages", "deployment", "stage_description"], Key("stage")),
    (Place::Api, &["protocol_type", "protocol", "type"], Hint("take it out: it is a WebSocket API")),
    (Place::Api, &["domain", "domain_name", "custom_domain", "domain_name_configuration", "certificate", "certificate_arn", "api_mapping"], Hint(DOMAIN)),
    (Place::Api, &["cors", "cors_configuration", "cors_config"], Hint("browsers know no CORS for WebSockets: let the authorizer look at the header `Origin`")),
    (Place::Api, &["throttle", "throttling", "route_throttles", "route_settings", "logging", "logs", "log_level", "data_trace", "metrics", "access_log", "access_logs", "access_log_settings", "variables", "auto_deploy"], Hint(UNDER_STAGE)),
    (Place::Api, &["api_key", "api_key_required", "api_keys", "usage_plan"], Hint("a route says `api_key: true`; keys and usage plans are made elsewhere, see `copilot-infra explain api-key`")),
    (Place::Api, &["disable_execute_api_endpoint", "disable_default_endpoint"], Hint("there is no word for it: the default address is the one that `${api.url}` names")),
    (Place::Api, &["tags"], Hint(TOP_TAGS)),
    (Place::Api, &["waf", "web_acl", "web_acl_arn"], Hint("AWS WAF does not guard WebSocket APIs: put CloudFront before it")),

    (Place::Route, &["handler", "target", "integration", "lambda", "function_name", "function_id"], Key("function")),
    (Place::Route, &["return_response", "two_way", "route_response", "route_response_selection_expression"], Key("respond")),
    (Place::Route, &["api_key_required"], Key("api_key")),
    (Place::Route, &["authorizer", "authorization_type", "authorization"], Hint("only `$connect` is authorized, by `api.authorizer`")),
    (Place::Route, &["throttle", "throttling", "logging", "metrics", "data_trace", "rate", "burst"], Hint("settings of a route stand in `api.stage.route_settings`, by its key")),
    (Place::Route, &["route_key", "key", "route", "name"], Hint("take it out: a route is named by the key that it stands under")),
    (Place::Route, &["timeout", "timeout_in_millis"], Hint("the gateway waits 29 s; the `timeout` of the function is the function's")),

    (Place::Authorizer, &["identity_source", "identity_sources"], Key("identity")),
    (Place::Authorizer, &["handler", "lambda", "authorizer_uri", "arn", "function_arn", "name", "uri"], Key("function")),
    (Place::Authorizer, &["ttl", "result_ttl", "authorizer_result_ttl_in_seconds", "result_ttl_in_seconds", "results_cache_ttl", "cache"], Hint("take it out: a WebSocket API keeps no decisions")),
    (Place::Authorizer, &["type", "authorizer_type"], Hint("take it out: a function decides, or `authorizer: iam`")),
    (Place::Authorizer, &["credentials", "authorizer_credentials_arn", "role", "permissions"], Hint("take it out: the function's own policy lets the gateway call it")),
    (Place::Authorizer, &["jwt", "jwt_configuration", "issuer", "audience", "user_pool", "cognito"], Hint("a WebSocket API has no JWT authorizer: let a function check the token, such as `code: { template: websocket-authorizer }`")),

    (Place::Stage, &["stage_name"], Key("name")),
    (Place::Stage, &["throttling", "throttling_rate_limit", "throttling_burst_limit", "rate", "burst", "rate_limit", "burst_limit"], Key("throttle")),
    (Place::Stage, &["log_level", "logging_level", "logs", "execution_logging"], Key("logging")),
    (Place::Stage, &["data_trace_enabled", "full_execution_data"], Key("data_trace")),
    (Place::Stage, &["detailed_metrics_enabled", "detailed_metrics", "metrics_enabled"], Key("metrics")),
    (Place::Stage, &["access_logs", "access_log_settings", "access_logging"], Key("access_log")),
    (Place::Stage, &["stage_variables", "environment"], Key("variables")),
    (Place::Stage, &["default_route_settings"], Hint("write what stands in it directly here")),
    (Place::Stage, &["routes"], Key("route_settings")),
    (Place::Stage, &["deployment_id", "deployment"], Key("auto_deploy")),
    (Place::Stage, &["domain", "domain_name", "custom_domain"], Hint(DOMAIN)),
    (Place::Stage, &["tags"], Hint(TOP_TAGS)),
    (Place::Stage, &["client_certificate_id", "web_acl_arn", "cache"], Hint("there is no word for it")),
];

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::manifest::spec_schema;

    /// Returns a path to each place.
    fn path(place: Place) -> &'static str {
        match place {
            Place::Root => "",
            Place::Function => "functions.chat",
            Place::Code => "functions.chat.code",
            Place::Access => "function_defaults.access",
            Place::Allow => "functions.chat.access.allow[]",
            Place::Caller => "functions.chat.callers[]",
            Place::Table => "tables.items",
            Place::Index => "tables.items.indexes.ByUser",
            Place::Key => "key",
            Place::Api => "api",
            Place::Route => "api.routes.$connect",
            Place::Authorizer => "api.authorizer",
            Place::Stage => "api.stage",
        }
    }

    /// Returns the name of the schema's definition for each place.
    fn definition(place: Place) -> &'static str {
        match place {
            Place::Root => "",
            Place::Function => "Function",
            Place::Code => "Code",
            Place::Access => "Access",
            Place::Allow => "Allow",
            Place::Caller => "Caller",
            Place::Table => "Table",
            Place::Index => "Index",
            Place::Key => "Key",
            Place::Api => "Api",
            Place::Route => "RouteBlock",
            Place::Authorizer => "FunctionAuthorizer",
            Place::Stage => "Stage",
        }
    }

    fn keys(place: Place) -> Vec<&'static str> {
        let schema = spec_schema();
        let at = match definition(place) {
            "" => schema,
            name => &schema["$defs"][name],
        };
        let properties = at["properties"].as_object().unwrap_or_else(|| panic!("{place:?}"));
        properties.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_is_offered_is_a_key_of_its_place_and_what_it_replaces_is_none() {
        for (place, words, instead) in FOREIGN {
            assert_eq!(Place::of(path(*place)), Some(*place));
            let known = keys(*place);
            if let Key(key) = instead {
                assert!(known.contains(key), "{key} is no key of {place:?}");
            }
            for word in *words {
                assert!(!known.iter().any(|key| suggest::same(key, word)), "{word} is a key of {place:?}");
            }
        }
    }

    #[test]
    fn a_key_is_answered_once() {
        for (place, words, _) in FOREIGN {
            for word in *words {
                let all = FOREIGN.iter().filter(|(at, others, _)| at == place && others.contains(word));
                assert_eq!(all.count(), 1, "{word} at {place:?}");
            }
        }
    }

    #[test]
    fn any_spelling_is_known() {
        let answered = |path, key| instead_of(path, key);
        assert_eq!(answered("functions.chat", "MemorySize"), Some(Key("memory")));
        assert_eq!(answered("function_defaults", "memorySize"), Some(Key("memory")));
        assert_eq!(answered("tables.items", "KeySchema"), answered("tables.items", "key_schema"));
        assert!(matches!(answered("api", "DependsOn"), Some(Hint(_))));
        assert_eq!(answered("outputs", "MemorySize"), None);
        assert_eq!(spec_schema()["$defs"]["nothing"], Value::Null);
    }
}
