//! What AWS refuses, drawn at the line of the spec that it is about.
use std::path::Path;

use crate::support::{
    account::Account,
    gate::{Act, Gate},
    program::Run,
    specs::{ONE, TWO},
};

/// Runs with the program's requests that hold `words` refused with `code`.
fn refused(
    account: &Account,
    spec: &Path,
    arguments: &str,
    words: &'static [&'static str],
    code: &'static str,
) -> Run {
    let gate = Gate::new(&[(words, Act::Refuse(code))]);
    Run::of(&mut account.command_on(&gate.url, spec, arguments))
}

/// The places in files that errors point at.
fn places(ended: &Run) -> Vec<&str> {
    let errors = ended.err.find("\nerror").map_or("", |at| &ended.err[at..]);
    let lines = errors.lines().filter_map(|line| line.trim_start().strip_prefix("--> "));
    lines.map(|line| line.rsplit('/').next().unwrap()).collect()
}

#[test]
fn a_refused_write_is_drawn_once_at_its_line() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    let words = &["DynamoDB_20120810.CreateTable", "shop-orders"];
    let ended = refused(&account, &spec, "apply --yes", words, "AccessDeniedException").exits(5).says(&[
        "✗ creating tables.orders failed: dynamodb:CreateTable was refused: AccessDeniedException: refused by the tests: CreateTable",
        "not done:\n  ✗ tables.orders: AccessDeniedException\n\n",
        "error[AccessDeniedException]: creating tables.orders failed: dynamodb:CreateTable was refused\n",
        "5 |   orders: { partition_key",
        "  |   ^^^^^^\n",
        "= note: refused by the tests: CreateTable\n",
        "= note: request id r-17\n",
        "= hint: grant the action",
        "copilot-infra policy deployer",
    ]);
    assert_eq!(places(&ended), ["copilot.yaml:5:3"], "{}", ended.err);
    assert!(ended.err.ends_with("\n\nThe same command again carries on from here.\n"), "{}", ended.err);
}

#[test]
fn a_refused_read_is_drawn_at_its_line() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    for command in ["plan", "apply --yes", "destroy --yes"] {
        let words = &["DynamoDB_20120810.DescribeTable", "shop-orders"];
        let ended = refused(&account, &spec, command, words, "AccessDeniedException").exits(1).says(&[
            "error[AccessDeniedException]: reading tables.orders failed: dynamodb:DescribeTable was refused",
            "5 |   orders: { partition_key",
            "request id r-17",
            "= hint: grant",
        ]);
        assert_eq!(places(&ended), ["copilot.yaml:5:3"], "{}", ended.err);
    }
}

#[test]
fn what_is_in_no_line_of_the_spec_is_told_without_one() {
    let account = Account::new();
    account.run_on(&account.shop("copilot.yaml", TWO), "apply --yes").exits(0);
    let spec = account.shop("copilot.yaml", ONE);
    let words = &["DynamoDB_20120810.DeleteTable", "shop-orders"];
    let ended = refused(&account, &spec, "apply --yes --delete-data", words, "AccessDeniedException")
        .exits(1)
        .says(&[
            "error[AccessDeniedException]: deleting dynamodb/table/shop-orders failed",
            "request id r-17",
            "= hint: grant the action",
        ]);
    assert!(places(&ended).is_empty(), "{}", ended.err);
}

#[test]
fn credentials_that_ran_out_are_told_once_and_not_of_a_line() {
    let account = Account::new();
    let spec = account.shop("copilot.yaml", TWO);
    let ended = refused(
        &account,
        &spec,
        "apply --yes",
        &["DynamoDB_20120810.CreateTable", "shop-"],
        "ExpiredTokenException",
    )
    .exits(1)
    .says(&[
        "✗ tables.items: ExpiredTokenException",
        "✗ tables.orders: ExpiredTokenException",
        "= hint: sign in again",
    ]);
    assert_eq!(ended.err.matches("error[ExpiredTokenException]").count(), 1, "{}", ended.err);
    assert!(places(&ended).is_empty(), "{}", ended.err);
}

#[test]
fn a_table_of_somebody_else_is_refused_at_its_line() {
    let account = Account::new();
    account.run_on(&account.shop("copilot.yaml", ONE), "apply --yes").exits(0);
    let other = "tables:\n  mine: { name: shop-items, partition_key: { name: id, type: S } }\n";
    let path = account.folder.path().join("other.yaml");
    std::fs::write(&path, format!("version: 1\nstack: cafe\n{other}")).unwrap();
    let ended = account.run_on(&path, "plan").exits(1).says(&[
        "error: tables.mine: `shop-items` is not this stack's",
        "4 |   mine: {",
        "= hint: ",
    ]);
    assert_eq!(places(&ended), ["other.yaml:4:3"], "{}", ended.err);
}
