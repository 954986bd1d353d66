//! Starts, finds and stops the one emulator of a folder.
use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{
    Error, LocalEndpoint, RunningEmulator,
    cache_dir::CacheDir,
    health, install_step,
    node::NodeRuntime,
    pause, python,
    state::{self, EmulatorStart, EmulatorState, StateFile},
};

const LAUNCH: &str = include_str!("launch.py");
/// Time limit of the start; it takes half a second on an idle machine.
const START_LIMIT: Duration = Duration::from_mins(1);
/// Time limit of a clean end, which takes up to three seconds while clients are connected.
const TERM_LIMIT: Duration = Duration::from_secs(5);
const KILL_LIMIT: Duration = Duration::from_secs(5);
/// Number of ports that are tried when other programs keep taking them.
const PORTS: u32 = 5;
/// Variables of the user's environment that the emulator gets besides its own settings; no others reach it.
///
/// It passes its whole environment to the functions, so real credentials would travel along and an `AWS_ENDPOINT_URL`
/// would lead them astray.
const KEPT: [&str; 7] =
    ["LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CLOUDTRAIL_RECORDING"];

/// Returns the running emulator, and whether it answers just now.
pub(super) async fn find_running(cache: &CacheDir) -> Result<Option<RunningEmulator>, Error> {
    let Some(state) = wait_until_named(cache).await? else { return Ok(None) };
    let healthy = health::is_healthy(state.start.port).await;
    Ok(Some(describe_running(cache, &state, healthy)))
}

/// Returns the running emulator once it is healthy; none if none runs.
pub(super) async fn join_running(cache: &CacheDir) -> Result<Option<RunningEmulator>, Error> {
    if state::read_state_file(&cache.state())? == StateFile::NotRunning {
        return Ok(None);
    }
    Ok(wait_until_healthy(cache).await?.map(|state| describe_running(cache, &state, true)))
}

/// Starts an emulator and waits until it is healthy; call it only under the lock and when none runs.
pub(super) async fn start_emulator(
    cache: &CacheDir,
    python: &Path,
    functions: &NodeRuntime,
    search: &OsStr,
) -> Result<LocalEndpoint, Error> {
    let mut port = 0;
    for _ in 0..PORTS {
        port = health::free_port().await.map_err(Error::Spawn)?;
        prepare_scratch(cache, functions)?;
        spawn_process(cache, python, functions, search, port).await?;
        if let Some(state) = wait_until_healthy(cache).await? {
            return Ok(LocalEndpoint::new(state.start.port, state.pid, state.token.clone()));
        }
        let log = cache.log();
        let tail = install_step::log_tail(&log);
        if !tail.to_lowercase().contains("already in use") {
            return Err(Error::Died { tail, log });
        }
    }
    Err(Error::PortTaken { port })
}

/// Stops the running emulator, first with SIGTERM, then with SIGKILL; call it only under the lock.
pub(super) async fn stop_emulator(cache: &CacheDir) -> Result<Option<RunningEmulator>, Error> {
    let Some(found) = find_running(cache).await? else { return Ok(None) };
    let pid = found.endpoint.pid;
    signal_group(pid, false);
    let ended = wait_until_gone(cache, TERM_LIMIT).await?;
    // This is also for functions that ignore the first signal; the group outlives its leader, so its number is still
    // ours.
    signal_group(pid, true);
    if ended || wait_until_gone(cache, KILL_LIMIT).await? {
        Ok(Some(found))
    } else {
        Err(Error::Undying { pid })
    }
}

fn describe_running(cache: &CacheDir, state: &EmulatorState, healthy: bool) -> RunningEmulator {
    RunningEmulator {
        endpoint: LocalEndpoint::new(state.start.port, state.pid, state.token.clone()),
        healthy,
        uptime: state.start.uptime(),
        log: cache.log(),
        version: state.start.version.clone(),
    }
}

/// Waits until the running emulator is healthy; none if it ends before.
async fn wait_until_healthy(cache: &CacheDir) -> Result<Option<EmulatorState>, Error> {
    let start = Instant::now();
    loop {
        let pid = match state::read_state_file(&cache.state())? {
            StateFile::NotRunning => return Ok(None),
            StateFile::Starting => None,
            StateFile::Running(state) if health::is_healthy(state.start.port).await => {
                return Ok(Some(state));
            }
            StateFile::Running(state) => Some(state.pid),
        };
        if start.elapsed() > START_LIMIT {
            return Err(Error::Silent { pid, log: cache.log() });
        }
        pause().await;
    }
}

