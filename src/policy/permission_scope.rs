//! What a permission is for: resources, and the conditions under which it holds.
//!
//! Names and paths where they are known beforehand. The ids of keys and APIs are not, so these are known by the
//! ownership tag: `aws:RequestTag` when they are made, `aws:ResourceTag` afterwards. An API's routes,
//! integrations, authorizers and deployments take no tags and inherit none (API Gateway guide, "API Gateway
//! resources that can be tagged": only the V1 API knows inheritance), so they are known by their path alone.
//!
//! What has left the spec is still found and removed, so whatever carries the stack's tag may be read and
//! removed. What is not there carries no tag: the names in the spec may be read without one.
use serde_json::{Value, json};

use super::context::PolicyContext;
use crate::{
    aws::tags::{DELETE, ON_DELETE, STACK},
    resources::permissions::PermissionScope,
    stack::KeyName,
};

/// The resources of a scope and the conditions on them; a scope without resources gives no permission.
pub(super) struct ResolvedScope {
    pub(super) resources: Vec<String>,
    pub(super) condition: Option<Value>,
}

impl PermissionScope {
    /// Resolves the scope to resources and conditions on `context`.
    pub(super) fn resolve(self, context: &PolicyContext) -> ResolvedScope {
        ResolvedScope { resources: self.resources(context), condition: self.condition(context) }
    }

    fn resources(self, on: &PolicyContext) -> Vec<String> {
        let own_key = matches!(on.names.key, Some(KeyName::Own(_)));
        let when = |there: bool, arns: Vec<String>| if there { arns } else { Vec::new() };
        let api = |there: bool, paths: &[&str]| when(there, paths.iter().map(|path| on.api(path)).collect());
        let has_api = on.names.stage.is_some();
        let makes_roles = !on.names.roles.is_empty();
        let roles =
            |there: bool| when(there, vec![on.role(&format!("{}{}", on.names.role_path, on.unknown.role))]);
        match self {
            Self::Anything => vec!["*".into()],
            Self::Exports => when(on.names.exports, vec!["*".into()]),
            Self::InputStacks => on
                .names
                .input_stacks
                .iter()
                .map(|name| on.arn("cloudformation", &format!("stack/{name}/*")))
                .collect(),
            Self::Tables => on.tables(&on.names.tables),
            Self::TablesSeen => on.tables(&on.seen("", "-", &on.names.tables)),
            Self::TablesTagged => on.tables(std::slice::from_ref(&on.unknown.table)),
            Self::LeaseTable | Self::LeaseRecord => {
                when(on.names.lease, on.tables(&[crate::lease::TABLE.to_owned()]))
            }
            Self::KeyNew | Self::KeyLookup => when(own_key, vec!["*".into()]),
            Self::KeysAll => when(own_key, vec![on.arn("kms", &format!("key/{}", on.unknown.key))]),
            Self::KeyNewTags | Self::Key => {
                when(own_key, vec![on.arn("kms", &format!("key/{}", on.unknown.key))])
            }
            Self::Alias => on.alias().map(|alias| on.arn("kms", alias)).into_iter().collect(),
            Self::AliasesSeen => on.aliases().iter().map(|alias| on.arn("kms", alias)).collect(),
            Self::KeysTagged | Self::KeysSeen => vec![on.arn("kms", &format!("key/{}", on.unknown.key))],
            Self::KeyForTables => when(!on.names.tables.is_empty(), on.key()),
            Self::KeyForFunctions => when(!on.names.functions.is_empty(), on.key()),
            Self::KeyOfFunctions => match &on.names.key {
                _ if on.names.functions.is_empty() => Vec::new(),
                Some(KeyName::Given(arn)) => vec![arn.clone()],
                _ => vec![on.arn("kms", &format!("key/{}", on.unknown.key))],
            },
            Self::Roles => roles(true),
            Self::RolesNew | Self::RolesWritten => roles(makes_roles),
            Self::RolesBounded => roles(makes_roles && on.names.role_boundary.is_some()),
            Self::RolesPassed => {
                roles(makes_roles).into_iter().chain(on.names.given_roles.iter().cloned()).collect()
            }
            Self::RolesNamed => on.names.roles.iter().map(|name| on.role(&format!("/{name}"))).collect(),
            // One that is not there has no path.
            Self::LoggingRole => {
                let name = on.names.logging_role.rsplit('/').next().unwrap_or_default();
                when(on.logs(), vec![on.logging_role(), on.role(&format!("/{name}"))])
            }
            Self::LoggingRoleWritten | Self::LoggingRolePassed => when(on.logs(), vec![on.logging_role()]),
            Self::LoggingRoleBounded => {
                when(on.logs() && on.names.role_boundary.is_some(), vec![on.logging_role()])
            }
            Self::InstanceProfiles => vec![on.global("iam", "instance-profile/*")],
            Self::Groups => on.groups(&on.own_groups()),
            Self::GroupsSeen => on.groups_bare(&on.seen_groups()),
            Self::GroupsTagged | Self::GroupsExpendable => on.groups(std::slice::from_ref(&on.unknown.group)),
            Self::Functions | Self::FunctionsNew | Self::FunctionsOpened => on.functions(&on.names.functions),
            Self::FunctionAliases => {
                let aliases = on.names.functions.iter().map(|name| format!("{name}:{}", on.unknown.alias));
                on.functions(&aliases.collect::<Vec<_>>())
            }
            Self::FunctionsSeen => on.functions(&on.seen("", "-", &on.names.functions)),
            Self::FunctionsTagged => on.functions(std::slice::from_ref(&on.unknown.function)),
            Self::Apis => vec![on.gateway("/apis")],
            Self::ApiNew => when(has_api && !on.one_api, vec![on.gateway("/apis")]),
            Self::ApisTagged => api(true, &["", "/stages/{}"]),
            Self::ApiLists => api(true, &["/integrations", "/authorizers", "/routes", "/stages"]),
            Self::ApiParts => api(has_api, &["/integrations", "/authorizers", "/routes"]),
            Self::ApiPart => api(has_api, &["/integrations/{}", "/authorizers/{}", "/routes/{}"]),
            Self::RouteResponses => api(true, &["/routes/{}/routeresponses"]),
            Self::RouteResponsesNew => api(on.names.two_way, &["/routes/{}/routeresponses"]),
            Self::DeploymentNew => {
                api(on.names.stage.as_ref().is_some_and(|stage| stage.deploys), &["/deployments"])
            }
            Self::Deployment => api(true, &["/deployments/{}"]),
            Self::StageNew => api(has_api, &["/stages"]),
            Self::Stage => api(true, &["/stages/{}"]),
            Self::StageParts => api(has_api, &["/stages/{}/accesslogsettings", "/stages/{}/routesettings/*"]),
            Self::ApiTags => on.api_tags(),
            Self::DomainNames => {
                vec![on.gateway("/domainnames"), on.gateway("/domainnames/*/apimappings")]
            }
            Self::Account => when(on.logs(), vec![on.gateway("/account")]),
            Self::Models => vec![
                format!("arn:{}:bedrock:*::foundation-model/*", on.scope.partition),
                on.arn("bedrock", "inference-profile/*"),
                on.arn("bedrock", "application-inference-profile/*"),
            ],
            Self::Principal => on.principal.iter().cloned().collect(),
        }
    }

