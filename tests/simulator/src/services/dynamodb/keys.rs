//! Keys of tables and indexes, and the definitions of their attributes.
use super::{invalid, names, wrong};
use crate::reply::Refusal;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn kinds(keys: &Value) -> Vec<&str> {
    keys.as_array().into_iter().flatten().filter_map(|it| it["KeyType"].as_str()).collect()
}

fn has_twins<T: Ord>(all: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    !all.into_iter().all(|one| seen.insert(one))
}

/// The key of a table has one attribute of each kind at most, in this order (DDB-TABLE-042, 124).
pub(super) fn check_table_key(keys: &Value, definitions: &[Value]) -> Result<(), Refusal> {
    let kinds = kinds(keys);
    if kinds.first() != Some(&"HASH") {
        return Err(invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"));
    }
    if kinds.get(1).is_some_and(|kind| *kind != "RANGE") {
        return Err(invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"));
    }
    if definitions.len() < kinds.len() {
        return Err(invalid("Invalid KeySchema: Some index key attribute have no definition"));
    }
    if has_twins(names(keys)) {
        return Err(invalid(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ));
    }
    Ok(())
}

/// The key of an index has up to four attributes of each kind (DDB-TABLE-123, 124).
pub(super) fn check_index_key(keys: &Value) -> Result<(), Refusal> {
    let kinds = kinds(keys);
    let partition = kinds.iter().take_while(|kind| **kind == "HASH").count();
    if partition == 0 {
        return Err(invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"));
    }
    if kinds[partition..].contains(&"HASH") {
        return Err(wrong("All HASH key attributes must precede RANGE key attributes in the KeySchema"));
    }
    for (count, kind) in [(partition, "HASH"), (kinds.len() - partition, "RANGE")] {
        if count > 4 {
            let words = format!("The KeySchema exceeds the maximum allowed number of {kind} key attributes");
            return Err(wrong(words));
        }
    }
    if has_twins(names(keys)) {
        return Err(invalid("The KeySchema contains multiple key attributes with the same name"));
    }
    Ok(())
}

/// Types by name.
pub(super) fn types(definitions: &[Value]) -> BTreeMap<String, String> {
    let pair = |it: &Value| {
        Some((it["AttributeName"].as_str()?.to_owned(), it["AttributeType"].as_str()?.to_owned()))
    };
    definitions.iter().filter_map(pair).collect()
}

/// Exactly the attributes of all keys, no more and no fewer, each once (DDB-TABLE-042, 127).
pub(super) fn check_definitions<'a>(
    definitions: &[Value],
    keys: &Value,
    indexes: impl Iterator<Item = &'a Value>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let defined: Vec<&str> = definitions.iter().filter_map(|it| it["AttributeName"].as_str()).collect();
    let of_indexes: Vec<String> = indexes.flat_map(|index| names(&index["KeySchema"])).collect();
    let indexed = !of_indexes.is_empty();
    let used: BTreeSet<String> = names(keys).into_iter().chain(of_indexes).collect();
    if let Some(twin) = defined.iter().find(|name| defined.iter().filter(|other| other == name).count() > 1) {
        return Err(invalid(format!("Attribute Name is duplicated: {twin}")));
    }
    let list = |all: Vec<&str>| all.join(", ");
    let missing: Vec<&str> = used.iter().map(String::as_str).filter(|name| !defined.contains(name)).collect();
    if !missing.is_empty() {
        return Err(wrong(format!(
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], AttributeDefinitions: [{}]",
            list(missing),
            list(defined)
        )));
    }
    if defined.len() > used.len() {
        return Err(wrong(if indexed {
            let used = used.iter().map(String::as_str).collect();
            format!(
                "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
                list(defined),
                list(used)
            )
        } else {
            "Number of attributes in KeySchema does not exactly match number of attributes defined in \
             AttributeDefinitions"
                .to_owned()
        }));
    }
    Ok(types(definitions))
}
