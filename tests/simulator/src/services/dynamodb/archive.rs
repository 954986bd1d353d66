//! Tables whose key could not be used for so long that DynamoDB put them away.
use super::{UNUSABLE, backups, in_use};
use crate::{call::Call, reply::Refusal};
use serde_json::{Value, json};

/// An archival: it is done with a backup on demand, and nothing is taken back (API reference, `ArchivalSummary`).
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    began: u64,
    backup: String,
}

/// Time after which a table that DynamoDB cannot open is archived (API reference, `TableDescription`: `TableStatus`).
const AFTER: u64 = 7 * 86_400_000;
/// How long that takes; no document says.
const TAKES: u64 = 10 * 60_000;
/// The status of a table that is being archived, which takes no operation.
pub(super) const UNDER_WAY: &str = "ARCHIVING";

impl Archive {
    /// The status that is shown.
    pub(super) fn word(&self, now: u64) -> &'static str {
        if now < self.began + TAKES { UNDER_WAY } else { "ARCHIVED" }
    }

    pub(super) fn summary(&self) -> Value {
        json!({ "ArchivalDateTime": Call::seconds(self.began), "ArchivalBackupArn": self.backup,
            "ArchivalReason": "INACCESSIBLE_ENCRYPTION_CREDENTIALS" })
    }
}

impl super::Table {
    /// What every change of a table that was or is being archived meets; no document has the words.
    pub(super) fn archived(&self, name: &str) -> Option<Refusal> {
        self.archive.as_ref().map(|_| in_use(format!("Table is archived: {name}")))
    }
}

/// Archives the tables whose keys have not been usable for too long.
pub(super) fn archive_lost(call: &mut Call<'_>) {
    let began = |since: u64| since + UNUSABLE + AFTER;
    let tables = call.here.dynamodb.tables.iter();
    let due =
        tables.filter(|(_, table)| table.archive.is_none() && call.now >= table.lost.map_or(u64::MAX, began));
    let due: Vec<(String, u64)> =
        due.filter_map(|(name, table)| Some((name.clone(), table.lost.map(began)?))).collect();
    for (name, began) in due {
        let backup = backups::make(call, &name, began, backups::USER);
        if let Some(table) = call.here.dynamodb.tables.get_mut(&name) {
            table.archive = backup.map(|backup| Archive { began, backup });
        }
    }
}
