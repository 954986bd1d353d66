//! Tags that others set stay, on every kind of resource.
use std::{collections::BTreeMap, time::Duration};

use copilot_infra::manifest::Loaded;
use copilot_infra_simulator::Switches;

use crate::bench::{Bench, Command, REGION, deep, text};

const SPEC: &str = "
version: 1
stack: demo
region: us-east-1
tags: { Team: one, Old: gone }
key: {}
tables: { items: { partition_key: { name: id, type: S } } }
functions: { chat: { handler: websocket-handler.messageHandler } }
api: { routes: { $default: chat }, stage: { access_log: {} } }
";

/// The number of resources above that take tags.
const TAGGED: usize = 9;
/// The last-applied tag.
const APPLIED: &str = "copilot-infra:applied";

fn spec(tags: &str) -> Loaded {
    text(&SPEC.replace("tags: { Team: one, Old: gone }", tags))
}

/// Somebody else puts a tag on everything.
fn tag_all(bench: &Bench, key: &str, value: &str) {
    bench.sim.edit_tags(REGION, |_, tags| drop(tags.insert(key.to_owned(), value.to_owned())));
}

/// How many resources carry each tag of the stack's resources.
fn count(bench: &Bench) -> BTreeMap<String, usize> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    bench.sim.edit_tags(REGION, |name, tags| {
        // The list of APIs shows the tags of the creation, so it is left out.
        if tags.contains_key("copilot-infra:stack") && name != "listed api" {
            for (key, value) in tags.iter() {
                *found.entry(format!("{key}={value}")).or_default() += 1;
            }
        }
    });
    found.retain(|tag, _| !tag.starts_with("copilot-infra:"));
    found
}

fn every(tags: &[&str]) -> BTreeMap<String, usize> {
    tags.iter().map(|tag| ((*tag).to_owned(), TAGGED)).collect()
}

#[test]
fn tags_of_others_are_no_drift_and_stay() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        bench.must(Command::Apply, &spec("tags: { Team: one, Old: gone }")).await;
        tag_all(&bench, "org:owner", "x");
        tag_all(&bench, "awsApplication", "arn:aws:resource-groups:us-east-1:123456789012:group/a/b");
        bench.settled(&spec("tags: { Team: one, Old: gone }")).await.expect("they are no drift");
        let change = spec("tags: { Team: two }");
        bench.must(Command::Apply, &change).await;
        bench.settled(&change).await.expect("all is done");
        let application = "awsApplication=arn:aws:resource-groups:us-east-1:123456789012:group/a/b";
        assert_eq!(count(&bench), every(&["Team=two", "org:owner=x", application]));
        // Killed before a removal, a run leaves a tag whose key was once its own.
        tag_all(&bench, "Old", "gone");
        assert!(bench.settled(&change).await.is_err(), "it is this tool's to remove");
        bench.must(Command::Apply, &change).await;
        assert_eq!(count(&bench), every(&["Team=two", "org:owner=x", application]));
        bench.must(Command::Apply, &change).await;
        bench.settled(&change).await.expect("all is done");
    });
}

#[test]
fn tags_of_others_stay_on_what_is_read_anew_before_it_is_changed() {
    deep(async || {
        let bench = Bench::new(7, Switches { ttl_cooldown_minutes: 0, ..Switches::default() });
        let before = spec("tags: { Team: one }");
        bench.must(Command::Apply, &before).await;
        tag_all(&bench, "org:owner", "x");
        // A key that was to be deleted is enabled first, and a table at work is waited for.
        let key = bench.aws().kms().describe_key().key_id("alias/demo").send().await.expect("it stands");
        let key = key.key_metadata.expect("it is described").key_id;
        bench.aws().kms().schedule_key_deletion().key_id(key).send().await.expect("it is scheduled");
        tokio::time::sleep(Duration::from_mins(1)).await; // until reads show it
        let busy = bench.aws().dynamodb().update_table().table_name("demo-items");
        busy.deletion_protection_enabled(false).send().await.expect("it is at work");
        bench.must(Command::Apply, &before).await;
        assert_eq!(count(&bench), every(&["Team=one", "org:owner=x"]));
        bench.settled(&before).await.expect("all is done");
    });
}

#[test]
fn what_the_spec_ignores_is_neither_drift_nor_removed() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        bench.must(Command::Apply, &spec("tags: { Team: one, 'org:cost': mine }")).await;
        let ignoring = spec("tags: { Team: one }\nignore_tags: ['org:*']");
        bench.settled(&ignoring).await.expect("what it once set is left to others");
        tag_all(&bench, "org:cost", "theirs");
        bench.settled(&ignoring).await.expect("what others make of it is no drift");
        let change = spec("tags: { Team: two }\nignore_tags: ['org:*']");
        bench.must(Command::Apply, &change).await;
        assert_eq!(count(&bench), every(&["Team=two", "org:cost=theirs"]));
    });
}

#[test]
fn a_tag_that_others_set_first_becomes_the_spec_s_by_being_said() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        bench.must(Command::Apply, &spec("tags: { Team: one }")).await;
        tag_all(&bench, "Cost", "theirs");
        let said = spec("tags: { Team: one, Cost: mine }");
        let plan = bench.plan(&said).await.expect("a plan");
        let drift: Vec<_> = plan.steps.iter().filter(|step| step.may_have_drifted()).collect();
        assert!(drift.is_empty(), "the spec changed, and nothing else: {drift:?}");
        bench.must(Command::Apply, &said).await;
        assert_eq!(count(&bench), every(&["Team=one", "Cost=mine"]));
        bench.must(Command::Apply, &spec("tags: { Team: one }")).await;
        assert_eq!(count(&bench), every(&["Team=one"]));
    });
}

/// Turns every last-applied tag into one of version 1.
fn grow_old(bench: &Bench) {
    bench.sim.edit_tags(REGION, |_, tags| {
        let Some(applied) = tags.get_mut(APPLIED) else { return };
        let parts: Vec<&str> = applied.split('.').collect();
        if let ["2", sent, spec, stack, ..] = parts[..] {
            *applied = format!("1.{sent}.{spec}.{stack}");
        }
    });
}

#[test]
fn an_older_tag_tells_what_was_sent_only_while_all_is_as_it_was() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        bench.must(Command::Apply, &spec("tags: { Team: one, Old: gone }")).await;
        grow_old(&bench);
        bench.must(Command::Apply, &spec("tags: { Team: one }")).await;
        assert_eq!(count(&bench), every(&["Team=one"]), "what was sent is what stood");
        grow_old(&bench);
        tag_all(&bench, "org:owner", "x");
        bench.settled(&spec("tags: { Team: one }")).await.expect("a foreign tag is no drift");
        bench.must(Command::Apply, &spec("tags: { New: two }")).await;
        let left = every(&["New=two", "Team=one", "org:owner=x"]);
        assert_eq!(count(&bench), left, "which of them was sent is not known, so both stay");
        bench.must(Command::Apply, &spec("tags: {}")).await;
        assert_eq!(count(&bench), every(&["Team=one", "org:owner=x"]), "what was sent since is known");
    });
}