    fn condition(self, on: &PolicyContext) -> Option<Value> {
        let stack = &on.names.stack;
        let tag = |whose: &str| (format!("aws:{whose}/{STACK}"), stack.clone());
        let equals = |pairs: &[(String, String)]| {
            let pairs = pairs.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str())));
            json!({ "StringEquals": pairs.collect::<serde_json::Map<_, _>>() })
        };
        let boundary = || {
            let bounded = on.names.role_boundary.iter();
            bounded.map(|arn| ("iam:PermissionsBoundary".to_owned(), arn.clone())).collect::<Vec<_>>()
        };
        let one = |key: &str, value: &str| equals(&[(key.to_owned(), value.to_owned())]);
        let through = |service: &str| ("kms:ViaService".to_owned(), on.scope.service(service));
        Some(match self {
            // Without these any key could be tagged, and so become the stack's: one that is being made has neither.
            Self::KeyNewTags => {
                let mut condition = equals(&[tag("RequestTag")]);
                condition["Null"] =
                    json!({ "kms:ResourceAliases": "true", (format!("aws:ResourceTag/{STACK}")): "true" });
                condition
            }
            Self::KeyNew | Self::FunctionsNew | Self::ApiNew | Self::StageNew => equals(&[tag("RequestTag")]),
            Self::Key
            | Self::KeysTagged
            | Self::TablesTagged
            | Self::GroupsTagged
            | Self::FunctionsTagged
            | Self::ApisTagged => equals(&[tag("ResourceTag")]),
            Self::GroupsExpendable => {
                equals(&[tag("ResourceTag"), (format!("aws:ResourceTag/{ON_DELETE}"), DELETE.to_owned())])
            }
            Self::KeysSeen => json!({ "ForAnyValue:StringLike": { "kms:ResourceAliases": on.aliases() } }),
            Self::KeyOfFunctions => {
                let whose = match on.names.key {
                    Some(KeyName::Given(_)) => vec![through("lambda")],
                    _ => vec![tag("ResourceTag"), through("lambda")],
                };
                let mut condition = equals(&whose);
                // Lambda names the function whose environment it decrypts (Lambda guide, "Securing Lambda environment
                // variables"); of what has left the spec the environment is not read.
                condition["StringEqualsIfExists"] = json!({
                    "kms:EncryptionContext:aws:lambda:FunctionArn": on.functions(&on.names.functions)
                });
                condition
            }
            Self::KeyForTables | Self::KeyForFunctions => {
                let service = if self == Self::KeyForTables { "dynamodb" } else { "lambda" };
                match on.names.key {
                    Some(KeyName::Given(_)) => equals(&[through(service)]),
                    _ => equals(&[tag("ResourceTag"), through(service)]),
                }
            }
            // What a role is bounded by, or is to be (Service authorization reference, "Actions, resources, and
            // condition keys for AWS Identity and Access Management").
            Self::RolesNew => equals(&[vec![tag("RequestTag")], boundary()].concat()),
            Self::RolesWritten | Self::RolesBounded | Self::LoggingRoleWritten | Self::LoggingRoleBounded => {
                let bounded = boundary();
                return (!bounded.is_empty()).then(|| equals(&bounded));
            }
            // `lambda.amazonaws.com` in every partition (IAM guide, "AWS service principals").
            Self::RolesPassed => one("iam:PassedToService", "lambda.amazonaws.com"),
            Self::LoggingRolePassed => one("iam:PassedToService", "apigateway.amazonaws.com"),
            Self::FunctionsOpened => {
                let gateway = || "apigateway.amazonaws.com".to_owned();
                let callers: Vec<_> = std::iter::once(gateway()).chain(on.names.callers.clone()).collect();
                match callers.as_slice() {
                    [alone] => one("lambda:Principal", alone),
                    all => json!({ "StringEquals": { "lambda:Principal": all } }),
                }
            }
            Self::LeaseRecord => {
                json!({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [stack] } })
            }
            _ => return None,
        })
    }

    /// Returns the reason why a deployer of the stack needs the permission.
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Anything => "lists and settings: these actions know no resources",
            Self::Exports => "inputs that are CloudFormation exports; the list knows no resources",
            Self::InputStacks => "inputs that are outputs of these CloudFormation stacks",
            Self::Tables => "the tables of the spec",
            Self::TablesSeen => "tables of the spec, and of such names, to see whose they are",
            Self::TablesTagged => "tables of this stack that have left the spec (takes ABAC for DynamoDB)",
            Self::LeaseTable => "making the table of leases, once for the account and region",
            Self::LeaseRecord => "this stack's record in the table of leases, and no other",
            Self::KeyNew => "making the key, with this stack's tag",
            Self::KeyNewTags => "tagging the key while it is made",
            Self::KeyLookup => "looking for a key that a broken run left without an alias",
            Self::KeysAll => "how old a key is whose tags may not be read: new ones count late",
            Self::Alias => "the alias of the spec",
            Self::AliasesSeen => "aliases of the stack's key",
            Self::Key | Self::KeysTagged => "keys that carry this stack's tag",
            Self::KeysSeen => "keys behind aliases of such names, to see whose they are",
            Self::KeyForTables => "DynamoDB uses the key for the tables in the caller's name",
            Self::KeyForFunctions => "Lambda uses the key for the environments in the caller's name",
            Self::KeyOfFunctions => "Lambda shows environments only to who may decrypt them",
            Self::Roles => "the functions' roles, by their path",
            Self::RolesNew => "making the functions' roles, with this stack's tag",
            Self::RolesWritten => "what the functions' roles allow, and who may take them",
            Self::RolesBounded => "giving the functions' roles the boundary of the spec, and no other",
            Self::RolesNamed => "asking whether the functions' roles are there: one that is not has no path",
            Self::RolesPassed => "handing the functions their roles",
            Self::LoggingRole => "the role with which API Gateway logs, where the account has none",
            Self::LoggingRoleWritten => "making that role, and what it allows",
            Self::LoggingRoleBounded => "giving that role the boundary of the spec, and no other",
            Self::LoggingRolePassed => "handing API Gateway that role",
            Self::InstanceProfiles => "taking a role of the stack out of what somebody put it into",
            Self::Groups => "the log groups of the spec",
            Self::GroupsSeen => "log groups of the spec, and of such names, to see whose they are",
            Self::GroupsTagged => "log groups that carry this stack's tag",
            Self::GroupsExpendable => "log groups that carry this stack's tag and go with their source",
            Self::Functions => "the functions of the spec",
            Self::FunctionAliases => "aliases of those functions, which others may have opened",
            Self::FunctionsNew => "making the functions, with this stack's tag",
            Self::FunctionsOpened => {
                "letting API Gateway and the callers of the spec, and nobody else, call the functions"
            }
            Self::FunctionsSeen => "functions of the spec, and of such names, to see whose they are",
            Self::FunctionsTagged => "functions that carry this stack's tag",
            Self::Apis => "finding the API",
            Self::ApiNew => "making the API, with this stack's tag",
            Self::ApisTagged => "APIs and stages that carry this stack's tag",
            Self::ApiLists => "the parts of an API; they take no tags",
            Self::RouteResponses | Self::RouteResponsesNew => {
                "responses of two-way routes; they take no tags"
            }
            Self::ApiParts | Self::ApiPart => "integrations, authorizers and routes; they take no tags",
            Self::Deployment | Self::DeploymentNew => "deployments of an API; they take no tags",
            Self::StageNew => "making the stage, with this stack's tag",
            Self::Stage => "the stage",
            Self::StageParts => "settings of a stage; they take no tags",
            Self::ApiTags => "the tags of APIs and stages",
            Self::DomainNames => "custom domains that lead to an API, which keep it from being removed",
            Self::Account => "whether, and with which role, API Gateway may log",
            Self::Models => "whether the models are still served",
            Self::Principal => "asking beforehand whether anything is missing (`apply --preflight`)",
        }
    }
}
