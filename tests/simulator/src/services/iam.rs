//! IAM: roles with trust, inline and attached policies, boundary and tags. Global, and seen late by others.
use crate::{
    call::{Call, Tags, check_tags, iso, like, several},
    reply::{Answer, Refusal, refusal},
    slot::Slot,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
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
    boundary: Option<String>,
    pub(crate) inline: BTreeMap<String, Value>,
    pub(crate) attached: BTreeSet<String>,
    pub(crate) profiles: BTreeSet<String>,
    pub(crate) tags: Tags,
    created: u64,
    /// Until when `GetRole` may show the unique id in place of the ARN.
    nameless: u64,
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

/// The statements of a policy, whether they are a list or one.
pub(crate) fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    let all = &policy["Statement"];
    all.as_array().map_or_else(|| std::slice::from_ref(all), Vec::as_slice).iter()
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
        _ => super::unknown(call),
    }
}

/// What percent-encoding leaves alone (RFC 3986, which the `GetRole` reference names).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A document as responses carry it: percent-encoded, and perhaps written anew.
fn encoded(call: &Call<'_>, policy: &Value) -> String {
    let text =
        if call.switches.rewrites_policies { rewritten(policy).to_string() } else { format!("{policy:#}") };
    utf8_percent_encode(&text, PLAIN).to_string()
}

/// The same policy in other words: members in another order, lists of one as text.
pub(crate) fn rewritten(policy: &Value) -> Value {
    match policy {
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| (key.clone(), rewritten(value))).collect();
            members.reverse();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(all) => match &all[..] {
            [Value::String(one)] => Value::String(one.clone()),
            _ if all.iter().all(Value::is_string) => all.iter().rev().cloned().collect(),
            _ => all.iter().map(rewritten).collect(),
        },
        other => other.clone(),
    }
}

/// Reads a policy as IAM does: JSON with a version and statements that have an effect.
fn document(call: &Call<'_>, member: &str) -> Result<Value, Refusal> {
    let text = call.need(member, "ValidationError")?;
    let malformed = |why: &str| refusal(400, "MalformedPolicyDocument", why.to_owned());
    let policy: Value =
        serde_json::from_str(&text).map_err(|_| malformed("This policy contains invalid Json"))?;
    if !policy.is_object() || policy["Statement"].is_null() {
        return Err(malformed("Syntax errors in policy."));
    }
    let effect = |it: &Value| it["Effect"] == "Allow" || it["Effect"] == "Deny";
    if !statements(&policy).all(effect) {
        return Err(malformed("Missing required field Effect"));
    }
    let action = |it: &Value| !it["Action"].is_null() || !it["NotAction"].is_null();
    if !statements(&policy).all(action) {
        return Err(malformed("Missing required field Action"));
    }
    Ok(policy)
}

/// A permissions policy names resources and no principals (IAM guide, "Policy elements reference").
fn permissions(call: &Call<'_>, member: &str) -> Result<Value, Refusal> {
    let policy = document(call, member)?;
    let whole =
        |it: &Value| it["Principal"].is_null() && !(it["Resource"].is_null() && it["NotResource"].is_null());
    if statements(&policy).all(whole) && statements(&policy).next().is_some() {
        return Ok(policy);
    }
    Err(refusal(400, "MalformedPolicyDocument", "Policy statement must contain resources."))
}

/// A trust policy names principals, which IAM wants to see (hashicorp/terraform-provider-aws, `iam/role.go`:
/// "Invalid principal in policy").
fn trust(call: &Call<'_>, member: &str) -> Result<Value, Refusal> {
    let policy = document(call, member)?;
    for statement in statements(&policy) {
        if statement["Principal"].is_null() {
            let words = "Has prohibited field Resource or lacks Principal";
            return Err(refusal(400, "MalformedPolicyDocument", words));
        }
        for arn in several(&statement["Principal"]["AWS"]) {
            if arn.contains(":role/") && call.iam.usable(arn, call.now).is_none() {
                let words = format!("Invalid principal in policy: \"AWS\":\"{arn}\"");
                return Err(refusal(400, "MalformedPolicyDocument", words));
            }
        }
    }
    Ok(policy)
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
    let lag = call.lag(2_000);
    let slot = call.iam.roles.get_mut(&name.to_lowercase()).filter(|slot| slot.now().is_some());
    slot.ok_or_else(|| absent(&name))?.change(call.now, lag, change);
    Ok(json!({}))
}

