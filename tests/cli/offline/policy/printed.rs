//! What stands in the printed policies.
use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::{EXAMPLES, REFERENCE, deployer, example, json, list, print, run, run_with};

const READS: [&str; 4] = ["Get", "List", "Describe", "GET"];

fn actions(statements: &[Value]) -> BTreeSet<String> {
    statements.iter().flat_map(|one| list(&one["Action"])).collect()
}

#[test]
fn every_statement_of_a_role_has_its_reason() {
    for name in EXAMPLES {
        let printed = json(&example(name), &["roles"]);
        for (function, role) in printed["functions"].as_object().unwrap() {
            for statement in role["policy"]["Statement"].as_array().unwrap() {
                let why = role["reasons"][statement["Sid"].as_str().unwrap()].as_str().unwrap_or_default();
                assert!(!why.is_empty(), "{name}, {function}: {statement:#}");
            }
        }
    }
    let text = print(REFERENCE, &["roles", "--account", "123456789012"]);
    for words in [
        "functions.message runs as arn:aws:iam::123456789012:role/copilot-infra/omnitrack-copilot/us-east-1/",
        "ReadWriteConversations: `access.tables: { conversations: read_write }`",
        "on arn:aws:execute-api:us-east-1:123456789012:API_ID/prod/POST/@connections/*",
        "if kms:ViaService StringEquals dynamodb.us-east-1.amazonaws.com",
    ] {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
}

#[test]
fn whoever_plans_may_change_nothing() {
    for name in EXAMPLES {
        for action in actions(&deployer(&example(name), "plan")) {
            let (_, verb) = action.split_once(':').unwrap();
            // Lambda shows an encrypted environment only to who may decrypt it.
            let reads = READS.iter().any(|start| verb.starts_with(start)) || action == "kms:Decrypt";
            assert!(reads, "{name}: {action}");
        }
    }
}

#[test]
fn only_what_knows_no_resources_is_granted_on_everything() {
    let wide = [
        "bedrock:GetFoundationModelAvailability",
        "dynamodb:ListTables",
        "iam:ListRoles",
        "kms:ListAliases",
        "kms:ListKeys",
        "kms:CreateKey",
        "lambda:ListEventSourceMappings",
        "lambda:ListFunctions",
        "lambda:GetAccountSettings",
        "logs:DescribeLogGroups",
        "tag:GetResources",
    ];
    for name in EXAMPLES {
        let all = json(&example(name), &["deployer"]);
        for one in all["policies"].as_array().unwrap() {
            for statement in one["document"]["Statement"].as_array().unwrap() {
                if list(&statement["Resource"]).contains(&"*".to_owned()) {
                    let all = list(&statement["Action"]);
                    assert!(
                        all.iter().all(|action| wide.contains(&action.as_str())),
                        "{name}: {statement:#}"
                    );
                }
            }
            assert!(one["characters"].as_u64().unwrap() <= 6144, "{name}: {}", one["name"]);
        }
    }
}

#[test]
fn roles_are_passed_and_keys_used_by_named_services_only() {
    let all: Vec<Value> =
        ["apply", "logging-role"].iter().flat_map(|purpose| deployer(REFERENCE, purpose)).collect();
    let mut services: Vec<_> = all
        .iter()
        .filter(|one| list(&one["Action"]) == ["iam:PassRole"])
        .map(|one| one["Condition"]["StringEquals"]["iam:PassedToService"].as_str().unwrap_or_default())
        .collect();
    services.sort_unstable();
    assert_eq!(services, ["apigateway.amazonaws.com", "lambda.amazonaws.com"]);
    let grants: Vec<_> =
        all.iter().filter(|one| list(&one["Action"]).contains(&"kms:CreateGrant".to_owned())).collect();
    assert_eq!(grants.len(), 2, "for DynamoDB and for Lambda");
    for grant in grants {
        let said = &grant["Condition"]["StringEquals"];
        assert!(said["kms:ViaService"].is_string(), "{grant:#}");
        assert_eq!(said["aws:ResourceTag/copilot-infra:stack"], "omnitrack-copilot");
    }
}

#[test]
fn only_the_last_word_allows_to_remove_data() {
    let removes = |purpose| {
        let all = actions(&deployer(REFERENCE, purpose));
        // An alias is a name: a key that loses it keeps what it encrypts, and gets it back.
        ["dynamodb:DeleteTable", "kms:ScheduleKeyDeletion"].map(|action| all.contains(action))
    };
    for purpose in ["plan", "apply", "lease", "logging-role", "operate", "repair"] {
        assert_eq!(removes(purpose), [false; 2], "{purpose}");
    }
    assert_eq!(removes("delete-data"), [true; 2]);
}

#[test]
fn parts_that_the_spec_lacks_are_granted_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("copilot.yaml");
    fs::write(
        &spec,
        "version: 1\nstack: bare\nlease: off\ntables:\n  notes: { partition_key: { name: id, type: S } }\n",
    )
    .unwrap();
    let spec = spec.to_str().unwrap();
    let apply = actions(&deployer(spec, "apply"));
    assert!(apply.contains("dynamodb:CreateTable"));
    for other in [
        "kms:CreateKey",
        "kms:CreateGrant",
        "lambda:CreateFunction",
        "logs:CreateLogGroup",
        "apigateway:POST",
    ] {
        // The tags of APIs are posted too, by whoever still has one to remove.
        let posts = deployer(spec, "apply")
            .iter()
            .any(|one| list(&one["Action"]).contains(&other.to_owned()) && one["Sid"] != "ApiTags");
        assert!(!posts, "{other}");
    }
    assert!(deployer(spec, "lease").is_empty() && deployer(spec, "logging-role").is_empty());
}

