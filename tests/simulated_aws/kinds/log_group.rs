//! A log group under the contract.
use copilot_infra::{
    aws::Aws,
    resources::log_group::{self, LogGroup},
};

use super::key::key;
use crate::contract::{Case, Place, STACK, tags};

/// A log group, which `key` can encrypt.
pub(crate) fn log_group(key: &str) -> Case<LogGroup> {
    let name = format!("/aws/lambda/{STACK}-it");
    let props = |retention_days, extra: &[(&str, &str)]| log_group::Props {
        name: name.clone().into(),
        retention_days,
        deletion_protection: false,
        key: None,
        subscription_filters: log_group::SubscriptionFilters::new(),
        tags: tags(extra),
    };
    let (resource, wish) = (LogGroup::named(&name), props(Some(30), &[("a", "1")]));
    Case {
        changes: vec![
            props(Some(7), &[("a", "1")]),
            log_group::Props { key: Some(key.to_owned().into()), ..props(Some(7), &[("a", "1")]) },
            props(Some(30), &[("b", "2")]),
            log_group::Props { deletion_protection: true, ..props(Some(30), &[("b", "2")]) },
            props(None, &[("b", "2")]),
        ],
        fixed: &["name"],
        ..Case::of(resource, wish)
    }
}

/// A log group, and the key that can encrypt it.
pub(crate) async fn with_key(place: &Place) -> Case<LogGroup> {
    let key = key().stand(place).await;
    log_group(key.arn.require_known().expect("it stands"))
}

/// Somebody sets another retention.
pub(crate) async fn spoil(aws: &Aws) {
    let name = format!("/aws/lambda/{STACK}-it");
    let call = aws.logs().put_retention_policy().log_group_name(name).retention_in_days(3);
    call.send().await.expect("it is there");
}
