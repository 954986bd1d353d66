//! The local cloud for real: it installs, starts, survives and ends.
use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Command,
    sync::Mutex,
    time::Duration,
};

use copilot_infra::local::{Error, LocalCloud, LocalEndpoint, SetupEvent};

use super::conversations::SPEC;
use crate::support::{
    install::write_script,
    local_cloud::{cloud, local_in, stoppable},
    program::Run,
    stack::Stack,
};

async fn ensure(local: &LocalCloud) -> Result<LocalEndpoint, Error> {
    local.ensure_running(&|event| eprintln!("{event:?}")).await
}

fn alive(pid: u32) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap().stdout;
    // A dead child of this test stays as a zombie.
    !state.is_empty() && !state.starts_with(b"Z")
}

#[tokio::test]
async fn one_emulator_lives_as_long_as_it_should() {
    let (folder, _lock) = stoppable();
    let local = LocalCloud::in_folder(folder.join("local"));
    local.stop().await.unwrap();
    assert_eq!(local.status().await.unwrap(), None);

    let other = local.clone();
    let (first, second) = tokio::join!(ensure(&local), ensure(&other));
    let first = first.unwrap();
    assert_eq!(first, second.unwrap(), "two at once share one");
    assert_eq!(ensure(&local).await.unwrap(), first, "a third joins");
    let running = local.status().await.unwrap().unwrap();
    assert!(running.healthy && running.endpoint == first && running.log.exists());

    assert!(Command::new("kill").args(["-9", &first.pid.to_string()]).status().unwrap().success());
    while alive(first.pid) {
        tokio::task::yield_now().await;
    }
    assert_eq!(local.status().await.unwrap(), None, "its state file is still there, but stale");
    let next = ensure(&local).await.unwrap();
    assert_ne!(next.pid, first.pid);

    let ended = local.stop().await.unwrap().unwrap();
    assert_eq!(ended.endpoint, next);
    assert!(!alive(next.pid));
    assert_eq!(local.status().await.unwrap(), None);
    assert_eq!(local.stop().await.unwrap(), None);
    assert!(!folder.join("local/emulator.json").exists());
}

/// Makes a `python3` that passes for one but whose pip and emulator do what is told in shell.
fn fake_python(folder: &Path, pip: &str, emulator: &str) -> LocalCloud {
    let inner = format!("case \"$*\" in *pip*) {pip};; *) {emulator};; esac");
    let outer = format!(
        "case \"$*\" in *venv*) ;; *) echo 3.12.0; echo whole; exit;; esac\n\
         mkdir -p \"$4/bin\"; cat > \"$4/bin/python\" <<'END'\n#!/bin/sh\n{inner}\nEND\nchmod +x \"$4/bin/python\""
    );
    // `$*` of the probe holds the word too, in its import.
    let outer = outer.replace("*venv*)", "'-I -m venv'*)");
    let bin = folder.join("bin");
    fs::create_dir(&bin).unwrap();
    write_script(&bin.join("python3"), &format!("#!/bin/sh\n{outer}\n"));
    for tool in ["sh", "mkdir", "cat", "chmod"] {
        std::os::unix::fs::symlink(format!("/bin/{tool}"), bin.join(tool)).unwrap();
    }
    LocalCloud::in_folder(folder.join("local")).with_search_path(bin)
}

#[tokio::test]
async fn without_python_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalCloud::in_folder(folder.path().join("local")).with_search_path("/nowhere");
    let error = ensure(&local).await.unwrap_err();
    assert_eq!(error.to_string(), "Python 3.10 or newer is needed and was not found");
    assert_eq!(fs::read_dir(folder.path().join("local")).unwrap().count(), 1, "the lock alone");
}

#[tokio::test]
async fn a_failing_pip_is_shown_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let local = fake_python(folder.path(), "echo 'ERROR: no network' >&2; exit 1", "exit 1");
    for _ in 0..2 {
        let error = ensure(&local).await.unwrap_err();
        assert_eq!(error.to_string(), "installing the local cloud with pip failed\n  ERROR: no network");
        assert!(error.hint().contains("install.log"));
    }
    let left = fs::read_dir(folder.path().join("local")).unwrap();
    assert_eq!(left.count(), 2, "the lock and the log, nothing half built");
}

#[tokio::test]
async fn an_emulator_that_dies_shows_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let local = fake_python(folder.path(), "exit 0", "echo boom; exit 1");
    let events = Mutex::new(Vec::new());
    let error = local.ensure_running(&|event| events.lock().unwrap().push(event)).await.unwrap_err();
    assert_eq!(error.to_string(), "the local cloud ended while starting\n  boom");
    assert!(error.hint().contains("emulator.log"));
    let warned = |event: &SetupEvent| matches!(event, SetupEvent::Warning(it) if it.message.contains("Node was not found"));
    assert!(events.lock().unwrap().iter().any(warned));
    assert_eq!(local.status().await.unwrap(), None);
}

