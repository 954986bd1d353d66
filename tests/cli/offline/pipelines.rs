//! The pipelines, those among the examples and those of the releases, and the actions: right by the schemas of GitHub and
//! GitLab, their scripts right by the shell, their commands right by the program itself.
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

const RELEASES: &str = ".github/workflows";
const ACTIONS: &str = ".github/actions";

fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn workflows() -> Vec<PathBuf> {
    files(GITHUB)
}

fn actions() -> Vec<PathBuf> {
    files(ACTIONS).into_iter().map(|folder| folder.join("action.yml")).collect()
}

#[test]
fn they_are_what_github_and_gitlab_take() {
    let temporary = tempfile::tempdir().unwrap();
    let linter = python_packages(&[LINTER]).join("check-jsonschema");
    let lint = |schema: &str, files: &[PathBuf]| {
        Command::new(&linter).args(["--builtin-schema", schema]).args(files).output().unwrap()
    };
    let workflows = workflows().into_iter().chain(files(RELEASES)).collect();
    for (schema, files, right, wrong) in [
        ("vendor.github-workflows", workflows, "environment: production", "environment: 1"),
        ("vendor.github-actions", actions(), "using: composite", "using: 1"),
        ("vendor.gitlab-ci", vec![PathBuf::from(GITLAB)], "environment: production", "environment: 1"),
    ] {
        let told = lint(schema, &files);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
        let text = fs::read_to_string(&files[0]).unwrap();
        assert!(text.contains(right), "{}", files[0].display());
        let broken = temporary.path().join("broken.yml");
        fs::write(&broken, text.replace(right, wrong)).unwrap();
        assert!(!lint(schema, &[broken]).status.success(), "the linter sees mistakes");
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
    let pipelines =
        workflows().into_iter().chain(files(RELEASES)).chain(actions()).chain([PathBuf::from(GITLAB)]);
    let within = pipelines.flat_map(|file| scripts(&fs::read_to_string(file).unwrap()));
    let of_actions = files(ACTIONS).into_iter().flat_map(files);
    let of_actions = of_actions.filter(|file| file.extension().is_some_and(|extension| extension == "sh"));
    within.chain(of_actions.map(|file| fs::read_to_string(file).unwrap())).collect()
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

/// The release workflow is written by `dist`, which takes the commits from Cargo.toml and leaves the versions out.
const GENERATED: &str = "release.yml";
/// What whoever copies an example puts the repository and the commit of a release in.
const OWN: &str = "OWNER/copilot-infra/.github/actions/";

#[test]
fn actions_of_others_are_named_by_their_commit() {
    for file in workflows().into_iter().chain(files(RELEASES)).chain(actions()) {
        let text = fs::read_to_string(&file).unwrap();
        let uses = text.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses: "));
        for named in uses.filter(|named| !named.starts_with("./")) {
            let (action, version) = named.split_once(" # v").unwrap_or((named, ""));
            let (action, commit) = action.split_once('@').unwrap();
            if let Some(own) = action.strip_prefix(OWN) {
                assert!(commit == "COMMIT" && Path::new(ACTIONS).join(own).is_dir(), "{named}");
                continue;
            }
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{named}");
            let versioned = version.starts_with(|first: char| first.is_ascii_digit());
            assert!(versioned || file.ends_with(GENERATED), "no version: {named}");
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
        // Options that a script puts together are taken in by the tests of the actions.
        let whole =
            commands.filter(|command| command.starts_with("copilot-infra ") && !command.contains("[@]"));
        for command in whole {
            let words = command.split_whitespace().take_while(|word| !word.starts_with(['>', '|']));
            assert!(Cli::try_parse_from(words).is_ok(), "{command}");
            seen.extend(command.split_whitespace().nth(1).map(str::to_owned));
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["apply", "outputs", "plan", "validate"]);
}
