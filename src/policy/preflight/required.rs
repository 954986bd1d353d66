//! The permissions that the steps of a plan need, by action and resource.
use serde_json::Value;

use crate::{
    aws::{AwsScope, Operation},
    engine::{MaybeKnown, Plan, Step, Verb},
    policy::{
        actions,
        context::{PolicyContext, UnknownIds},
    },
    resources::{
        log_group::execution_name,
        permissions::{CallPermissions, KindPermissions, PermissionNeed, PermissionScope, Purpose, Subject},
        permissions_of,
    },
    stack::{KeyName, StackNames},
};

/// The context of a preflight question: account, names and known ids.
pub struct PreflightQuestion<'a> {
    /// Account and region.
    pub scope: &'a AwsScope,
    /// Names of the stack's resources.
    pub names: &'a StackNames,
    /// Id of the key, if it exists.
    pub key: Option<MaybeKnown<String>>,
    /// Id of the API, if it exists.
    pub api: Option<MaybeKnown<String>>,
    /// Whether a lease will be taken.
    pub lease: bool,
}

/// A permission that a step needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredPermission {
    /// Whether it is asked about with the condition keys of KMS and API Gateway.
    pub(super) in_second_context: bool,
    /// Action of the permission.
    pub action: String,
    /// Resource of the permission.
    pub resource: String,
    /// Address of the step.
    pub step: String,
}

/// Placeholder id of a key that does not exist yet.
const NEW_KEY: &str = "00000000-0000-0000-0000-000000000000";
/// Placeholder id of an API, or of a part of one, that does not exist yet.
const NEW: &str = "aaaaaaaaaa";

impl PreflightQuestion<'_> {
    /// Returns the permissions that carrying out `plan` needs.
    #[must_use]
    pub fn required_permissions(&self, plan: &Plan) -> Vec<RequiredPermission> {
        let steps = plan.steps.iter().filter(|step| step.action.verb().is_some());
        let mut all: Vec<RequiredPermission> =
            steps.flat_map(|step| self.permissions_of_step(step)).collect();
        if self.lease && !all.is_empty() {
            let put = |need: &PermissionNeed| {
                need.purpose == Purpose::Lease && need.on == PermissionScope::LeaseRecord
            };
            let context = self.context(None);
            let needs = actions::calls()
                .filter(|one| one.operation == Operation::DynamoDbPutItem)
                .flat_map(|one| one.needs);
            all.extend(needs.filter(|need| put(need)).flat_map(|need| expand_need(need, &context, "lease")));
        }
        all.sort();
        all.dedup();
        all
    }

    fn permissions_of_step(&self, step: &Step) -> Vec<RequiredPermission> {
        let Some(kind) = permissions_of(step.kind) else { return Vec::new() };
        let context = self.context(Some((step, kind.subject)));
        let calls = kind.calls.iter().filter(|one| one.when.iter().any(|when| when.matches_step(step)));
        let takes = |one: &'static CallPermissions| {
            let needs = one.needs.iter().filter(|need| need_applies(kind, one, need, step, &context));
            let mut all: Vec<RequiredPermission> =
                needs.flat_map(|need| expand_need(need, &context, &step.address)).collect();
            all.retain(|wanted| is_part_of_call(&wanted.resource, one.operation));
            all
        };
        calls.flat_map(takes).collect()
    }

    /// Returns the context of one step: only its own names, and samples for ids.
    fn context(&self, step: Option<(&Step, Subject)>) -> PolicyContext {
        let known = |id: &Option<MaybeKnown<String>>, new: &str| match id {
            Some(MaybeKnown::Known(id)) => id.clone(),
            _ => new.to_owned(),
        };
        let (key, api) = (known(&self.key, NEW_KEY), known(&self.api, NEW));
        let mut context = PolicyContext {
            scope: self.scope.clone(),
            names: self.names.clone(),
            unknown: UnknownIds { key, api, part: NEW.into(), alias: NEW.into(), ..UnknownIds::any() },
            principal: None,
            one_api: false,
        };
        if let Some((step, subject)) = step {
            narrow_to_step(&mut context, step, subject);
        }
        context
    }
}

/// Confines the names of `context` to those of `step`.
fn narrow_to_step(context: &mut PolicyContext, step: &Step, subject: Subject) {
    let own = || vec![step.id.clone()];
    let names = &mut context.names;
    let text = |at: &str| {
        let of = |doc: &Option<Value>| doc.as_ref()?.pointer(at)?.as_str().map(str::to_owned);
        of(&step.after).or_else(|| of(&step.before))
    };
    match subject {
        Subject::Table => {
            names.tables = own();
            context.unknown.table.clone_from(&step.id);
        }
        Subject::Function => {
            names.functions = own();
            context.unknown.function.clone_from(&step.id);
            if let Some(arn) = text("/role") {
                arn.rsplit('/').next().unwrap_or_default().clone_into(&mut context.unknown.role);
            }
        }
        Subject::Role => {
            names.roles = own();
            context.unknown.role.clone_from(&step.id);
        }
        Subject::LogGroup => {
            let stage = names.stage.as_mut();
            let execution = stage.map(|stage| {
                stage.executes = false;
                execution_name(&context.unknown.api, &stage.name)
            });
            let name = text("/name").or(execution).unwrap_or_else(|| step.id.clone());
            names.groups = vec![name.clone()];
            context.unknown.group = name;
        }
        Subject::Key if step.id.starts_with("alias/") => names.key = Some(KeyName::Own(step.id.clone())),
        Subject::Stage => context.unknown.part = text("/name").unwrap_or_else(|| NEW.into()),
        Subject::Key | Subject::Unnamed => {}
    }
}