#[tokio::test]
async fn taken_ports_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let local = fake_python(folder.path(), "exit 0", "echo '[Errno 98] address already in use'; exit 1");
    assert!(matches!(ensure(&local).await, Err(Error::PortTaken { port }) if port > 0));
}

#[tokio::test]
async fn a_stranger_named_in_a_stale_state_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut stranger = Command::new("sleep").arg("60").spawn().unwrap();
    let state = format!("{{\"port\":1,\"version\":\"1\",\"started\":1,\"pid\":{}}}", stranger.id());
    fs::write(folder.path().join("emulator.json"), state).unwrap();
    let local = LocalCloud::in_folder(folder.path());
    assert_eq!(local.status().await.unwrap(), None);
    assert_eq!(local.stop().await.unwrap(), None);
    assert!(alive(stranger.id()));
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn status_says_where_the_cloud_is() {
    let told = Run::of(&mut cloud().local(&["status"])).exits(0).out;
    assert!(told.contains(&cloud().url) && told.contains("emulator.log"), "{told}");
    let empty = tempfile::tempdir().unwrap();
    let run = |command: &str| Run::of(&mut local_in(empty.path(), &[command])).exits(0);
    assert_eq!(run("status").out, "the local cloud is not running\n");
    run("stop").without_result();
}

/// Sends a request to the cloud as any program on the machine may, and returns its status and the whole answer.
fn knock(request: &str) -> (u16, String) {
    let address = cloud().url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.replace('\n', "\r\n").as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    // An open WebSocket says nothing more after its head; everything else ends.
    while !answer.starts_with(b"HTTP/1.1 101") {
        let length = stream.read(&mut part).unwrap();
        if length == 0 {
            break;
        }
        answer.extend_from_slice(&part[..length]);
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default(), answer)
}

/// A call of DynamoDB with some more headers.
fn call(host: &str, headers: &str) -> (u16, String) {
    knock(&format!(
        "POST / HTTP/1.1\nHost: {host}\nX-Amz-Target: DynamoDB_20120810.ListTables\n\
         Content-Type: text/plain\nContent-Length: 2\nConnection: close\n{headers}\n{{}}"
    ))
}

#[test]
fn nobody_without_the_token_gets_into_the_local_cloud() {
    let token = format!("X-Amz-Security-Token: {}\n", cloud().token);
    let (status, answer) = call("localhost", &token);
    assert_eq!(status, 200, "{answer}");
    assert!(!answer.to_lowercase().contains("access-control-"), "{answer}");
    for (host, headers) in [
        ("localhost", String::new()),
        ("localhost", "X-Amz-Security-Token: guessed\n".into()),
        (
            "localhost",
            "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request\n"
                .into(),
        ),
        ("localhost", format!("{token}Origin: https://evil.example\n")),
        ("localhost", format!("{token}Origin: null\n")),
        ("localhost", format!("{token}Sec-Fetch-Site: cross-site\n")),
        ("evil.example", token.clone()),
        ("127.0.0.1.evil.example", token.clone()),
        ("amazonaws.com.evil.example", token),
    ] {
        let (status, answer) = call(host, &headers);
        assert_eq!(status, 403, "{host} {headers}: {answer}");
        assert!(answer.contains("the local cloud"), "{answer}");
    }
}

#[test]
fn a_client_of_this_machine_reaches_the_websocket_and_a_foreign_page_does_not() {
    let stack = Stack::apply("door", SPEC);
    let path = stack.url().split_once("/_aws").map(|(_, path)| format!("/_aws{path}")).unwrap();
    let upgrade = |host: &str, origin: &str| {
        let (status, _) = knock(&format!(
            "GET {path} HTTP/1.1\nHost: {host}\nUpgrade: websocket\nConnection: Upgrade\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\n{origin}\n"
        ));
        status
    };
    for origin in ["", "Origin: http://localhost:5173\n", "Origin: http://127.0.0.1:8080\n"] {
        assert_eq!(upgrade("127.0.0.1", origin), 101, "{origin}");
    }
    for origin in
        ["Origin: https://evil.example\n", "Origin: https://localhost.evil.example\n", "Origin: null\n"]
    {
        assert_eq!(upgrade("127.0.0.1", origin), 403, "{origin}");
    }
    assert_eq!(upgrade("evil.example", ""), 403);
}

#[cfg(unix)]
#[test]
fn the_token_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |name: &str| {
        let path = cloud().folder().join("local").join(name);
        path.metadata().unwrap().permissions().mode() & 0o777
    };
    assert_eq!([mode(""), mode("emulator.json")], [0o700, 0o600]);
    let state = Run::of(&mut cloud().local(&["status"])).exits(0).out;
    assert!(!state.contains(&cloud().token));
    let processes = Command::new("ps").args(["-eo", "args"]).output().unwrap().stdout;
    assert!(!String::from_utf8_lossy(&processes).contains(&cloud().token));
}
