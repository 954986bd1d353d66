//! Tags and aliases of a new key count late: whoever may use keys by their tag gets through in one run, and no run
//! makes a second key.
use std::time::Duration;

use copilot_infra_simulator::{Fault, Script, Switches};
use serde_json::Value;

use super::{documents, granted, policies, scenes};
use crate::bench::{Bench, Command, End, REGION, spread};

const FIRST: &[&str] = &["plan", "apply", "logging-role"];

/// The policies of whoever deploys the whole stack.
fn grants() -> Vec<Value> {
    let all = policies(&scenes::whole());
    documents(&granted(&all, FIRST).collect::<Vec<_>>())
}

/// Policies as somebody may have written them by hand: the age of keys without an alias is not told.
fn grants_without_ages() -> Vec<Value> {
    let mut all = grants();
    for statement in all.iter_mut().filter_map(|it| it["Statement"].as_array_mut()).flatten() {
        if statement["Resource"] == "*"
            && let Some(actions) = statement["Action"].as_array_mut()
        {
            actions.retain(|action| action != "kms:DescribeKey");
        }
    }
    all
}

fn bench(seed: u64) -> Bench {
    Bench::new(seed, Switches { page: 100, lag: 1.0, ..Switches::default() })
}

/// The stack's keys that stand.
fn keys(bench: &Bench) -> Vec<String> {
    let all = bench.sim.inventory(REGION);
    all.into_iter().filter(|line| line.starts_with("key ") && line.contains("stack=demo")).collect()
}

/// Runs the command until it succeeds, soon again after each failure, and insists on one key in the end.
async fn comes_to_one_key(bench: &Bench, script: Script) -> Result<usize, String> {
    let spec = scenes::whole();
    let mut end = bench.run(Command::Apply, &spec, script).await;
    let mut runs = 1;
    while !end.is_good() && runs < 6 {
        tokio::time::sleep(Duration::from_mins(1)).await;
        end = bench.run(Command::Apply, &spec, Script::default()).await;
        runs += 1;
    }
    let keys = keys(bench);
    if !end.is_good() || keys.len() != 1 {
        return Err(format!("{end:?} after {runs} runs with {keys:#?}\n{}", bench.story()));
    }
    bench.settled(&spec).await.map(|_| runs)
}

fn insist(found: Vec<Result<(), String>>) {
    let broken: Vec<_> = found.into_iter().filter_map(Result::err).collect();
    assert!(broken.is_empty(), "{} worlds: {}", broken.len(), broken.join("\n\n"));
}

#[test]
fn a_new_key_serves_its_first_run_although_its_tags_count_late() {
    insist(spread(12, async |seed| {
        let bench = bench(seed as u64);
        bench.sim.confine(Some(grants()));
        let runs = Box::pin(comes_to_one_key(&bench, Script::default())).await?;
        if runs == 1 { Ok(()) } else { Err(format!("seed {seed} took {runs} runs")) }
    }));
}

#[test]
fn a_run_after_a_broken_one_finds_the_key_that_it_may_not_read_yet() {
    let faults = [Fault::DieAfter, Fault::LostReply, Fault::ErrorAfter, Fault::Timeout, Fault::Truncated];
    let calls = ["kms:CreateKey", "kms:CreateAlias", "kms:EnableKeyRotation"];
    let cells: Vec<_> = calls
        .iter()
        .flat_map(|call| faults.map(|fault| (*call, fault)))
        .flat_map(|it| [(it, false), (it, true)])
        .collect();
    insist(spread(cells.len(), async |at| {
        let ((call, fault), ages) = cells[at];
        let bench = bench(at as u64);
        bench.sim.confine(Some(if ages { grants() } else { grants_without_ages() }));
        let script = Script { on: vec![(call.to_owned(), 0, fault)], ..Script::default() };
        let found = Box::pin(comes_to_one_key(&bench, script)).await;
        found.map(drop).map_err(|why| format!("{call} {fault:?} {ages}: {why}"))
    }));
}

#[test]
fn new_keys_of_strangers_hold_a_run_up_until_they_are_old() {
    insist(spread(2, async |at| {
        let bench = bench(at as u64);
        bench.aws().kms().create_key().send().await.expect("a key is made");
        bench.sim.confine(Some(if at == 0 { grants() } else { grants_without_ages() }));
        let runs = Box::pin(comes_to_one_key(&bench, Script::default())).await?;
        if runs == 1 { Ok(()) } else { Err(format!("it took {runs} runs")) }
    }));
}

#[test]
fn a_key_that_stays_denied_is_an_error_in_the_words_of_aws() {
    insist(spread(1, async |_| {
        let bench = bench(1);
        let mut all = grants();
        for statement in all.iter_mut().filter_map(|it| it["Statement"].as_array_mut()).flatten() {
            if let Some(actions) = statement["Action"].as_array_mut() {
                actions.retain(|action| action != "kms:EnableKeyRotation");
            }
        }
        bench.sim.confine(Some(all));
        let began = tokio::time::Instant::now();
        let end = Box::pin(bench.run(Command::Apply, &scenes::whole(), Script::default())).await;
        let End::Partial(why) = &end else { return Err(format!("{end:?}")) };
        let told = why.iter().any(|why| why.contains("not authorized to perform: kms:EnableKeyRotation"));
        let took = began.elapsed();
        if told && took < Duration::from_mins(14) { Ok(()) } else { Err(format!("{took:?}: {why:?}")) }
    }));
}
