//! IAM (Service authorization reference, "Actions, resources, and condition keys for AWS Identity and Access
//! Management").
use super::Ask;
use crate::call::{Call, Tags};

pub(super) fn takes(call: &Call<'_>) -> Vec<Ask> {
    let own = format!("iam:{}", call.operation);
    let wanted = call.pairs("Tags", "Key", "Value");
    match (call.operation, call.text("RoleName")) {
        ("SimulatePrincipalPolicy", _) => {
            vec![Ask::new(own, call.text("PolicySourceArn").unwrap_or_default())]
        }
        // On the instance profile alone.
        ("RemoveRoleFromInstanceProfile", _) => {
            let profile = call.text("InstanceProfileName").unwrap_or_default();
            vec![Ask::new(own, arn(call, &format!("instance-profile/{profile}")))]
        }
        // Tags at the creation take an action of their own (IAM guide, "Tagging IAM roles").
        ("CreateRole", Some(name)) => {
            let role = arn(call, &format!("role{}{name}", call.text("Path").unwrap_or("/")));
            let mut asks =
                vec![bounded(Ask::new(own, &role), call.text("PermissionsBoundary")).tagging(&wanted)];
            asks.extend((!wanted.is_empty()).then(|| Ask::new("iam:TagRole", role).tagging(&wanted)));
            asks
        }
        (_, Some(name)) => {
            let (role, tags) = standing(call, name);
            let ask = Ask::new(own, role).tagged(&tags).tagging(&wanted);
            // Of the call that sets a boundary the one that it sets, of all others the one that stands.
            let set = call.text("PermissionsBoundary");
            vec![bounded(ask, set.or_else(|| standing_boundary(call, name)))]
        }
        (_, None) => vec![Ask::new(own, "*")],
    }
}

/// The same question with the boundary of the role.
fn bounded(ask: Ask, boundary: Option<&str>) -> Ask {
    boundary.into_iter().fold(ask, |ask, arn| ask.with("iam:PermissionsBoundary", arn))
}

fn standing_boundary<'a>(call: &'a Call<'_>, name: &str) -> Option<&'a str> {
    call.iam.roles.get(&name.to_lowercase())?.now()?.boundary.as_deref()
}

/// Handing a role to a service (IAM guide, "Grant a user permissions to pass a role to an AWS service").
pub(super) fn pass(role: &str, service: &str) -> Ask {
    Ask::new("iam:PassRole", role).with("iam:PassedToService", service)
}

/// ARN and tags of a role; one that is not there has no path.
fn standing(call: &Call<'_>, name: &str) -> (String, Tags) {
    let role = call.iam.roles.get(&name.to_lowercase()).and_then(|slot| slot.now());
    match role {
        Some(role) => (role.arn.clone(), role.tags.clone()),
        None => (arn(call, &format!("role/{name}")), Tags::new()),
    }
}

fn arn(call: &Call<'_>, rest: &str) -> String {
    format!("arn:{}:iam::{}:{rest}", call.partition(), call.account)
}
