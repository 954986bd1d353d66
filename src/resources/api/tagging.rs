//! Reads and writes the tags of APIs and stages.
use std::collections::HashMap;

use super::retry_while_busy;
use crate::aws::{
    Cx, Result,
    tags::{self, Tags},
};

/// Returns all tags of an API or stage, AWS's own included.
pub(in crate::resources) async fn read_tags(cx: &Cx<'_>, arn: &str) -> Result<HashMap<String, String>> {
    let call = cx.aws.apis().get_tags().resource_arn(arn).send();
    Ok(cx.read(call).await?.tags.unwrap_or_default())
}

/// Changes the tags of an API or stage from `live` to `wanted`.
pub(in crate::resources) async fn set_tags(cx: &Cx<'_>, arn: &str, live: &Tags, wanted: &Tags) -> Result<()> {
    let Some(change) = tags::diff_tags(live, wanted) else { return Ok(()) };
    if !change.set.is_empty() {
        let set: HashMap<_, _> = change.set.into_iter().collect();
        retry_while_busy(cx, arn, async || {
            let call = cx.aws.apis().tag_resource().resource_arn(arn).set_tags(Some(set.clone())).send();
            cx.write(call).await
        })
        .await?;
    }
    if !change.remove.is_empty() {
        retry_while_busy(cx, arn, async || {
            let keys = Some(change.remove.clone());
            let call = cx.aws.apis().untag_resource().resource_arn(arn).set_tag_keys(keys).send();
            cx.write(call).await
        })
        .await?;
    }
    Ok(())
}
