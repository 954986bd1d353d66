//! The scripts of the actions, in a runner that a test stands in for: programs that note how they are called, and the files
//! that a step writes to.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use clap::Parser as _;
use copilot_infra::cli::Cli;
use tempfile::TempDir;

use crate::support::{install::write_script, program::isolate};

const MARKER: &str = "<!-- copilot-infra:plan stack=chat digest=sha256:0123 -->";

/// Answers as the program does; `CODE` is how `plan` ends.
const PROGRAM: &str = r#"#!/bin/sh
printf 'copilot-infra %s\n' "$*" >> "$CALLS"
case "$1" in
validate) echo '{"version": "2.1.0"}'; exit 65 ;;
plan) if [ "$CODE" -le 3 ]; then echo '<!-- copilot-infra:plan stack=chat digest=sha256:0123 -->'; fi; exit "$CODE" ;;
apply) exit "$CODE" ;;
outputs) echo '{"Id": "a1", "Url": "wss://a1.example/prod"}' ;;
esac
"#;

/// `FOUND` is what the list holds.
const GH: &str = r#"#!/bin/sh
printf 'gh %s\n' "$*" >> "$CALLS"
case "$*" in *--jq*) if [ -n "$FOUND" ]; then printf '%b\n' "$FOUND"; fi ;; esac
"#;

/// Brings the file `ARCHIVE`, whatever is asked for.
const CURL: &str = r#"#!/bin/sh
printf 'curl %s\n' "$*" >> "$CALLS"
while [ "$1" != --output ]; do shift; done
cp "$ARCHIVE" "$2"
"#;

struct Runner {
    folder: TempDir,
}

