//! The policy of the stack's key.
use serde_json::{Value, json};

use crate::{aws::AwsScope, iam::Policy};

/// Lets the account manage the key by its own policies, and CloudWatch Logs use it for these log groups only.
///
/// The account's statement is what keeps the key manageable (KMS guide, "Default key policy"); no role is
/// named, because KMS stores a role by its unique id and refuses one that it does not see yet. `log_groups`
/// are ARNs without `:*`, which is what Logs puts into the encryption context (CloudWatch Logs guide, "Encrypt
/// log data"). With `execution_stage` the execution logs of a stage of that name are among them: theirs carry
/// the id of an API, which is made after the key, so any id fits. The statements `more` are the spec's own.
#[must_use]
pub fn key_policy(
    scope: &AwsScope,
    log_groups: &[String],
    execution_stage: Option<&str>,
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
    let execution = |stage| scope.arn("logs", &format!("log-group:API-Gateway-Execution-Logs_*/{stage}"));
    let groups: Vec<String> = log_groups.iter().cloned().chain(execution_stage.map(execution)).collect();
    let logs = (!groups.is_empty()).then(|| {
        json!({
            "Sid": "Logs",
            "Effect": "Allow",
            "Principal": { "Service": scope.service("logs") },
            "Action": ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            "Resource": "*",
            "Condition": { "ArnLike": { "kms:EncryptionContext:aws:logs:arn": groups } },
        })
    });
    Policy::new([account].into_iter().chain(logs).chain(more))
}

#[cfg(test)]
mod tests {
    use super::{super::scope, *};

    #[test]
    fn logs_may_use_the_key_for_the_stacks_groups_only() {
        let group = scope().arn("logs", "log-group:/aws/lambda/demo-message");
        let policy = key_policy(&scope(), std::slice::from_ref(&group), Some("prod"), []);
        let logs = &policy.statements()["Logs"];
        assert_eq!(logs["Principal"], json!({ "Service": ["logs.us-east-1.amazonaws.com"] }));
        let named = &logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"];
        let execution = scope().arn("logs", "log-group:API-Gateway-Execution-Logs_*/prod");
        assert_eq!(named, &json!([group, execution]));
    }

    #[test]
    fn without_log_groups_only_the_account_is_named() {
        let policy = key_policy(&scope(), &[], None, []);
        assert_eq!(policy.statements().keys().collect::<Vec<_>>(), ["Account"]);
        let root = json!({ "AWS": ["arn:aws:iam::123456789012:root"] });
        assert_eq!(policy.statements()["Account"]["Principal"], root);
    }
}
