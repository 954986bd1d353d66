//! The policies of a stack, made from the grants of its spec: pure functions, with no more permissions than needed.
mod access;
mod callers;
mod grants;
mod invoke;
mod key;
mod models;
mod statements;
mod targets;

pub use access::access_policy;
pub use callers::OtherCaller;
pub use grants::{AllowGrant, ConnectionsGrant, FunctionGrants, IndexGrant, TableGrant, TargetGrant};
pub use invoke::{InvokeSource, callers_size, has_room_for_each, invoke_policy};
pub use key::key_policy;
pub use models::{foundation_model, is_profile};

use std::collections::BTreeMap;

use serde_json::json;

use crate::iam::Policy;

/// A policy, and the reason for each of its statements.
#[derive(Clone, Debug, Default)]
pub struct GrantedPolicy {
    /// The policy.
    pub policy: Policy,
    /// Reasons by name of statement.
    pub reasons: BTreeMap<String, String>,
}

/// Returns the trust policy of a role that one service may take, such as `lambda.amazonaws.com`.
///
/// It has no condition on the source: Lambda checks that it can take a role before the function exists, and does not
/// promise to name the function then. Passing the role to a service takes `iam:PassRole`, which does not reach across
/// accounts.
#[must_use]
pub fn trust_policy(service: &str) -> Policy {
    Policy::new([json!({
        "Sid": "Assume",
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "sts:AssumeRole",
    })])
}

#[cfg(test)]
pub(crate) fn scope() -> crate::aws::AwsScope {
    crate::aws::AwsScope { partition: "aws", region: "us-east-1".into(), account: "123456789012".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_service_may_take_the_role() {
        let policy = trust_policy("lambda.amazonaws.com");
        let statement = &policy.statements()["Assume"];
        assert_eq!(statement["Principal"], json!({ "Service": ["lambda.amazonaws.com"] }));
        assert_eq!(statement["Action"], json!(["sts:AssumeRole"]));
    }
}
