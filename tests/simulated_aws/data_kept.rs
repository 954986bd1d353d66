//! What AWS would keep is kept: nothing that the tool does beforehand destroys it.
use aws_sdk_dynamodb::types::{BackupSummary, BackupTypeFilter, PointInTimeRecoveryStatus, Tag};
use copilot_infra_simulator::{Fault, Script, Switches};

use crate::{
    bench::{Bench, Command, End, deep, text},
    specs,
};

fn bench() -> Bench {
    Bench::new(11, Switches { ttl_cooldown_minutes: 0, page: 100, ..Switches::default() })
}

const TABLE: &str = "small-items";

async fn system_backups(bench: &Bench) -> Vec<BackupSummary> {
    let call = bench.aws().dynamodb().list_backups().table_name(TABLE).backup_type(BackupTypeFilter::System);
    call.send().await.expect("backups are listed").backup_summaries.unwrap_or_default()
}

#[test]
fn a_destroyed_table_can_be_restored_from_the_backup_that_aws_keeps() {
    deep(async || {
        let bench = bench();
        let spec = text(
            "version: 1\nstack: small\nregion: us-east-1\ntables:\n  items:\n    partition_key: { name: id, type: S }\n",
        );
        Box::pin(bench.must(Command::Apply, &spec)).await;
        Box::pin(bench.must(Command::Destroy, &spec)).await;
        let [backup] = &system_backups(&bench).await[..] else { panic!("one backup stays") };
        assert_eq!(backup.backup_name(), Some("small-items$DeletedTableBackup"));
        let call = bench.aws().dynamodb().restore_table_from_backup().target_table_name(TABLE);
        call.set_backup_arn(backup.backup_arn.clone()).send().await.expect("it is restored");
        let end = Box::pin(bench.run(Command::Apply, &spec, Script::default())).await;
        let End::Refused(why) = end else { panic!("a restored table has no owner: {end:?}") };
        assert!(why.contains("nobody's tags"), "{why}");
        let tag = Tag::builder().key("copilot-infra:stack").value("small").build().expect("a tag");
        let arn = bench.aws().arn("dynamodb", &format!("table/{TABLE}"));
        bench.aws().dynamodb().tag_resource().resource_arn(arn).tags(tag).send().await.expect("it is tagged");
        tokio::time::sleep(std::time::Duration::from_secs(5)).await; // until the tag is seen
        Box::pin(bench.must(Command::Apply, &spec)).await;
        bench.settled(&spec).await.expect("it is the stack's table again");
    });
}

#[test]
fn a_table_whose_deletion_is_denied_keeps_its_recovery() {
    deep(async || {
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &specs::before())).await;
        let denied = vec![("dynamodb:DeleteTable".to_owned(), 0, Fault::Denied)];
        let script = Script { on: denied, ..Script::default() };
        let end = Box::pin(bench.run(Command::Destroy, &specs::before(), script)).await;
        assert!(matches!(end, End::Partial(_)), "{end:?}");
        let call = bench.aws().dynamodb().describe_continuous_backups().table_name(TABLE).send().await;
        let backups = call.expect("it stands").continuous_backups_description.expect("they are described");
        let recovery = backups.point_in_time_recovery_description.expect("it is described");
        assert_eq!(recovery.point_in_time_recovery_status, Some(PointInTimeRecoveryStatus::Enabled));
    });
}
