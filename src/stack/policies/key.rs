//! The policy of the stack's key.
use serde_json::{Value, json};

use crate::{aws::AwsScope, iam::Policy};

/// Lets the account manage the key by its own policies, and CloudWatch Logs use it for these log groups only.
///
/// The account's statement is what keeps the key manageable (KMS guide, "Default key policy"); no role is
/// named, because KMS stores a role by its unique id and refuses one that it does not see yet. `log_groups`
/// are ARNs without `:*`, which is what Logs puts into the encryption context (CloudWatch Logs guide, "Encrypt
/// log data"). The execution logs of a stage called `execution_stage` are among them: theirs carry the id of an API,
/// which is made after the key, so any id fits. The statements `more` are the spec's own.
#[must_use]
pub fn key_policy(
    scope: &AwsScope,
    log_groups: &[String],
    execution_stage: &str,
    more: impl IntoIterator<Item = Value>,
) -> Policy {
    let root = scope.global_arn("iam", "root");
    let account = json!({
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": { "AWS": root },
        "Action": "kms:*",
        "Resource": "*",
    });
    let execution = scope.arn("logs", &format!("log-group:API-Gateway-Execution-Logs_*/{execution_stage}"));
    let groups: Vec<String> = log_groups.iter().cloned().chain([execution]).collect();
    let logs = json!({
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": { "Service": scope.service("logs") },
        "Action": ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": { "ArnLike": { "kms:EncryptionContext:aws:logs:arn": groups } },
    });
    Policy::new([account, logs].into_iter().chain(more))
}

#[cfg(test)]
mod tests {
    use super::{super::scope, *};

    #[test]
    fn logs_may_use_the_key_for_the_stacks_groups_only() {
        let group = scope().arn("logs", "log-group:/aws/lambda/demo-message");
        let policy = key_policy(&scope(), std::slice::from_ref(&group), "prod", []);
        let logs = &policy.statements()["Logs"];
        assert_eq!(logs["Principal"], json!({ "Service": ["logs.us-east-1.amazonaws.com"] }));
        let named = &logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"];
        let execution = scope().arn("logs", "log-group:API-Gateway-Execution-Logs_*/prod");
        assert_eq!(named, &json!([group, execution]));
    }

    #[test]
    fn the_account_keeps_the_key_manageable() {
        let policy = key_policy(&scope(), &[], "prod", []);
        let root = json!({ "AWS": ["arn:aws:iam::123456789012:root"] });
        assert_eq!(policy.statements()["Account"]["Principal"], root);
    }
}