impl Runner {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        for (name, text) in [("copilot-infra", PROGRAM), ("gh", GH), ("curl", CURL)] {
            write_script(&folder.path().join("bin").join(name), text);
        }
        for name in ["output", "summary", "path", "calls"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Runs the script of an action.
    fn run(&self, script: &str, inputs: &[(&str, &str)]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions").join(script);
        let mut command = Command::new(script);
        let search = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        isolate(&mut command).env("PATH", search).env("RUNNER_TEMP", self.folder.path());
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64").env("GITHUB_REPOSITORY", "acme/shop");
        for (variable, name) in [
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("GITHUB_PATH", "path"),
            ("CALLS", "calls"),
        ] {
            command.env(variable, self.path(name));
        }
        command.env("CODE", "0").env("FOUND", "").envs(inputs.iter().copied()).output().unwrap()
    }

    /// The calls of the program, each of which it would take.
    fn commands(&self) -> Vec<String> {
        let calls = self.read("calls");
        let commands = calls.lines().filter(|line| line.starts_with("copilot-infra ")).map(str::to_owned);
        commands.inspect(|call| assert!(Cli::try_parse_from(call.split(' ')).is_ok(), "{call}")).collect()
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// An archive as releases hold, and its checksum.
fn archive(runner: &Runner) -> (String, String) {
    let packed = runner.path("packed");
    fs::create_dir_all(packed.join("copilot-infra-x")).unwrap();
    write_script(&packed.join("copilot-infra-x/copilot-infra"), "#!/bin/sh\necho 'copilot-infra 9.9.9'\n");
    let archive = runner.path("archive.tar.gz");
    let packs =
        Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(&packed).arg("copilot-infra-x").status();
    assert!(packs.unwrap().success());
    let sum = Command::new("sha256sum").arg(&archive).output().unwrap().stdout;
    (archive.display().to_string(), String::from_utf8(sum).unwrap()[..64].to_owned())
}

#[test]
fn setup_installs_the_version_that_is_pinned() {
    let runner = Runner::new();
    let (archive, sum) = archive(&runner);
    let inputs = [
        ("ARCHIVE", &*archive),
        ("SHA256", &sum),
        ("VERSION", "9.9.9"),
        ("URL", ""),
        ("REPOSITORY", "acme/tool"),
    ];
    let output = runner.run("setup/setup.sh", &inputs);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("copilot-infra 9.9.9"), "{}", told(&output));
    let url =
        "https://github.com/acme/tool/releases/download/v9.9.9/copilot-infra-x86_64-unknown-linux-gnu.tar.gz";
    assert!(runner.read("calls").contains(url), "{}", runner.read("calls"));
    assert!(Path::new(runner.read("path").trim()).join("copilot-infra").exists(), "later steps find it");
}

#[test]
fn setup_refuses_what_is_not_what_was_pinned() {
    let runner = Runner::new();
    let (archive, _) = archive(&runner);
    let other = "0".repeat(64);
    let inputs = [
        ("ARCHIVE", &*archive),
        ("SHA256", &other),
        ("VERSION", ""),
        ("URL", "https://mirror.example/a.tar.gz"),
    ];
    let output = runner.run("setup/setup.sh", &[&inputs[..], &[("REPOSITORY", "acme/tool")]].concat());
    assert!(!output.status.success());
    assert!(
        told(&output).contains("https://mirror.example/a.tar.gz does not have the checksum"),
        "{}",
        told(&output)
    );
    assert_eq!(runner.read("path"), "");
    assert!(!runner.path("copilot-infra").exists(), "nothing of it was unpacked");
    for (missing, inputs) in [
        ("say which version", [("RUNNER_OS", "Linux"), ("VERSION", "")]),
        ("no archive for runners of Windows", [("RUNNER_OS", "Windows"), ("VERSION", "9.9.9")]),
    ] {
        let rest = [("SHA256", &*other), ("URL", ""), ("REPOSITORY", "acme/tool"), ("ARCHIVE", &archive)];
        let output = runner.run("setup/setup.sh", &[&inputs[..], &rest].concat());
        assert!(!output.status.success() && told(&output).contains(missing), "{}", told(&output));
    }
}

#[test]
fn plan_leaves_what_reviewers_and_apply_want() {
    for (code, changes) in [("0", "false"), ("2", "true")] {
        let runner = Runner::new();
        let inputs = [("FILE", "a.yaml"), ("SAVE", "true"), ("BUILD", "false"), ("CODE", code)];
        let output = runner.run("plan/plan.sh", &inputs);
        assert!(output.status.success(), "{}", told(&output));
        assert!(runner.read("output").contains(&format!("changes={changes}\n")), "{}", runner.read("output"));
        assert!(runner.read("summary").starts_with(MARKER), "{}", runner.read("summary"));
        assert!(runner.read("copilot-plan/plan.md").starts_with(MARKER));
        assert_eq!(runner.read("copilot-plan/copilot.sarif"), "{\"version\": \"2.1.0\"}\n");
        let saved = format!("--out {} --no-build", runner.path("copilot-plan/plan.json").display());
        assert!(runner.commands()[1].ends_with(&saved), "{:?}", runner.commands());
    }
}

#[test]
fn plan_fails_as_the_program_does_and_keeps_what_can_be_read() {
    for (code, is_shown) in [(3, true), (65, false)] {
        let runner = Runner::new();
        let code_text = code.to_string();
        let inputs = [("FILE", "a.yaml"), ("SAVE", "false"), ("BUILD", "true"), ("CODE", &*code_text)];
        let output = runner.run("plan/plan.sh", &inputs);
        assert_eq!(output.status.code(), Some(code), "{}", told(&output));
        assert_eq!(runner.path("copilot-plan/plan.md").exists(), is_shown);
        assert_eq!(runner.read("summary").is_empty(), !is_shown);
        assert!(runner.path("copilot-plan/copilot.sarif").exists(), "the findings are shown in any case");
        assert!(!runner.read("output").contains("changes="), "{}", runner.read("output"));
        assert!(!runner.commands()[1].contains("--out"), "{:?}", runner.commands());
    }
}

#[test]
fn comment_is_made_once_and_then_changed() {
    for (found, call) in [
        ("", "--method POST repos/acme/shop/issues/7/comments --field body=@"),
        ("41\\n42", "--method PATCH repos/acme/shop/issues/comments/41 --field body=@"),
    ] {
        let runner = Runner::new();
        fs::write(runner.path("plan.md"), format!("{MARKER}\nplan\n")).unwrap();
        fs::write(runner.path("copilot.sarif"), "{}").unwrap();
        let folder = runner.folder.path().display().to_string();
        let output =
            runner.run("comment/comment.sh", &[("FOLDER", &folder), ("NUMBER", "7"), ("FOUND", found)]);
        assert!(output.status.success(), "{}", told(&output));
        assert!(runner.read("calls").contains(call), "{}", runner.read("calls"));
        assert_eq!(runner.read("output"), format!("sarif={folder}/copilot.sarif\n"));
    }
}

#[test]
fn nothing_is_said_where_nothing_was_planned() {
    let runner = Runner::new();
    let folder = runner.folder.path().display().to_string();
    let output = runner.run("comment/comment.sh", &[("FOLDER", &folder), ("NUMBER", "7")]);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!((runner.read("calls"), runner.read("output")), (String::new(), String::new()));
}

#[test]
fn apply_carries_out_the_saved_plan_or_fails() {
    let runner = Runner::new();
    let inputs = [("FILE", "a.yaml"), ("PLAN", "saved/plan.json")];
    let output = runner.run("apply/apply.sh", &inputs);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(
        runner.commands(),
        ["copilot-infra apply -f a.yaml saved/plan.json", "copilot-infra outputs -f a.yaml --format json"]
    );
    let outputs = "outputs={\"Id\":\"a1\",\"Url\":\"wss://a1.example/prod\"}\nurl=wss://a1.example/prod\n";
    assert_eq!(runner.read("output"), outputs);
    let moved = Runner::new();
    let output = moved.run("apply/apply.sh", &[&inputs[..], &[("CODE", "6")]].concat());
    assert_eq!(output.status.code(), Some(6));
    assert_eq!(moved.commands().len(), 1, "no outputs of what was not applied");
}

#[test]
fn drift_is_an_output_and_a_failure_is_one() {
    for (code, exit, drift) in [("0", 0, "drift=false\n"), ("2", 0, "drift=true\n"), ("1", 1, "")] {
        let runner = Runner::new();
        let output = runner.run("drift/drift.sh", &[("FILE", "a.yaml"), ("CODE", code)]);
        assert_eq!(output.status.code(), Some(exit), "{}", told(&output));
        assert_eq!(runner.read("output"), drift);
        assert!(runner.read("copilot-drift/drift.md").starts_with(MARKER));
        assert_eq!(runner.commands().len(), 1);
    }
}

#[test]
fn one_issue_is_kept_about_drift() {
    for (drift, found, call) in [
        ("true", "", Some("issue create --title Drift --body-file drift.md")),
        ("true", "5", Some("issue edit 5 --body-file drift.md")),
        ("false", "5", Some("issue close 5 --comment")),
        ("false", "", None),
    ] {
        let runner = Runner::new();
        let inputs = [("DRIFT", drift), ("FOUND", found), ("TITLE", "Drift"), ("BODY", "drift.md")];
        let output = runner.run("report/report.sh", &inputs);
        assert!(output.status.success(), "{}", told(&output));
        let calls = runner.read("calls");
        assert_eq!(calls.lines().count(), 1 + usize::from(call.is_some()), "{calls}");
        assert!(call.is_none_or(|call| calls.contains(call)), "{calls}");
    }
}
