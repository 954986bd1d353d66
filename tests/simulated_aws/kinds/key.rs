//! A key under the contract.
use copilot_infra::{
    aws::{Aws, tags::ADDRESS},
    iam::Policy,
    resources::key::{self, Key},
};
use serde_json::json;

use crate::contract::{Case, STACK, tags};

pub(crate) fn key() -> Case<Key> {
    let root = "arn:aws:iam::123456789012:root";
    let policy = |action: &str| {
        Policy::new([
            json!({ "Sid": "Account", "Effect": "Allow", "Principal": { "AWS": root }, "Action": "kms:*", "Resource": "*" }),
            json!({ "Sid": "Logs", "Effect": "Allow", "Principal": { "Service": "logs.us-east-1.amazonaws.com" },
                "Action": action, "Resource": "*" }),
        ])
    };
    let wish = key::Props {
        alias: format!("alias/{STACK}"),
        state: key::KeyStatus::Enabled,
        description: "Encrypts it".into(),
        rotation: true,
        rotation_days: None,
        policy: policy("kms:*"),
        tags: tags(&[(ADDRESS, key::ADDRESS)]),
    };
    let changes = vec![
        key::Props { rotation_days: Some(90), ..wish.clone() },
        key::Props { rotation: false, ..wish.clone() },
        key::Props { description: "Other".into(), ..wish.clone() },
        key::Props { policy: policy("kms:Encrypt*"), ..wish.clone() },
        key::Props { tags: tags(&[(ADDRESS, key::ADDRESS), ("b", "2")]), ..wish.clone() },
    ];
    Case { changes, fixed: &["alias", "state"], ..Case::of(Key::named(STACK, 7), wish) }
}

/// Somebody switches it off.
pub(crate) async fn spoil(aws: &Aws) {
    let key = aws.kms().describe_key().key_id(format!("alias/{STACK}")).send().await.expect("it is there");
    let id = key.key_metadata.map(|key| key.key_id).unwrap_or_default();
    aws.kms().disable_key().key_id(id).send().await.expect("it is there");
}
