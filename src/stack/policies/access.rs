//! What a function's role may do: exact actions on exact resources, from the spec's `access`.
use super::{Home, models};
use crate::{
    engine::Later,
    resources::policy::{Policy, later},
    spec::types::Grant,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Everything that a function is granted.
#[derive(Clone, Debug)]
pub struct Grants {
    /// ARN of the function, without a version.
    pub function_arn: String,
    /// ARN of its log group, without `:*`.
    pub log_group_arn: String,
    /// Whether it sends traces.
    pub tracing: bool,
    /// Tables.
    pub tables: Vec<TableGrant>,
    /// ARN of the key that encrypts the tables and the environment.
    pub key: Option<Later<String>>,
    /// Bedrock models: model ids, inference-profile ids or ARNs.
    pub models: Vec<Later<String>>,
    /// The API whose connections it may post to.
    pub connections: Option<Connections>,
    /// ARNs of secrets it may read.
    pub secrets: Vec<Later<String>>,
    /// Raw statements.
    pub statements: Vec<Value>,
}

/// A table and what may be done with it.
#[derive(Clone, Debug)]
pub struct TableGrant {
    /// What it is called in the statement's name: its id in the spec, its name or its ARN.
    pub label: String,
    /// Name or ARN.
    pub table: Later<String>,
    /// Its indexes.
    pub indexes: Indexes,
    /// What may be done.
    pub grant: Grant,
}

/// Which indexes of a table may be read.
#[derive(Clone, Debug)]
pub enum Indexes {
    /// Those of these names.
    Named(Vec<String>),
    /// Whatever it has: the table is not of this stack, so its indexes are not known.
    Any,
}

/// The stage whose connections may be posted to.
#[derive(Clone, Debug)]
pub struct Connections {
    /// Id of the API.
    pub api: Later<String>,
    /// Name of the stage.
    pub stage: String,
}

/// Actions that read a table; no `Scan`, which reads all of everybody's items.
const READ: [&str; 3] = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
/// Actions that write to a table.
const WRITE: [&str; 4] =
    ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
/// What DynamoDB does with a customer key in a reader's name (AWS CDK, `aws-dynamodb/lib/perms`).
const KEY_READ: [&str; 2] = ["kms:Decrypt", "kms:DescribeKey"];
/// What it does in a writer's name besides.
const KEY_WRITE: [&str; 4] = ["kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"];

/// The one inline policy of a function's role.
///
/// Nothing is granted on `*` but tracing: X-Ray has no resources for it (Service authorization reference,
/// "Actions, resources, and condition keys for AWS X-Ray").
#[must_use]
pub fn access(grants: &Grants, home: &Home) -> Policy {
    let mut statements = Statements::default();
    // Not `CreateLogGroup`: Lambda would make a removed group again, unencrypted and kept for ever.
    let group = format!("{}:*", grants.log_group_arn);
    statements.allow("Logs", &["logs:CreateLogStream", "logs:PutLogEvents"], group);
    if grants.tracing {
        statements.allow("Tracing", &["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*");
    }
    for table in &grants.tables {
        statements.table(table, home);
    }
    if let Some(key) = &grants.key {
        statements.key(key, grants, home);
    }
    models::add(&mut statements, &grants.models, home);
    if let Some(Connections { api, stage }) = &grants.connections {
        let posts = api.map(|api| home.arn("execute-api", &format!("{api}/{stage}/POST/@connections/*")));
        statements.allow("Connections", &["execute-api:ManageConnections"], later(&posts));
        // The gateway waits 29 s at most (API Gateway quotas, WebSocket APIs). Whoever answers through
        // `@connections` after that goes on in a run of its own, which it starts by invoking itself.
        statements.allow("AnswerLater", &["lambda:InvokeFunction"], grants.function_arn.as_str());
    }
    if !grants.secrets.is_empty() {
        let secrets: Value = grants.secrets.iter().map(later).collect();
        statements.allow("Secrets", &["secretsmanager:GetSecretValue"], secrets);
    }
    for (position, statement) in grants.statements.iter().enumerate() {
        statements.raw(statement.clone(), position + 1);
    }
    statements.policy()
}

/// Statements under construction, each with a name of its own.
#[derive(Default)]
pub(super) struct Statements {
    all: Vec<Value>,
    sids: BTreeSet<String>,
}

impl Statements {
    pub(super) fn policy(self) -> Policy {
        Policy::new(self.all)
    }

    pub(super) fn allow(&mut self, sid: &str, actions: &[&str], on: impl Into<Value>) {
        self.push(sid, json!({ "Effect": "Allow", "Action": actions, "Resource": on.into() }));
    }

    /// Adds a statement; a name that is taken gets a number.
    pub(super) fn push(&mut self, sid: &str, mut statement: Value) {
        let numbered = (2..).map(|number| format!("{sid}{number}"));
        let free = std::iter::once(sid.to_owned()).chain(numbered).find(|sid| !self.sids.contains(sid));
        let sid = free.unwrap_or_default(); // numbers do not run out
        if let Value::Object(members) = &mut statement {
            members.insert("Sid".into(), sid.clone().into());
        }
        self.sids.insert(sid);
        self.all.push(statement);
    }

    fn table(&mut self, table: &TableGrant, home: &Home) {
        let arn = table.table.map(|table| {
            if table.starts_with("arn:") {
                table.clone()
            } else {
                home.arn("dynamodb", &format!("table/{table}"))
            }
        });
        let (verb, actions) = match table.grant {
            Grant::Read => ("Read", READ.to_vec()),
            Grant::Write => ("Write", WRITE.to_vec()),
            Grant::ReadWrite => ("ReadWrite", [&READ[..], &WRITE[..]].concat()),
        };
        let name = camel(&table.label);
        let sid = format!("{verb}{name}");
        self.push(&sid, json!({ "Effect": "Allow", "Action": actions, "Resource": later(&arn) }));
        let names = match &table.indexes {
            Indexes::Named(names) => names.clone(),
            Indexes::Any => vec!["*".to_owned()],
        };
        // An index is a resource of its own, and can only be read.
        if table.grant != Grant::Write && !names.is_empty() {
            let index = |name: &String| later(&arn.map(|arn| format!("{arn}/index/{name}")));
            let indexes: Value = names.iter().map(index).collect();
            self.allow(&format!("Query{name}Indexes"), &["dynamodb:Query"], indexes);
        }
    }

    /// The key, through DynamoDB for the tables, and for the function's own environment.
    ///
    /// Lambda decrypts the environment by a grant on the role's unique id, which a role that is made anew
    /// does not have; the statement keeps its function alive.
    fn key(&mut self, key: &Later<String>, grants: &Grants, home: &Home) {
        let some = |grant: Grant| grants.tables.iter().any(|table| table.grant != grant);
        let (reads, writes) = (some(Grant::Write), some(Grant::Read));
        if reads || writes {
            // Whoever writes an item has DynamoDB decrypt the table's key as well.
            let actions = if writes { [&KEY_READ[..], &KEY_WRITE[..]].concat() } else { KEY_READ.to_vec() };
            let through = json!({ "StringEquals": { "kms:ViaService": home.service("dynamodb") } });
            self.push(
                "TableKey",
                json!({ "Effect": "Allow", "Action": actions, "Resource": later(key), "Condition": through }),
            );
        }
        let own = json!({
            "StringEquals": { "kms:EncryptionContext:aws:lambda:FunctionArn": grants.function_arn }
        });
        self.push(
            "EnvironmentKey",
            json!({ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": later(key), "Condition": own }),
        );
    }

    /// A raw statement, as it is but for a missing or taken name.
    fn raw(&mut self, statement: Value, position: usize) {
        let sid = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
        let sid = sid.map_or_else(|| format!("Raw{position}"), str::to_owned);
        self.push(&sid, statement);
    }
}

/// A label as part of a `Sid`, which takes only letters and digits (IAM guide, "IAM JSON policy elements:
/// Sid"); of an ARN only what follows the last slash.
fn camel(label: &str) -> String {
    let name = label.rsplit('/').next().unwrap_or(label);
    let words = name.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::home, *};

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/k";

    fn bare() -> Grants {
        Grants {
            function_arn: home().arn("lambda", "function:demo-message"),
            log_group_arn: home().arn("logs", "log-group:/aws/lambda/demo-message"),
            tracing: false,
            tables: Vec::new(),
            key: None,
            models: Vec::new(),
            connections: None,
            secrets: Vec::new(),
            statements: Vec::new(),
        }
    }

    fn table(label: &str, table: &str, indexes: Indexes, grant: Grant) -> TableGrant {
        TableGrant { label: label.to_owned(), table: Later::Known(table.to_owned()), indexes, grant }
    }

    fn sids(policy: &Policy) -> Vec<&str> {
        policy.statements().keys().map(String::as_str).collect()
    }

    #[test]
    fn without_access_a_function_may_only_log() {
        let policy = access(&bare(), &home());
        assert_eq!(sids(&policy), ["Logs"]);
        let logs = &policy.statements()["Logs"];
        assert_eq!(logs["Action"], json!(["logs:CreateLogStream", "logs:PutLogEvents"]));
        assert_eq!(logs["Resource"], json!([home().arn("logs", "log-group:/aws/lambda/demo-message:*")]));
    }

    #[test]
    fn a_reader_queries_the_named_indexes_only() {
        let indexes = Indexes::Named(vec!["UserIdIndex".into()]);
        let tables = vec![table("user-messages", "demo-messages", indexes, Grant::Read)];
        let policy = access(&Grants { tables, key: Some(Later::Known(KEY.into())), ..bare() }, &home());
        let names = ["EnvironmentKey", "Logs", "QueryUserMessagesIndexes", "ReadUserMessages", "TableKey"];
        assert_eq!(sids(&policy), names);
        let [read, query] =
            ["ReadUserMessages", "QueryUserMessagesIndexes"].map(|sid| &policy.statements()[sid]);
        assert_eq!(read["Action"], json!(READ));
        assert_eq!(read["Resource"], json!([home().arn("dynamodb", "table/demo-messages")]));
        let index = home().arn("dynamodb", "table/demo-messages/index/UserIdIndex");
        assert_eq!((&query["Action"], &query["Resource"]), (&json!(["dynamodb:Query"]), &json!([index])));
        assert_eq!(policy.statements()["TableKey"]["Action"], json!(KEY_READ));
    }

    #[test]
    fn a_writer_reads_nothing_and_needs_more_of_the_key() {
        let tables = vec![table("t", "demo-t", Indexes::Named(vec!["I".into()]), Grant::Write)];
        let policy = access(&Grants { tables, key: Some(Later::Known(KEY.into())), ..bare() }, &home());
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
        let policy = access(
            &Grants { tables: vec![table(main, main, Indexes::Any, Grant::ReadWrite)], ..bare() },
            &home(),
        );
        assert_eq!(sids(&policy), ["Logs", "QueryMainTableIndexes", "ReadWriteMainTable"]);
        assert_eq!(
            policy.statements()["QueryMainTableIndexes"]["Resource"],
            json!([format!("{main}/index/*")])
        );
    }

    #[test]
    fn only_tracing_is_granted_on_everything() {
        let grants = Grants {
            tracing: true,
            connections: Some(Connections { api: Later::Known("a1b2".into()), stage: "prod".into() }),
            secrets: vec![Later::Known(home().arn("secretsmanager", "secret:s-AbCdEf"))],
            ..bare()
        };
        let policy = access(&grants, &home());
        let wide = policy.statements().iter().filter(|(_, one)| one["Resource"] == json!(["*"]));
        assert_eq!(wide.map(|(sid, _)| sid.as_str()).collect::<Vec<_>>(), ["Tracing"]);
        let posts = home().arn("execute-api", "a1b2/prod/POST/@connections/*");
        assert_eq!(policy.statements()["Connections"]["Resource"], json!([posts]));
        assert_eq!(policy.statements()["AnswerLater"]["Resource"], json!([bare().function_arn]));
    }

    #[test]
    fn nothing_unknown_is_sent() {
        let connections = Connections { api: Later::After("api.id".into()), stage: "prod".into() };
        let policy = access(&Grants { connections: Some(connections), ..bare() }, &home());
        assert!(policy.text().is_err());
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
        let policy = access(&Grants { statements, ..bare() }, &home());
        assert_eq!(sids(&policy), ["Logs", "Logs2", "Mine", "Raw1"]);
    }
}
