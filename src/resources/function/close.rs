//! Deletes what stands beside a function and no spec asks for.
use super::{QualifiedConfigs, qualified::LATEST, request::retry_while_busy};
use crate::aws::{Cx, NotFoundExt, Result};

/// Deletes the configurations of `live` that `to` does not have.
pub(super) async fn delete_configs(
    cx: &Cx<'_>,
    name: &str,
    live: &QualifiedConfigs,
    to: &QualifiedConfigs,
) -> Result<()> {
    // An unqualified call is about `$LATEST`, which a function URL cannot name.
    let qualified = |qualifier: &String| Some(qualifier.clone()).filter(|one| one != LATEST);
    for qualifier in live.function_urls.keys().filter(|one| !to.function_urls.contains_key(*one)) {
        retry_while_busy(cx, name, async || {
            let call = cx.aws.lambda().delete_function_url_config().function_name(name);
            cx.write(call.set_qualifier(qualified(qualifier)).send()).await.not_found_to_none().map(drop)
        })
        .await?;
    }
    let extra = live.event_invoke_configs.keys().filter(|one| !to.event_invoke_configs.contains_key(*one));
    for qualifier in extra {
        retry_while_busy(cx, name, async || {
            let call = cx.aws.lambda().delete_function_event_invoke_config().function_name(name);
            cx.write(call.set_qualifier(qualified(qualifier)).send()).await.not_found_to_none().map(drop)
        })
        .await?;
    }
    Ok(())
}
