//! Indexes as they are asked for.
use super::{Ceiling, Index, Status, keys, names, wrong};
use crate::reply::Refusal;
use serde_json::{Value, json};

/// Reads a global index, without its units and ceiling.
pub(super) fn global(wish: &Value) -> Result<(String, Index), Refusal> {
    keys::check_index_key(&wish["KeySchema"])?;
    let index = Index {
        keys: wish["KeySchema"].clone(),
        projection: projection(&wish["Projection"])?,
        units: (0, 0),
        ceiling: Ceiling::default(),
        status: Status::Active,
        allocated: 0,
    };
    Ok((name(wish), index))
}

fn name(wish: &Value) -> String {
    wish["IndexName"].as_str().unwrap_or_default().to_owned()
}

/// Reads a local index of a table with this key (DDB-TABLE-129).
pub(super) fn local(wish: &Value, table: &Value) -> Result<Value, Refusal> {
    let (own, theirs, index) = (names(&wish["KeySchema"]), names(table), name(wish));
    if theirs.len() < 2 {
        return Err(wrong(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
        ));
    }
    if own.len() < 2 {
        return Err(wrong(format!("Index KeySchema does not have a range key for index: {index}")));
    }
    if own[0] != theirs[0] {
        return Err(wrong(format!(
            "Index KeySchema does not have the same leading hash key as table KeySchema for index: {index}. index \
             hash key: {}, table hash key: {}",
            own[0], theirs[0]
        )));
    }
    let projection = projection(&wish["Projection"])?;
    Ok(json!({ "IndexName": index, "KeySchema": wish["KeySchema"], "Projection": projection,
        "IndexSizeBytes": 0, "ItemCount": 0 }))
}

/// A projection names attributes if and only if it includes some (DDB-TABLE-126); they come back sorted
/// (DDB-TABLE-133).
fn projection(wish: &Value) -> Result<Value, Refusal> {
    let mut projection = wish.clone();
    let kind = wish["ProjectionType"].as_str().map(str::to_owned);
    let kind = kind.ok_or_else(|| wrong("Unknown ProjectionType: null"))?;
    let listed = wish["NonKeyAttributes"].is_array();
    if listed != (kind == "INCLUDE") {
        let not = if listed { "" } else { "not " };
        return Err(wrong(format!("ProjectionType is {kind}, but NonKeyAttributes is {not}specified")));
    }
    if let Some(names) = projection["NonKeyAttributes"].as_array_mut() {
        names.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        if let Some(twins) = names.windows(2).find(|two| two[0] == two[1]) {
            let name = twins[0].as_str().unwrap_or_default();
            return Err(wrong(format!("Duplicate element in NonKeyAttributes: {name}")));
        }
    }
    Ok(projection)
}
