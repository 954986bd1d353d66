//! The lease, taken and given back with exactly the policy of that name.
use std::{cell::RefCell, time::Duration};

use copilot_infra::{
    aws::{WriteDeadline, tags::Tags},
    lease::{DynamoStore, Lease, LeaseHolder, LeaseTiming, ReleaseOutcome, TABLE},
};
use copilot_infra_simulator::Switches;
use serde_json::{Value, json};

use super::{actions, policies, scenes, without};
use crate::bench::{Bench, REGION, deep};

/// Takes the lease and gives it back; what is told on the way.
async fn work(bench: &Bench, stack: &str, policies: Vec<Value>) -> Result<String, String> {
    bench.sim.confine(Some(policies));
    let notes = RefCell::new(String::new());
    let store =
        DynamoStore::new(bench.aws(), stack, Tags::new(), |note: &str| notes.borrow_mut().push_str(note));
    let lease = Lease::new(
        store,
        LeaseTiming::default(),
        LeaseHolder::current_process("arn:aws:iam::1:user/a", "apply"),
        WriteDeadline::default(),
    );
    let seen = lease.wait_until_free(|_| {}).await.map_err(|error| error.to_string())?;
    let held = lease.acquire(&seen).await.map_err(|error| error.to_string())?;
    assert!(matches!(held.release(Duration::from_secs(5)).await, ReleaseOutcome::Free));
    drop(held);
    Ok(notes.take())
}

fn policy() -> Value {
    let documents = policies(&scenes::whole());
    documents.into_iter().find(|document| document.name == "lease").expect("the policy").document
}

#[test]
fn a_lease_takes_all_of_its_policy_and_reaches_no_other_stack() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        let told = work(&bench, "demo", vec![policy()]).await.expect("the policy suffices");
        assert!(!told.contains("warning"), "{told}");
        let error = work(&bench, "theirs", vec![policy()]).await.expect_err("it is another stack's record");
        assert!(error.contains("dynamodb:GetItem"), "{error}");
        for (statement, action) in actions(&policy()) {
            let bench = Bench::new(7, Switches::default());
            let end = work(&bench, "demo", vec![without(&policy(), statement, &action)]).await;
            let told = end.unwrap_or_else(|error| error);
            assert!(told.contains(&action), "without {action}: {told}");
        }
    });
}

/// A lease of `stack`, whose table is made with these tags.
fn tagged_lease<'a>(bench: &'a Bench, tags: &[(&str, &str)]) -> Lease<DynamoStore<'a>> {
    let tags: Tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let store = DynamoStore::new(bench.aws(), "demo", tags, |_: &str| {});
    let holder = LeaseHolder::current_process("arn:aws:iam::1:user/a", "apply");
    Lease::new(store, LeaseTiming::default(), holder, WriteDeadline::default())
}

#[test]
fn the_table_of_leases_bears_the_tags_that_an_organisation_demands() {
    deep(async || {
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "dynamodb:CreateTable", "Resource": "*",
              "Condition": { "Null": { "aws:RequestTag/CostCenter": "true" } } },
        ] });
        let bench = Bench::new(7, Switches::default());
        bench.sim.confine(Some(vec![policy]));
        let (bare, tagged) = (tagged_lease(&bench, &[]), tagged_lease(&bench, &[("CostCenter", "4711")]));
        let seen = bare.wait_until_free(|_| {}).await.expect("it is free");
        let error = bare.acquire(&seen).await.err().expect("it is denied").to_string();
        assert!(error.contains("dynamodb:CreateTable"), "{error}");
        let seen = tagged.wait_until_free(|_| {}).await.expect("it is free");
        tagged.acquire(&seen).await.expect("the table may be made");
        let table = bench.sim.inventory(REGION).into_iter().find(|line| line.starts_with("table "));
        let table = table.expect("there is a table");
        assert!(table.contains("CostCenter") && table.contains("copilot-infra:shared"), "{table}");
    });
}

#[test]
fn a_table_of_leases_that_is_being_deleted_is_made_anew() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        let lease = tagged_lease(&bench, &[]);
        let seen = lease.wait_until_free(|_| {}).await.expect("it is free");
        drop(lease.acquire(&seen).await.expect("it is taken"));
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.aws().dynamodb().delete_table().table_name(TABLE).send().await.expect("it goes");
        let seen = lease.wait_until_free(|_| {}).await.expect("it is free");
        let began = tokio::time::Instant::now();
        lease.acquire(&seen).await.expect("it is taken");
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    });
}
