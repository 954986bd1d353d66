//! New names for what stands, and keys that bear the stack's tags under no name of it.
use std::time::Duration;

use aws_sdk_kms::types::{OriginType, Tag};
use copilot_infra::{
    aws::{Aws, tags},
    engine::{Consent, Loss, Plan, Step},
    manifest::Loaded,
};
use copilot_infra_simulator::{Record, Script, Switches, Words};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Command, End, deep, differences},
    specs,
};

fn bench() -> Bench {
    Bench::new(5, Switches { page: 100, ..Switches::default() })
}

/// A world in which the small stack stands, a while later.
async fn standing() -> Bench {
    let bench = bench();
    bench.must(Command::Apply, &specs::before()).await;
    tokio::time::sleep(Duration::from_mins(2)).await;
    bench
}

fn changed(plan: &Plan) -> Vec<&Step> {
    plan.steps.iter().filter(|step| step.action.verb().is_some()).collect()
}

/// What a step changes, as `path: from -> to`.
fn changes(step: &Step) -> Vec<String> {
    let action = json!(step.action);
    let changes = action["changes"].as_array().cloned().unwrap_or_default();
    let line = |change: Value| {
        format!("{} {}: {} -> {}", action["do"], change["at"], change["before"], change["after"])
    };
    changes.into_iter().map(|change| line(change).replace('"', "")).collect()
}

#[test]
fn a_new_name_of_the_api_and_a_new_alias_of_the_key_are_one_update_each() {
    deep(async || {
        let bench = standing().await;
        let before = bench.sim.incarnations(crate::bench::REGION);
        let spec = specs::renamed();
        let plan = bench.plan(&spec).await.unwrap();
        let lines: Vec<String> = changed(&plan).into_iter().flat_map(changes).collect();
        assert_eq!(
            lines,
            ["update /alias: alias/small -> alias/kept-by-its-tags", "update /name: small-api -> spoken-to",]
        );
        assert_eq!((plan.kept.len(), plan.refusals.len()), (0, 0), "{:?}", differences(&plan));
        assert!(plan.unconsented_losses(&Consent::default()).is_empty());
        bench.must(Command::Apply, &spec).await;
        let writes: Vec<_> = bench.sim.records().into_iter().filter(Record::took_effect).collect();
        let writes: Vec<_> = writes.iter().map(|call| call.operation.as_str()).collect();
        let count = |name: &str| writes.iter().filter(|one| **one == name).count();
        assert_eq!((count("apigateway:UpdateApi"), count("apigateway:CreateApi")), (1, 0), "{writes:?}");
        assert_eq!((count("kms:CreateAlias"), count("kms:DeleteAlias"), count("kms:CreateKey")), (1, 1, 0));
        assert!(
            writes.iter().all(|one| one.starts_with("kms:") || one.starts_with("apigateway:")),
            "{writes:?}"
        );
        let after = bench.sim.incarnations(crate::bench::REGION);
        let ids = |all: &std::collections::BTreeMap<String, String>| {
            let mut ids: Vec<_> = all.values().cloned().collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&before), ids(&after), "the same tables, key and API");
        bench.settled(&spec).await.unwrap();
        // A stack that was renamed in the spec alone is removed under its old names.
        bench.must(Command::Destroy, &specs::before()).await;
        let left = bench.sim.inventory(crate::bench::REGION);
        assert!(!left.iter().any(|line| line.starts_with("key") || line.starts_with("api")), "{left:?}");
    });
}

#[test]
fn an_alias_that_was_made_by_hand_stays_when_the_keys_own_moves() {
    deep(async || {
        let bench = standing().await;
        let key = key_behind(bench.aws(), "alias/small").await;
        bench.aws().kms().create_alias().alias_name("alias/theirs").target_key_id(&key).send().await.unwrap();
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.must(Command::Apply, &specs::renamed()).await;
        bench.settled(&specs::renamed()).await.unwrap();
        assert_eq!(key_behind(bench.aws(), "alias/theirs").await, key);
        assert_eq!(key_behind(bench.aws(), "alias/kept-by-its-tags").await, key);
    });
}

async fn key_behind(aws: &Aws, alias: &str) -> String {
    let key = aws.kms().describe_key().key_id(alias).send().await.expect("it is there").key_metadata;
    key.expect("it is described").key_id
}

