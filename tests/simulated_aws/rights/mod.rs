//! Least privilege: whoever deploys needs exactly what `policy deployer` says, and functions what their roles say.
mod escalation;
mod handlers;
mod lease;
mod new_keys;
mod preflight;
mod scenes;

use copilot_infra::{aws::AwsScope, iam::size::ManagedPolicy, manifest::Loaded, policy};
use copilot_infra_simulator::{ACCOUNT, Ask, allows};
use scenes::{Run, Scene};
use serde_json::{Value, json};

use crate::bench::{Bench, End, REGION, deep, spread};

/// The policies that whoever deploys `spec` is told to have.
fn policies(spec: &Loaded) -> Vec<ManagedPolicy> {
    policies_for(spec, policy::DeployerOptions::default())
}

/// The same with all that may be known of the deployer.
fn policies_for(spec: &Loaded, options: policy::DeployerOptions<'_>) -> Vec<ManagedPolicy> {
    let scope = AwsScope { partition: "aws", region: REGION.to_owned(), account: ACCOUNT.to_owned() };
    policy::deployer_policies(spec, &scope, options)
}

/// Those of the documents that a run is to get by with: `plan`, `apply-2`…
fn granted<'a>(documents: &'a [ManagedPolicy], names: &'a [&str]) -> impl Iterator<Item = &'a ManagedPolicy> {
    let belongs = |document: &ManagedPolicy| {
        let name = document.name.trim_end_matches(|sign: char| sign.is_ascii_digit()).trim_end_matches('-');
        names.contains(&name)
    };
    documents.iter().filter(move |document| belongs(document))
}

fn documents(of: &[&ManagedPolicy]) -> Vec<Value> {
    of.iter().map(|document| document.document.clone()).collect()
}

/// A policy without one action of one statement.
fn without(document: &Value, statement: usize, action: &str) -> Value {
    let mut less = document.clone();
    let actions = &mut less["Statement"][statement]["Action"];
    let left: Vec<Value> = match actions {
        Value::Array(all) => all.iter().filter(|one| *one != action).cloned().collect(),
        _ => Vec::new(),
    };
    // IAM takes no empty list; what is never called stands for nothing.
    *actions = if left.is_empty() { json!("none:Nothing") } else { left.into() };
    less
}

/// Every action of every statement of a policy.
fn actions(document: &Value) -> Vec<(usize, String)> {
    let statements = document["Statement"].as_array().expect("statements");
    let all = statements.iter().enumerate().flat_map(|(at, statement)| {
        let actions = match &statement["Action"] {
            Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            one => vec![one.as_str().expect("an action").to_owned()],
        };
        actions.into_iter().map(move |action| (at, action))
    });
    all.collect()
}

