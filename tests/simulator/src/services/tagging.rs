//! The Resource Groups Tagging API: an index that learns late.
use crate::{
    call::{Call, PageSizes},
    reply::Answer,
};
use serde_json::{Value, json};

pub(crate) fn handle(call: &mut Call<'_>) -> Answer {
    if call.operation != "GetResources" {
        return super::unknown(call);
    }
    let filters = call.list("TagFilters").to_vec();
    let fits = |tags: &crate::call::Tags| {
        filters.iter().all(|filter| {
            let value = tags.get(filter["Key"].as_str().unwrap_or_default());
            let wanted = filter["Values"].as_array().cloned().unwrap_or_default();
            value.is_some_and(|value| wanted.is_empty() || wanted.iter().any(|it| it == value))
        })
    };
    // The token is the last name of the page, so that what comes and goes between two pages hides nothing else.
    let after = call.text("PaginationToken").unwrap_or_default().trim_end_matches(":*");
    let mut found: Vec<Value> = Vec::new();
    let known = call.here.index.iter().filter(|_| !call.switches.index_silent);
    for (arn, slot) in known.filter(|(arn, _)| arn.as_str() > after) {
        if let Some(tags) = slot.seen(call.now, call.stale).filter(|tags| fits(tags)) {
            let tags: Vec<_> = tags.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
            let group = call.switches.indexes_log_suffix && arn.contains(":log-group:");
            let arn = if group { format!("{arn}:*") } else { arn.clone() };
            found.push(json!({ "ResourceARN": arn, "Tags": tags }));
        }
    }
    // Resource Groups Tagging API reference, `GetResources`.
    let sizes = PageSizes { usual: 50, most: 100 };
    let (page, more) = call.page(found, None, call.number("ResourcesPerPage"), sizes);
    let last = page.last().map(|one| one["ResourceARN"].clone());
    let next = more.and(last).unwrap_or_else(|| "".into());
    Ok(json!({ "ResourceTagMappingList": page, "PaginationToken": next }))
}
