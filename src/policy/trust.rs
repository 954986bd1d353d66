//! Trust policies for assuming a role from GitHub Actions.
use serde_json::{Value, json};

use crate::{aws::AwsScope, iam::pattern::is_pattern};

/// GitHub's issuer of tokens (GitHub docs, "Configuring OpenID Connect in Amazon Web Services").
const ISSUER: &str = "token.actions.githubusercontent.com";

/// Audience for which GitHub's action for AWS requests a token (the same page).
const AUDIENCE: &str = "sts.amazonaws.com";

/// The workflows of a repository that may assume the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkflowClaim {
    /// Those that run for this branch, without an environment.
    Branch(String),
    /// Those whose job names this environment.
    Environment(String),
    /// Those that run for pull requests, without an environment.
    PullRequest,
}

impl WorkflowClaim {
    /// The end of the token's subject (GitHub docs, "OpenID Connect reference": "Example subject claims").
    fn subject_suffix(&self) -> String {
        match self {
            Self::Branch(name) => format!("ref:refs/heads/{name}"),
            // A colon would end the name (the same page).
            Self::Environment(name) => format!("environment:{}", name.replace(':', "%3A")),
            Self::PullRequest => "pull_request".to_owned(),
        }
    }
}

/// Returns a trust policy that lets workflows of `repository`, `ORG/REPO`, assume a role if `claims` match.
#[must_use]
pub fn github_trust_policy(scope: &AwsScope, repository: &str, claims: &[WorkflowClaim]) -> Value {
    let subjects: Vec<String> =
        claims.iter().map(|claim| format!("repo:{repository}:{}", claim.subject_suffix())).collect();
    // Both operators on the same key would have to match at once, so one operator is used for all subjects.
    let like = subjects.iter().any(|subject| is_pattern(subject));
    let subjects = match &subjects[..] {
        [one] => Value::from(one.as_str()),
        all => all.into(),
    };
    let (audience, subject) = (format!("{ISSUER}:aud"), format!("{ISSUER}:sub"));
    let condition = if like {
        json!({ "StringEquals": { (audience): AUDIENCE }, "StringLike": { (subject): subjects } })
    } else {
        json!({ "StringEquals": { (audience): AUDIENCE, (subject): subjects } })
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "GitHubActions",
            "Effect": "Allow",
            "Principal": {
                "Federated": scope.global_arn("iam", &format!("oidc-provider/{ISSUER}"))
            },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition,
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_for_exactly_the_named_workflows() {
        let scope = AwsScope { partition: "aws", region: "us-east-1".into(), account: "123456789012".into() };
        let claims = [
            WorkflowClaim::Branch("main".into()),
            WorkflowClaim::Environment("pro:d".into()),
            WorkflowClaim::PullRequest,
        ];
        let trust = github_trust_policy(&scope, "acme/shop", &claims);
        let statement = &trust["Statement"][0];
        let provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
        assert_eq!(statement["Principal"], json!({ "Federated": provider }));
        let said = &statement["Condition"]["StringEquals"];
        assert_eq!(said["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
        let subjects = [
            "repo:acme/shop:ref:refs/heads/main",
            "repo:acme/shop:environment:pro%3Ad",
            "repo:acme/shop:pull_request",
        ];
        assert_eq!(said["token.actions.githubusercontent.com:sub"], json!(subjects));
        let one = github_trust_policy(&scope, "acme/shop", &claims[..1]);
        assert_eq!(
            one["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"],
            subjects[0]
        );
    }

    #[test]
    fn a_pattern_is_compared_as_one() {
        let scope = AwsScope { partition: "aws", region: "us-east-1".into(), account: "123456789012".into() };
        let claims = [WorkflowClaim::Branch("release/*".into()), WorkflowClaim::Environment("prod".into())];
        let said = &github_trust_policy(&scope, "acme/shop", &claims)["Statement"][0]["Condition"];
        assert_eq!(
            said["StringEquals"],
            json!({ "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" })
        );
        let subjects = ["repo:acme/shop:ref:refs/heads/release/*", "repo:acme/shop:environment:prod"];
        assert_eq!(said["StringLike"], json!({ "token.actions.githubusercontent.com:sub": subjects }));
    }
}
