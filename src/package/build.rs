//! Code that has to be built first: by the user's command, or by npm for a template with dependencies.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::{
    Error, Package, archive, embedded,
    folder_walk::PackedFile,
    installed::{pack_installed, unwritable},
};
use crate::{local, redact::is_secret_name};

/// Arguments by which npm fetches only what the lock file names, and runs none of it.
const NPM: [&str; 6] = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"];

/// Beginnings of the names of variables that builds do not see: the credentials of this run, the means to get more of
/// them, and what the tool itself is told.
const WITHHELD: [&str; 4] = ["AWS_", "COPILOT_", "ACTIONS_ID_TOKEN_REQUEST_", "ACTIONS_RUNTIME_"];
/// Variables whose names speak of secrets and that hold none; the agent of SSH is what private dependencies come by.
const HARMLESS: [&str; 3] = ["PWD", "OLDPWD", "SSH_AUTH_SOCK"];

/// Runs a shell command in `at`, without a terminal for prompts and without the credentials of this run: a build runs
/// the code of others, such as the install scripts of dependencies. It sees the variables that `granted` names.
///
/// # Errors
/// It cannot be started, or fails; the error contains all its output.
pub async fn run_build_command(command: &str, at: &Path, granted: &BTreeSet<String>) -> Result<(), Error> {
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.args([if cfg!(windows) { "/C" } else { "-c" }, command]);
    for (name, _) in std::env::vars_os() {
        let granted = |name: &str| granted.contains(name);
        if name.to_str().is_some_and(|name| is_withheld(name) && !granted(name)) {
            shell.env_remove(name);
        }
    }
    run_program(command, shell, at).await
}

/// Returns whether builds do not see a variable unless the spec names it.
fn is_withheld(name: &str) -> bool {
    let starts = |start: &&str| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    WITHHELD.iter().any(starts) || is_secret_name(name) && !HARMLESS.contains(&name)
}

/// Packs a template; the dependencies of one that has any are fetched into the cache first, once for each version.
///
/// # Errors
/// There is no such template, or its dependencies cannot be fetched.
pub async fn pack_shipped_template(name: &str, note: &dyn Fn(&str)) -> Result<Package, Error> {
    let files = embedded::embedded_files(name).ok_or_else(|| Error::NoTemplate(name.to_owned()))?;
    if !files.iter().any(|file| file.path == "package-lock.json") {
        return archive::pack_files(Path::new(name), files);
    }
    let cache = local::cache_folder().map_err(|error| Error::Cache(error.to_string()))?.join("templates");
    // What lies there is shipped: nobody else may have put it there.
    local::create_private(&cache).map_err(|error| Error::Cache(error.to_string()))?;
    let span = cache.join(format!("{name}-{}", files_digest(&files)));
    pack_installed(&span, name, note, async || install_dependencies(&files, &cache, &span).await).await
}

/// Installs dependencies in a temporary folder and moves it into place, so that an interrupted fetch leaves nothing
/// half done.
async fn install_dependencies(files: &[PackedFile], cache: &Path, span: &Path) -> Result<(), Error> {
    let made = tempfile::Builder::new().prefix(".making-").tempdir_in(cache).map_err(unwritable(cache))?;
    for file in files {
        let path = made.path().join(&file.path);
        fs::write(&path, embedded::data_of(file)).map_err(unwritable(&path))?;
    }
    let mut npm = Command::new("npm");
    npm.args(NPM);
    run_program(&format!("npm {}", NPM.join(" ")), npm, made.path()).await?;
    // npm's own notes contain the registry's address, which differs between machines; the package must not depend on
    // it.
    let notes = made.path().join("node_modules/.package-lock.json");
    fs::remove_file(&notes).map_err(unwritable(&notes))?;
    match fs::rename(made.path(), span) {
        Ok(()) => drop(made.keep()),
        // Another process was faster.
        Err(_) if span.exists() => {}
        Err(cause) => return Err(Error::Unwritable { path: span.to_owned(), cause }),
    }
    Ok(())
}

async fn run_program(command: &str, mut program: Command, at: &Path) -> Result<(), Error> {
    let here = if at == OsStr::new("") { PathBuf::from(".") } else { at.to_owned() };
    program.current_dir(here).stdin(Stdio::null()).kill_on_drop(true);
    let failed =
        |reason: String, output: String| Error::Build { command: command.to_owned(), reason, output };
    let done = program.output().await.map_err(|error| failed(error.to_string(), String::new()))?;
    if done.status.success() {
        return Ok(());
    }
    let output =
        [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Err(failed(describe_exit(done.status), output))
}

fn describe_exit(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

fn files_digest(files: &[PackedFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.path.as_bytes());
        hash.update([0]);
        hash.update(embedded::data_of(file));
        hash.update([0]);
    }
    hash.finalize().iter().take(6).fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::package::{Exclusions, pack_folder};

    #[tokio::test]
    async fn a_build_runs_in_the_specs_folder() {
        let dir = tempfile::tempdir().unwrap();
        let command = "mkdir dist && echo hello > dist/index.mjs";
        run_build_command(command, dir.path(), &BTreeSet::new()).await.unwrap();
        let package = pack_folder(&dir.path().join("dist"), &Exclusions::default()).unwrap();
        assert!(package.contains("index.mjs"));
    }

    #[tokio::test]
    async fn a_failed_build_shows_all_it_printed() {
        let command = "echo out; echo err >&2; exit 3";
        let error = run_build_command(command, Path::new(""), &BTreeSet::new()).await.unwrap_err();
        assert_eq!(error.output(), Some("out\nerr\n"));
        assert!(error.to_string().contains("exit code 3") && !error.hint().is_empty(), "{error}");
    }

    #[test]
    fn credentials_are_withheld_from_builds() {
        for name in [
            "AWS_SECRET_ACCESS_KEY",
            "AWS_PROFILE",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "ACTIONS_RUNTIME_TOKEN",
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "CI_JOB_TOKEN",
            "COPILOT_TOKEN",
            "DB_PASSWORD",
            "ANTHROPIC_API_KEY",
        ] {
            assert!(is_withheld(name), "{name}");
        }
        for name in ["PATH", "HOME", "PWD", "CI", "NODE_ENV", "SSH_AUTH_SOCK", "PIP_CACHE_DIR", "RUSTUP_HOME"]
        {
            assert!(!is_withheld(name), "{name}");
        }
    }

    #[tokio::test]
    async fn unknown_templates_are_named() {
        let error = pack_shipped_template("nothing", &|_| {}).await.unwrap_err();
        assert!(error.to_string().contains("nothing") && error.hint().contains("websocket"), "{error}");
    }
}
