//! The lease, taken and given back with exactly the policy of that name.
use std::{cell::RefCell, time::Duration};

use copilot_infra::{
    aws::tags::Tags,
    lease::{DynamoStore, Lease, LeaseHolder, LeaseTiming, ReleaseOutcome},
};
use copilot_infra_simulator::Switches;
use serde_json::Value;

use super::{actions, policies, scenes, without};
use crate::bench::{Bench, deep};

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
