//! The fixed monthly costs of a table, which do not depend on its use.
//!
//! Requests on demand are paid by use. Prices are list prices for us-east-1; other regions differ, and nothing is
//! decided by them.
use serde_json::Value;

use crate::facts::PRICES;

/// Hours in a month, as in AWS's own calculator.
const MONTH: f64 = 730.0;

/// Returns the table's costs from now on; nothing if it costs no more than the live one.
pub(super) fn costs(before: Option<&Value>, after: &Value) -> Vec<String> {
    [capacity_cost(before, after), recovery_cost(before, after)].into_iter().flatten().collect()
}

fn capacity_cost(before: Option<&Value>, after: &Value) -> Option<String> {
    let (was, will) = (before.map_or(0.0, monthly_capacity_cost), monthly_capacity_cost(after));
    // A difference below a cent is ignored.
    if will < was + 0.005 {
        return None;
    }
    let instead = if was > 0.0 { format!(" instead of ${was:.2}") } else { String::new() };
    Some(format!("${will:.2}{instead} a month for its provisioned capacity, used or not"))
}

/// Returns the monthly cost of the capacity of a table and its indexes; an index has the table's unless it has its
/// own.
fn monthly_capacity_cost(table: &Value) -> f64 {
    let Some(billing) = table.get("billing").filter(|billing| billing.is_object()) else { return 0.0 };
    let infrequent = table.get("class").and_then(Value::as_str) == Some("infrequent");
    let hourly_cost = |units: &Value| hourly_cost(units, infrequent);
    let own = |index: &Value| index.get("capacity").filter(|capacity| capacity.is_object()).map(hourly_cost);
    let indexes = table.get("indexes").and_then(Value::as_object).into_iter().flatten();
    let indexes: f64 = indexes.map(|(_, index)| own(index).unwrap_or_else(|| hourly_cost(billing))).sum();
    (hourly_cost(billing) + indexes) * MONTH
}

fn hourly_cost(units: &Value, infrequent: bool) -> f64 {
    let count = |key: &str| units.get(key).and_then(Value::as_f64).unwrap_or_default();
    let (read, write) = if infrequent {
        (*PRICES.table_infrequent_read_unit_hour, *PRICES.table_infrequent_write_unit_hour)
    } else {
        (*PRICES.table_read_unit_hour, *PRICES.table_write_unit_hour)
    };
    count("read") * read + count("write") * write
}

fn recovery_cost(before: Option<&Value>, after: &Value) -> Option<String> {
    let on = |doc: &Value| is_true(doc, "point_in_time_recovery");
    let starts = on(after) && !before.is_some_and(on);
    starts.then(|| {
        format!(
            "${:.2} a month for each GB in it, for point-in-time recovery",
            *PRICES.table_recovery_gb_month
        )
    })
}

fn is_true(doc: &Value, member: &str) -> bool {
    doc.get(member).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(billing: &Value, recovery: bool) -> Value {
        let indexes = json!({ "A": {}, "B": { "capacity": { "read": 1, "write": 1 } } });
        json!({ "billing": billing, "point_in_time_recovery": recovery, "indexes": indexes })
    }

    #[test]
    fn provisioned_capacity_counts_the_table_and_each_index() {
        let units = json!({ "read": 30, "write": 20 });
        // Twice 30 × 0.00013 + 20 × 0.00065 and once 0.00078 dollars, for 730 hours.
        let told = costs(None, &table(&units, false));
        assert_eq!(told, ["$25.24 a month for its provisioned capacity, used or not"]);
        let half = table(&json!({ "read": 15, "write": 10 }), false);
        let told = costs(Some(&half), &table(&units, false));
        assert_eq!(told, ["$25.24 instead of $12.91 a month for its provisioned capacity, used or not"]);
        assert!(costs(Some(&table(&units, false)), &half).is_empty(), "it costs less");
    }

    #[test]
    fn on_demand_costs_nothing_that_is_not_used() {
        let demand = json!("on_demand");
        assert!(costs(None, &table(&demand, false)).is_empty());
        let told = costs(Some(&table(&demand, false)), &table(&demand, true));
        assert_eq!(told, ["$0.20 a month for each GB in it, for point-in-time recovery"]);
        assert!(costs(Some(&table(&demand, true)), &table(&demand, true)).is_empty());
    }
}