/// Makes a role (IAM API reference, `CreateRole`); readers and other services see it late
/// (hashicorp/terraform-provider-aws, `iam/wait.go`; cargo-lambda tries five times over 50 s).
fn create(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let trust = trust(call, "AssumeRolePolicyDocument")?;
    let path = call.text("Path").unwrap_or("/").to_owned();
    let session = call.number("MaxSessionDuration").unwrap_or(3600);
    let tags = call.pairs("Tags", "Key", "Value");
    check_tags(&tags, "ValidationError")?;
    let description = call.text("Description").map(str::to_owned);
    let long = description.as_ref().is_some_and(|text| text.chars().count() > 1000);
    let rooted = path.starts_with('/') && path.ends_with('/');
    if !rooted || long || !(3600..=43200).contains(&session) {
        return Err(refusal(400, "ValidationError", "a member failed to satisfy its constraint"));
    }
    let key = name.to_lowercase();
    if call.iam.roles.get(&key).is_some_and(|slot| slot.now().is_some()) {
        let words = format!("Role with name {name} already exists.");
        return Err(refusal(409, "EntityAlreadyExists", words));
    }
    let id = format!("AROA{}", call.id(17, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"));
    let arn = format!("arn:{}:iam::{}:role{path}{name}", call.partition(), call.account);
    let (lag, nameless, ready) = (call.lag(3_000), call.lag(5_000), call.lag(12_000));
    let role = Role {
        name,
        id,
        path,
        arn,
        trust,
        description,
        session,
        boundary: call.text("PermissionsBoundary").map(str::to_owned),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        profiles: BTreeSet::new(),
        tags,
        created: call.now,
        nameless: call.now + nameless,
        ready: call.now + ready,
        allowed: call.now,
    };
    let answer = json!({ "Role": describe(call, &role) });
    call.iam.roles.entry(key).or_default().set(call.now, lag, Some(role));
    Ok(answer)
}

fn describe(call: &Call<'_>, role: &Role) -> Value {
    // For a while the unique id may stand in place of the ARN (hashicorp/terraform-provider-aws, `iam/wait.go`).
    let arn = if call.now < role.nameless { &role.id } else { &role.arn };
    let tags: Vec<_> = role.tags.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
    let boundary = role
        .boundary
        .as_ref()
        .map(|arn| json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn }));
    json!({
        "Path": role.path, "RoleName": role.name, "RoleId": role.id, "Arn": arn,
        "CreateDate": iso(role.created), "AssumeRolePolicyDocument": encoded(call, &role.trust),
        "Description": role.description, "MaxSessionDuration": role.session,
        "PermissionsBoundary": boundary, "Tags": tags, "RoleLastUsed": {},
    })
}

fn get(call: &mut Call<'_>) -> Answer {
    let role = shown(call, &name(call)?)?;
    Ok(json!({ "Role": describe(call, role) }))
}

/// One call for both: what is left out falls back to the default (IAM API reference, `UpdateRole`).
fn update(call: &mut Call<'_>) -> Answer {
    let description = call.text("Description").map(str::to_owned);
    let session = call.number("MaxSessionDuration").unwrap_or(3600);
    change(call, |role| (role.description, role.session) = (description, session))
}

fn update_trust(call: &mut Call<'_>) -> Answer {
    let trust = trust(call, "PolicyDocument")?;
    let ready = call.now + call.lag(12_000);
    change(call, |role| (role.trust, role.ready) = (trust, ready))
}

/// Refused while anything hangs on the role (IAM API reference, `DeleteRole`).
fn delete(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let lag = call.lag(2_000);
    let slot = call.iam.roles.get_mut(&name.to_lowercase()).filter(|slot| slot.now().is_some());
    let slot = slot.ok_or_else(|| absent(&name))?;
    if let Some(role) = slot.now() {
        let conflict =
            |what: &str| refusal(409, "DeleteConflict", format!("Cannot delete entity, must {what} first."));
        if !role.inline.is_empty() {
            return Err(conflict("delete policies"));
        }
        if !role.attached.is_empty() {
            return Err(conflict("detach all policies"));
        }
        if !role.profiles.is_empty() {
            return Err(conflict("remove roles from instance profile"));
        }
    }
    slot.set(call.now, lag, None);
    Ok(json!({}))
}

fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.pairs("Tags", "Key", "Value");
    check_tags(&tags, "ValidationError")?;
    change(call, |role| role.tags.extend(tags))
}

fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeys");
    change(call, |role| role.tags.retain(|key, _| !keys.contains(key)))
}

/// `ListRoles` shows no tags (IAM API reference, `ListRoles`).
fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix").unwrap_or("/").to_owned();
    let seen = call.iam.roles.values().filter_map(|slot| slot.seen(call.now, call.stale));
    let roles: Vec<Value> = seen
        .filter(|role| role.path.starts_with(&prefix))
        .map(|role| {
            let mut role = describe(call, role);
            role["Tags"] = Value::Null;
            role
        })
        .collect();
    Ok(marked(call, "Roles", roles))
}

