//! The logging role that the tool creates where API Gateway has none; it is shared, so its tags name no stack.
use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    aws::{Aws, Cx, Error, Result},
    engine::Resource,
    iam::Policy,
    resources::role::{ACCESS, Props, Role, SHARED},
};

/// Value of the `copilot-infra:shared` tag that the role carries instead of a stack's tag.
const PURPOSE: &str = "apigateway-logs";
/// Path of resources that belong to no stack.
const PATH: &str = "/copilot-infra/";

/// Returns the logging role of that name.
pub(super) fn logging_role(name: &str) -> Role {
    Role { name: name.to_owned(), path: PATH.to_owned() }
}

/// Creates the role, or repairs the one that a stack created before, and returns its ARN.
pub(super) async fn ensure_role(cx: &Cx<'_>, name: &str) -> Result<String> {
    let (role, to) = (logging_role(name), desired_role_props(cx.aws));
    let live = match cx.uncached(async |cx| role.observe(cx).await).await? {
        Some(live) => live,
        None => role.create(cx, &to).await?,
    };
    let path = &live.props.path;
    if path != PATH || live.props.tags.get(SHARED).is_none_or(|purpose| purpose != PURPOSE) {
        return Err(Error::InvalidState(format!(
            "the role `{path}{name}` is not of this tool's making, so API Gateway is not told to log with it; \
             hint: remove it, or set a logging role with `aws apigateway update-account`"
        )));
    }
    // Policies that others added stay: only the permissions that logging needs are ensured.
    let mut policies = live.props.policies.clone();
    policies.extend(to.policies);
    let to = Props { trust: to.trust, policies, ..live.props.clone() };
    if live.props != to {
        role.update(cx, live, &to).await?;
    }
    Ok(role.arn(cx.aws))
}

fn desired_role_props(aws: &Aws) -> Props {
    let trust = json!({ "Sid": "Assume", "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "apigateway.amazonaws.com" } });
    Props {
        path: PATH.to_owned(),
        description: "Lets API Gateway write logs; shared by all APIs of the account and region".to_owned(),
        trust: Policy::new([trust]),
        max_session_seconds: 3600,
        boundary: None,
        policies: BTreeMap::from([(ACCESS.to_owned(), logging_access_policy(aws))]),
        attached: [].into(),
        tags: [(SHARED.to_owned(), PURPOSE.to_owned())].into(),
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