/// Waits until the running emulator has written its state, which takes it some milliseconds.
async fn wait_until_named(cache: &CacheDir) -> Result<Option<EmulatorState>, Error> {
    let start = Instant::now();
    loop {
        match state::read_state_file(&cache.state())? {
            StateFile::NotRunning => return Ok(None),
            StateFile::Running(state) => return Ok(Some(state)),
            StateFile::Starting if start.elapsed() > TERM_LIMIT => {
                return Err(Error::Silent { pid: None, log: cache.log() });
            }
            StateFile::Starting => pause().await,
        }
    }
}

async fn wait_until_gone(cache: &CacheDir, limit: Duration) -> Result<bool, Error> {
    let start = Instant::now();
    while state::read_state_file(&cache.state())? != StateFile::NotRunning {
        if start.elapsed() > limit {
            return Ok(false);
        }
        pause().await;
    }
    Ok(true)
}

/// Creates an empty scratch folder in which functions find the SDK.
fn prepare_scratch(cache: &CacheDir, functions: &NodeRuntime) -> Result<(), Error> {
    cache.clear()?;
    let scratch = cache.scratch();
    fs::create_dir(&scratch).map_err(Error::folder(&scratch))?;
    let script = scratch.join("launch.py");
    fs::write(&script, LAUNCH).map_err(Error::folder(&script))?;
    #[cfg(unix)]
    if let Some(modules) = &functions.modules {
        std::os::unix::fs::symlink(modules, scratch.join("node_modules")).map_err(Error::folder(&scratch))?;
    }
    Ok(())
}

async fn spawn_process(
    cache: &CacheDir,
    python: &Path,
    functions: &NodeRuntime,
    search: &OsStr,
    port: u16,
) -> Result<(), Error> {
    let log = cache.log();
    let output = File::create(&log).map_err(Error::folder(&log))?;
    let errors = output.try_clone().map_err(Error::folder(&log))?;
    let start = EmulatorStart::now(port, python::MINISTACK);
    let start = serde_json::to_string(&start).map_err(|error| Error::Spawn(error.into()))?;
    let claimed = state::claim_state_file(&cache.state()).await?;
    // Our own handles of the claimed file close with this statement; from then on the emulator alone holds the lock.
    Command::new(python)
        .arg("-I")
        .arg(cache.scratch().join("launch.py"))
        .arg(start)
        .current_dir(cache.scratch())
        .env_clear()
        .envs(process_environment(&cache.scratch(), functions, search, port)?)
        .stdin(Stdio::from(claimed))
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(Error::Spawn)?;
    Ok(())
}

fn process_environment(
    scratch: &Path,
    functions: &NodeRuntime,
    search: &OsStr,
    port: u16,
) -> Result<Vec<(OsString, OsString)>, Error> {
    let kept = std::env::vars_os().filter(|(name, _)| {
        name.to_str().is_some_and(|name| KEPT.contains(&name) || name.starts_with("MINISTACK_"))
    });
    let folders = functions.node.iter().cloned().chain(std::env::split_paths(search));
    let path = std::env::join_paths(folders).map_err(|error| Error::Spawn(std::io::Error::other(error)))?;
    let own = [
        ("GATEWAY_PORT", port.to_string().into()),
        ("BIND_HOST", "127.0.0.1".into()),
        // Otherwise the emulator opens more ports.
        ("IOT_MTLS_ENABLED", "0".into()),
        ("SFTP_ENABLED", "0".into()),
        // With a name below amazonaws.com a function's `https://{domainName}/{stage}` finds its way back, in any region.
        ("MINISTACK_HOST", "us-east-1.amazonaws.com".into()),
        ("LAMBDA_EXECUTOR", "local".into()),
        ("PYTHONUNBUFFERED", "1".into()),
        ("TMPDIR", scratch.into()),
        ("HOME", scratch.into()),
        ("PATH", path),
    ];
    Ok(kept.chain(own.map(|(name, value): (&str, OsString)| (name.into(), value))).collect())
}

/// Signals the emulator's process group, which contains the function workers too; an empty group counts as success.
#[cfg(unix)]
fn signal_group(leader: u32, kill: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = i32::try_from(leader).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = kill_process_group(group, if kill { Signal::KILL } else { Signal::TERM });
    }
}

#[cfg(not(unix))]
fn signal_group(_leader: u32, _kill: bool) {}