#[test]
fn a_policy_comes_bare_by_name_or_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("policies");
    assert_eq!(
        print(REFERENCE, &["deployer", "--account", "123456789012", "--out", out.to_str().unwrap()]),
        ""
    );
    let bare = print(REFERENCE, &["deployer", "lease", "--account", "123456789012"]);
    assert_eq!(bare, fs::read_to_string(out.join("lease.json")).unwrap());
    let bare: Value = serde_json::from_str(&bare).unwrap();
    assert_eq!(bare["Version"], "2012-10-17");
    let wrong = run(REFERENCE, &["deployer", "leese"]).exits(64);
    assert!(wrong.err.contains("did you mean `lease`"));
}

#[test]
fn what_is_not_known_offline_stands_in_capitals_and_is_told() {
    let output = run(REFERENCE, &["deployer", "lease"]);
    assert!(output.out.contains("arn:aws:dynamodb:us-east-1:ACCOUNT_ID:table/"));
    assert!(output.err.contains("--account ID"));
}

#[test]
fn workflows_are_trusted_by_branch_environment_or_pull_request() {
    let subject = |arguments: &[&str]| {
        let all = [&["trust", "--github", "acme/shop", "--account", "123456789012"], arguments].concat();
        let trust: Value = serde_json::from_str(&print(REFERENCE, &all)).unwrap();
        let said = &trust["Statement"][0]["Condition"]["StringEquals"];
        assert_eq!(said["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
        list(&said["token.actions.githubusercontent.com:sub"])
    };
    assert_eq!(subject(&[]), ["repo:acme/shop:ref:refs/heads/main"]);
    assert_eq!(subject(&["--environment", "prod"]), ["repo:acme/shop:environment:prod"]);
    let both = ["repo:acme/shop:ref:refs/heads/next", "repo:acme/shop:pull_request"];
    assert_eq!(subject(&["--branch", "next", "--pull-request"]), both);
    assert_eq!(subject(&["--branch", "refs/heads/main"]), ["repo:acme/shop:ref:refs/heads/main"]);
    for wrong in ["acme", "acme/*", "a/b/c", "/shop"] {
        run(REFERENCE, &["trust", "--github", wrong]).exits(64);
    }
}

#[test]
fn everything_is_trusted_only_if_that_is_said() {
    let run = |arguments: &[&str]| {
        run(
            REFERENCE,
            &[&["trust", "--github", "acme/shop", "--account", "123456789012"], arguments].concat(),
        )
    };
    let like = |arguments: &[&str]| {
        let trust = run(arguments).json();
        let said = &trust["Statement"][0]["Condition"];
        assert_eq!(said["StringEquals"]["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
        list(&said["StringLike"]["token.actions.githubusercontent.com:sub"])
    };
    assert_eq!(like(&["--branch", "release/*"]), ["repo:acme/shop:ref:refs/heads/release/*"]);
    assert_eq!(like(&["--environment", "prod-?"]), ["repo:acme/shop:environment:prod-?"]);
    assert_eq!(like(&["--any-branch"]), ["repo:acme/shop:ref:refs/heads/*"]);
    assert_eq!(like(&["--any-environment"]), ["repo:acme/shop:environment:*"]);
    for (wrong, hint) in [
        (["--branch", "*"], "--any-branch"),
        (["--branch", "refs/heads/**"], "--any-branch"),
        (["--branch", ""], "a branch looks like"),
        (["--branch", "refs/tags/v1"], "that is no branch"),
        (["--branch", "two words"], "a branch looks like"),
        (["--environment", "*"], "--any-environment"),
        (["--environment", ""], "an environment looks like"),
    ] {
        run(&wrong).exits(64).says(&[hint]);
    }
}

/// Writes a spec of the stack `shop` into a folder that the caller keeps.
fn spec(rest: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copilot.yaml");
    fs::write(&path, format!("version: 1\nstack: shop\nregion: us-east-1\n{rest}")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn the_account_of_the_spec_is_no_other() {
    let (_folder, spec) =
        spec("account: \"123456789012\"\ntables: { notes: { partition_key: { name: id, type: S } } }\n");
    let trust = ["trust", "--github", "acme/shop"];
    for command in [&["roles"][..], &["deployer"], &trust] {
        let other = run(&spec, &[command, &["--account", "210987654321"]].concat());
        other.exits(64).without_result().says(&["123456789012", "210987654321"]);
        print(&spec, &[command, &["--account", "123456789012"]].concat());
    }
}

#[test]
fn an_input_that_would_grant_everything_is_refused() {
    let (_folder, spec) = spec(
        "inputs: { secret: { env: SHOP_SECRET } }\nfunctions:\n  chat:\n    code: { template: websocket-handlers }\n    \
         handler: websocket-handler.handler\n    access: { secrets: [\"${inputs.secret}\"] }\n",
    );
    let roles =
        |secret: &str| run_with(&spec, &["roles", "--account", "123456789012"], &[("SHOP_SECRET", secret)]);
    roles("*").exits(65).without_result().says(&["bad-secret"]);
    roles("arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf").exits(0);
}

#[test]
fn a_principal_is_a_role_or_user() {
    for (wrong, hint) in [
        ("foo", "arn:aws:iam::123456789012:role/NAME"),
        ("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/NAME"),
        ("arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:role/NAME"),
        ("arn:aws:sts::123456789012:assumed-role/ci/session", "`arn:aws:iam::123456789012:role/ci`"),
    ] {
        let output = run(REFERENCE, &["deployer", "--account", "123456789012", "--principal", wrong]);
        output.exits(64).says(&[hint]);
    }
    for right in ["arn:aws:iam::123456789012:role/path/ci", "arn:aws-cn:iam::123456789012:user/me@acme"] {
        let printed = print(REFERENCE, &["deployer", "--account", "123456789012", "--principal", right]);
        assert!(printed.contains(&format!("on {right}\n")), "{printed}");
    }
}

#[test]
fn what_is_only_known_to_aws_is_told_where_it_stands() {
    let (_folder, spec) = spec(
        "inputs:\n  k: { export: KeyArn }\n  unseen: { export: Other }\nkey: { arn: \"${inputs.k}\" }\n\
         tables: { notes: { partition_key: { name: id, type: S } } }\noutputs: { O: \"${inputs.unseen}\" }\n",
    );
    let told = run(&spec, &["deployer", "--account", "123456789012"])
        .says(&["the input `k` is not known offline: `${inputs.k}` stands for it"]);
    assert!(!told.err.contains("unseen"), "{told}");
}

#[test]
fn a_policy_in_parts_is_named_by_its_parts() {
    use std::fmt::Write as _;
    let mut tables = "tables:\n".to_owned();
    for number in 0..90 {
        writeln!(
            tables,
            "  t{number}: {{ name: a-long-name-outside-{number:03}, partition_key: {{ name: id, type: S }} }}"
        )
        .unwrap();
    }
    let (_folder, spec) = spec(&tables);
    let deployer = |spec: &str, rest: &[&str]| {
        run(spec, &[&["deployer"], rest, &["--account", "123456789012"]].concat())
    };
    deployer(&spec, &[]).says(&["IAM attaches 10 to a role or user by default"]);
    deployer(&spec, &["apply"]).exits(64).says(&["name one of `apply-1`, `apply-2`", "--out FOLDER"]);
    deployer(REFERENCE, &["aply"]).says(&["did you mean `apply-1`, `apply-2`?"]);
    assert!(!deployer(REFERENCE, &[]).err.contains("attaches"));
}
