//! What AWS would keep is kept: nothing that the tool does beforehand destroys it.
use std::time::Duration;

use aws_sdk_dynamodb::types::{BackupSummary, BackupTypeFilter, PointInTimeRecoveryStatus, Tag};
use copilot_infra::{
    engine::{KeepReason, KeptOrphan},
    manifest::Loaded,
};
use copilot_infra_simulator::{Fault, Script, Switches};

use crate::{
    bench::{Bench, Command, End, REGION, deep, text},
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

/// A stack whose logs are of every sort.
const LOGS: &str = "
version: 1
stack: small
region: us-east-1
key: { alias: small }
functions:
  kept: { handler: websocket-handler.messageHandler }
  gone: { handler: websocket-handler.messageHandler, log_on_delete: delete }
  held: { handler: websocket-handler.messageHandler, log_deletion_protection: true }
";

fn logs() -> Loaded {
    text(LOGS)
}

/// Names of the log groups that stand, and whether each is protected.
fn groups(bench: &Bench) -> Vec<String> {
    let lines = bench.sim.inventory(REGION).into_iter().filter(|line| line.starts_with("log group"));
    lines.map(|line| line.split(" copilot-infra:").next().unwrap_or_default().to_owned()).collect()
}

const KEPT: &str = "log group /aws/lambda/small-kept Some(30) key true protected false";
const HELD: &str = "log group /aws/lambda/small-held Some(30) key true protected true";

#[test]
fn logs_outlive_the_stack_and_are_taken_up_again() {
    deep(async || {
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &logs())).await;
        assert_eq!(groups(&bench).len(), 3);
        Box::pin(bench.must(Command::DestroyKeepingData, &logs())).await;
        assert_eq!(groups(&bench), [HELD, KEPT]);
        Box::pin(bench.must(Command::Apply, &logs())).await;
        assert_eq!(groups(&bench).len(), 3);
        bench.settled(&logs()).await.expect("the same logs are the stack's again");
    });
}

#[test]
fn logs_go_with_the_data_unless_they_are_protected() {
    deep(async || {
        let (bench, keyless) = (bench(), LOGS.replace("key: { alias: small }\n", ""));
        Box::pin(bench.must(Command::Apply, &text(&keyless))).await;
        Box::pin(bench.must(Command::Destroy, &text(&keyless))).await;
        assert_eq!(groups(&bench), [HELD.replace("key true", "key false")]);
        let free = text(&keyless.replace(", log_deletion_protection: true", ""));
        Box::pin(bench.must(Command::Apply, &free)).await;
        Box::pin(bench.must(Command::Destroy, &free)).await;
        assert_eq!(groups(&bench), [""; 0]);
    });
}

#[test]
fn what_was_destroyed_with_its_key_can_be_made_again_at_once() {
    deep(async || {
        let bench = bench();
        let free = text(&LOGS.replace(", log_deletion_protection: true", ""));
        for _ in 0..2 {
            Box::pin(bench.must(Command::Apply, &free)).await;
            Box::pin(bench.must(Command::Destroy, &free)).await;
        }
        Box::pin(bench.must(Command::Apply, &free)).await;
        bench.settled(&free).await.expect("all is as it was");
    });
}

#[test]
fn the_logs_of_functions_that_leave_the_spec_stay_and_are_told() {
    deep(async || {
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &logs())).await;
        let bare = text("version: 1\nstack: small\nregion: us-east-1\nkey: { alias: small }\n");
        Box::pin(bench.must(Command::Apply, &bare)).await;
        assert_eq!(groups(&bench), [HELD, KEPT]);
        let kept = bench.settled(&bare).await.expect("nothing is left to do").kept;
        let told = |name: &str, why| {
            let id = format!("/aws/lambda/small-{name}");
            KeptOrphan { kind: "logs/log-group", id, why }
        };
        assert_eq!(kept, [told("held", KeepReason::DeletionProtected), told("kept", KeepReason::HoldsData)]);
    });
}

#[test]
fn a_protection_that_somebody_lifts_is_drift_and_mended() {
    deep(async || {
        let bench = bench();
        Box::pin(bench.must(Command::Apply, &logs())).await;
        let call = bench.aws().logs().put_log_group_deletion_protection();
        let call = call.log_group_identifier("/aws/lambda/small-held").deletion_protection_enabled(false);
        call.send().await.expect("it is there");
        tokio::time::sleep(Duration::from_secs(30)).await; // until it is seen
        let mut plan = bench.plan(&logs()).await.expect("it can be read");
        plan.retain_drift();
        let drifted = plan.steps.iter().filter(|step| step.action.verb().is_some());
        assert_eq!(drifted.map(|step| step.address.as_str()).collect::<Vec<_>>(), ["logs.held"]);
        Box::pin(bench.must(Command::Apply, &logs())).await;
        assert!(groups(&bench).contains(&HELD.to_owned()));
    });
}
