//! Deletes a table and its data.
use std::time::Duration;

use super::{Table, retry};
use crate::{
    aws::{Cx, Error, NotFoundExt, Result},
    engine::Live,
};

/// Removes what blocks the deletion, deletes the table and waits until it is gone.
pub(super) async fn delete_table(table: &Table, cx: &Cx<'_>, live: &Live<Table>) -> Result<()> {
    if table.describe_table(cx).await?.is_none() {
        return Ok(());
    }
    if live.props.deletion_protection {
        if !table.may_unprotect {
            return Err(Error::InvalidState(format!("`{}` is protected against deletion", table.name)));
        }
        table.set_deletion_protection(cx, false).await?;
    }
    // Recovery stays on: of a table that is deleted with it AWS keeps a backup for 35 days, and switching it off
    // would also reset what a table can be restored to whose deletion then fails (DynamoDB guide, "Point-in-time
    // recovery: how it works").
    let delete = async || {
        let call = cx.aws.dynamodb().delete_table().table_name(&table.name).send();
        match cx.write(call).await {
            Err(error) if error.has_code_and_text("ResourceInUseException", "being deleted") => Ok(()),
            other => other.not_found_to_none().map(drop),
        }
    };
    table.retry_passing(cx, None, delete).await?;
    let what = format!("`{}` to be gone", table.name);
    cx.poll_until(&what, retry::CHANGE, Duration::from_secs(2), async || {
        Ok(table.describe_table(cx).await.gone_or_denied_to_none()?.flatten().is_none().then_some(()))
    })
    .await
}
