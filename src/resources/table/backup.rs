//! The backup that AWS keeps of a deleted table.
use serde_json::Value;

/// Returns how a table that is deleted with point-in-time recovery on is restored: DynamoDB keeps a system backup of it
/// for 35 days at no cost (DynamoDB guide, "Point-in-time recovery: how it works").
///
/// A restored table has no tags (DynamoDB guide, "Restoring a DynamoDB table from a backup"), so it has no owner.
pub(super) fn remains(name: &str, before: &Value) -> Option<String> {
    if before.get("point_in_time_recovery") != Some(&Value::Bool(true)) {
        return None;
    }
    let newest = "sort_by(BackupSummaries, &BackupCreationDateTime)[-1].BackupArn";
    Some(format!(
        "AWS keeps a backup of `{name}` for 35 days, free of charge; restore it with `aws dynamodb \
         restore-table-from-backup --target-table-name {name} --backup-arn \"$(aws dynamodb list-backups \
         --table-name {name} --backup-type SYSTEM --query '{newest}' --output text)\"`, and tag the restored table as \
         this stack's before the next apply"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_with_recovery_can_be_restored_by_the_words_of_the_plan() {
        let words = remains("notes", &json!({ "point_in_time_recovery": true })).unwrap();
        assert!(
            words.contains("restore-table-from-backup --target-table-name notes --backup-arn"),
            "{words}"
        );
        assert!(words.contains("list-backups --table-name notes --backup-type SYSTEM"), "{words}");
        assert_eq!(remains("notes", &json!({ "point_in_time_recovery": false })), None);
    }
}
