//! Callers of a function beside the API: services of AWS and other accounts.
use serde_json::{Value, json};

use crate::{aws::AwsScope, digest::short_digest, engine::MaybeKnown};

/// A caller of a function beside the API.
#[derive(Clone, Debug)]
pub struct OtherCaller {
    /// Principal of the service that calls; none where an account does.
    pub service: Option<String>,
    /// The source as the spec has it, which tells the caller's statement from others.
    pub written: String,
    /// ARN of what calls through the service.
    pub source: Option<MaybeKnown<String>>,
    /// The account that calls, or that the source belongs to.
    pub account: Option<String>,
}

impl OtherCaller {
    /// Returns the statement that lets the caller invoke `function_arn`, in the form in which Lambda stores it.
    ///
    /// A source whose ARN names no account, such as a bucket, is held to the one it belongs to, the stack's own unless
    /// another one is named: whoever makes a bucket of that name later is not let in (Lambda guide, "Granting Lambda
    /// function access to AWS services").
    #[must_use]
    pub fn statement(&self, scope: &AwsScope, function_arn: &str) -> Value {
        let mut condition = json!({});
        let account = match (&self.service, &self.source) {
            (None, _) => None,
            (Some(_), Some(MaybeKnown::Known(arn))) if lacks_account(arn) => {
                Some(self.account.as_ref().unwrap_or(&scope.account))
            }
            _ => self.account.as_ref(),
        };
        if let Some(account) = account {
            condition["StringEquals"] = json!({ "AWS:SourceAccount": account });
        }
        if let Some(source) = &self.source {
            condition["ArnLike"] = json!({ "AWS:SourceArn": source });
        }
        let principal = match &self.service {
            Some(service) => json!({ "Service": service }),
            None => json!({ "AWS": scope.root_of(self.account.as_deref().unwrap_or_default()) }),
        };
        json!({
            "Sid": self.statement_id(),
            "Effect": "Allow",
            "Principal": principal,
            "Action": "lambda:InvokeFunction",
            "Resource": function_arn,
            "Condition": condition,
        })
    }

    /// Returns a statement id that no other caller has, and that does not move when an input does.
    fn statement_id(&self) -> String {
        let name = self.service.as_deref().and_then(|service| service.split('.').next()).unwrap_or("account");
        let name: String = name.chars().take(60).collect();
        let digest = short_digest(json!([self.service, self.written, self.account]).to_string(), 4);
        format!("caller-{name}-{digest}")
    }
}

fn lacks_account(arn: &str) -> bool {
    arn.split(':').nth(4).is_none_or(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::{super::scope, *};
    use crate::iam::Policy;

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:demo-digest";

    fn stored(service: Option<&str>, source: Option<&str>, account: Option<&str>) -> Value {
        let caller = OtherCaller {
            service: service.map(str::to_owned),
            written: source.unwrap_or_default().to_owned(),
            source: source.map(|source| MaybeKnown::Known(source.to_owned())),
            account: account.map(str::to_owned),
        };
        let policy = Policy::new([caller.statement(&scope(), FUNCTION)]);
        policy.statements().values().next().unwrap().clone()
    }

    #[test]
    fn a_service_calls_for_its_source_only() {
        let rule = "arn:aws:events:us-east-1:123456789012:rule/tick";
        let statement = stored(Some("events.amazonaws.com"), Some(rule), None);
        assert_eq!(statement["Principal"], json!({ "Service": ["events.amazonaws.com"] }));
        assert_eq!(statement["Condition"], json!({ "ArnLike": { "AWS:SourceArn": [rule] } }));
        assert_eq!(statement["Action"], json!(["lambda:InvokeFunction"]));
    }

    #[test]
    fn a_source_without_an_account_is_held_to_one() {
        let account = |account| {
            let statement = stored(Some("s3.amazonaws.com"), Some("arn:aws:s3:::uploads"), account);
            statement["Condition"]["StringEquals"]["AWS:SourceAccount"].clone()
        };
        assert_eq!(account(None), json!(["123456789012"]));
        assert_eq!(account(Some("210987654321")), json!(["210987654321"]));
    }

    #[test]
    fn an_account_calls_by_itself() {
        let statement = stored(None, None, Some("210987654321"));
        assert_eq!(statement["Principal"], json!({ "AWS": ["arn:aws:iam::210987654321:root"] }));
        assert_eq!(statement.get("Condition"), None);
    }
}
