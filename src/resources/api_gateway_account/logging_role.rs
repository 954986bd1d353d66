//! The logging role that the tool creates where API Gateway has none; it is shared, so its tags name no stack.
use std::collections::BTreeMap;

use serde_json::json;

use super::ApiGatewayAccount;
use crate::{
    aws::{Aws, Cx, Error, Result},
    engine::Resource,
    iam::Policy,
    resources::role::{ACCESS, Props, Role, SHARED},
};

/// Value of the `copilot-infra:shared` tag that the role carries instead of a stack's tag.
const PURPOSE: &str = "apigateway-logs";
impl ApiGatewayAccount {
    /// Returns the role that is created where none is set.
    pub(super) fn logging_role(&self) -> Role {
        Role::new(&self.role, &self.path)
    }

    /// Creates the role, or repairs the one that a stack created before, and returns its ARN.
    pub(super) async fn ensure_role(&self, cx: &Cx<'_>) -> Result<String> {
        let (role, to) = (self.logging_role(), self.desired_role_props(cx.aws));
        let live = match cx.uncached(async |cx| role.observe(cx).await).await? {
            Some(live) => live,
            None => role.create(cx, &to).await?,
        };
        let path = &live.props.path;
        if *path != self.path || live.props.tags.get(SHARED).is_none_or(|purpose| purpose != PURPOSE) {
            return Err(Error::InvalidState(format!(
                "the role `{path}{}` is not of this tool's making, so API Gateway is not told to log with it; \
                 hint: remove it, or set a logging role with `aws apigateway update-account`",
                self.role
            )));
        }
        // What others added stays: only the permissions that logging needs are ensured, and a boundary where none is.
        let mut policies = live.props.policies.clone();
        policies.extend(to.policies);
        let boundary = live.props.boundary.clone().or(to.boundary);
        let to = Props { trust: to.trust, policies, boundary, ..live.props.clone() };
        if live.props != to {
            role.update(cx, live, &to).await?;
        }
        Ok(role.arn(cx.aws))
    }

    fn desired_role_props(&self, aws: &Aws) -> Props {
        let trust = json!({ "Sid": "Assume", "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": "apigateway.amazonaws.com" } });
        let mut tags = self.tags.clone();
        tags.insert(SHARED.to_owned(), PURPOSE.to_owned());
        Props {
            path: self.path.clone(),
            description: "Lets API Gateway write logs; shared by all APIs of the account and region"
                .to_owned(),
            trust: Policy::new([trust]),
            max_session_seconds: 3600,
            boundary: self.boundary.clone(),
            policies: BTreeMap::from([(ACCESS.to_owned(), logging_access_policy(aws))]),
            attached: [].into(),
            tags,
        }
    }
}

/// Returns the statements of AWS's policy `AmazonAPIGatewayPushToCloudWatchLogs` (API Gateway guide, "Set up
/// CloudWatch logging"), limited to this account and region.
///
/// A logging role is set for one region, and other stacks choose the names of their log groups freely, so nothing
/// narrower is known to serve them all. The policy is inline rather than attached, so that whoever runs the tool
/// needs no permission to attach policies.
fn logging_access_policy(aws: &Aws) -> Policy {
    Policy::new([json!({
        "Sid": "Logs",
        "Effect": "Allow",
        "Action": [
            "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
            "logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents",
        ],
        "Resource": aws.arn("logs", "*"),
    })])
}
