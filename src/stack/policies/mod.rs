//! The policies of a stack, made from what its spec grants: pure functions, nothing is wider than it must be.
mod access;
mod grants;
mod invoke;
mod key;
mod models;
mod statements;

pub use access::access;
pub use grants::{Connections, Grants, Indexes, TableGrant};
pub use invoke::{Source, invoke};
pub use key::key_policy;
pub use models::is_profile;

use std::collections::BTreeMap;

use serde_json::json;

use crate::{aws::Aws, iam::Policy};

/// A policy, and why each of its statements is there.
#[derive(Clone, Debug, Default)]
pub struct Granted {
    /// The policy.
    pub policy: Policy,
    /// Reasons by name of statement.
    pub reasons: BTreeMap<String, String>,
}

/// Where a stack lives, as far as ARNs and service names go.
#[derive(Clone, Debug)]
pub struct Home {
    /// Partition, such as `aws`.
    pub partition: &'static str,
    /// Region.
    pub region: String,
    /// Account.
    pub account: String,
}

impl Home {
    /// The account and region that `aws` acts in.
    #[must_use]
    pub fn of(aws: &Aws) -> Self {
        Self { partition: aws.partition, region: aws.region.clone(), account: aws.account.clone() }
    }

    /// `arn:<partition>:<service>:<region>:<account>:<rest>`.
    #[must_use]
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{rest}", self.partition, self.region, self.account)
    }

    /// The URI through which API Gateway invokes the function of that ARN, or asks it as an authorizer.
    #[must_use]
    pub fn invocation_uri(&self, function_arn: &str) -> String {
        let Self { partition, region, .. } = self;
        format!(
            "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
        )
    }

    /// Name of a regional service endpoint, as conditions and regional principals spell it.
    ///
    /// The suffix goes with the partition (AWS general reference, "Service endpoints").
    #[must_use]
    pub fn service(&self, name: &str) -> String {
        let suffix = match self.partition {
            "aws-cn" => "amazonaws.com.cn",
            "aws-eusc" => "amazonaws.eu",
            _ => "amazonaws.com",
        };
        format!("{name}.{}.{suffix}", self.region)
    }
}

/// Who may take a role: one service, such as `lambda.amazonaws.com`.
///
/// Without a condition on the source: Lambda checks that it can take a role before the function exists, and
/// does not promise to name the function then. Passing the role to a service takes `iam:PassRole`, which does
/// not reach across accounts.
#[must_use]
pub fn trust(service: &str) -> Policy {
    Policy::new([json!({
        "Sid": "Assume",
        "Effect": "Allow",
        "Principal": { "Service": service },
        "Action": "sts:AssumeRole",
    })])
}

#[cfg(test)]
pub(crate) fn home() -> Home {
    Home { partition: "aws", region: "us-east-1".into(), account: "123456789012".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_service_may_take_the_role() {
        let policy = trust("lambda.amazonaws.com");
        let statement = &policy.statements()["Assume"];
        assert_eq!(statement["Principal"], json!({ "Service": ["lambda.amazonaws.com"] }));
        assert_eq!(statement["Action"], json!(["sts:AssumeRole"]));
    }

    #[test]
    fn service_names_follow_the_partition() {
        let china = Home { partition: "aws-cn", region: "cn-north-1".into(), ..home() };
        assert_eq!(china.service("logs"), "logs.cn-north-1.amazonaws.com.cn");
        assert_eq!(home().service("dynamodb"), "dynamodb.us-east-1.amazonaws.com");
    }
}
