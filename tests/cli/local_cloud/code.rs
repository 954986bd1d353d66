//! Code: built without credentials, compared by its contents, and applied as it was planned.
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use serde_json::json;

use crate::support::account::{Account, text};

const HANDLER: &str = "export const handler = () => 1;\n";

/// A stack of one function with this code.
fn spec(code: &str) -> String {
    format!(
        "version: 1\nstack: coded\nfunctions:\n  work:\n    runtime: nodejs22.x\n    handler: index.handler\n    \
         code: {code}\n"
    )
}

fn write(account: &Account, path: &str, content: &str) {
    let path = account.folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Makes an archive anew at each run, with the time of the run in it, and counts the runs.
const ZIPS: &str = "import zipfile, time
info = zipfile.ZipInfo('index.mjs', time.localtime(time.time() - 86400 * (len(open('runs').read()) + 1))[:6])
with zipfile.ZipFile('code.zip', 'w') as code:
    code.writestr(info, open('source.mjs').read())
open('runs', 'a').write('x')
";

fn builds(account: &Account) -> usize {
    fs::read(account.folder.path().join("runs")).unwrap().len()
}

/// An account whose code is built into an archive that differs each time.
fn restless() -> Account {
    let account = Account::with(&spec("{ path: code.zip, build: python3 zip.py }"));
    write(&account, "zip.py", ZIPS);
    write(&account, "runs", "");
    write(&account, "source.mjs", HANDLER);
    account
}

#[test]
fn a_build_that_differs_in_time_stamps_alone_is_no_change() {
    let account = restless();
    account.apply();
    account.is_settled();
    let sent = |account: &Account| text(&account.facts()["functions"]["coded-work"]["CodeSha256"]);
    let first = sent(&account);
    assert_eq!(builds(&account), 2);
    // What sends something else of the function leaves the code, and the record of it.
    account.spec(&spec("{ path: code.zip, build: python3 zip.py }\n    memory: 256"));
    account.apply();
    account.is_settled();
    assert_eq!(sent(&account), first);
    write(&account, "source.mjs", "export const handler = () => 2;\n");
    assert_eq!(account.drift(), [("functions.work".to_owned(), vec!["/code_sha256".to_owned()])]);
    account.run(&["push"]).exits(0);
    account.is_settled();
    // Code that somebody else sent is seen, without a build too.
    let built = builds(&account);
    for command in [&["plan", "--drift-only", "--detailed-exitcode"][..], &["doctor"]] {
        let run = account.run(command);
        assert!(run.out.contains("No drift") || run.out.contains("no folder was looked at"), "{run}");
    }
    let code = json!({"FunctionName": "coded-work", "ZipFile": {"zip of": {"index.mjs": "throw 1"}}});
    account.boto("lambda", "update_function_code", code);
    let drift = account.run(&["plan", "--drift-only", "--detailed-exitcode"]).exits(2);
    assert!(drift.out.contains("functions.work") && drift.out.contains("code_sha256"), "{drift}");
    let doctor = account.run(&["doctor"]).exits(1);
    assert!(doctor.out.contains("functions.work differs from the spec"), "{doctor}");
    assert_eq!(builds(&account), built, "neither of them builds");
    account.apply();
    account.is_settled();
}

#[test]
fn a_saved_plan_brings_its_code_along() {
    let account = restless();
    account.run(&["plan", "--out", "plan.json"]).exits(0);
    // Only the plan and the spec reach the next job.
    for file in ["zip.py", "source.mjs", "code.zip"] {
        fs::remove_file(account.folder.path().join(file)).unwrap();
    }
    account.run(&["apply", "plan.json"]).exits(0);
    assert_eq!(builds(&account), 1);
    account.run(&["plan", "--no-build"]).exits(1).says(&["no function code at", "code.zip"]);

    // A plan whose code was exchanged is refused.
    write(&account, "zip.py", ZIPS);
    write(&account, "source.mjs", "export const handler = () => 3;\n");
    account.run(&["plan", "--out", "plan.json"]).exits(0);
    let path = account.folder.path().join("plan.json");
    let mut plan: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let honest = plan["code"][0]["zip"].take();
    let contents = plan["code"][0]["contents_sha256"].take();
    plan["code"][0]["contents_sha256"] = json!("other");
    plan["code"][0]["zip"] = honest.clone();
    fs::write(&path, plan.to_string()).unwrap();
    account.run(&["apply", "plan.json"]).exits(6).says(&["code of work is not what was planned"]);

    // Without the archive it is built again, and compared.
    plan["code"][0]["contents_sha256"] = contents;
    plan["code"][0]["zip"] = json!(null);
    fs::write(&path, plan.to_string()).unwrap();
    account.run(&["apply", "plan.json"]).exits(0);
    account.is_settled();
}

#[test]
fn the_tools_own_files_are_no_code() {
    let account = Account::with(&spec("{ path: . }"));
    write(&account, "index.mjs", HANDLER);
    account.run(&["plan", "--out", "plan.json"]).exits(0);
    account.run(&["apply", "plan.json"]).exits(0);
    account.spec(&format!("{}# a comment\n", spec("{ path: . }")));
    write(&account, "__pycache__/a.pyc", "x");
    account.is_settled();
    write(&account, ".env", "TOKEN=x\n");
    account.run(&["plan"]).exits(0).says(&["packed-secret", "`.env`", "exclude"]);
    assert_eq!(account.drift().len(), 1);
    account.spec(&spec("{ path: ., exclude: [\".env*\"] }"));
    account.is_settled();
}

#[test]
fn links_run_in_the_cloud_as_pnpm_lays_them_out() {
    let account = Account::with(&spec("{ path: app }"));
    let handler = "import a from 'a';\nexport const handler = async () => a;\n";
    write(&account, "app/index.mjs", handler);
    write(
        &account,
        "app/node_modules/.pnpm/a@1/node_modules/a/index.js",
        "module.exports = 'a' + require('b');\n",
    );
    write(&account, "app/node_modules/.pnpm/b@1/node_modules/b/index.js", "module.exports = 'b';\n");
    let modules = account.folder.path().join("app/node_modules");
    symlink(".pnpm/a@1/node_modules/a", modules.join("a")).unwrap();
    symlink("../../b@1/node_modules/b", modules.join(".pnpm/a@1/node_modules/b")).unwrap();
    account.apply();
    account.is_settled();
    let answer =
        account.ask(async |aws| aws.lambda().invoke().function_name("coded-work").send().await.unwrap());
    let payload = answer.payload.unwrap_or_else(|| panic!("no answer")).into_inner();
    assert_eq!(String::from_utf8_lossy(&payload), "\"ab\"");
    symlink("../../../elsewhere", modules.join("c")).unwrap();
    fs::create_dir(account.folder.path().join("../elsewhere")).unwrap_or_default();
    account.run(&["plan"]).exits(1).says(&["leads out of the folder", "pnpm deploy"]);
}

#[test]
fn builds_see_no_credentials_but_those_that_are_granted() {
    let build = "mkdir -p dist && cp index.mjs dist && env > seen";
    let of = |granted: &str| spec(&format!("{{ path: dist, build: \"{build}\"{granted} }}"));
    let mut account = Account::with(&of(""));
    write(&account, "index.mjs", HANDLER);
    for name in ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GITHUB_TOKEN", "NODE_AUTH_TOKEN", "COPILOT_TOKEN"] {
        account.variables.push((name, "value-of-it".into()));
    }
    account.variables.push(("NODE_ENV", "production".into()));
    let seen = |account: &Account| fs::read_to_string(account.folder.path().join("seen")).unwrap();
    account.run(&["plan"]).exits(0);
    let first = seen(&account);
    assert!(first.contains("NODE_ENV=production") && first.contains("PATH="), "{first}");
    for hidden in ["AWS_", "value-of-it"] {
        assert!(!first.contains(hidden), "{hidden}: {first}");
    }
    account.spec(&of(", build_env: [NODE_AUTH_TOKEN]"));
    account.run(&["plan"]).exits(0);
    let second = seen(&account);
    assert!(second.contains("NODE_AUTH_TOKEN=value-of-it") && !second.contains("GITHUB_TOKEN"), "{second}");
}

