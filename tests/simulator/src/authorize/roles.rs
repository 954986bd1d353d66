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
            let mut asks = vec![Ask::new(own, &role).tagging(&wanted)];
            asks.extend((!wanted.is_empty()).then(|| Ask::new("iam:TagRole", role).tagging(&wanted)));
            asks
        }
        (_, Some(name)) => {
            let (role, tags) = standing(call, name);
            vec![Ask::new(own, role).tagged(&tags).tagging(&wanted)]
        }
        (_, None) => vec![Ask::new(own, "*")],
    }
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