#[test]
fn every_run_gets_by_with_what_the_deployer_is_told_to_have() {
    let scenes = Scene::all();
    let ends = spread(scenes.len(), async |at| {
        let scene = &scenes[at];
        let documents = policies(&(scene.spec)());
        let allowed: Vec<_> = granted(&documents, scene.grants).collect();
        let (bench, end) = Box::pin(scene.run(self::documents(&allowed))).await;
        let denied: Vec<_> =
            bench.sim.asked().into_iter().filter(|ask| !allows(&self::documents(&allowed), ask)).collect();
        let applied = scene.run == Run::Apply;
        let settled = if applied { bench.settled(&(scene.spec)()).await.map(drop) } else { Ok(()) };
        (end, denied, settled, bench.story())
    });
    let mut wrong = Vec::new();
    for (scene, (end, denied, settled, story)) in scenes.iter().zip(ends) {
        // Whether the role that API Gateway logs with is gone is only worth a warning; a key whose tags may not
        // be read is not one that an earlier run left behind, and one that is not there has no tags; what was removed
        // has no tag by which to be read.
        let untagged =
            ["kms:ListResourceTags", "kms:DescribeKey", "lambda:GetFunction", "dynamodb:DescribeTable"];
        let optional = |ask: &Ask| {
            ask.action == "iam:GetRole" && ask.resource.contains("apigateway-logs")
                || ask.context.is_empty() && untagged.contains(&ask.action.as_str())
                // The environment of a function that has left the spec is not read.
                || ask.action == "kms:Decrypt"
        };
        let denied: Vec<_> = denied.into_iter().filter(|ask| !optional(ask)).collect();
        if !end.is_good() || !denied.is_empty() || settled.is_err() {
            wrong.push(format!("{}: {end:?} {denied:?} {settled:?}\n{story}", scene.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What a scene asked IAM about, of whom.
struct Asked {
    documents: Vec<ManagedPolicy>,
    asks: Vec<Ask>,
    /// How long the run took, in milliseconds.
    took: u64,
}

/// Milliseconds from the first to the last call of a run.
fn took(bench: &Bench) -> u64 {
    let records = bench.sim.records();
    records.last().map_or(0, |last| last.at - records[0].at)
}

impl Asked {
    /// The policies without one action, if that leaves something unanswered that was asked.
    fn less(&self, grants: &[&str], name: &str, statement: &str, action: &str) -> Option<Vec<Value>> {
        let allowed = granted(&self.documents, grants).map(|document| {
            let all = document.document["Statement"].as_array().expect("statements");
            let at = all.iter().position(|one| one["Sid"] == statement);
            match at.filter(|_| purpose(&document.name) == name) {
                Some(at) => without(&document.document, at, action),
                None => document.document.clone(),
            }
        });
        let less: Vec<Value> = allowed.collect();
        let all: Vec<Value> = documents(&granted(&self.documents, grants).collect::<Vec<_>>());
        self.asks.iter().any(|ask| allows(&all, ask) && !allows(&less, ask)).then_some(less)
    }
}

fn purpose(name: &str) -> &str {
    name.trim_end_matches(|sign: char| sign.is_ascii_digit()).trim_end_matches('-')
}

#[test]
fn without_any_one_action_some_run_fails_and_names_it_or_waits() {
    let scenes = Scene::all();
    let asked: Vec<Asked> = spread(scenes.len(), async |at| {
        let scene = &scenes[at];
        let documents = policies(&(scene.spec)());
        let allowed: Vec<_> = granted(&documents, scene.grants).collect();
        let (bench, _) = Box::pin(scene.run(self::documents(&allowed))).await;
        let mut asks = bench.sim.asked();
        asks.sort();
        asks.dedup();
        Asked { documents, asks, took: took(&bench) }
    });
    let mut all: Vec<(String, String, String)> = Vec::new();
    for (scene, asked) in scenes.iter().zip(&asked) {
        for document in granted(&asked.documents, scene.grants) {
            for (at, action) in actions(&document.document) {
                let sid = document.document["Statement"][at]["Sid"].as_str().expect("a name");
                all.push((purpose(&document.name).to_owned(), sid.to_owned(), action));
            }
        }
    }
    all.sort();
    all.dedup();
    let found = spread(all.len(), async |at| {
        let (name, statement, action) = &all[at];
        let mut why = "is needed by no run".to_owned();
        for (scene, asked) in scenes.iter().zip(&asked) {
            if let Some(less) = asked.less(scene.grants, name, statement, action) {
                let (bench, end) = Box::pin(scene.run(less)).await;
                let told = format!("{end:?}");
                // Without the age of keys without an alias a run waits until they are old for certain.
                let waits = end.is_good() && took(&bench) > asked.took + 5 * 60_000;
                // What others have added is only warned of where it may not be read.
                let denied = format!("`{action}` is denied");
                let warned = bench.told().warnings.iter().any(|warning| warning.contains(&denied));
                if !end.is_good() && told.contains(action.as_str()) || waits || warned {
                    return None;
                }
                // Some runs go without it, such as without the grants on a key that is the stack's beyond doubt.
                why = format!("ends otherwise in `{}`: {told}", scene.name);
            }
        }
        Some(why)
    });
    // Said by name and by pattern: a function of the spec may have a name outside of the pattern.
    let twice =
        |statement: &str, action: &str| statement.starts_with("Functions") && action == "lambda:ListTags";
    let spare: Vec<_> = all
        .iter()
        .zip(found)
        .filter(|((_, statement, action), _)| !twice(statement, action))
        .filter_map(|((name, statement, action), why)| {
            Some(format!("{name}: {statement}: {action} {}", why?))
        })
        .collect();
    assert!(spare.is_empty(), "{} of {}:\n{}", spare.len(), all.len(), spare.join("\n"));
}

#[test]
fn another_stack_is_out_of_reach() {
    deep(async || {
        let (mine, theirs) = (scenes::whole(), scenes::named("theirs"));
        let bench = Bench::new(7, copilot_infra_simulator::Switches::default());
        bench.must(crate::bench::Command::Apply, &theirs).await;
        let stands = bench.sim.inventory(REGION);
        let documents = policies(&mine);
        let grants: Vec<_> = documents.iter().map(|document| document.document.clone()).collect();
        for command in [crate::bench::Command::Apply, crate::bench::Command::Destroy] {
            bench.sim.confine(Some(grants.clone()));
            let end = bench.run(command, &theirs_changed(), copilot_infra_simulator::Script::default()).await;
            assert!(!end.is_good(), "{end:?}");
            bench.sim.confine(None);
            assert_eq!(bench.sim.inventory(REGION), stands, "{command:?}: {end:?}");
        }
    });
}

/// The other stack with a change to everything.
fn theirs_changed() -> Loaded {
    scenes::changed("theirs")
}

/// How a run may end for [`Scene::run`].
fn good(nothing_open: Result<(), String>) -> End {
    nothing_open.map_or_else(End::Failed, |()| End::Nothing)
}