fn marked(call: &Call<'_>, member: &str, all: Vec<Value>) -> Value {
    let (page, next) = call.page(all, call.text("Marker"), call.number("MaxItems"));
    json!({ member: page, "IsTruncated": next.is_some(), "Marker": next })
}

/// Puts an inline policy; all of a role's share 10,240 characters, whitespace not counted (IAM guide, "IAM and
/// AWS STS quotas"). Readers and other services see it late.
fn put_policy(call: &mut Call<'_>) -> Answer {
    let policy = call.need("PolicyName", "ValidationError")?;
    let document = permissions(call, "PolicyDocument")?;
    let (role, allowed) = (name(call)?, call.now + call.lag(8_000));
    let size = |policy: &Value| policy.to_string().len();
    let others = call.iam.roles.get(&role.to_lowercase()).and_then(Slot::now).map_or(0, |role| {
        role.inline.iter().filter(|(name, _)| **name != policy).map(|(_, policy)| size(policy)).sum()
    });
    if others + size(&document) > 10_240 {
        let words = format!("Maximum policy size of 10240 bytes exceeded for role {role}");
        return Err(refusal(409, "LimitExceeded", words));
    }
    change(call, |role| {
        role.inline.insert(policy, document);
        role.allowed = allowed;
    })
}

fn no_policy(policy: &str) -> Refusal {
    refusal(404, "NoSuchEntity", format!("The role policy with name {policy} cannot be found."))
}

fn get_policy(call: &mut Call<'_>) -> Answer {
    let policy = call.need("PolicyName", "ValidationError")?;
    let role = shown(call, &name(call)?)?;
    let document = role.inline.get(&policy).ok_or_else(|| no_policy(&policy))?;
    let document = encoded(call, document);
    Ok(json!({ "RoleName": role.name, "PolicyName": policy, "PolicyDocument": document }))
}

fn delete_policy(call: &mut Call<'_>) -> Answer {
    let policy = call.need("PolicyName", "ValidationError")?;
    let role = name(call)?;
    let slot = call.iam.roles.get(&role.to_lowercase()).and_then(Slot::now).ok_or_else(|| absent(&role))?;
    if !slot.inline.contains_key(&policy) {
        return Err(no_policy(&policy));
    }
    change(call, |role| drop(role.inline.remove(&policy)))
}

fn list_policies(call: &mut Call<'_>) -> Answer {
    let role = shown(call, &name(call)?)?;
    let names = role.inline.keys().map(|name| json!(name)).collect();
    Ok(marked(call, "PolicyNames", names))
}

fn attach(call: &mut Call<'_>) -> Answer {
    let arn = call.need("PolicyArn", "ValidationError")?;
    if !arn.starts_with("arn:") || !arn.contains(":policy/") {
        return Err(refusal(400, "ValidationError", format!("ARN {arn} is not valid.")));
    }
    change(call, |role| role.attached.extend([arn]))
}

fn detach(call: &mut Call<'_>) -> Answer {
    let arn = call.need("PolicyArn", "ValidationError")?;
    let role = name(call)?;
    let on = call.iam.roles.get(&role.to_lowercase()).and_then(Slot::now);
    if !on.is_some_and(|role| role.attached.contains(&arn)) {
        return Err(refusal(404, "NoSuchEntity", format!("Policy {arn} was not found.")));
    }
    change(call, |role| role.attached.retain(|one| *one != arn))
}

fn list_attached(call: &mut Call<'_>) -> Answer {
    let role = shown(call, &name(call)?)?;
    let one = |arn: &String| json!({ "PolicyArn": arn, "PolicyName": arn.rsplit('/').next() });
    let all = role.attached.iter().map(one).collect();
    Ok(marked(call, "AttachedPolicies", all))
}

fn list_profiles(call: &mut Call<'_>) -> Answer {
    let role = shown(call, &name(call)?)?;
    let one = |name: &String| {
        json!({ "InstanceProfileName": name, "InstanceProfileId": "AIPAEXAMPLE", "Path": "/",
            "Arn": format!("arn:aws:iam::{}:instance-profile/{name}", call.account),
            "CreateDate": iso(call.now), "Roles": [] })
    };
    let all = role.profiles.iter().map(one).collect();
    Ok(marked(call, "InstanceProfiles", all))
}

fn remove_profile(call: &mut Call<'_>) -> Answer {
    let profile = call.need("InstanceProfileName", "ValidationError")?;
    change(call, |role| role.profiles.retain(|one| *one != profile))
}