#[test]
fn a_lost_url_and_another_key_of_data_want_a_word() {
    deep(async || {
        let bench = standing().await;
        let losses = async |spec: Loaded| {
            let plan = bench.plan(&spec).await.unwrap();
            let losses = plan.unconsented_losses(&Consent::default());
            losses.into_iter().map(|(address, loss)| (address.to_owned(), loss)).collect::<Vec<_>>()
        };
        let renamed = losses(specs::before_but("  stage:\n", "  stage:\n    name: live\n")).await;
        assert_eq!(renamed, [("apigateway/stage/small-api/prod".to_owned(), Loss::Url)]);
        let keyless = losses(specs::before_but("key: { alias: small }\n", "")).await;
        assert_eq!(keyless, [("tables.items".to_owned(), Loss::Key)]);
        let whole = "version: 1\nstack: small\nregion: us-east-1\n";
        let gone = losses(crate::bench::text(whole)).await;
        let urls: Vec<_> =
            gone.iter().filter(|(_, loss)| *loss == Loss::Url).map(|(at, _)| at.as_str()).collect();
        assert_eq!(urls, ["apigateway/stage/small-api/prod", "apigateway/api/small-api"]);
        let plan = bench.plan_of_removal(&specs::before()).await.unwrap();
        assert!(plan.unconsented_losses(&Consent::default()).is_empty(), "a removal of all is a word itself");
    });
}

/// Makes a key with the tags of the small stack's key, as a run that was killed would leave it, or somebody plants it.
async fn plant(
    aws: &Aws,
    odd: impl FnOnce(
        aws_sdk_kms::operation::create_key::builders::CreateKeyFluentBuilder,
    ) -> aws_sdk_kms::operation::create_key::builders::CreateKeyFluentBuilder,
) -> String {
    let tag = |key: &str, value: &str| Tag::builder().tag_key(key).tag_value(value).build().expect("a tag");
    let call = aws.kms().create_key().description("Encrypts the stack small");
    let call = call.tags(tag(tags::STACK, "small")).tags(tag(tags::ADDRESS, "key"));
    let made = odd(call).send().await.expect("a key is made").key_metadata.expect("it is described");
    tokio::time::sleep(Duration::from_mins(1)).await; // until it is seen
    made.key_id
}

#[test]
fn a_key_that_a_killed_run_left_is_taken_over_in_so_many_words() {
    deep(async || {
        let bench = bench();
        let id = plant(bench.aws(), |call| call).await;
        let spec = specs::before();
        let plan = bench.plan(&spec).await.unwrap();
        let key = plan.steps.iter().find(|step| step.address == "key").unwrap();
        assert_eq!(key.takes_over.as_deref(), Some(&*format!("key `{id}`")));
        assert!(changes(key).contains(&"update /alias:  -> alias/small".to_owned()), "{:?}", changes(key));
        bench.must(Command::Apply, &spec).await;
        assert!(bench.sim.records().iter().all(|call| call.operation != "kms:CreateKey"));
        assert_eq!(key_behind(bench.aws(), "alias/small").await, id);
        bench.settled(&spec).await.unwrap();
    });
}

#[test]
fn a_planted_key_is_refused_by_its_id() {
    deep(async || {
        let theirs = "arn:aws:iam::999999999999:root";
        let open = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:root" }, "Action": "kms:*", "Resource": "*" },
            { "Sid": "Theirs", "Effect": "Allow", "Principal": { "AWS": theirs }, "Action": "kms:Decrypt", "Resource": "*" },
        ] })
        .to_string();
        let bench = bench();
        let granted = plant(bench.aws(), |call| call).await;
        let call = bench.aws().kms().create_grant().key_id(&granted).grantee_principal(theirs);
        call.operations(aws_sdk_kms::types::GrantOperation::Decrypt).send().await.expect("a grant");
        tokio::time::sleep(Duration::from_mins(1)).await;
        let refusal = async |id: &str, why: &str| {
            let end = bench.run(Command::Apply, &specs::before(), Script::default()).await;
            let End::Refused(words) = &end else { panic!("{why}: {end:?}") };
            assert!(words.contains(id) && words.contains(why), "{why}: {words}");
            bench.aws().kms().schedule_key_deletion().key_id(id).send().await.expect("it goes");
            tokio::time::sleep(Duration::from_mins(1)).await;
        };
        refusal(&granted, "a grant lets `arn:aws:iam::999999999999:root` use it").await;
        let external = plant(bench.aws(), |call| call.origin(OriginType::External)).await;
        refusal(&external, "does not come from KMS").await;
        let opened = plant(bench.aws(), |call| call.policy(open)).await;
        refusal(&opened, "the statement `Theirs`").await;
        let described = plant(bench.aws(), |call| call.description("Theirs")).await;
        refusal(&described, "its description").await;
        bench.must(Command::Apply, &specs::before()).await;
    });
}

