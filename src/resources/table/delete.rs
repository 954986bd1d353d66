//! Deletes a table and its data.
use std::time::Duration;

use super::{Table, retry};
use crate::{
    aws::{Cx, Error, NotFoundExt, Result},
    engine::Live,
};

/// Time that the deletion of an idle table takes (4 to 6 s in the tests of aws-controllers-k8s/dynamodb-controller,
/// `docs/api-quirks`); reads before that tell nothing.
const TAKES: Duration = Duration::from_secs(6);

/// Removes what blocks the deletion, deletes the table and waits until it is gone.
pub(super) async fn delete_table(table: &Table, cx: &Cx<'_>, live: &Live<Table>) -> Result<()> {
    if live.props.deletion_protection {
        if !table.may_unprotect {
            return Err(Error::InvalidState(format!("`{}` is protected against deletion", table.name)));
        }
        if table.lift_deletion_protection(cx).await?.is_none() {
            return Ok(());
        }
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
    cx.sleep_or_interrupt(&what, TAKES).await?;
    cx.poll_until(&what, retry::CHANGE, Duration::from_secs(3), async || {
        Ok(table.describe_table(cx).await.gone_or_denied_to_none()?.flatten().is_none().then_some(()))
    })
    .await
}

impl Table {
    /// Lifts the deletion protection; none if the table is gone.
    ///
    /// Nothing waits until reads show it: the deletion that follows is retried while the table is busy.
    async fn lift_deletion_protection(&self, cx: &Cx<'_>) -> Result<Option<()>> {
        let lift = async || {
            let call = cx.aws.dynamodb().update_table().table_name(&self.name);
            cx.write(call.deletion_protection_enabled(false).send()).await
        };
        Ok(self.retry_passing(cx, None, lift).await.not_found_to_none()?.map(drop))
    }
}
