//! Tags as DynamoDB takes them (DDB-TABLE-105, 106, 107, 110, 372).
use super::invalid;
use crate::{call::Tags, reply::Refusal};
use serde_json::Value;

fn fits(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "+-=._:/@".contains(c))
}

fn check_key(key: &str) -> Result<(), Refusal> {
    if !(1..=128).contains(&key.chars().count()) || !fits(key) {
        return Err(invalid(format!("The Tag Key provided is invalid, Key: {key}")));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(invalid(format!("Tag Key cannot be prefixed with aws:, Key: {key}")));
    }
    Ok(())
}

fn too_many() -> Refusal {
    invalid("Number of Tags exceed the current limit for the provided ResourceArn")
}

/// The tags of a table that is made; there need not be any.
pub(super) fn of_new(wish: &[Value]) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in wish {
        let key = tag["Key"].as_str().ok_or_else(|| invalid("The Tag Key provided is invalid, Key: null"))?;
        check_key(key)?;
        let value = tag["Value"].as_str();
        let value = value.ok_or_else(|| invalid("The Tag Value provided is invalid, Value: null"))?;
        if value.chars().count() > 256 || !fits(value) {
            return Err(invalid(format!("The Tag Value provided is invalid, Value: {value}")));
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            let words = format!("Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}");
            return Err(invalid(words));
        }
    }
    check_count(&tags)?;
    Ok(tags)
}

/// The tags that a table is given.
pub(super) fn added(wish: &[Value]) -> Result<Tags, Refusal> {
    if wish.is_empty() {
        return Err(invalid("Atleast one Tag needs to be provided as Input."));
    }
    of_new(wish)
}

/// The keys that a table loses.
pub(super) fn removed(keys: Vec<String>) -> Result<Vec<String>, Refusal> {
    if keys.is_empty() {
        return Err(invalid("Atleast one Tag Key needs to be provided as Input."));
    }
    if keys.len() > 50 {
        return Err(too_many());
    }
    keys.iter().try_for_each(|key| check_key(key))?;
    Ok(keys)
}

/// At most 50, with those that stand.
pub(super) fn check_count(tags: &Tags) -> Result<(), Refusal> {
    if tags.len() > 50 { Err(too_many()) } else { Ok(()) }
}
