//! The pipelines among the examples: right by the schemas of GitHub and GitLab, their scripts right by the
//! shell, their commands right by the program itself.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Parser as _;
use copilot_infra::cli::Cli;

use crate::support::install::python_packages;

/// It carries the schemas.
const LINTER: &str = "check-jsonschema==0.39.0";
const GITHUB: &str = "examples/ci/github";
const GITLAB: &str = "examples/ci/gitlab/.gitlab-ci.yml";

fn workflows() -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(GITHUB).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn the_examples_are_what_github_and_gitlab_take() {
    let temporary = tempfile::tempdir().unwrap();
    let linter = python_packages(&[LINTER]).join("check-jsonschema");
    let lint = |schema: &str, file: &Path| {
        Command::new(&linter).args(["--builtin-schema", schema]).arg(file).output().unwrap()
    };
    let files = workflows().into_iter().map(|file| ("vendor.github-workflows", file));
    for (schema, file) in files.chain([("vendor.gitlab-ci", PathBuf::from(GITLAB))]) {
        let told = lint(schema, &file);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
        let broken = temporary.path().join("broken.yml");
        fs::write(
            &broken,
            fs::read_to_string(&file).unwrap().replace("environment: production", "environment: 1"),
        )
        .unwrap();
        let has_environment = fs::read_to_string(&file).unwrap().contains("environment: production");
        assert_eq!(lint(schema, &broken).status.success(), !has_environment, "the linter sees mistakes");
    }
}

/// Every script in a pipeline: the blocks and lines of `run`, `script` and `before_script`.
fn scripts(text: &str) -> Vec<String> {
    let document: serde_json::Value = serde_yaml::from_str(text).unwrap();
    let mut found = Vec::new();
    collect(&document, false, &mut found);
    found
}

fn collect(value: &serde_json::Value, script: bool, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if script => found.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, script, found)),
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                collect(member, ["run", "script", "before_script"].contains(&key.as_str()), found);
            }
        }
        _ => {}
    }
}

fn all_scripts() -> Vec<String> {
    let files = workflows().into_iter().chain([PathBuf::from(GITLAB)]);
    files.flat_map(|file| scripts(&fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn their_scripts_are_right_by_the_shell() {
    let scripts = all_scripts();
    assert!(scripts.len() > 15, "{}", scripts.len());
    for script in scripts {
        let told = Command::new("bash").args(["-n", "-c", &script]).output().unwrap();
        assert!(told.status.success(), "{script}\n{}", String::from_utf8_lossy(&told.stderr));
    }
}

/// The jobs of the workflows: the file's name, the job's, and the job.
fn jobs() -> Vec<(String, String, serde_json::Value)> {
    let in_file = |path: PathBuf| {
        let document: serde_json::Value = serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let jobs = document["jobs"].as_object().unwrap().clone();
        jobs.into_iter().map(move |(name, job)| (path.display().to_string(), name, job))
    };
    workflows().into_iter().flat_map(in_file).collect()
}

fn steps(job: &serde_json::Value) -> &[serde_json::Value] {
    job["steps"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn actions_of_others_are_named_by_their_commit() {
    for file in workflows() {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| line.contains("uses:")) {
            let (action, version) = line.split_once(" # v").unwrap_or_else(|| panic!("no version: {line}"));
            let (_, commit) = action.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
            assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{line}");
        }
    }
}

#[test]
fn no_code_of_the_repository_can_reach_a_token_that_writes() {
    let mut writers = 0;
    for (file, name, job) in jobs() {
        let permissions = job["permissions"].as_object().unwrap();
        let writes = permissions.iter().any(|(scope, level)| level == "write" && scope != "id-token");
        let checkouts: Vec<_> = steps(&job)
            .iter()
            .filter(|step| {
                step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout@"))
            })
            .collect();
        assert!(!writes || checkouts.is_empty() && !permissions.contains_key("id-token"), "{file} {name}");
        assert!(checkouts.iter().all(|step| step["with"]["persist-credentials"] == false), "{file} {name}");
        writers += usize::from(writes);
    }
    assert_eq!(writers, 2, "comments and issues are written");
    let gitlab: serde_json::Value = serde_yaml::from_str(&fs::read_to_string(GITLAB).unwrap()).unwrap();
    for (name, job) in gitlab.as_object().unwrap() {
        let script = job["script"].to_string();
        assert!(
            !script.contains("COPILOT_COMMENT_TOKEN") || !script.contains("copilot-infra plan"),
            "{name}"
        );
    }
}

#[test]
fn their_commands_are_commands_of_the_program() {
    let mut seen = Vec::new();
    for script in all_scripts() {
        let commands = script.lines().flat_map(|line| line.split(';')).map(str::trim);
        for command in commands.filter(|command| command.starts_with("copilot-infra ")) {
            let words = command.split_whitespace().take_while(|word| !word.starts_with(['>', '|']));
            assert!(Cli::try_parse_from(words).is_ok(), "{command}");
            seen.extend(command.split_whitespace().nth(1).map(str::to_owned));
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["apply", "outputs", "plan"]);
}
