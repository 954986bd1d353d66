//! `apply` asks IAM before it begins: a caller with policies, and one whom nobody can be asked about.
use serde_json::json;

use crate::support::{
    account::{Account, text},
    proxy::{Call, Fate, Proxy},
    specs::{REFERENCE, SMALL},
};

/// Most questions to IAM: one for each service, and those that cannot be asked together.
const QUESTIONS: usize = 15;

/// An account whose program runs under a role that may do everything but `denied`.
fn without(spec: &str, denied: &[&str]) -> Account {
    let mut account = Account::with(spec);
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }] });
    let role = json!({ "RoleName": "deployer", "AssumeRolePolicyDocument": trust.to_string() });
    let arn = text(&account.boto("iam", "create_role", role)["Role"]["Arn"]);
    let mut statements = vec![json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })];
    statements.extend(denied.iter().map(|one| json!({ "Effect": "Deny", "Action": one, "Resource": "*" })));
    let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let policy = json!({ "RoleName": "deployer", "PolicyName": "all", "PolicyDocument": document });
    account.boto("iam", "put_role_policy", policy);
    let session = json!({ "RoleArn": arn, "RoleSessionName": "tests" });
    let session = &account.boto("sts", "assume_role", session)["Credentials"];
    account.variables = [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ]
    .map(|(variable, key)| (variable, text(&session[key])))
    .into();
    account
}

fn through(account: &mut Account, judge: impl Fn(&Call) -> Fate + Send + Sync + 'static) -> Proxy {
    let proxy = Proxy::judging(judge);
    account.url.clone_from(&proxy.url);
    proxy
}

fn questions(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.name == "SimulatePrincipalPolicy").count()
}

#[test]
fn what_is_missing_is_named_and_nothing_is_written() {
    let mut account = without(SMALL, &["kms:CreateKey"]);
    let proxy = through(&mut account, |_| Fate::Passes);
    account.run(&["apply", "--yes"]).exits(1).without_result().says(&[
        "permissions are missing; nothing has been changed",
        "kms:CreateKey on * (for key)",
        "copilot-infra policy deployer",
    ]);
    let calls = proxy.take();
    assert!((1..=QUESTIONS).contains(&questions(&calls)), "{calls:#?}");
    let changes = calls.iter().filter(|call| !call.is_read() && call.name != "SimulatePrincipalPolicy");
    // Not even the lease was taken; who calls is asked with a verb of its own.
    assert_eq!(changes.filter(|call| call.service != "sts" && !call.of_lease).count(), 0, "{calls:#?}");
    account.run(&["apply", "--yes", "--no-preflight"]).exits(0);
}

#[test]
fn who_may_do_all_is_asked_about_by_service_or_not_at_all() {
    let mut account = without(REFERENCE, &[]);
    let proxy = through(&mut account, |_| Fate::Passes);
    account.run(&["apply", "--yes", "--preflight"]).exits(0);
    let calls = proxy.take();
    assert!((1..=QUESTIONS).contains(&questions(&calls)), "{calls:#?}");
    // How often it looks whether something is ready goes with the time, and so do renewals of the lease.
    let own = calls.iter().filter(|call| !call.of_lease).count();
    // What was made is read once more in the end: reads show it late.
    assert!(own <= 190, "{own} calls");
    account.run(&["apply", "--yes", "--preflight"]).exits(0).says(&["No changes"]);
    assert_eq!(questions(&proxy.take()), 0);
}

#[test]
fn where_it_may_not_be_asked_the_apply_goes_on() {
    let mut account = without(SMALL, &[]);
    through(&mut account, |call| match &*call.name {
        "SimulatePrincipalPolicy" => Fate::Refused("AccessDenied"),
        _ => Fate::Passes,
    });
    let told = account.run(&["apply", "--yes", "--preflight"]).exits(1).without_result();
    told.says(&["iam:SimulatePrincipalPolicy", "AccessDenied"]);
    let told = account.run(&["apply", "--yes"]).exits(0);
    assert!(!told.err.contains("Simulate"), "{told}");
}

#[test]
fn what_iam_leaves_unanswered_is_noted_or_insisted_on() {
    let mut account = without(SMALL, &[]);
    through(&mut account, |call| {
        if call.name == "SimulatePrincipalPolicy" && call.text.contains("kms%3ACreateKey") {
            Fate::Refused("InvalidInput")
        } else {
            Fate::Passes
        }
    });
    let words = ["IAM could not be asked about", "kms:CreateKey", "InvalidInput"];
    account.run(&["apply", "--yes", "--preflight"]).exits(1).without_result().says(&words);
    account.run(&["apply", "--yes"]).exits(0).says(&words).says(&["the calls themselves will tell"]);
}

#[test]
fn the_root_user_is_not_asked_about() {
    let mut account = Account::with(SMALL);
    let proxy = through(&mut account, |_| Fate::Passes);
    account.run(&["apply", "--yes", "--preflight"]).exits(1).says(&["IAM cannot be asked about", ":root"]);
    account.run(&["apply", "--yes"]).exits(0);
    assert_eq!(questions(&proxy.take()), 0);
}

#[test]
fn permissions_that_a_plan_widens_are_marked() {
    let account = Account::with(SMALL);
    account.apply();
    account.spec(&SMALL.replace("notes: read }", "notes: read_write }"));
    let told = account.run(&["plan"]).exits(0).out;
    for words in [
        "policies/access/ReadWriteNotes  widens what is allowed",
        "+ allow",
        "dynamodb:PutItem",
        "- policies/access/ReadNotes",
    ] {
        assert!(told.contains(words), "`{words}` is not in:\n{told}");
    }
}
