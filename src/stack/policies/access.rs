//! The policy of a function's role: exact actions on exact resources, from the spec's `access`.
use serde_json::{Value, json};

use super::{
    GrantedPolicy,
    grants::{ConnectionsGrant, FunctionGrants},
    models,
    statements::StatementBuilder,
    targets,
};
use crate::{aws::AwsScope, manifest::types::ConnectionVerb};

/// Returns the one inline policy of a function's role.
///
/// Nothing is granted on `*` but tracing: X-Ray has no resources for it (Service authorization reference,
/// "Actions, resources, and condition keys for AWS X-Ray").
#[must_use]
pub fn access_policy(grants: &FunctionGrants, scope: &AwsScope) -> GrantedPolicy {
    let mut statements = StatementBuilder::default();
    // Not `CreateLogGroup`: Lambda would create a removed group again, unencrypted and kept for ever.
    let group = format!("{}:*", grants.log_group_arn);
    let why = "every function writes to its own log group";
    statements.allow(why, "Logs", &["logs:CreateLogStream", "logs:PutLogEvents"], group);
    if grants.tracing {
        let why = "`tracing: active`; X-Ray knows no resources for this";
        statements.allow(why, "Tracing", &["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*");
    }
    for table in &grants.tables {
        statements.allow_table(table, scope);
    }
    if let Some(key) = &grants.key {
        statements.allow_key(key, grants, scope);
    }
    let region = grants.model_region.clone().unwrap_or_else(|| scope.region.clone());
    let bedrock = AwsScope { region, ..scope.clone() };
    models::allow_models(&mut statements, &grants.models, &bedrock);
    if grants.models_subscribe {
        models::allow_subscription(&mut statements);
    }
    if let Some(connections) = &grants.connections {
        allow_connections(&mut statements, connections, &grants.function_arn, scope);
    }
    if !grants.secrets.is_empty() {
        let secrets: Value = grants.secrets.iter().map(|one| json!(one)).collect();
        let why = "`access.secrets`";
        statements.allow(why, "Secrets", &["secretsmanager:GetSecretValue"], secrets);
    }
    targets::allow_targets(&mut statements, &grants.targets, scope, &bedrock);
    statements.allow_other_keys(grants, scope);
    for (position, allow) in grants.allow.iter().enumerate() {
        statements.push_allow(allow, position + 1);
    }
    for (position, statement) in grants.statements.iter().enumerate() {
        statements.push_raw(statement.clone(), position + 1);
    }
    statements.into_granted()
}

/// Lets a function work with the connections of a stage (API Gateway guide, "Use `@connections` commands in your backend
/// service": POST, DELETE and GET).
fn allow_connections(
    statements: &mut StatementBuilder,
    connections: &ConnectionsGrant,
    function_arn: &str,
    scope: &AwsScope,
) {
    let ConnectionsGrant { api, stage, verbs } = connections;
    let on = |method: &str| {
        json!(api.map(|api| scope.arn("execute-api", &format!("{api}/{stage}/{method}/@connections/*"))))
    };
    let posts = verbs.contains(&ConnectionVerb::Post);
    let all: Value = verbs
        .iter()
        .map(|verb| match verb {
            ConnectionVerb::Post => on("POST"),
            ConnectionVerb::Close => on("DELETE"),
            ConnectionVerb::Ask => on("GET"),
        })
        .collect();
    let why = match verbs.as_slice() {
        [ConnectionVerb::Post] => "`access.connections: true`: posts to the connections of this API's stage",
        _ => "`access.connections`: works with the connections of this API's stage",
    };
    statements.allow(why, "Connections", &["execute-api:ManageConnections"], all);
    if posts {
        // The gateway waits 29 s at most (API Gateway quotas, WebSocket APIs). Whoever answers through
        // `@connections` after that goes on in a run of its own, which it starts by invoking itself.
        let why = "`access.connections: true`: answers that take longer than the gateway waits run on in a call of its own";
        statements.allow(why, "AnswerLater", &["lambda:InvokeFunction"], function_arn);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            grants::{AllowGrant, IndexGrant, TableGrant},
            scope,
            statements::{KEY_READ, KEY_WRITE, READ, WRITE},
        },
        *,
    };
    use crate::{engine::MaybeKnown, iam::Policy, manifest::types::Grant, resources::policy::known_text};

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/k";

    fn bare() -> FunctionGrants {
        FunctionGrants {
            function_arn: scope().arn("lambda", "function:demo-message"),
            log_group_arn: scope().arn("logs", "log-group:/aws/lambda/demo-message"),
            tracing: false,
            tables: Vec::new(),
            key: None,
            models: Vec::new(),
            models_subscribe: false,
            model_region: None,
            connections: None,
            secrets: Vec::new(),
            keys: Vec::new(),
            targets: Vec::new(),
            allow: Vec::new(),
            statements: Vec::new(),
        }
    }

    fn table(label: &str, table: &str, indexes: IndexGrant, grant: Grant) -> TableGrant {
        TableGrant { label: label.to_owned(), table: MaybeKnown::Known(table.to_owned()), indexes, grant }
    }

    fn sids(policy: &Policy) -> Vec<&str> {
        policy.statements().keys().map(String::as_str).collect()
    }

    #[test]
    fn models_are_granted_where_the_function_calls_them() {
        let models = vec![MaybeKnown::Known("amazon.nova-pro-v1:0".to_owned())];
        let grants = FunctionGrants { models, model_region: Some("us-west-2".to_owned()), ..bare() };
        let policy = access_policy(&grants, &scope()).policy;
        let model = "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0";
        assert_eq!(policy.statements()["Models"]["Resource"], json!([model]));
    }

    #[test]
    fn without_access_a_function_may_only_log() {
        let policy = access_policy(&bare(), &scope()).policy;
        assert_eq!(sids(&policy), ["Logs"]);
        let logs = &policy.statements()["Logs"];
        assert_eq!(logs["Action"], json!(["logs:CreateLogStream", "logs:PutLogEvents"]));
        assert_eq!(logs["Resource"], json!([scope().arn("logs", "log-group:/aws/lambda/demo-message:*")]));
    }

    #[test]
    fn a_reader_queries_the_named_indexes_only() {
        let indexes = IndexGrant::Named(vec!["UserIdIndex".into()]);
        let tables = vec![table("user-messages", "demo-messages", indexes, Grant::Read)];
        let policy = access_policy(
            &FunctionGrants { tables, key: Some(MaybeKnown::Known(KEY.into())), ..bare() },
            &scope(),
        )
        .policy;
        let names = ["EnvironmentKey", "Logs", "QueryUserMessagesIndexes", "ReadUserMessages", "TableKey"];
        assert_eq!(sids(&policy), names);
        let [read, query] =
            ["ReadUserMessages", "QueryUserMessagesIndexes"].map(|sid| &policy.statements()[sid]);
        assert_eq!(read["Action"], json!(READ));
        assert_eq!(read["Resource"], json!([scope().arn("dynamodb", "table/demo-messages")]));
        let index = scope().arn("dynamodb", "table/demo-messages/index/UserIdIndex");
        assert_eq!((&query["Action"], &query["Resource"]), (&json!(["dynamodb:Query"]), &json!([index])));
        assert_eq!(policy.statements()["TableKey"]["Action"], json!(KEY_READ));
    }

    #[test]
    fn a_writer_reads_nothing_and_needs_more_of_the_key() {
        let tables = vec![table("t", "demo-t", IndexGrant::Named(vec!["I".into()]), Grant::Write)];
        let policy = access_policy(
            &FunctionGrants { tables, key: Some(MaybeKnown::Known(KEY.into())), ..bare() },
            &scope(),
        )
        .policy;
        assert_eq!(sids(&policy), ["EnvironmentKey", "Logs", "TableKey", "WriteT"]);
        assert_eq!(policy.statements()["WriteT"]["Action"], json!(WRITE));
        let key = &policy.statements()["TableKey"];
        assert_eq!(key["Action"], json!([&KEY_READ[..], &KEY_WRITE[..]].concat()));
        let through = json!({ "StringEquals": { "kms:ViaService": ["dynamodb.us-east-1.amazonaws.com"] } });
        assert_eq!(key["Condition"], through);
        let own = &policy.statements()["EnvironmentKey"]["Condition"]["StringEquals"];
        assert_eq!(own["kms:EncryptionContext:aws:lambda:FunctionArn"], json!([bare().function_arn]));
    }

    #[test]
    fn another_stacks_table_keeps_its_arn_and_all_its_indexes() {
        let main = "arn:aws:dynamodb:us-east-1:123456789012:table/Main-Table";
        let policy = access_policy(
            &FunctionGrants { tables: vec![table(main, main, IndexGrant::Any, Grant::ReadWrite)], ..bare() },
            &scope(),
        )
        .policy;
        assert_eq!(sids(&policy), ["Logs", "QueryMainTableIndexes", "ReadWriteMainTable"]);
        assert_eq!(
            policy.statements()["QueryMainTableIndexes"]["Resource"],
            json!([format!("{main}/index/*")])
        );
    }

    #[test]
    fn only_tracing_is_granted_on_everything() {
        let grants = FunctionGrants {
            tracing: true,
            connections: Some(ConnectionsGrant {
                api: MaybeKnown::Known("a1b2".into()),
                stage: "prod".into(),
                verbs: vec![ConnectionVerb::Post],
            }),
            secrets: vec![MaybeKnown::Known(scope().arn("secretsmanager", "secret:s-AbCdEf"))],
            ..bare()
        };
        let policy = access_policy(&grants, &scope()).policy;
        let wide = policy.statements().iter().filter(|(_, one)| one["Resource"] == json!(["*"]));
        assert_eq!(wide.map(|(sid, _)| sid.as_str()).collect::<Vec<_>>(), ["Tracing"]);
        let posts = scope().arn("execute-api", "a1b2/prod/POST/@connections/*");
        assert_eq!(policy.statements()["Connections"]["Resource"], json!([posts]));
        assert_eq!(policy.statements()["AnswerLater"]["Resource"], json!([bare().function_arn]));
    }

    #[test]
    fn a_connection_is_closed_and_asked_by_its_own_method() {
        let connections = ConnectionsGrant {
            api: MaybeKnown::Known("a1b2".into()),
            stage: "prod".into(),
            verbs: vec![ConnectionVerb::Close, ConnectionVerb::Ask],
        };
        let policy =
            access_policy(&FunctionGrants { connections: Some(connections), ..bare() }, &scope()).policy;
        assert_eq!(sids(&policy), ["Connections", "Logs"]);
        let arn = |method: &str| scope().arn("execute-api", &format!("a1b2/prod/{method}/@connections/*"));
        assert_eq!(policy.statements()["Connections"]["Resource"], json!([arn("DELETE"), arn("GET")]));
    }

    #[test]
    fn what_is_allowed_tells_why() {
        let allow = AllowGrant {
            actions: vec!["s3:GetObject".into()],
            resources: vec![MaybeKnown::Known("arn:aws:s3:::uploads/public/*".into())],
            condition: Some(json!({ "Bool": { "aws:SecureTransport": true } })),
            why: "reads what users upload".into(),
        };
        let granted = access_policy(&FunctionGrants { allow: vec![allow], ..bare() }, &scope());
        assert_eq!(granted.reasons["Allow1"], "reads what users upload");
        let statement = &granted.policy.statements()["Allow1"];
        assert_eq!(statement["Condition"], json!({ "Bool": { "aws:SecureTransport": ["true"] } }));
        assert_eq!(statement["Resource"], json!(["arn:aws:s3:::uploads/public/*"]));
    }

    #[test]
    fn who_scans_a_table_scans_its_indexes() {
        let tables = vec![table("t", "demo-t", IndexGrant::Named(vec!["I".into()]), Grant::Scan)];
        let policy = access_policy(&FunctionGrants { tables, ..bare() }, &scope()).policy;
        assert_eq!(sids(&policy), ["Logs", "QueryTIndexes", "ScanT"]);
        assert_eq!(policy.statements()["ScanT"]["Action"], json!([&READ[..], &["dynamodb:Scan"]].concat()));
        let both = json!(["dynamodb:Query", "dynamodb:Scan"]);
        assert_eq!(policy.statements()["QueryTIndexes"]["Action"], both);
    }

    #[test]
    fn other_keys_are_used_through_what_they_encrypt_only() {
        let other = "arn:aws:kms:eu-west-1:123456789012:key/o";
        let keys = vec![MaybeKnown::Known(other.to_owned())];
        let secrets = vec![MaybeKnown::Known(scope().arn("secretsmanager", "secret:s-AbCdEf"))];
        let with = |secrets, tables| FunctionGrants { keys: keys.clone(), secrets, tables, ..bare() };
        let through = |grants: &FunctionGrants, sid: &str| {
            let policy = access_policy(grants, &scope()).policy;
            let statement = &policy.statements()[sid];
            (statement["Action"].clone(), statement["Condition"]["StringEquals"]["kms:ViaService"].clone())
        };
        let of_secrets = through(&with(secrets, vec![]), "SecretKeys");
        assert_eq!(of_secrets, (json!(["kms:Decrypt"]), json!(["secretsmanager.eu-west-1.amazonaws.com"])));
        let theirs = |grant| vec![table("x", "theirs", IndexGrant::Any, grant)];
        let of_tables = through(&with(vec![], theirs(Grant::Read)), "OtherTableKeys");
        assert_eq!(of_tables, (json!(KEY_READ), json!(["dynamodb.eu-west-1.amazonaws.com"])));
        let (writes, _) = through(&with(vec![], theirs(Grant::Write)), "OtherTableKeys");
        assert_eq!(writes, json!([&KEY_READ[..], &KEY_WRITE[..]].concat()));
        let own = vec![table("t", "own", IndexGrant::Named(vec![]), Grant::Write)];
        assert_eq!(sids(&access_policy(&with(vec![], own), &scope()).policy), ["Logs", "WriteT"]);
    }

    #[test]
    fn a_model_is_subscribed_to_by_bedrock_only() {
        let policy = access_policy(&FunctionGrants { models_subscribe: true, ..bare() }, &scope()).policy;
        let called = json!({ "StringEquals": { "aws:CalledViaLast": ["bedrock.amazonaws.com"] } });
        assert_eq!(policy.statements()["ModelAgreements"]["Condition"], called);
    }

    #[test]
    fn nothing_unknown_is_sent() {
        let connections = ConnectionsGrant {
            api: MaybeKnown::KnownAfter("api.id".into()),
            stage: "prod".into(),
            verbs: vec![ConnectionVerb::Post],
        };
        let policy =
            access_policy(&FunctionGrants { connections: Some(connections), ..bare() }, &scope()).policy;
        assert!(known_text(&policy).is_err());
    }

    #[test]
    fn raw_statements_keep_their_names_or_get_one() {
        let raw = |sid: Option<&str>| {
            let mut one =
                json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k" });
            if let Some(sid) = sid {
                one["Sid"] = sid.into();
            }
            one
        };
        let statements = vec![raw(None), raw(Some("Mine")), raw(Some("Logs"))];
        let policy = access_policy(&FunctionGrants { statements, ..bare() }, &scope()).policy;
        assert_eq!(sids(&policy), ["Logs", "Logs2", "Mine", "Raw1"]);
    }
}
