//! Why a table that is being made will never be.
use std::{cell::Cell, time::Duration};

use aws_sdk_dynamodb::types::{TableDescription, TableStatus};
use aws_sdk_kms::types::KeyState;
use tokio::time::Instant;

use crate::aws::{Cx, Error, Result};

/// Time after which the key of a table that is still being made is looked at; most are made within 22 seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// The key of a table that takes long to be made, looked at once a minute.
///
/// A key that is disabled while DynamoDB makes the table is no error there: the table is shown as being made for about
/// an hour, and then vanishes (aws-controllers-k8s/dynamodb-controller, `docs/api-quirks`, DDB-TABLE-334).
#[derive(Default)]
pub(super) struct StallCheck {
    last_look: Cell<Option<Instant>>,
}

impl StallCheck {
    /// Returns an error if `table` is being made with a key that cannot be used.
    pub(super) async fn check(&self, cx: &Cx<'_>, table: &TableDescription) -> Result<()> {
        let key = table.sse_description().and_then(|sse| sse.kms_master_key_arn());
        let Some(key) = key.filter(|_| table.table_status() == Some(&TableStatus::Creating)) else {
            return Ok(());
        };
        let now = Instant::now();
        let began = self.last_look.get().unwrap_or(now);
        if now < began + PATIENCE {
            self.last_look.set(Some(began));
            return Ok(());
        }
        self.last_look.set(Some(now));
        // Whoever may not look at the key waits for the table.
        let Ok(answer) = cx.read(cx.aws.kms().describe_key().key_id(key).send()).await else { return Ok(()) };
        let state = answer.key_metadata.and_then(|key| key.key_state);
        match state {
            Some(KeyState::Disabled | KeyState::PendingDeletion | KeyState::Unavailable) => {
                let state = state.map(|state| state.as_str().to_owned()).unwrap_or_default();
                Err(Error::InvalidState(stall_text(table.table_name().unwrap_or_default(), key, &state)))
            }
            _ => Ok(()),
        }
    }
}

fn stall_text(name: &str, key: &str, state: &str) -> String {
    format!(
        "`{name}` cannot be made: its key {key} is in the state `{state}`; take its deletion back if it is scheduled, \
         enable the key, and run again; DynamoDB drops a table that it cannot make after about an hour"
    )
}
