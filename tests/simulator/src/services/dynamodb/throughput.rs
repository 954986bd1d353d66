//! Capacity units and ceilings of requests as they are asked for, by the way of billing.
use super::{Ceiling, wrong};
use crate::reply::{Refusal, refusal};
use serde_json::Value;

/// Units that somebody asks for.
pub(super) fn units(wish: Option<&Value>) -> Option<(i64, i64)> {
    let wish = wish?;
    Some((wish["ReadCapacityUnits"].as_i64()?, wish["WriteCapacityUnits"].as_i64()?))
}

/// Says that units are for capacity that is provisioned (DDB-TABLE-038, 059).
pub(super) fn no_units() -> Refusal {
    wrong(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    )
}

/// Units are there exactly when capacity is provisioned (DDB-TABLE-024, 128).
pub(super) fn of_new_table(wish: Option<&Value>, on_demand: bool) -> Result<(i64, i64), Refusal> {
    match (units(wish), on_demand) {
        (None, true) => Ok((0, 0)),
        (Some(units), false) => Ok(units),
        (Some(_), true) => Err(no_units()),
        (None, false) => Err(wrong(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        )),
    }
}

/// The same of an index that is made with its table.
pub(super) fn of_new_index(
    wish: Option<&Value>,
    on_demand: bool,
    index: &str,
) -> Result<(i64, i64), Refusal> {
    match (units(wish), on_demand) {
        (None, true) => Ok((0, 0)),
        (Some(units), false) => Ok(units),
        (Some(_), true) => Err(wrong(format!(
            "ProvisionedThroughput should not be specified for index: {index} when BillingMode is PAY_PER_REQUEST"
        ))),
        (None, false) => Err(wrong(format!("ProvisionedThroughput is not specified for index: {index}"))),
    }
}

/// The same of an index that is added to a table (DDB-TABLE-152, 442).
pub(super) fn of_added_index(
    wish: Option<&Value>,
    on_demand: bool,
    index: &str,
) -> Result<(i64, i64), Refusal> {
    match (units(wish), on_demand) {
        (None, true) => Ok((0, 0)),
        (Some(units), false) => Ok(units),
        (Some(_), true) => Err(wrong(format!(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {index} when BillingMode is \
             PAY_PER_REQUEST"
        ))),
        (None, false) => Err(wrong(format!(
            "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {index}"
        ))),
    }
}

/// The members of a ceiling that are asked for.
fn members(wish: &Value) -> [(&'static str, Option<i64>); 2] {
    ["MaxReadRequestUnits", "MaxWriteRequestUnits"].map(|member| (member, wish[member].as_i64()))
}

fn out_of_range(member: &str, place: &str) -> Refusal {
    wrong(format!("Requested {member} for OnDemandThroughput for {place} is outside of valid range"))
}

/// Reads the ceiling of something new, which only on-demand billing has; -1 is no number here (DDB-TABLE-039, 128).
pub(super) fn of_new(wish: Option<&Value>, on_demand: bool, place: &str) -> Result<Ceiling, Refusal> {
    let Some(wish) = wish.filter(|wish| !wish.is_null()) else { return Ok(Ceiling::default()) };
    let [(_, read), (_, write)] = members(wish);
    for (member, units) in members(wish) {
        let Some(units) = units else { continue };
        if !on_demand {
            let of = if place == "table" { String::new() } else { format!(" for {place}") };
            return Err(wrong(format!(
                "{member} for OnDemandThroughput{of} cannot be specified when table BillingMode is PROVISIONED."
            )));
        }
        if units < 1 {
            return Err(out_of_range(member, place));
        }
    }
    Ok((read, write))
}

/// Another ceiling for what stands: a member that is left out stays, -1 takes one away (DDB-TABLE-051, 178, 456).
pub(super) fn merged(
    old: Ceiling,
    wish: Option<&Value>,
    on_demand: bool,
    place: &str,
) -> Result<Option<Ceiling>, Refusal> {
    let Some(wish) = wish.filter(|wish| !wish.is_null()) else { return Ok(None) };
    let mut ceiling = [old.0, old.1];
    for ((member, units), kept) in members(wish).into_iter().zip(&mut ceiling) {
        let Some(units) = units else { continue };
        if !on_demand {
            return Err(wrong(format!(
                "{member} for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
            )));
        }
        if units < 1 && units != -1 {
            return Err(out_of_range(member, place));
        }
        *kept = (units != -1).then_some(units);
    }
    let [read, write] = ceiling;
    Ok(Some((read, write)))
}

/// What an empty structure alone meets, always (DDB-TABLE-448, 456).
pub(super) fn internal() -> Refusal {
    refusal(500, "InternalFailure", "")
}
