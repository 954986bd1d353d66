//! What checkov and cfn-lint make of the reference stack, as the AWS CDK writes it, beside what we say of its spec.
use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value;

use crate::support::{install::python_packages, program::run};

/// Pinned, because what they know of changes with every release.
const LINTERS: [&str; 2] = ["checkov==3.3.30", "cfn-lint==1.58.0"];
const SPEC: &str = "examples/omnitrack-copilot.yaml";
const TEMPLATE: &str = "tests/specs/reference.template.json";

/// Where the resources of the template stand in the spec, by the beginning of their names.
const PLACES: [(&str, &str); 9] = [
    ("CopilotKey", "key"),
    ("CopilotConversationsTable", "tables.conversations"),
    ("CopilotConnectionsTable", "tables.connections"),
    ("CopilotWebSocketLogs", "api.stage.access_log"),
    ("CopilotWebSocket", "api"),
    ("CopilotConnectFunction", "functions.connect"),
    ("CopilotDisconnectFunction", "functions.disconnect"),
    ("CopilotMessageFunction", "functions.message"),
    ("CopilotExecutionRole", "functions"),
];

/// Who finds something where the other does not: their rule, whether it is they who do, where, and why.
const DIFFERENCES: [(&str, bool, &[&str], &str); 8] = [
    (
        "CKV_AWS_28",
        true,
        &["tables.connections"],
        "the template leaves recovery out; here every table has it unless the spec says otherwise",
    ),
    (
        "CKV_AWS_158",
        true,
        &["api.stage.access_log", "functions.connect", "functions.disconnect", "functions.message"],
        "the template's log groups have no key; here the stack's key encrypts every log group",
    ),
    (
        "CKV_AWS_173",
        true,
        &["functions.connect", "functions.disconnect", "functions.message"],
        "the template's environments have no key; here the stack's key encrypts them",
    ),
    (
        "CKV_AWS_115",
        true,
        &["functions.connect", "functions.disconnect", "functions.message"],
        "no rule: a reservation takes concurrency away from the rest of the account, so it is for the user to want",
    ),
    (
        "CKV_AWS_116",
        true,
        &["functions.connect", "functions.disconnect", "functions.message"],
        "no rule: API Gateway calls and waits for the answer, and dead letters are of calls that nobody waits for",
    ),
    (
        "CKV_AWS_117",
        true,
        &["functions.connect", "functions.disconnect", "functions.message"],
        "no rule: nothing that the functions call is in a VPC, and one would cost a NAT gateway",
    ),
    (
        "CKV_AWS_363",
        false,
        &["functions.connect", "functions.disconnect", "functions.message"],
        "this release does not know yet that nodejs20.x is deprecated; cfn-lint does",
    ),
    (
        "cfn-lint W3005",
        true,
        &["functions.connect", "functions.disconnect", "functions.message"],
        "no rule: the order of creation is written in templates alone",
    ),
];

/// What a linter says about one resource.
#[derive(Debug)]
struct Verdict {
    rule: String,
    place: &'static str,
    fails: bool,
}

/// Runs a linter for its JSON; that it finds something is no failure.
fn ask(program: &Path, arguments: &[&str]) -> Value {
    let mut python = Command::new(program.with_file_name("python"));
    let output = python.arg("-I").arg(program).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}: {error}", program.display()))
}

fn place(resource: &str) -> &'static str {
    let found = PLACES.iter().find(|(name, _)| resource.starts_with(name));
    found.unwrap_or_else(|| panic!("where does `{resource}` stand in the spec?")).1
}

fn checkov(programs: &Path) -> Vec<Verdict> {
    let arguments = ["--framework", "cloudformation", "--skip-download", "--compact", "-o", "json", "-f"];
    let said = ask(&programs.join("checkov"), &[&arguments[..], &[TEMPLATE]].concat());
    let list = |name: &str, fails| {
        let list = said["results"][name].as_array().unwrap().iter();
        list.map(move |one| {
            let (_, resource) = one["resource"].as_str().unwrap().rsplit_once('.').unwrap();
            Verdict { rule: one["check_id"].as_str().unwrap().to_owned(), place: place(resource), fails }
        })
        .collect::<Vec<_>>()
    };
    let (passed, failed) = (list("passed_checks", false), list("failed_checks", true));
    assert!(passed.len() >= 30 && !failed.is_empty(), "{passed:?} {failed:?}");
    passed.into_iter().chain(failed).collect()
}

