//! The statements of a function's policy, each with the reason for it.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{AllowGrant, FunctionGrants, GrantedPolicy, IndexGrant, TableGrant, TargetGrant};
use crate::{
    aws::AwsScope,
    engine::MaybeKnown,
    iam::Policy,
    manifest::types::{AccessTarget, DataGrant, Grant, QueueGrant},
};

/// Actions that read a table; no `Scan`, which reads the items of all users and has a word of its own.
pub(super) const READ: [&str; 3] = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
/// The action that goes through all items.
const SCAN: [&str; 1] = ["dynamodb:Scan"];
/// Actions that write to a table; a transaction that checks an item it does not write asks for `ConditionCheckItem`
/// (DynamoDB guide, "Using IAM with DynamoDB transactions").
pub(super) const WRITE: [&str; 5] = [
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
];
/// Actions that DynamoDB performs with a customer key on behalf of a reader (AWS CDK, `aws-dynamodb/lib/perms`).
pub(super) const KEY_READ: [&str; 2] = ["kms:Decrypt", "kms:DescribeKey"];
/// Actions that DynamoDB performs with it on behalf of a writer besides.
pub(super) const KEY_WRITE: [&str; 4] =
    ["kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"];

/// Policy statements under construction, each with a unique `Sid`.
#[derive(Default)]
pub(super) struct StatementBuilder {
    all: Vec<Value>,
    /// Reasons by name of statement.
    reasons: BTreeMap<String, String>,
}

impl StatementBuilder {
    pub(super) fn into_granted(self) -> GrantedPolicy {
        GrantedPolicy { policy: Policy::new(self.all), reasons: self.reasons }
    }

    pub(super) fn allow(&mut self, why: &str, sid: &str, actions: &[&str], on: impl Into<Value>) {
        self.push(why, sid, json!({ "Effect": "Allow", "Action": actions, "Resource": on.into() }));
    }

    /// Adds a statement with its reason; a name that is taken gets a number.
    pub(super) fn push(&mut self, why: &str, sid: &str, mut statement: Value) {
        let numbered = (2..).map(|number| format!("{sid}{number}"));
        let free =
            std::iter::once(sid.to_owned()).chain(numbered).find(|sid| !self.reasons.contains_key(sid));
        let sid = free.unwrap_or_default(); // numbers do not run out
        if let Value::Object(members) = &mut statement {
            members.insert("Sid".into(), sid.clone().into());
        }
        self.reasons.insert(sid, why.to_owned());
        self.all.push(statement);
    }