#[test]
fn what_is_built_is_checked_before_it_is_sent() {
    let build = "mkdir -p dist && echo run > dist/bootstrap";
    let of = |more: &str| {
        spec(&format!("{{ path: dist, build: \"{build}{more}\" }}")).replace("nodejs22.x", "provided.al2023")
    };
    let account = Account::with(&of(""));
    account.run(&["plan"]).exits(1).says(&["bootstrap-not-found", "copilot.yaml:7", "chmod +x"]);
    account.spec(&of(" && chmod +x dist/bootstrap"));
    account.run(&["plan"]).exits(0);
    let mode = fs::metadata(account.folder.path().join("dist/bootstrap")).unwrap().permissions().mode();
    assert_ne!(mode & 0o111, 0);
}

#[test]
fn what_lambda_does_not_take_is_refused_with_its_figures() {
    let account = Account::with(&spec("{ path: big.zip }"));
    fs::File::create(account.folder.path().join("big.zip")).unwrap().set_len(60_000_000).unwrap();
    account.run(&["plan"]).exits(1).says(&["58 MB zipped", "60000000 bytes", "50 MB (52428800 bytes)"]);
    let noise = |path: &Path| {
        let bytes: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(53_000_000).collect();
        fs::write(path, bytes).unwrap();
    };
    write(&account, "big/index.mjs", HANDLER);
    noise(&account.folder.path().join("big/blob"));
    account.spec(&spec("{ path: big }"));
    account.run(&["plan"]).exits(1).says(&["51 MB zipped", "code.exclude"]);
}