/// cfn-lint names only what fails.
fn cfn_lint(programs: &Path) -> Vec<Verdict> {
    let said = ask(&programs.join("cfn-lint"), &["--format", "json", "--template", TEMPLATE]);
    let verdict = |one: &Value| Verdict {
        rule: format!("cfn-lint {}", one["Rule"]["Id"].as_str().unwrap()),
        place: place(one["Location"]["Path"][1].as_str().unwrap()),
        fails: true,
    };
    said.as_array().unwrap().iter().map(verdict).collect()
}

/// The keys above a line of the spec, and its own.
fn path(lines: &[&str], line: usize) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (mut keys, mut depth) = (Vec::new(), usize::MAX);
    for text in lines[..line].iter().rev().filter(|text| !text.trim_start().starts_with(['#', '-'])) {
        if !text.is_empty() && indent(text) < depth {
            depth = indent(text);
            keys.push(text.trim_start().split(':').next().unwrap());
        }
    }
    keys.reverse();
    keys.join(".")
}

/// Public ids of what we find, each with its path.
fn ours() -> Vec<(String, String)> {
    let text = fs::read_to_string(SPEC).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let output = run(&["validate", "-f", SPEC, "--format", "json"]);
    let said = output.json();
    let mut found = Vec::new();
    for one in said["diagnostics"].as_array().unwrap() {
        let at = path(&lines, usize::try_from(one["line"].as_u64().unwrap()).unwrap());
        let ids = one["public"].as_array().unwrap().iter();
        found.extend(ids.map(|id| (id.as_str().unwrap().to_owned(), at.clone())));
    }
    found
}

/// Whether what is said at `path` is about `place`: of the defaults it is about every function.
fn is_about(path: &str, place: &str) -> bool {
    let within = |inner: &str, outer: &str| format!("{inner}.").starts_with(&format!("{outer}."));
    if path.starts_with("function_defaults.") {
        return within(place, "functions");
    }
    within(path, place) || within(place, path)
}

#[test]
fn checkov_and_cfn_lint_agree_but_for_what_is_written_here() {
    let programs = python_packages(&LINTERS);
    let theirs: Vec<Verdict> = checkov(&programs).into_iter().chain(cfn_lint(&programs)).collect();
    let ours = ours();
    let we_fail = |verdict: &Verdict| {
        ours.iter().any(|(id, path)| *id == verdict.rule && is_about(path, verdict.place))
    };
    let mut differ: BTreeSet<(&str, bool, &str)> = theirs
        .iter()
        .filter(|verdict| we_fail(verdict) != verdict.fails)
        .map(|verdict| (verdict.rule.as_str(), verdict.fails, verdict.place))
        .collect();
    // What cfn-lint does not name is fine with it.
    let silent = ours.iter().filter(|(id, path)| {
        let named = |verdict: &&Verdict| verdict.rule == *id && is_about(path, verdict.place);
        id.starts_with("cfn-lint") && !theirs.iter().any(|verdict| named(&verdict))
    });
    differ.extend(silent.map(|(id, path)| (id.as_str(), false, path.as_str())));

    let written = DIFFERENCES
        .iter()
        .flat_map(|(rule, theirs, places, _)| places.iter().map(move |place| (*rule, *theirs, *place)));
    assert_eq!(differ, written.collect::<BTreeSet<_>>());
    // Both judge enough for this to mean something, and both find something.
    let rules = run(&["validate", "--rules", "--format", "json"]).out;
    let both = theirs.iter().filter(|verdict| rules.contains(&format!("\"{}\"", verdict.rule)));
    let (both, agreed): (Vec<_>, usize) =
        (both.collect(), theirs.iter().filter(|verdict| verdict.fails && we_fail(verdict)).count());
    assert!(both.len() >= 30, "{both:?}");
    assert!(agreed >= 3, "{agreed}");
}
