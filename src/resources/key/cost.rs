//! The fixed monthly costs of a KMS key, which do not depend on its use.
//!
//! They are list prices for us-east-1; other regions differ, and nothing is decided by them.
use serde_json::Value;

use crate::facts::PRICES;

/// Returns the key's costs from now on; nothing if it costs no more than the live one.
pub(super) fn costs(before: Option<&Value>, after: &Value) -> Vec<String> {
    // A key that is pending deletion costs nothing.
    let paid = |doc: &Value| doc.get("state").and_then(Value::as_str) != Some("pending-deletion");
    let rotates = |doc: &Value| doc.get("rotation").and_then(Value::as_bool) == Some(true);
    let price = *PRICES.key_month;
    let later = format!("${price:.2} a month more after each of its first two rotations");
    let told = match before {
        Some(before) if paid(before) => (rotates(after) && !rotates(before)).then_some(later),
        _ if rotates(after) => Some(format!("${price:.2} a month, and {later}")),
        _ => Some(format!("${price:.2} a month")),
    };
    told.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_costs_by_the_month_and_by_its_rotations() {
        let key = |rotation: bool, state: &str| Some(json!({ "rotation": rotation, "state": state }));
        let of = |before: Option<Value>, after: Option<Value>| costs(before.as_ref(), &after.unwrap());
        let whole = "$1.00 a month, and $1.00 a month more after each of its first two rotations";
        assert_eq!(of(None, key(true, "enabled")), [whole]);
        assert_eq!(of(None, key(false, "enabled")), ["$1.00 a month"]);
        assert_eq!(of(key(true, "pending-deletion"), key(true, "enabled")), [whole]);
        let later = "$1.00 a month more after each of its first two rotations";
        assert_eq!(of(key(false, "enabled"), key(true, "enabled")), [later]);
        assert!(of(key(true, "disabled"), key(true, "enabled")).is_empty());
    }
}
