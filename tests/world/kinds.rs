//! The contract of each kind.
use crate::bench::deep;
use crate::contract::{Case, STACK, world};
use copilot_infra::{
    aws::tags::{ADDRESS, Tags},
    resources::{
        api::{self, Api, Authorizer, Integration, Route},
        key::{self, Key},
        log_group::{self, LogGroup},
        policy::Policy,
        role::{self, Role},
        table::{self, Table},
    },
};
use serde_json::json;
use std::collections::BTreeMap;

pub(crate) fn tags(extra: &[(&str, &str)]) -> Tags {
    let owner = [(copilot_infra::aws::tags::STACK, STACK), (ADDRESS, "it")];
    owner.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn log_group() -> Case<LogGroup> {
    let name = format!("/aws/lambda/{STACK}-it");
    let props = |retention_days, extra: &[(&str, &str)]| log_group::Props {
        name: name.clone().into(),
        retention_days,
        key: None,
        tags: tags(extra),
    };
    Case {
        resource: LogGroup::named(&name),
        wish: props(Some(30), &[("a", "1")]),
        changes: vec![props(Some(7), &[("a", "1")]), props(None, &[("b", "2")])],
    }
}

fn role() -> Case<Role> {
    let path = role::path(STACK, "us-east-1");
    let allow = |action: &str| {
        Policy::new([json!({ "Sid": "One", "Effect": "Allow", "Action": action, "Resource": "*" })])
    };
    let trust = |service: &str| {
        Policy::new([json!({ "Sid": "Trust", "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": service } })])
    };
    let wish = role::Props {
        path: path.clone(),
        description: "Runs it".into(),
        trust: trust("lambda.amazonaws.com"),
        max_session_seconds: 3600,
        boundary: None,
        policies: [(role::ACCESS.to_owned(), allow("logs:PutLogEvents"))].into(),
        attached: [].into(),
        tags: tags(&[]),
    };
    let changes = vec![
        role::Props { description: String::new(), ..wish.clone() },
        role::Props { max_session_seconds: 7200, ..wish.clone() },
        role::Props { trust: trust("apigateway.amazonaws.com"), ..wish.clone() },
        role::Props { boundary: Some("arn:aws:iam::123456789012:policy/bound".into()), ..wish.clone() },
        role::Props {
            attached: ["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()].into(),
            ..wish.clone()
        },
        role::Props {
            policies: [
                ("other".to_owned(), allow("s3:GetObject")),
                ("third".to_owned(), allow("s3:PutObject")),
            ]
            .into(),
            ..wish.clone()
        },
        role::Props { tags: tags(&[("b", "2")]), ..wish.clone() },
    ];
    Case { resource: Role { name: format!("{STACK}-it-us-east-1"), path }, wish, changes }
}

fn key() -> Case<Key> {
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
        state: key::State::Enabled,
        description: "Encrypts it".into(),
        rotation: true,
        policy: policy("kms:Decrypt*"),
        tags: tags(&[]),
    };
    let changes = vec![
        key::Props { rotation: false, ..wish.clone() },
        key::Props { description: "Other".into(), ..wish.clone() },
        key::Props { policy: policy("kms:Encrypt*"), ..wish.clone() },
        key::Props { tags: tags(&[("b", "2")]), ..wish.clone() },
    ];
    Case { resource: Key::named(STACK, 7), wish, changes }
}

fn table() -> Case<Table> {
    let attribute = |name: &str| table::Attribute { name: name.into(), kind: "S".into() };
    let keys = |name: &str| table::KeySchema { partition_key: attribute(name), sort_key: None };
    let index = |name: &str, projection| table::Index { keys: keys(name), projection, capacity: None };
    let wish = table::Props {
        key_schema: keys("id"),
        billing: table::Billing::OnDemand,
        indexes: BTreeMap::from([("ByUser".to_owned(), index("user", table::Projection::All))]),
        ttl: Some("expiresAt".into()),
        point_in_time_recovery: true,
        deletion_protection: true,
        key: None,
        tags: tags(&[]),
    };
    let include = table::Projection::include(vec!["b".into(), "a".into()]);
    let changes = vec![
        table::Props { deletion_protection: false, ..wish.clone() },
        table::Props {
            billing: table::Billing::Provisioned(table::Capacity { read: 3, write: 4 }),
            ..wish.clone()
        },
        table::Props {
            indexes: BTreeMap::from([("ByUser".to_owned(), index("user", include))]),
            ..wish.clone()
        },
        table::Props { indexes: BTreeMap::new(), ..wish.clone() },
        table::Props { ttl: None, point_in_time_recovery: false, ..wish.clone() },
        table::Props { ttl: Some("other".into()), ..wish.clone() },
        table::Props { tags: tags(&[("b", "2")]), ..wish.clone() },
    ];
    Case { resource: Table { name: format!("{STACK}-it"), may_unprotect: true }, wish, changes }
}

fn api() -> Case<Api> {
    let uri = |name: &str| {
        format!(
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:\
             function:{name}/invocations"
        )
    };
    let wish = api::Props {
        name: STACK.into(),
        selection: "$request.body.action".into(),
        integrations: [("talk".to_owned(), Integration::lambda(uri("talk")))].into(),
        authorizers: [(
            "guard".to_owned(),
            Authorizer::lambda(uri("guard"), ["route.request.header.Auth".to_owned()]),
        )]
        .into(),
        routes: [
            ("$connect".to_owned(), Route { authorizer: Some("guard".into()), ..Route::to("talk") }),
            ("message".to_owned(), Route::to("talk")),
        ]
        .into(),
        tags: tags(&[]),
        ..api::Props::default()
    };
    let open: BTreeMap<String, Route> =
        [("$connect".to_owned(), Route::to("more")), ("$default".to_owned(), Route::to("talk"))].into();
    let two: BTreeMap<String, Integration> = [
        ("talk".to_owned(), Integration { timeout_ms: 5000, ..Integration::lambda(uri("talk")) }),
        ("more".to_owned(), Integration::lambda(uri("more"))),
    ]
    .into();
    let changes = vec![
        api::Props { description: "Talks".into(), ..wish.clone() },
        api::Props { selection: "$request.body.verb".into(), ..wish.clone() },
        api::Props { integrations: two, authorizers: BTreeMap::new(), routes: open, ..wish.clone() },
        api::Props { tags: tags(&[("b", "2")]), ..wish.clone() },
    ];
    Case { resource: Api::named(STACK), wish, changes }
}

#[test]
fn log_groups_keep_the_contract() {
    deep(async || {
        log_group().holds(&world(1)).await.unwrap();
    });
}

#[test]
fn roles_keep_the_contract() {
    deep(async || {
        role().holds(&world(2)).await.unwrap();
    });
}

#[test]
fn keys_keep_the_contract() {
    deep(async || {
        key().holds(&world(3)).await.unwrap();
    });
}

#[test]
fn tables_keep_the_contract() {
    deep(async || {
        table().holds(&world(4)).await.unwrap();
    });
}

#[test]
fn apis_keep_the_contract() {
    deep(async || {
        api().holds(&world(5)).await.unwrap();
    });
}