#[test]
fn a_grant_to_another_account_is_warned_of() {
    deep(async || {
        let bench = standing().await;
        let key = key_behind(bench.aws(), "alias/small").await;
        let grant = |who: &str| {
            let call = bench.aws().kms().create_grant().key_id(&key).grantee_principal(who);
            call.operations(aws_sdk_kms::types::GrantOperation::Decrypt).send()
        };
        grant("dynamodb.us-east-1.amazonaws.com").await.unwrap();
        grant("arn:aws:iam::999999999999:role/theirs").await.unwrap();
        tokio::time::sleep(Duration::from_mins(1)).await;
        let plan = bench.settled(&specs::before()).await.unwrap();
        let warning = plan.steps.iter().find_map(|step| step.warning.clone()).unwrap();
        assert!(warning.contains("arn:aws:iam::999999999999:role/theirs"), "{warning}");
    });
}

#[test]
fn an_alias_made_anew_at_once_may_lead_to_the_old_key_for_a_while() {
    deep(async || {
        let bench = standing().await;
        let old = key_behind(bench.aws(), "alias/small").await;
        bench.must(Command::Destroy, &specs::before()).await;
        tokio::time::sleep(Duration::from_secs(8)).await;
        bench.must(Command::Apply, &specs::before()).await;
        assert_ne!(key_behind(bench.aws(), "alias/small").await, old);
    });
}

#[test]
fn a_denied_look_at_an_alias_that_is_not_there_is_no_failure() {
    let denied = Words {
        operation: "kms:DescribeKey",
        status: 400,
        code: "AccessDeniedException",
        message: "not authorized to perform: kms:DescribeKey",
    };
    deep(async move || {
        let script = || Script { refusals: vec![denied.clone()], ..Script::default() };
        let bench = bench();
        bench.sim.begin(script());
        let plan = bench.plan(&specs::before()).await.unwrap();
        assert!(plan.steps.iter().any(|step| step.address == "key" && json!(step.action)["do"] == "create"));
        let bench = standing().await;
        bench.sim.begin(script());
        let why = bench.plan(&specs::before()).await.unwrap_err();
        assert!(why.contains("kms:DescribeKey"), "an alias that is there is not taken for absent: {why}");
    });
}

#[test]
fn a_strangers_key_that_may_not_be_read_stops_nothing() {
    deep(async || {
        let bench = standing().await;
        let mut denials = Vec::new();
        for alias in ["alias/small-backup", "alias/small0"] {
            let key = bench.aws().kms().create_key().send().await.expect("a key").key_metadata.expect("one");
            tokio::time::sleep(Duration::from_mins(1)).await;
            let call = bench.aws().kms().create_alias().alias_name(alias).target_key_id(&key.key_id);
            call.send().await.expect("an alias");
            denials.push(key.arn.expect("an ARN"));
        }
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.sim.confine(Some(vec![json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": ["kms:DescribeKey", "kms:ListResourceTags"], "Resource": denials },
        ] })]));
        bench.settled(&specs::before()).await.unwrap();
        bench.must(Command::Destroy, &specs::before()).await;
    });
}

#[test]
fn statements_and_rotation_of_the_spec_stay_and_those_of_others_go() {
    deep(async || {
        let spec = specs::before_but(
            "key: { alias: small }",
            "key:\n  alias: small\n  rotation_days: 180\n  policy_statements:\n    - { Sid: Backup, Effect: Allow, Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:Decrypt', Resource: '*' }",
        );
        let bench = standing().await;
        bench.must(Command::Apply, &spec).await;
        bench.settled(&spec).await.unwrap();
        tokio::time::sleep(Duration::from_mins(1)).await;
        let id = key_behind(bench.aws(), "alias/small").await;
        let policy =
            bench.aws().kms().get_key_policy().key_id(&id).policy_name("default").send().await.unwrap();
        let mut policy: Value = serde_json::from_str(&policy.policy.unwrap()).unwrap();
        let statements = policy["Statement"].as_array_mut().unwrap();
        assert!(statements.iter().any(|one| one["Sid"] == "Backup"), "{statements:?}");
        statements.push(json!({ "Sid": "Theirs", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::444455556666:root" },
            "Action": "kms:Decrypt", "Resource": "*" }));
        bench.aws().kms().put_key_policy().key_id(&id).policy(policy.to_string()).send().await.unwrap();
        bench
            .aws()
            .kms()
            .enable_key_rotation()
            .key_id(&id)
            .rotation_period_in_days(365)
            .send()
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_mins(1)).await;
        let plan = bench.plan(&spec).await.unwrap();
        let lines: Vec<String> = changed(&plan).into_iter().flat_map(changes).collect();
        assert!(lines.iter().any(|line| line.starts_with("update /policy/Theirs")), "{lines:?}");
        assert!(lines.contains(&"update /rotation_days: null -> 180".to_owned()), "{lines:?}");
        assert_eq!(lines.len(), 2, "{lines:?}");
        bench.must(Command::Apply, &spec).await;
        bench.settled(&spec).await.unwrap();
        bench.must(Command::Apply, &specs::before()).await;
        bench.settled(&specs::before()).await.unwrap();
    });
}
