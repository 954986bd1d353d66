//! The contract on the local cloud, which somebody else wrote: what the simulator and it agree on.
use std::fs::{self, File};

use aws_credential_types::Credentials;
use copilot_infra::{
    aws::{Aws, ConnectOptions},
    engine::Resource,
    local::{LocalCloud, LocalEndpoint},
    resources::{key::Key, log_group::LogGroup, role::Role, stage::Stage, table::Table},
};
use futures_util::future::join_all;

use super::KINDS;
use crate::{
    bench::{REGION, deep_outside},
    contract::{Gap, Place},
};

/// Where the local cloud is not like AWS, on whose side the simulator is.
const GAPS: [Gap; 6] = [
    // It changes keys that are pending deletion; KMS refuses (`KMSInvalidStateException` in the KMS model).
    Gap { kind: Key::KIND, without: "update_without_create" },
    // It takes an empty description for none; IAM clears it.
    Gap { kind: Role::KIND, without: "description" },
    // It knows neither `AssociateKmsKey` nor `DisassociateKmsKey`.
    Gap { kind: LogGroup::KIND, without: "key" },
    // It does not know `PutLogGroupDeletionProtection`.
    Gap { kind: LogGroup::KIND, without: "deletion_protection" },
    // It overwrites a stage that is made a second time; API Gateway refuses (`ConflictException`).
    Gap { kind: Stage::KIND, without: "create_refuses" },
    // It keeps no `RecoveryPeriodInDays`.
    Gap { kind: Table::KIND, without: "recovery_period_days" },
];

/// The cloud that the tests of the program share, and the lock of whoever uses it.
fn cloud() -> (LocalCloud, File) {
    let folder = copilot_infra::local::cache_folder().expect("a home folder").join("tests/shared");
    fs::create_dir_all(&folder).expect("the folder can be made");
    let lock = File::create(folder.join("lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    (LocalCloud::in_folder(folder.join("local")), lock)
}

/// An empty account of the cloud.
async fn account(endpoint: &LocalEndpoint, number: usize) -> Aws {
    let id = format!("{:012}", 600_000_000_000 + number);
    let credentials = Some(Credentials::new(id, "secret", Some(endpoint.token.clone()), None, "test"));
    let (region, endpoint_url) = (Some(REGION.to_owned()), Some(endpoint.url.clone()));
    let options = ConnectOptions { region, endpoint_url, credentials, ..ConnectOptions::default() };
    Aws::connect(options).await.expect("the local cloud answers")
}

#[test]
fn every_kind_keeps_the_contract_in_the_local_cloud() {
    deep_outside(async || {
        let (cloud, _lock) = cloud();
        let endpoint =
            cloud.ensure_running(&|event| eprintln!("{event:?}")).await.expect("the local cloud starts");
        // All at once: most of the time is spent waiting for what will not come.
        let checks = KINDS.iter().enumerate().map(async |(number, kind)| {
            let place = Place::local(account(&endpoint, number).await, &GAPS);
            (kind.holds)(&place).await.err().map(|why| format!("{}: {why}", kind.name))
        });
        let broken: Vec<_> = join_all(checks).await.into_iter().flatten().collect();
        cloud.stop().await.expect("the local cloud stops");
        assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    });
}
