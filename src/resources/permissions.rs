//! The tables of permissions: what an API call needs, and which steps of a plan make the call.
use serde_json::Value;

use crate::{
    aws::Operation,
    engine::{Action, Resource, Step, Verb},
};

/// The purpose of a permission; each purpose has its own policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Reading: `plan`, `outputs`, and the beginning of everything else.
    Plan,
    /// Changing, and removing what holds no data: `apply`, `push`, `destroy`.
    Apply,
    /// Holding the lease that keeps other runs out.
    Lease,
    /// Making the role with which API Gateway logs, once for the account and region.
    LoggingRole,
    /// Removing tables, logs and the key: `--delete-data`.
    DeleteData,
    /// Looking at what runs: `doctor`, `logs`, `smoke`.
    Operate,
    /// Repairing changes by others in ways that are hard to undo.
    Repair,
}

/// The resources that a permission applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PermissionScope {
    /// Actions that know no resources.
    Anything,
    /// Exports, where inputs are taken from them.
    Exports,
    /// The CloudFormation stacks that inputs are taken from.
    InputStacks,
    /// The tables of the spec.
    Tables,
    /// Tables that may be the stack's, by name.
    TablesSeen,
    /// Tables that are the stack's, by tag.
    TablesTagged,
    /// The table of leases.
    LeaseTable,
    /// The stack's record in it.
    LeaseRecord,
    /// A key that is being made.
    KeyNew,
    /// The tags of a key that is being made.
    KeyNewTags,
    /// Finding a key of the stack's that an interrupted run left behind.
    KeyLookup,
    /// Every key of the account, to learn how old one is whose tags may not be read.
    KeysAll,
    /// The alias of the spec.
    Alias,
    /// Aliases that the stack's key may go by.
    AliasesSeen,
    /// The spec's own key, by tag.
    Key,
    /// Keys that are the stack's, by tag.
    KeysTagged,
    /// Keys that may be the stack's, by alias.
    KeysSeen,
    /// The key, used by DynamoDB in the caller's name.
    KeyForTables,
    /// The key, used by Lambda in the caller's name.
    KeyForFunctions,
    /// The key, used by Lambda in the caller's name to read environments.
    KeyOfFunctions,
    /// The functions' roles.
    Roles,
    /// The functions' roles while they are created.
    RolesNew,
    /// The functions' roles, to be given permissions or a trust: with a boundary, only those that carry it.
    RolesWritten,
    /// The functions' roles, to be given the boundary of the spec.
    RolesBounded,
    /// The functions' roles by name alone: a role that does not exist has no path.
    RolesNamed,
    /// The functions' roles, handed to Lambda.
    RolesPassed,
    /// The role with which API Gateway logs.
    LoggingRole,
    /// The same, to be made, or to be given permissions or a trust: with a boundary, only if it carries it.
    LoggingRoleWritten,
    /// The same, to be given the boundary of the spec.
    LoggingRoleBounded,
    /// The role with which API Gateway logs, handed to API Gateway.
    LoggingRolePassed,
    /// Every instance profile: their names are chosen by others.
    InstanceProfiles,
    /// The log groups of the spec.
    Groups,
    /// Log groups that may be the stack's, by name.
    GroupsSeen,
    /// Log groups that are the stack's, by tag.
    GroupsTagged,
    /// Log groups that are the stack's and go with their source, by tags.
    GroupsExpendable,
    /// The functions of the spec.
    Functions,
    /// The aliases of the functions of the spec.
    FunctionAliases,
    /// The functions while they are created.
    FunctionsNew,
    /// The functions, opened to API Gateway and the callers that the spec names.
    FunctionsOpened,
    /// Functions that may be the stack's, by name.
    FunctionsSeen,
    /// Functions that are the stack's, by tag.
    FunctionsTagged,
    /// The list of all APIs.
    Apis,
    /// An API that is being made.
    ApiNew,
    /// APIs and stages that are the stack's, by tag.
    ApisTagged,
    /// The lists of an API's parts.
    ApiLists,
    /// The lists that parts are added to: integrations, authorizers, routes.
    ApiParts,
    /// Single parts.
    ApiPart,
    /// The lists of responses of routes.
    RouteResponses,
    /// The lists that responses are added to, where a route answers.
    RouteResponsesNew,
    /// Single deployments.
    Deployment,
    /// The making of deployments, where the stage needs them.
    DeploymentNew,
    /// A stage that is being made.
    StageNew,
    /// Single stages.
    Stage,
    /// What hangs on a stage and takes no tags.
    StageParts,
    /// The tags of APIs and stages.
    ApiTags,
    /// Every custom domain, and what it leads to.
    DomainNames,
    /// The gateway's settings of the account.
    Account,
    /// Every model and inference profile.
    Models,
    /// Whoever applies.
    Principal,
}

