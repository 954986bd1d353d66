//! The principal whose policies the policy simulator is asked about.
use crate::aws::Cx;

/// Returns the ARNs that the caller's role or user may go by, the likeliest first; none for the root user and federated
/// users, who have no policies to ask about.
///
/// The ARN of a session lacks the path of its role. Where the role may not be read, that of a role of IAM Identity
/// Center is known: it names the region of the directory, or none for `us-east-1` (IAM Identity Center guide,
/// "Referencing permission sets in resource policies").
pub(super) async fn principals_of_caller(cx: &Cx<'_>) -> Vec<String> {
    match principal_of_caller(&cx.aws.caller) {
        Some(Principal::User(arn)) => vec![arn],
        Some(Principal::Role { prefix, name }) => match cx
            .read(cx.aws.iam().get_role().role_name(&name).send())
            .await
        {
            Ok(found) => found.role.map(|role| role.arn).into_iter().collect(),
            Err(_) => role_paths(&name, &cx.aws.region).map(|path| format!("{prefix}{path}{name}")).collect(),
        },
        None => Vec::new(),
    }
}

/// A principal that has policies.
#[derive(Debug, PartialEq, Eq)]
enum Principal {
    /// ARN of a user.
    User(String),
    /// A role without its path.
    Role {
        /// ARN up to the path: `arn:aws:iam::123456789012:role`.
        prefix: String,
        /// Name of the role.
        name: String,
    },
}

fn principal_of_caller(caller: &str) -> Option<Principal> {
    let mut parts = caller.splitn(6, ':');
    let (_, partition, service, _, account) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let rest = parts.next()?;
    match (service, &rest.split('/').collect::<Vec<_>>()[..]) {
        ("sts", ["assumed-role", role, _]) => Some(Principal::Role {
            prefix: format!("arn:{partition}:iam::{account}:role"),
            name: (*role).to_owned(),
        }),
        ("iam", ["user", ..]) => Some(Principal::User(caller.to_owned())),
        _ => None,
    }
}

/// Returns the paths that a role of this name may have.
fn role_paths(name: &str, region: &str) -> impl Iterator<Item = String> {
    let own = "/aws-reserved/sso.amazonaws.com/";
    let paths = if name.starts_with("AWSReservedSSO_") {
        vec![own.to_owned(), format!("{own}{region}/")]
    } else {
        vec!["/".to_owned()]
    };
    paths.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_asked_about_as_the_role_behind_the_session() {
        let session = "arn:aws:sts::123456789012:assumed-role/deployer/session-1";
        let (prefix, name) = ("arn:aws:iam::123456789012:role".to_owned(), "deployer".to_owned());
        assert_eq!(principal_of_caller(session), Some(Principal::Role { prefix, name }));
        let user = "arn:aws:iam::123456789012:user/people/ann";
        assert_eq!(principal_of_caller(user), Some(Principal::User(user.to_owned())));
        for other in
            ["arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:federated-user/ann", "", "a:b"]
        {
            assert_eq!(principal_of_caller(other), None, "{other}");
        }
    }
}
