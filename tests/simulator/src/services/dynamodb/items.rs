//! Items, as far as a table with one key and conditional writes to it goes.
use super::{Status, invalid, table, wrong};
use crate::{
    call::Call,
    reply::{Answer, Refusal, refusal},
};
use serde_json::{Value, json};

/// What the calls on items say of a table that is not there, or not yet (DDB-TABLE-446).
fn unknown() -> Refusal {
    refusal(400, "ResourceNotFoundException", "Requested resource not found")
}

/// The table's name and the key in `member`, which has nothing but the key where `alone`.
fn place(call: &mut Call<'_>, member: &str, alone: bool) -> Result<(String, String), Refusal> {
    let now = call.now;
    let wish = call.input.get(member).cloned().unwrap_or_default();
    let (name, table) = table(call).map_err(|_| unknown())?;
    // DynamoDB does not find a table that is being made (API reference, `PutItem`: `ResourceNotFoundException`).
    if !matches!(table.status, Status::Active | Status::Updating(_)) {
        return Err(unknown());
    }
    if let Some(refused) = table.archived(&name).or_else(|| table.without_key(now)) {
        return Err(refused);
    }
    let attributes = table.key_attributes();
    let (mut key, mismatch) = (Vec::new(), || invalid("The provided key element does not match the schema"));
    for (attribute, kind) in &attributes {
        match wish[attribute].get(kind).and_then(Value::as_str) {
            Some("") => {
                return Err(invalid(format!(
                    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain \
                     an empty string value. Key: {attribute}"
                )));
            }
            Some(value) => key.push(value.to_owned()),
            None if alone => return Err(mismatch()),
            None => return Err(wrong(format!("Missing the key {attribute} in the item"))),
        }
    }
    if alone && wish.as_object().is_some_and(|members| members.len() > attributes.len()) {
        return Err(mismatch());
    }
    Ok((name, key.join("\n")))
}

pub(super) fn get(call: &mut Call<'_>) -> Answer {
    let place = place(call, "Key", true)?;
    let found = call.here.dynamodb.items.get(&place);
    Ok(found.map_or_else(|| json!({}), |item| json!({ "Item": item })))
}

pub(super) fn put(call: &mut Call<'_>) -> Answer {
    check_expressions(call)?;
    let place = place(call, "Item", false)?;
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
    let shown = before.filter(|_| call.text("ReturnValues") == Some("ALL_OLD"));
    Ok(shown.map_or_else(|| json!({}), |item| json!({ "Attributes": item })))
}

/// A condition is not empty, and what stands for names and values stands in one (tests/tier3/error-messages/putItem of
/// paritysuite/dynamodb-conformance).
fn check_expressions(call: &Call<'_>) -> Result<(), Refusal> {
    let one = |words: &str| Err(invalid(format!("1 validation error detected: {words}")));
    match call.input.get("ConditionExpression").and_then(Value::as_str) {
        Some("") => return one("Invalid ConditionExpression: The expression can not be empty;"),
        Some(_) => return Ok(()),
        None => {}
    }
    for member in ["ExpressionAttributeValues", "ExpressionAttributeNames"] {
        if call.input.contains_key(member) {
            return one(&format!("{member} can only be specified when using expressions"));
        }
    }
    Ok(())
}

/// Reads `attribute_not_exists(#a)` and `#a = :b AND …`, all that is asked of it here; a name may stand for itself.
fn holds(call: &Call<'_>, condition: &str, item: Option<&Value>) -> Result<bool, Refusal> {
    let alias = |map: &str, name: &str| call.input.get(map).map_or(Value::Null, |all| all[name].clone());
    let attribute = |name: &str| {
        let alias = alias("ExpressionAttributeNames", name.trim());
        item.map_or(Value::Null, |item| item[alias.as_str().unwrap_or(name.trim())].clone())
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