/// Actions on a scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PermissionNeed {
    pub(crate) purpose: Purpose,
    pub(crate) actions: &'static [&'static str],
    pub(crate) on: PermissionScope,
}

pub(crate) const fn permission_need(
    purpose: Purpose,
    actions: &'static [&'static str],
    on: PermissionScope,
) -> PermissionNeed {
    PermissionNeed { purpose, actions, on }
}

/// The permissions that an API operation needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallPermissions {
    /// The API operation.
    pub(crate) operation: Operation,
    /// Permissions that the call needs.
    pub(crate) needs: &'static [PermissionNeed],
    /// The steps of a plan that call it.
    pub(crate) when: &'static [StepCondition],
}

pub(crate) const fn api_operation(
    operation: Operation,
    needs: &'static [PermissionNeed],
    when: &'static [StepCondition],
) -> CallPermissions {
    CallPermissions { operation, needs, when }
}

/// A condition on the steps of a plan that work on a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StepCondition {
    /// Creates a resource.
    Made,
    /// Creates a resource with this member, or adds the member to a live one.
    Set(&'static str),
    /// Adds this member to a live resource, or gives it another value.
    Given(&'static str),
    /// Removes this member from a live resource.
    Taken(&'static str),
    /// Changes this member of a live resource in any way.
    Changed(&'static str),
    /// Deletes a resource.
    Gone,
    /// Deletes a resource with this member.
    GoneWith(&'static str),
}

impl StepCondition {
    /// Returns whether carrying out `step`, which is of the kind, is among them.
    pub(crate) fn matches_step(self, step: &Step) -> bool {
        let verb = step.action.verb();
        let made = matches!(verb, Some(Verb::Create | Verb::Replace));
        let gone = matches!(verb, Some(Verb::Delete | Verb::Replace));
        let has = |doc: &Option<Value>, at: &str| {
            doc.as_ref().and_then(|doc| doc.pointer(at)).is_some_and(is_meaningful)
        };
        match self {
            Self::Made => made,
            Self::Set(at) => made && has(&step.after, at) || Self::Given(at).matches_step(step),
            Self::Given(at) => changes_member(step, at, |after| after.is_some_and(is_meaningful)),
            Self::Taken(at) => changes_member(step, at, |after| !after.is_some_and(is_meaningful)),
            Self::Changed(at) => changes_member(step, at, |_| true),
            Self::Gone => gone,
            Self::GoneWith(at) => gone && has(&step.before, at),
        }
    }
}

/// The sort of resource that a step's name refers to, so that a preflight question covers only that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A table.
    Table,
    /// A function.
    Function,
    /// A role.
    Role,
    /// A log group.
    LogGroup,
    /// A key.
    Key,
    /// A stage of the API.
    Stage,
    /// Nothing that a permission names.
    Unnamed,
}

/// The permissions of a kind of resource.
pub(crate) trait Permissions: Resource {
    /// Permissions of the calls that work on the kind.
    const CALLS: &'static [CallPermissions];
    /// Purposes of the permissions of the kind's steps.
    const PURPOSES: &'static [Purpose] = &[Purpose::Apply, Purpose::DeleteData];
    /// Sort of resource that the kind's name refers to.
    const SUBJECT: Subject = Subject::Unnamed;
}

/// The permissions of a kind, to be looked up by the kind's name.
#[derive(Clone, Copy)]
pub(crate) struct KindPermissions {
    pub(crate) kind: &'static str,
    pub(crate) calls: &'static [CallPermissions],
    pub(crate) purposes: &'static [Purpose],
    pub(crate) subject: Subject,
}

impl KindPermissions {
    /// Returns the entry for `R`.
    pub(crate) const fn of<R: Permissions>() -> Self {
        Self { kind: R::KIND, calls: R::CALLS, purposes: R::PURPOSES, subject: R::SUBJECT }
    }
}

/// Returns whether a member has a value other than null, false or empty.
fn is_meaningful(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

/// Returns whether the step changes something at or below `at` of a live resource, to a value that `into` accepts.
fn changes_member(step: &Step, at: &str, into: impl Fn(Option<&Value>) -> bool) -> bool {
    let Action::Update { changes } = &step.action else { return false };
    changes.iter().any(|change| change.pointer.is_within(at) && into(change.after.as_ref()))
}