/// Returns whether a step that makes the call needs this permission.
fn need_applies(
    kind: &KindPermissions,
    call: &CallPermissions,
    need: &PermissionNeed,
    step: &Step,
    context: &PolicyContext,
) -> bool {
    let purpose = kind.purposes.contains(&need.purpose);
    // A change need not touch the role or the key, and a given key may let the caller use it by its own policy.
    let own = need.actions.iter().all(|action| action.split(':').next() == Some(call.operation.service()));
    let changes = step.action.verb() == Some(Verb::Update);
    let given = matches!(context.names.key, Some(KeyName::Given(_)));
    let uses_key = matches!(need.on, PermissionScope::KeyForTables | PermissionScope::KeyForFunctions);
    purpose && (own || !changes) && !(given && uses_key)
}

/// Returns whether a resource is the part of an API that the call's path names.
fn is_part_of_call(resource: &str, call: Operation) -> bool {
    let name = call.name().strip_prefix("apigateway:").unwrap_or_default();
    match ["Create", "Update", "Delete"].iter().find_map(|verb| name.strip_prefix(verb)) {
        Some(part @ ("Integration" | "Authorizer" | "Route" | "Stage")) => {
            !resource.contains("/apis/") || resource.contains(&format!("/{}s", part.to_lowercase()))
        }
        Some("RouteResponse") => resource.contains("/routes"),
        Some("Api") => !resource.contains("/stages"),
        _ => true,
    }
}

/// Expands one need to permissions; patterns that no sample fills are left out.
fn expand_need(need: &PermissionNeed, context: &PolicyContext, step: &str) -> Vec<RequiredPermission> {
    let resources = need.on.resolve(context).resources;
    let concrete = |resource: &&String| *resource == "*" || !resource.trim_end_matches(":*").contains('*');
    let second = match need.on {
        PermissionScope::KeyForTables => false,
        PermissionScope::LoggingRole
        | PermissionScope::LoggingRoleWritten
        | PermissionScope::LoggingRoleBounded
        | PermissionScope::LoggingRolePassed => true,
        _ => {
            need.actions.iter().any(|action| action.starts_with("kms:") || action.starts_with("apigateway:"))
        }
    };
    let pairs = need.actions.iter().flat_map(|action| {
        // The calls about a log group's tags name it without `:*`, all others with it.
        let fits = move |resource: &&String| {
            !action.starts_with("logs:") || resource.ends_with(":*") != action.contains("agResource")
        };
        let taken = resources.iter().filter(concrete).filter(fits);
        taken.map(move |resource| (*action, resource.clone()))
    });
    pairs
        .map(|(action, resource)| RequiredPermission {
            in_second_context: second,
            action: action.to_owned(),
            resource,
            step: step.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::{Action, LeafChange};

    fn table(action: Action, after: Value) -> Plan {
        let step = Step {
            address: "tables.notes".into(),
            kind: "dynamodb/table",
            id: "shop-notes".into(),
            action,
            before: None,
            after: Some(after),
            drift_status: None,
            holds_data: true,
            span: None,
            warning: None,
            takes_over: None,
            loses: None,
            left_out: false,
        };
        Plan { steps: vec![step], ..Plan::default() }
    }

    fn asked(plan: &Plan, key: KeyName) -> Vec<String> {
        let scope = AwsScope { partition: "aws", region: "us-east-1".into(), account: "123456789012".into() };
        let names = StackNames {
            stack: "shop".into(),
            tables: vec!["shop-notes".into(), "shop-other".into()],
            functions: Vec::new(),
            callers: Vec::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            role_path: "/copilot-infra/shop/us-east-1/".into(),
            given_roles: Vec::new(),
            role_boundary: None,
            logging_role: "/copilot-infra/logs".into(),
            key: Some(key),
            stage: None,
            two_way: false,
            input_stacks: Vec::new(),
            exports: false,
            lease: true,
        };
        let id = Some("k1".to_owned().into());
        let question = PreflightQuestion { scope: &scope, names: &names, key: id, api: None, lease: false };
        let short = |arn: &str| arn.rsplit(':').next().unwrap_or_default().to_owned();
        question
            .required_permissions(plan)
            .iter()
            .map(|one| format!("{} {}", one.action, short(&one.resource)))
            .collect()
    }

    #[test]
    fn a_new_table_takes_its_own_name_and_the_key_that_encrypts_it() {
        let plan = table(
            Action::Create { props: json!({}) },
            json!({ "ttl": "at", "point_in_time_recovery": false }),
        );
        let own = ["dynamodb:CreateTable", "dynamodb:TagResource", "dynamodb:UpdateTimeToLive"];
        let own: Vec<String> = own.iter().map(|action| format!("{action} table/shop-notes")).collect();
        let asked_own = asked(&plan, KeyName::Own("alias/shop".into()));
        assert_eq!(asked_own[..3], own[..]);
        assert!(asked_own.contains(&"kms:CreateGrant key/k1".to_owned()), "{asked_own:?}");
        // The policy of a given key may let the caller use it, and nobody could tell.
        assert_eq!(asked(&plan, KeyName::Given("arn:aws:kms:us-east-1:123456789012:key/k1".into())), own);
    }

    #[test]
    fn a_change_takes_only_the_calls_that_it_makes() {
        let change = LeafChange { pointer: "/ttl".into(), before: Some("at".into()), after: None };
        let plan = table(Action::Update { changes: vec![change] }, json!({}));
        let expected =
            ["dynamodb:TagResource table/shop-notes", "dynamodb:UpdateTimeToLive table/shop-notes"];
        assert_eq!(asked(&plan, KeyName::Own("alias/shop".into())), expected);
    }
}
