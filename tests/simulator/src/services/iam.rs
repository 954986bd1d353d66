//! IAM: roles with trust, inline and attached policies, boundary and tags. Global, and seen late by others.
mod documents;
mod policies;
mod roles;
mod simulate;

use crate::{
    call::{Call, PageSizes, Tags, like, several},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
pub(crate) use documents::{rewritten, statements};
use policies::{attach, delete_policy, detach, get_policy, list_attached, list_policies, put_policy};
use roles::{create, delete, get, list, list_profiles, remove_profile, tag, untag, update, update_trust};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A role.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) arn: String,
    trust: Value,
    description: Option<String>,
    session: i64,
    pub(crate) boundary: Option<String>,
    pub(crate) inline: BTreeMap<String, Value>,
    pub(crate) attached: BTreeSet<String>,
    pub(crate) profiles: BTreeSet<String>,
    pub(crate) tags: Tags,
    created: u64,
    /// Until when `GetRole` may show the unique id in place of the ARN.
    nameless: u64,
    /// Until when a change to it collides with the one before.
    busy: u64,
    /// From when on other services see the role and its trust.
    ready: u64,
    /// From when on they see its policies.
    allowed: u64,
}

/// Roles by name in lower case; their names are unique in the account without regard to case.
#[derive(Clone, Default)]
pub(crate) struct Iam {
    pub(crate) roles: BTreeMap<String, Slot<Role>>,
}

impl Iam {
    /// The role as other services see it.
    pub(crate) fn usable(&self, arn: &str, now: u64) -> Option<&Role> {
        let name = arn.rsplit('/').next()?.to_lowercase();
        self.roles.get(&name)?.now().filter(|role| role.arn == arn && now >= role.ready)
    }
}

impl Role {
    /// Whether the service may take the role.
    pub(crate) fn trusts(&self, service: &str) -> bool {
        statements(&self.trust).any(|it| {
            it["Effect"] == "Allow"
                && several(&it["Action"]).contains(&"sts:AssumeRole")
                && several(&it["Principal"]["Service"]).contains(&service)
        })
    }

    /// Whether an inline policy that others see allows `action` on anything.
    pub(crate) fn allows(&self, now: u64, action: &str) -> bool {
        let allows = |it: &Value| {
            it["Effect"] == "Allow" && several(&it["Action"]).iter().any(|pattern| like(pattern, action))
        };
        now >= self.allowed && self.inline.values().flat_map(statements).any(allows)
    }
}

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    match call.operation {
        "CreateRole" => create(call),
        "GetRole" => get(call),
        "UpdateRole" => update(call),
        "UpdateAssumeRolePolicy" => update_trust(call),
        "DeleteRole" => delete(call),
        "TagRole" => tag(call),
        "UntagRole" => untag(call),
        "ListRoles" => list(call),
        "PutRolePolicy" => put_policy(call),
        "GetRolePolicy" => get_policy(call),
        "DeleteRolePolicy" => delete_policy(call),
        "ListRolePolicies" => list_policies(call),
        "AttachRolePolicy" => attach(call),
        "DetachRolePolicy" => detach(call),
        "ListAttachedRolePolicies" => list_attached(call),
        "ListInstanceProfilesForRole" => list_profiles(call),
        "AddRoleToInstanceProfile" => {
            let profile = call.need("InstanceProfileName", "ValidationError")?;
            change(call, |role| role.profiles.extend([profile]))
        }
        "RemoveRoleFromInstanceProfile" => remove_profile(call),
        "PutRolePermissionsBoundary" => {
            let boundary = call.need("PermissionsBoundary", "ValidationError")?;
            change(call, |role| role.boundary = Some(boundary))
        }
        "DeleteRolePermissionsBoundary" => change(call, |role| role.boundary = None),
        "SimulatePrincipalPolicy" => simulate::simulate(call),
        _ => super::unknown(call),
    }
}

fn absent(name: &str) -> Refusal {
    refusal(404, "NoSuchEntity", format!("The role with name {name} cannot be found."))
}

fn name(call: &Call<'_>) -> Result<String, Refusal> {
    let name = call.need("RoleName", "ValidationError")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c);
    if name.len() > 64 || !name.chars().all(fits) {
        return Err(refusal(400, "ValidationError", format!("'{name}' is not a valid role name")));
    }
    Ok(name)
}

/// The role as a reader sees it.
fn shown<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a Role, Refusal> {
    let slot = call.iam.roles.get(&name.to_lowercase());
    slot.and_then(|slot| slot.seen(call.now, call.stale)).ok_or_else(|| absent(name))
}

/// Changes a role; readers see it late.
fn change(call: &mut Call<'_>, change: impl FnOnce(&mut Role)) -> Answer {
    let name = name(call)?;
    let (lag, busy) = (call.lag(2_000), call.now + call.lag(60));
    let slot = call.iam.roles.get_mut(&name.to_lowercase()).filter(|slot| slot.now().is_some());
    let slot = slot.ok_or_else(|| absent(&name))?;
    if slot.now().is_some_and(|role| call.now < role.busy) {
        return Err(collision());
    }
    slot.change(call.now, lag, |role| {
        role.busy = busy;
        change(role);
    });
    Ok(json!({}))
}

/// Two changes of one role at the same time collide (IAM API reference, `ConcurrentModification`).
fn collision() -> Refusal {
    let words = "The request was rejected because multiple requests to change this object were submitted \
                 simultaneously. Wait a few minutes and submit your request again.";
    refusal(409, "ConcurrentModification", words)
}

fn marked(call: &Call<'_>, member: &str, all: Vec<Value>) -> Value {
    // IAM API reference, `ListRoles`.
    let sizes = PageSizes { usual: 100, most: 1000 };
    let (page, next) = call.page(all, call.text("Marker"), call.number("MaxItems"), sizes);
    json!({ member: page, "IsTruncated": next.is_some(), "Marker": next })
}
