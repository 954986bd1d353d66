//! CloudWatch Logs (Service authorization reference, "Actions, resources, and condition keys for Amazon
//! CloudWatch Logs"). The calls about tags name the group's ARN, all others the ARN that ends in `:*` (API
//! reference, `LogGroup`: `logGroupArn`).
use super::Ask;
use crate::call::Call;

pub(super) fn takes(call: &Call<'_>) -> Vec<Ask> {
    let action = |name: &str| format!("logs:{name}");
    let own = action(call.operation);
    let wanted = call.map("tags");
    let name = call.text("logGroupName").or_else(|| call.text("logGroupIdentifier"));
    let name = name.or_else(|| call.text("resourceArn")?.split(":log-group:").nth(1));
    let Some(name) = name.map(|name| name.trim_end_matches(":*")) else {
        return vec![Ask::new(own, call.arn("logs", "log-group::log-stream:"))];
    };
    let tags = call.here.logs.groups.get(name).map(|group| group.tags.clone()).unwrap_or_default();
    let bare = call.arn("logs", &format!("log-group:{name}"));
    let about_tags = call.text("resourceArn").is_some();
    let arn = if about_tags { bare.clone() } else { format!("{bare}:log-stream:") };
    let mut asks = vec![Ask::new(own, arn).tagged(&tags).tagging(&wanted)];
    // Tags at the creation take an action of their own (API reference, `CreateLogGroup`).
    if call.operation == "CreateLogGroup" && !wanted.is_empty() {
        asks.push(Ask::new(action("TagResource"), bare).tagging(&wanted));
    }
    asks
}
