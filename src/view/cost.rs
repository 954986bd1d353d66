//! What a change goes on costing whether or not anybody uses the stack, or costs more the longer it stands.
//!
//! Everything else that the tool makes is paid by use: requests on demand, runs of functions, messages, log events;
//! reserved concurrency is free, and every log group has an end of its retention. Prices are AWS's list prices for
//! us-east-1 in US dollars as they stand since November 2024; other regions differ, and nothing is decided by them.
use serde_json::Value;

use crate::engine::{Action, Step};

/// A customer's key, a month ("AWS Key Management Service pricing"); its first and its second rotation each add as
/// much.
const KEY: f64 = 1.0;
/// A read unit of provisioned capacity, an hour ("Amazon DynamoDB pricing for provisioned capacity").
const READ_UNIT: f64 = 0.000_13;
/// A write unit of provisioned capacity, an hour (same page).
const WRITE_UNIT: f64 = 0.000_65;
/// Point-in-time recovery, for a GB a month (same page).
const RECOVERY: f64 = 0.20;
/// Hours of a month, as AWS's own calculator counts them.
const MONTH: f64 = 730.0;

/// What the step will cost from now on, in words; nothing if it costs no more than what stands.
pub(super) fn of(step: &Step) -> Vec<String> {
    // What a replacement removes costs nothing any more, so it counts like an update.
    let (before, after) = match &step.action {
        Action::Create { .. } => (None, step.after.as_ref()),
        Action::Update { .. } | Action::Replace { .. } => (step.before.as_ref(), step.after.as_ref()),
        Action::Keep | Action::Delete { .. } => return Vec::new(),
    };
    let Some(after) = after else { return Vec::new() };
    match step.kind {
        "kms/key" => key(before, after).into_iter().collect(),
        "dynamodb/table" => {
            [capacity(before, after), recovery(before, after)].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

fn key(before: Option<&Value>, after: &Value) -> Option<String> {
    // A key that waits for its deletion costs nothing.
    let paid = |doc: &Value| doc.get("state").and_then(Value::as_str) != Some("pending-deletion");
    let rotates = |doc: &Value| is(doc, "rotation");
    let later = format!("${KEY:.2} a month more after each of its first two rotations");
    match before {
        Some(before) if paid(before) => (rotates(after) && !rotates(before)).then_some(later),
        _ if rotates(after) => Some(format!("${KEY:.2} a month, and {later}")),
        _ => Some(format!("${KEY:.2} a month")),
    }
}

fn capacity(before: Option<&Value>, after: &Value) -> Option<String> {
    let (was, will) = (before.map_or(0.0, monthly), monthly(after));
    // Less than a cent is no difference.
    if will < was + 0.005 {
        return None;
    }
    let instead = if was > 0.0 { format!(" instead of ${was:.2}") } else { String::new() };
    Some(format!("${will:.2}{instead} a month for its provisioned capacity, used or not"))
}

/// What the capacity of a table and of its indexes costs; an index has as much as the table unless it says otherwise.
fn monthly(table: &Value) -> f64 {
    let Some(billing) = table.get("billing").filter(|billing| billing.is_object()) else { return 0.0 };
    let own = |index: &Value| index.get("capacity").filter(|capacity| capacity.is_object()).map(hourly);
    let indexes = table.get("indexes").and_then(Value::as_object).into_iter().flatten();
    let indexes: f64 = indexes.map(|(_, index)| own(index).unwrap_or_else(|| hourly(billing))).sum();
    (hourly(billing) + indexes) * MONTH
}

fn hourly(units: &Value) -> f64 {
    let count = |key: &str| units.get(key).and_then(Value::as_f64).unwrap_or_default();
    count("read") * READ_UNIT + count("write") * WRITE_UNIT
}

fn recovery(before: Option<&Value>, after: &Value) -> Option<String> {
    let on = |doc: &Value| is(doc, "point_in_time_recovery");
    let starts = on(after) && !before.is_some_and(on);
    starts.then(|| format!("${RECOVERY:.2} a month for each GB in it, for point-in-time recovery"))
}

fn is(doc: &Value, member: &str) -> bool {
    doc.get(member).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(kind: &'static str, before: Option<Value>, after: Option<Value>) -> Step {
        let action = match (&before, &after) {
            (None, Some(after)) => Action::Create { props: after.clone() },
            (Some(_), None) => Action::Delete { changes: Vec::new() },
            _ => Action::Update { changes: Vec::new() },
        };
        Step {
            address: "a".into(),
            kind,
            id: "a".into(),
            action,
            before,
            after,
            origin: None,
            holds_data: true,
            span: None,
            warning: None,
            left_out: false,
        }
    }

    fn table(billing: &Value, recovery: bool) -> Value {
        let indexes = json!({ "A": {}, "B": { "capacity": { "read": 1, "write": 1 } } });
        json!({ "billing": billing, "point_in_time_recovery": recovery, "indexes": indexes })
    }

    #[test]
    fn provisioned_capacity_counts_the_table_and_each_index() {
        let units = json!({ "read": 30, "write": 20 });
        // Twice 30 × 0.00013 + 20 × 0.00065 and once 0.00078 dollars, for 730 hours.
        let told = of(&step("dynamodb/table", None, Some(table(&units, false))));
        assert_eq!(told, ["$25.24 a month for its provisioned capacity, used or not"]);
        let half = table(&json!({ "read": 15, "write": 10 }), false);
        let told = of(&step("dynamodb/table", Some(half.clone()), Some(table(&units, false))));
        assert_eq!(told, ["$25.24 instead of $12.91 a month for its provisioned capacity, used or not"]);
        assert!(
            of(&step("dynamodb/table", Some(table(&units, false)), Some(half))).is_empty(),
            "it costs less"
        );
    }

    #[test]
    fn on_demand_costs_nothing_that_is_not_used() {
        let demand = json!("on_demand");
        assert!(of(&step("dynamodb/table", None, Some(table(&demand, false)))).is_empty());
        let told = of(&step("dynamodb/table", Some(table(&demand, false)), Some(table(&demand, true))));
        assert_eq!(told, ["$0.20 a month for each GB in it, for point-in-time recovery"]);
        assert!(
            of(&step("dynamodb/table", Some(table(&demand, true)), Some(table(&demand, true)))).is_empty()
        );
        assert!(of(&step("dynamodb/table", Some(table(&demand, true)), None)).is_empty());
    }

    #[test]
    fn a_key_costs_by_the_month_and_by_its_rotations() {
        let key = |rotation: bool, state: &str| Some(json!({ "rotation": rotation, "state": state }));
        let of = |before, after| of(&step("kms/key", before, after));
        let whole = "$1.00 a month, and $1.00 a month more after each of its first two rotations";
        assert_eq!(of(None, key(true, "enabled")), [whole]);
        assert_eq!(of(None, key(false, "enabled")), ["$1.00 a month"]);
        assert_eq!(of(key(true, "pending-deletion"), key(true, "enabled")), [whole]);
        let later = "$1.00 a month more after each of its first two rotations";
        assert_eq!(of(key(false, "enabled"), key(true, "enabled")), [later]);
        assert!(of(key(true, "disabled"), key(true, "enabled")).is_empty());
    }
}
