//! Roles: made, shown, changed, removed.
use super::documents::{encoded, trust};
use super::{Role, absent, change, collision, marked, name, shown};
use crate::{
    call::{Call, check_tags, iso},
    reply::{Answer, refusal},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Makes a role (IAM API reference, `CreateRole`); readers and other services see it late
/// (hashicorp/terraform-provider-aws, `iam/wait.go`; cargo-lambda tries five times over 50 s).
pub(super) fn create(call: &mut Call<'_>) -> Answer {
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
        busy: 0,
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

pub(super) fn get(call: &mut Call<'_>) -> Answer {
    let role = shown(call, &name(call)?)?;
    Ok(json!({ "Role": describe(call, role) }))
}

/// One call for both: what is left out falls back to the default (IAM API reference, `UpdateRole`).
pub(super) fn update(call: &mut Call<'_>) -> Answer {
    let description = call.text("Description").map(str::to_owned);
    let session = call.number("MaxSessionDuration").unwrap_or(3600);
    change(call, |role| (role.description, role.session) = (description, session))
}

pub(super) fn update_trust(call: &mut Call<'_>) -> Answer {
    let trust = trust(call, "PolicyDocument")?;
    let ready = call.now + call.lag(12_000);
    change(call, |role| (role.trust, role.ready) = (trust, ready))
}

/// Refused while anything hangs on the role (IAM API reference, `DeleteRole`).
pub(super) fn delete(call: &mut Call<'_>) -> Answer {
    let name = name(call)?;
    let lag = call.lag(2_000);
    let slot = call.iam.roles.get_mut(&name.to_lowercase()).filter(|slot| slot.now().is_some());
    let slot = slot.ok_or_else(|| absent(&name))?;
    if let Some(role) = slot.now() {
        if call.now < role.busy {
            return Err(collision());
        }
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

pub(super) fn tag(call: &mut Call<'_>) -> Answer {
    let tags = call.pairs("Tags", "Key", "Value");
    check_tags(&tags, "ValidationError")?;
    change(call, |role| role.tags.extend(tags))
}

pub(super) fn untag(call: &mut Call<'_>) -> Answer {
    let keys = call.texts("TagKeys");
    change(call, |role| role.tags.retain(|key, _| !keys.contains(key)))
}

/// `ListRoles` shows no tags (IAM API reference, `ListRoles`).
pub(super) fn list(call: &mut Call<'_>) -> Answer {
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

pub(super) fn list_profiles(call: &mut Call<'_>) -> Answer {
    let role = shown(call, &name(call)?)?;
    let one = |name: &String| {
        json!({ "InstanceProfileName": name, "InstanceProfileId": "AIPAEXAMPLE", "Path": "/",
            "Arn": format!("arn:aws:iam::{}:instance-profile/{name}", call.account),
            "CreateDate": iso(call.now), "Roles": [] })
    };
    let all = role.profiles.iter().map(one).collect();
    Ok(marked(call, "InstanceProfiles", all))
}

pub(super) fn remove_profile(call: &mut Call<'_>) -> Answer {
    let profile = call.need("InstanceProfileName", "ValidationError")?;
    change(call, |role| role.profiles.retain(|one| *one != profile))
}
