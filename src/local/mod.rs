//! A cloud on this machine: finds or makes a private MiniStack, starts it in the background, stops it.
//!
//! Everything lives in one folder: the installed emulator (`venv-…`), the AWS SDK for functions (`functions-…`),
//! and one running emulator with its state file, log and scratch folder. Whoever changes any of it holds `lock`.
//! One emulator serves all stacks; what it holds lives in memory and ends with it.
mod cache_dir;
mod emulator;
mod endpoint;
mod error;
mod health;
mod install_step;
mod node;
mod python;
mod search;
mod state;

use std::{ffi::OsString, path::PathBuf, time::Duration};

use cache_dir::CacheDir;

use crate::diagnostic::{Category, Diagnostic, Severity};
pub(crate) use cache_dir::create_private;
pub use endpoint::{CLEARED, LocalEndpoint, REGION, RunningEmulator, websocket_url};
pub use error::Error;

/// Environment variable for the folder to use in place of `<user's cache folder>/copilot-infra`.
pub const CACHE_VARIABLE: &str = "COPILOT_INFRA_CACHE";

/// What happens while the local cloud is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupEvent {
    /// A step that takes its time began or ended.
    Step(String),
    /// Something is missing or old; the local cloud works without it. Shown even when quiet.
    Warning(Box<Diagnostic>),
}

impl SetupEvent {
    fn step(text: impl Into<String>) -> Self {
        Self::Step(text.into())
    }

    fn warning(lines: impl AsRef<str>, hint: impl Into<String>) -> Self {
        let diagnostic = Diagnostic::of_lines(Category::Other, lines.as_ref()).with_hint(hint);
        Self::Warning(Box::new(Diagnostic { severity: Severity::Warning, ..diagnostic }))
    }
}

/// Receives the events of a setup as they happen.
pub type SetupObserver<'a> = &'a (dyn Fn(SetupEvent) + Sync);

/// The local cloud of one folder.
#[derive(Clone, Debug)]
pub struct LocalCloud {
    folder: PathBuf,
    search: OsString,
}

impl LocalCloud {
    /// Uses the user's cache folder: `COPILOT_INFRA_CACHE`, else `XDG_CACHE_HOME` or `~/.cache` with `copilot-infra`.
    pub fn at_default() -> Result<Self, Error> {
        Ok(Self::in_folder(cache_folder()?.join("local")))
    }

    /// Uses this folder, which must be an absolute path; it is created when first needed.
    #[expect(clippy::disallowed_methods, reason = "programs are looked for where the shell does")]
    pub fn in_folder(path: impl Into<PathBuf>) -> Self {
        Self { folder: path.into(), search: std::env::var_os("PATH").unwrap_or_default() }
    }

    /// Searches for Python, Node and npm here instead of in `PATH`.
    #[must_use]
    pub fn with_search_path(mut self, search: impl Into<OsString>) -> Self {
        self.search = search.into();
        self
    }

    /// Returns the running emulator, or installs and starts one; safe against other processes doing the same.
    pub async fn ensure_running(&self, note: SetupObserver<'_>) -> Result<LocalEndpoint, Error> {
        let cache = CacheDir::open(&self.folder)?;
        let _lock = cache.lock(note).await?;
        if let Some(running) = emulator::join_running(&cache).await? {
            if running.version != python::MINISTACK {
                let (is, wanted) = (&running.version, python::MINISTACK);
                note(SetupEvent::warning(
                    format!("the local cloud runs MiniStack {is}, this version wants {wanted}"),
                    "`copilot-infra local stop` ends it and all it holds; the next command starts the new one",
                ));
            }
            if running.endpoint.token.is_empty() {
                note(SetupEvent::warning(
                    "an earlier release started the local cloud, which lets everybody on this machine in",
                    "`copilot-infra local stop` ends it and all it holds; the next command starts a closed one",
                ));
            }
            return Ok(running.endpoint);
        }
        cache.sweep()?;
        let python = python::ensure_python(&cache, &self.search, note).await?;
        let functions = node::ensure_node_runtime(&cache, &self.search, note).await?;
        emulator::start_emulator(&cache, &python, &functions, &self.search).await
    }

    /// Returns the running emulator; nothing is installed, started or waited for.
    pub async fn status(&self) -> Result<Option<RunningEmulator>, Error> {
        emulator::find_running(&CacheDir::at(&self.folder)?).await
    }

    /// Stops the running emulator with its functions and returns its description; all that it held is gone.
    pub async fn stop(&self) -> Result<Option<RunningEmulator>, Error> {
        let cache = CacheDir::at(&self.folder)?;
        if !cache.exists() {
            return Ok(None);
        }
        let _lock = cache.lock(&|_| ()).await?;
        let ended = emulator::stop_emulator(&cache).await?;
        cache.clear()?;
        Ok(ended)
    }
}

/// Returns the folder for files that can be created again.
///
/// # Errors
/// Neither `HOME` nor a cache variable is set.
#[expect(clippy::disallowed_methods, reason = "the variable names the folder")]
pub fn cache_folder() -> Result<PathBuf, Error> {
    use etcetera::BaseStrategy as _;
    if let Some(set) = std::env::var_os(CACHE_VARIABLE).filter(|set| !set.is_empty()) {
        return std::path::absolute(set).map_err(|_| Error::NoCacheFolder);
    }
    let strategy = etcetera::choose_base_strategy().map_err(|_| Error::NoCacheFolder)?;
    Ok(strategy.cache_dir().join("copilot-infra"))
}

/// Sleeps between two checks of a file or a port.
#[expect(clippy::disallowed_methods, reason = "every such wait is short and ends by itself")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(25)).await;
}
