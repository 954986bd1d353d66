//! What functions require: Node, and the AWS SDK for JavaScript that AWS provides to every Node function.
//!
//! The emulator unpacks each function below its TMPDIR and Node looks for packages upwards from there, so a
//! `node_modules` in TMPDIR serves `import` and `require` alike.
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use super::{
    Error, SetupEvent, SetupObserver,
    cache_dir::{CacheDir, move_into_place},
    install_step, search,
};

/// Oldest major version of Node, as the pinned SDK packages require in their `engines`.
const OLDEST: u32 = 20;
const MANIFEST: &str = include_str!("pinned/package.json");
const LOCK: &str = include_str!("pinned/package-lock.json");

/// The Node runtime as far as it was found; functions that miss a part fail one by one, provisioning works without.
#[derive(Default)]
pub(super) struct NodeRuntime {
    /// The folder of the real `node`, not of a version manager's shim, which would need the user's HOME.
    pub(super) node: Option<PathBuf>,
    /// Path of the `node_modules` folder with the SDK.
    pub(super) modules: Option<PathBuf>,
}

/// Finds Node and installs the SDK on first use; a missing part is a warning. Call it only under the lock.
pub(super) async fn ensure_node_runtime(
    cache: &CacheDir,
    path: &OsStr,
    note: SetupObserver<'_>,
) -> Result<NodeRuntime, Error> {
    let bin = match find_node(path).await {
        Ok(bin) => bin,
        Err(found) => {
            note(SetupEvent::warning(
                format!("{found}, so functions will not run in the local cloud; everything else works"),
                format!(
                    "install Node {OLDEST} or newer, then `copilot-infra local stop` and the same command again"
                ),
            ));
            return Ok(NodeRuntime::default());
        }
    };
    let place = cache.join(&format!("functions-{}", install_step::pins_digest(&[MANIFEST, LOCK])));
    let modules = place.join("node_modules");
    if !modules.exists() {
        let Some(npm) = search::find_program("npm", path) else {
            note(missing_sdk_warning("npm was not found"));
            return Ok(NodeRuntime { node: Some(bin), modules: None });
        };
        note(SetupEvent::step("installing the AWS SDK for functions, once"));
        match install_sdk(cache, &npm, path, &place).await {
            Ok(()) => {}
            Err(Error::Install { step, tail, log }) => {
                note(missing_sdk_warning(&format!(
                    "{step} failed\n{tail}\nall output is in `{}`",
                    log.display()
                )));
                return Ok(NodeRuntime { node: Some(bin), modules: None });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(NodeRuntime { node: Some(bin), modules: Some(modules) })
}

fn missing_sdk_warning(why: &str) -> SetupEvent {
    SetupEvent::warning(
        format!("{why}\nfunctions that import `@aws-sdk/…` without bundling it will fail in the local cloud"),
        "mend that, then `copilot-infra local stop` and the same command again",
    )
}

/// Finds the folder of the real Node, or returns what is wrong.
async fn find_node(path: &OsStr) -> Result<PathBuf, String> {
    let Some(shim) = search::find_program("node", path) else { return Err("Node was not found".into()) };
    let probe = "console.log(process.version + '\\n' + process.execPath)";
    let answer = search::run_for_output(search::prepare_command(&shim, path).args(["-e", probe]))
        .await
        .unwrap_or_default();
    let (version, program) = answer.split_once('\n').unwrap_or((&answer, ""));
    match search::parse_version(version) {
        Some((major, _)) if major >= OLDEST => Path::new(program)
            .parent()
            .map(Path::to_owned)
            .ok_or_else(|| "`node` does not say where it is".into()),
        Some(_) => Err(format!("Node {version} is too old")),
        None => Err(format!("`{}` does not run", shim.display())),
    }
}

async fn install_sdk(cache: &CacheDir, npm: &Path, path: &OsStr, place: &Path) -> Result<(), Error> {
    let log = cache.join("install-functions.log");
    fs::write(&log, "").map_err(Error::folder(&log))?;
    let built = cache.building()?;
    for (name, text) in [("package.json", MANIFEST), ("package-lock.json", LOCK)] {
        let file = built.path().join(name);
        fs::write(&file, text).map_err(Error::folder(&file))?;
    }
    let mut command = search::prepare_command(npm, path);
    command.args(["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-progress"]);
    // The default of four attempts takes more than a minute without a network.
    command.args(["--fetch-retries=1", "--fetch-retry-mintimeout=2000"]);
    install_step::run_logged(
        "installing the AWS SDK for functions with npm",
        command.current_dir(built.path()),
        &log,
    )
    .await?;
    move_into_place(built, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_is_whole_and_names_no_host() {
        let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap();
        let lock: serde_json::Value = serde_json::from_str(LOCK).unwrap();
        assert_eq!(lock["packages"][""]["dependencies"], manifest["dependencies"]);
        for (name, package) in lock["packages"].as_object().unwrap() {
            assert!(name.is_empty() || package["integrity"].is_string(), "{name}");
        }
        // Without hosts in the lock file, npm uses the registry that the user has configured.
        assert!(!LOCK.contains("\"resolved\""));
    }

    #[tokio::test]
    async fn no_node_is_only_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CacheDir::open(folder.path()).unwrap();
        let events = std::sync::Mutex::new(Vec::new());
        let observe = |event| events.lock().unwrap().push(event);
        let found = ensure_node_runtime(&cache, OsStr::new("/nowhere"), &observe).await.unwrap();
        assert!(found.node.is_none() && found.modules.is_none());
        let events = events.into_inner().unwrap();
        let [SetupEvent::Warning(warning)] = &events[..] else { panic!("{events:?}") };
        assert!(warning.message.starts_with("Node was not found") && warning.hint.is_some(), "{warning:?}");
    }
}
