//! The role that the tool makes where API Gateway has none: shared, so it is tagged as nobody's in particular.
use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    aws::{Aws, Cx, Error, Result},
    engine::Resource,
    iam::Policy,
    resources::role::{ACCESS, Props, Role, SHARED},
};

/// Value of the tag that the role carries instead of a stack's.
const PURPOSE: &str = "apigateway-logs";
/// Path of what belongs to no stack.
const PATH: &str = "/copilot-infra/";

/// The role of that name.
pub(super) fn logging_role(name: &str) -> Role {
    Role { name: name.to_owned(), path: PATH.to_owned() }
}

/// Makes the role, or mends the one that a stack made before, and returns its ARN.
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
    // What others have added to it stays: only what it takes to log is seen to.
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

/// What AWS's own policy `AmazonAPIGatewayPushToCloudWatchLogs` allows (API Gateway guide, "Set up
/// CloudWatch logging"), but in this account and region only: a logging role is set for one region, and
/// other stacks choose the names of their groups freely, so nothing narrower is known to serve them all.
///
/// Inline rather than attached, so that whoever runs the tool needs no right to attach policies.
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
