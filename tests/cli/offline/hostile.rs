//! Files that nobody writes by accident: a clear answer in bounded time, within bounded memory.
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::program::{PROGRAM, Run, isolate};

/// Address space of the program, in KiB: a debug build alone maps half of it.
const SPACE: u32 = 400 * 1024;
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the program, which gets no more memory than [`SPACE`].
fn confined(arguments: &[&str]) -> (Run, Duration) {
    let mut shell = Command::new("sh");
    isolate(&mut shell).args(["-c", &format!("ulimit -v {SPACE} && exec \"$0\" \"$@\""), PROGRAM]);
    shell.args(arguments).env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let began = Instant::now();
    (Run::of(&mut shell), began.elapsed())
}

/// What is said of a file that is refused with `code`.
fn told(name: &str, arguments: &[&str], code: i32) -> String {
    let (run, took) = confined(arguments);
    let told = run.exits(code).err;
    assert!(took < PATIENCE, "{name}: {took:?}");
    assert!(told.contains("error") && told.contains("hint: "), "{name}: {told}");
    assert!(told.len() < 100_000, "{name}: {} bytes", told.len());
    told
}

fn write(folder: &Path, bytes: &[u8]) -> String {
    let path = folder.join("hostile");
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

/// Ten aliases of ten aliases of ten aliases…
fn bomb() -> String {
    let level = |n: u32| format!("  l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", "));
    let levels: String = (1..10).map(level).collect();
    format!("version: 1\nstack: demo\ntags:\n  l0: &l0 [lol]\n{levels}")
}

#[test]
fn a_hostile_spec_is_refused_in_bounded_time_and_memory() {
    let folder = tempfile::tempdir().unwrap();
    let merge = |n: u32| format!("  m{n}: &m{n} {{ <<: [*m{}, *m{}] }}\n", n - 1, n / 2);
    let merges: String = (1..200).map(merge).collect();
    let merges = format!("version: 1\nstack: demo\ntags:\n  m0: &m0 {{ a: b }}\n{merges}");
    let deep = |open: &str, close: &str| {
        format!("version: 1\nstack: {}{}", open.repeat(20_000), close.repeat(20_000))
    };
    let specs: [(&str, Vec<u8>, &str); 9] = [
        ("ten megabytes", b"a: 1\n".repeat(2 << 20), "larger than 1 MiB"),
        ("a bomb of aliases", bomb().into_bytes(), "the aliases repeat"),
        ("a bomb of merges", merges.into_bytes(), "deeper"),
        ("deep lists", deep("[", "]").into_bytes(), "deep"),
        ("deep mappings", deep("{a: ", "}").into_bytes(), "deep"),
        ("latin-1", b"version: 1\nstack: caf\xe9\n".to_vec(), "line 2, column 11"),
        ("utf-16", "version: 1".encode_utf16().flat_map(u16::to_le_bytes).collect(), "NUL"),
        ("zeros", vec![0; 1 << 20], "NUL"),
        ("a mark alone", "\u{feff}".into(), "the spec is empty"),
    ];
    for (name, bytes, words) in specs {
        let path = write(folder.path(), &bytes);
        let told = told(name, &["validate", "-f", &path], 65);
        assert!(told.contains(words), "{name}: {told}");
    }
    let marked =
        [b"\xff\xfe".to_vec(), "version: 1".encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let path = write(folder.path(), &marked);
    assert!(told("utf-16", &["validate", "-f", &path], 65).contains("UTF-16"));
}

#[test]
fn a_hostile_plan_is_refused_in_bounded_time_and_memory() {
    let folder = tempfile::tempdir().unwrap();
    let plans: [(&str, Vec<u8>, &str); 6] = [
        ("fifty megabytes", vec![b' '; 50 << 20], "larger than 48 MiB"),
        ("deep lists", b"[".repeat(1 << 20), "recursion limit"),
        ("deep mappings", b"{\"a\":".repeat(1 << 20), "recursion limit"),
        ("latin-1", b"{\"format\": \"caf\xe9\"}".to_vec(), "unicode"),
        ("no plan", b"{}".to_vec(), "it is not a plan"),
        (
            "half a plan",
            b"{\"format\": \"copilot-infra/plan\", \"format_version\": \"1.0\"}".to_vec(),
            "missing field",
        ),
    ];
    for (name, bytes, words) in plans {
        let path = write(folder.path(), &bytes);
        let told = told(name, &["apply", &path, "-f", "examples/minimal.yaml"], 1);
        assert!(told.contains(words), "{name}: {told}");
    }
}
