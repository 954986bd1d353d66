//! Items, as far as a table with one key and conditional writes to it goes.
use super::{invalid, table};
use crate::{
    call::Call,
    reply::{Answer, Refusal, refusal},
};
use serde_json::{Value, json};

/// The table's name and the value of the partition key in `member`.
fn place(call: &mut Call<'_>, member: &str) -> Result<(String, String), Refusal> {
    let (name, table) = table(call)?;
    let key = table.partition();
    // DynamoDB does not find a table that is being made (API reference, `PutItem`: `ResourceNotFoundException`).
    if !matches!(table.status, super::Status::Active | super::Status::Updating(_)) {
        return Err(super::absent(&name));
    }
    let value = call.input.get(member).and_then(|all| all[&key]["S"].as_str());
    let value = value.ok_or_else(|| invalid("One of the required keys was not given a value"))?;
    Ok((name, value.to_owned()))
}

pub(super) fn get(call: &mut Call<'_>) -> Answer {
    let place = place(call, "Key")?;
    let found = call.here.dynamodb.items.get(&place);
    Ok(found.map_or_else(|| json!({}), |item| json!({ "Item": item })))
}

pub(super) fn put(call: &mut Call<'_>) -> Answer {
    let place = place(call, "Item")?;
    let before = call.here.dynamodb.items.get(&place).cloned();
    if let Some(condition) = call.text("ConditionExpression")
        && !holds(call, condition, before.as_ref())?
    {
        // With the item as it stands, if it was asked for (API reference, `ReturnValuesOnConditionCheckFailure`).
        let item = before.filter(|_| call.text("ReturnValuesOnConditionCheckFailure") == Some("ALL_OLD"));
        let refused = refusal(400, "ConditionalCheckFailedException", "The conditional request failed");
        return Err(Refusal { item, ..refused });
    }
    let item = call.input.get("Item").cloned().unwrap_or_default();
    call.here.dynamodb.items.insert(place, item);
    Ok(json!({}))
}

/// Reads `attribute_not_exists(#a)` and `#a = :b AND …`, all that is asked of it here.
fn holds(call: &Call<'_>, condition: &str, item: Option<&Value>) -> Result<bool, Refusal> {
    let alias = |map: &str, name: &str| call.input.get(map).map_or(Value::Null, |all| all[name].clone());
    let attribute = |name: &str| {
        let name = alias("ExpressionAttributeNames", name.trim());
        item.map_or(Value::Null, |item| item[name.as_str().unwrap_or_default()].clone())
    };
    let mut all = true;
    for part in condition.split(" AND ") {
        all &= if let Some(name) = part.strip_prefix("attribute_not_exists(") {
            attribute(name.trim_end_matches(')')).is_null()
        } else {
            let (left, right) = part.split_once('=').ok_or_else(|| invalid("Invalid ConditionExpression"))?;
            let wanted = alias("ExpressionAttributeValues", right.trim());
            !wanted.is_null() && attribute(left) == wanted
        };
    }
    Ok(all)
}
