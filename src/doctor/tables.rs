//! Whether items will ever expire; reads one of them, so only with the user's word.
use futures_util::future::join_all;

use super::{Checked, DoctorContext, FindingLevel, checked, fine, unknown};
use crate::{
    aws::{Cx, NotFoundExt, Result},
    diagnostic::Spanned,
};

const CHECK: &str = "expiry";
/// Epoch seconds of the year 5138; any larger expiry was meant in milliseconds.
const SECONDS: u64 = 100_000_000_000;

/// Checks the expiry of one item of each table that has a TTL attribute.
pub(super) async fn check_item_expiry(cx: &Cx<'_>, context: &DoctorContext<'_>) -> Vec<Checked> {
    if !context.sample_items {
        return Vec::new();
    }
    let spec = &context.loaded.spec;
    let looks = spec.tables.iter().filter_map(|(id, table)| {
        let (name, ttl): (String, &Spanned<String>) = (spec.table_name(id), table.ttl.as_ref()?);
        Some(async move {
            check_table_expiry(cx, &name, ttl)
                .await
                .unwrap_or_else(|error| unknown(CHECK, &error.diagnostic()))
        })
    });
    join_all(looks).await
}

async fn check_table_expiry(cx: &Cx<'_>, name: &str, ttl: &str) -> Result<Checked> {
    let call = cx.aws.dynamodb().scan().table_name(name).limit(1);
    let call = call.projection_expression("#ttl").expression_attribute_names("#ttl", ttl).send();
    let Some(page) = cx.read(call).await.not_found_to_none()? else {
        let remedy = Some("`copilot-infra apply` makes it");
        return Ok(checked(CHECK, FindingLevel::Problem, format!("there is no table `{name}`"), remedy));
    };
    let items = page.items.unwrap_or_default();
    let Some(item) = items.first() else { return Ok(fine(CHECK, format!("`{name}` is empty"))) };
    let number = item.get(ttl).and_then(|value| value.as_n().ok()).and_then(|text| text.parse::<u64>().ok());
    let problem = |what: &str, remedy: &str| {
        checked(CHECK, FindingLevel::Problem, format!("an item of `{name}` {what} in `{ttl}`"), Some(remedy))
    };
    Ok(match number {
        Some(SECONDS..) => problem(
            "has its expiry in milliseconds",
            "write epoch seconds, as in Math.floor(Date.now() / 1000): such items never expire",
        ),
        Some(_) => fine(CHECK, format!("`{name}` keeps its expiry in seconds")),
        None => {
            problem("has no number", "write the expiry as a number of epoch seconds: such items never expire")
        }
    })
}