    pub(super) fn allow_table(&mut self, table: &TableGrant, scope: &AwsScope) {
        let arn = table.table.map(|table| {
            if table.starts_with("arn:") {
                table.clone()
            } else {
                scope.arn("dynamodb", &format!("table/{table}"))
            }
        });
        let (verb, word) = match table.grant {
            Grant::Read => ("Read", "read"),
            Grant::Write => ("Write", "write"),
            Grant::ReadWrite => ("ReadWrite", "read_write"),
            Grant::Scan => ("Scan", "scan"),
            Grant::ScanWrite => ("ScanWrite", "scan_write"),
        };
        let (reads, scans, writes) = (table.grant.reads(), table.grant.scans(), table.grant.writes());
        let given = |on: bool, actions: &'static [&'static str]| if on { actions } else { &[] };
        let actions = [given(reads, &READ), given(scans, &SCAN), given(writes, &WRITE)].concat();
        let why = match table.indexes {
            IndexGrant::Named(_) => format!("`access.tables: {{ {}: {word} }}`", table.label),
            IndexGrant::Any => format!("`access.external_tables`: {word}"),
        };
        let name = camel_case_label(&table.label);
        let sid = format!("{verb}{name}");
        self.push(&why, &sid, json!({ "Effect": "Allow", "Action": actions, "Resource": arn }));
        let names = match &table.indexes {
            IndexGrant::Named(names) => names.clone(),
            IndexGrant::Any => vec!["*".to_owned()],
        };
        // An index is a resource of its own, and can only be read.
        if reads && !names.is_empty() {
            let index = |name: &String| json!(arn.map(|arn| format!("{arn}/index/{name}")));
            let indexes: Value = names.iter().map(index).collect();
            let why = format!("{why}: its indexes are resources of their own");
            let actions = [&["dynamodb:Query"][..], given(scans, &SCAN)].concat();
            self.allow(&why, &format!("Query{name}Indexes"), &actions, indexes);
        }
    }

    /// Allows the use of the key, through DynamoDB for the tables, and for the function's own environment.
    ///
    /// Lambda decrypts the environment by a grant on the role's unique id, which a recreated role does not have; the
    /// statement keeps its function working.
    pub(super) fn allow_key(&mut self, key: &MaybeKnown<String>, grants: &FunctionGrants, scope: &AwsScope) {
        let reads = grants.tables.iter().any(|table| table.grant.reads());
        let writes = grants.tables.iter().any(|table| table.grant.writes());
        if reads || writes {
            // DynamoDB decrypts the table's key for a writer as well.
            let actions = if writes { [&KEY_READ[..], &KEY_WRITE[..]].concat() } else { KEY_READ.to_vec() };
            let through = json!({ "StringEquals": { "kms:ViaService": scope.service("dynamodb") } });
            self.push(
                "the stack's key encrypts the tables in `access`; only through DynamoDB",
                "TableKey",
                json!({ "Effect": "Allow", "Action": actions, "Resource": key, "Condition": through }),
            );
        }
        let own = json!({
            "StringEquals": { "kms:EncryptionContext:aws:lambda:FunctionArn": grants.function_arn }
        });
        self.push(
            "the stack's key encrypts the function's environment, and nothing else is decrypted by this",
            "EnvironmentKey",
            json!({ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": own }),
        );
    }

    /// Allows the use of the keys of others, through the services whose secrets, tables and the like they encrypt.
    ///
    /// Secrets Manager decrypts with the rights of whoever reads the secret, and DynamoDB likewise (their guides,
    /// "Permissions for the KMS key" and "Using the KMS key").
    pub(super) fn allow_other_keys(&mut self, grants: &FunctionGrants, scope: &AwsScope) {
        let others = || grants.tables.iter().filter(|table| matches!(table.indexes, IndexGrant::Any));
        for key in &grants.keys {
            let region = key.map(|arn| arn.split(':').nth(3).unwrap_or(&scope.region).to_owned());
            let through = |service: &str| {
                let there = region
                    .map(|region| AwsScope { region: region.clone(), ..scope.clone() }.service(service));
                json!({ "StringEquals": { "kms:ViaService": there } })
            };
            if !grants.secrets.is_empty() {
                let why = "`access.keys` encrypt the secrets in `access`; only through Secrets Manager";
                let condition = through("secretsmanager");
                self.push(why, "SecretKeys", json!({ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": condition }));
            }
            if others().next().is_some() {
                let writes = others().any(|table| table.grant.writes());
                let actions =
                    if writes { [&KEY_READ[..], &KEY_WRITE[..]].concat() } else { KEY_READ.to_vec() };
                let why = "`access.keys` encrypt the tables of others in `access`; only through DynamoDB";
                let condition = through("dynamodb");
                self.push(
                    why,
                    "OtherTableKeys",
                    json!({ "Effect": "Allow", "Action": actions, "Resource": key, "Condition": condition }),
                );
            }
            for (service, what, actions) in keys_of_targets(&grants.targets) {
                let why = format!("`access.keys` encrypt the {what} in `access`; only through their service");
                let sid = format!("{}Keys", camel_case_label(what));
                self.push(
                    &why,
                    &sid,
                    json!({ "Effect": "Allow", "Action": actions, "Resource": key, "Condition": through(service) }),
                );
            }
        }
    }

    /// Adds a statement of `access.allow`.
    pub(super) fn push_allow(&mut self, allow: &AllowGrant, position: usize) {
        let mut statement = json!({
            "Effect": "Allow",
            "Action": allow.actions,
            "Resource": allow.resources.iter().map(|one| json!(one)).collect::<Value>(),
        });
        if let Some(condition) = &allow.condition {
            statement["Condition"] = condition.clone();
        }
        self.push(&allow.why, &format!("Allow{position}"), statement);
    }

    /// Adds a raw statement; only a missing or taken name is changed.
    pub(super) fn push_raw(&mut self, statement: Value, position: usize) {
        let sid = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
        let sid = sid.map_or_else(|| format!("Raw{position}"), str::to_owned);
        self.push("`access.statements`, as it is written there", &sid, statement);
    }
}

/// Returns what the services do with a customer's key in the name of whoever uses what it encrypts: service, kind, actions.
///
/// (Guides of S3, "Using server-side encryption with AWS KMS keys"; Systems Manager, "Restricting access to Parameter Store
/// parameters"; SNS and SQS, "Key management".)
fn keys_of_targets(targets: &[TargetGrant]) -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let some = |wanted: &dyn Fn(AccessTarget) -> bool| targets.iter().any(|grant| wanted(grant.target));
    let bucket =
        |is: fn(DataGrant) -> bool| some(&|one| matches!(one, AccessTarget::Bucket(grant) if is(grant)));
    let parameter =
        |is: fn(DataGrant) -> bool| some(&|one| matches!(one, AccessTarget::Parameter(grant) if is(grant)));
    let queue =
        |is: fn(QueueGrant) -> bool| some(&|one| matches!(one, AccessTarget::Queue(grant) if is(grant)));
    let topics = some(&|one| one == AccessTarget::Topic);
    let queues = queue(|_| true);
    // Whoever writes in several parts, or sends, decrypts the data key as well.
    let all = [
        ("s3", "buckets", bucket(|_| true), bucket(DataGrant::writes), "kms:GenerateDataKey"),
        ("ssm", "parameters", parameter(DataGrant::reads), parameter(DataGrant::writes), "kms:Encrypt"),
        ("sns", "topics", topics, topics, "kms:GenerateDataKey"),
        ("sqs", "queues", queues, queue(QueueGrant::sends), "kms:GenerateDataKey"),
    ];
    let used = all.into_iter().filter(|(_, _, decrypts, encrypts, _)| *decrypts || *encrypts);
    used.map(|(service, what, decrypts, encrypts, action)| {
        let actions = [("kms:Decrypt", decrypts), (action, encrypts)];
        (service, what, actions.into_iter().filter(|(_, on)| *on).map(|(action, _)| action).collect())
    })
    .collect()
}

/// Converts a label to a part of a `Sid`, which takes only letters and digits (IAM guide, "IAM JSON policy elements:
/// Sid"); of an ARN only the part after the last slash is used.
fn camel_case_label(label: &str) -> String {
    let name = label.rsplit('/').next().unwrap_or(label);
    let words = name.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}
