//! DynamoDB (Service authorization reference, "Actions, resources, and condition keys for Amazon DynamoDB").
use super::{Ask, keys};
use crate::call::{Call, Tags};

/// What DynamoDB does with a customer's key in the name of whoever makes or changes the table (DynamoDB guide,
/// "DynamoDB encryption at rest: usage notes", "Authorizing use of your customer managed key").
const KEY: [&str; 8] = [
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
];

pub(super) fn takes(call: &Call<'_>) -> Vec<Ask> {
    let action = |name: &str| format!("dynamodb:{name}");
    let Some(arn) = arn(call) else { return vec![Ask::new(action(call.operation), "*")] };
    let tags = tags(call, &arn);
    let wanted = call.pairs("Tags", "Key", "Value");
    let mut asks = vec![leading(call, Ask::new(action(call.operation), &arn).tagged(&tags).tagging(&wanted))];
    // DynamoDB guide, "Tagging resources": tags at the creation take an action of their own.
    if call.operation == "CreateTable" && !wanted.is_empty() {
        asks.push(Ask::new(action("TagResource"), &arn).tagging(&wanted));
    }
    if let Some(key) = call.input.get("SSESpecification").and_then(|wish| wish["KMSMasterKeyId"].as_str()) {
        asks.extend(KEY.iter().filter_map(|name| keys::through(call, "dynamodb", name, key)));
    }
    asks
}

fn arn(call: &Call<'_>) -> Option<String> {
    let name = call.text("TableName").or_else(|| call.text("ResourceArn"))?;
    Some(if name.starts_with("arn:") {
        name.to_owned()
    } else {
        call.arn("dynamodb", &format!("table/{name}"))
    })
}

/// The tags that IAM goes by, if the account lets it.
fn tags(call: &Call<'_>, arn: &str) -> Tags {
    if !call.switches.tables_by_tag {
        return Tags::new();
    }
    let name = arn.rsplit('/').next().unwrap_or_default();
    let table = call.here.dynamodb.tables.get(name);
    table.and_then(|table| table.tags.now().cloned()).unwrap_or_default()
}

/// The partition key of the item that a call is about.
fn leading(call: &Call<'_>, ask: Ask) -> Ask {
    let table = call.text("TableName").and_then(|name| call.here.dynamodb.tables.get(name));
    let item = ["Key", "Item"].iter().find_map(|member| call.input.get(*member));
    let value = table.and_then(|table| item?[table.partition()]["S"].as_str());
    match value {
        Some(value) => ask.with("dynamodb:LeadingKeys", value),
        None => ask,
    }
}
