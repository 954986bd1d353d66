//! What a release carries: packed twice to the same bytes, and used as a person gets it.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::install::{python_packages, write_script};

/// `dist`, as Cargo.toml names its version.
const DIST: &str = "astral-dev-toolchain-cargo-dist==0.33.0";
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Stands in for the program, which is large.
const PROGRAM: &str = "#!/bin/sh\necho \"ran $*\"\nexit \"${CODE:-0}\"\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command to its end and returns what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Packs the stand-in by the scripts of the repository that is in `repository`, into `out`.
fn pack(repository: &Path, target: &str, out: &Path) {
    let program = out.with_extension("program");
    write_script(&program, PROGRAM);
    let mut build = Command::new("python3");
    build.arg(repository.join(".release/build")).args(["--target", target, "--program"]).arg(&program);
    run(build.arg("--out").arg(out).env("SOURCE_DATE_EPOCH", "1700000000"));
}

/// Name and bytes of every file in a folder.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        files.map(|path| (path.file_name().unwrap().into(), fs::read(&path).unwrap())).collect();
    found.sort();
    found
}

#[test]
fn the_same_is_packed_in_any_folder() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("elsewhere");
    fs::create_dir(&copy).unwrap();
    let kept = [".release", "Cargo.toml", "README.md", "LICENSE-APACHE", "LICENSE-MIT"]
        .map(|name| root().join(name));
    run(Command::new("cp").arg("-r").args(kept).arg(&copy));
    for target in [TARGET, "x86_64-pc-windows-msvc"] {
        let (here, there) =
            (folder.path().join(format!("here-{target}")), folder.path().join(format!("there-{target}")));
        pack(root(), target, &here);
        pack(&copy, target, &there);
        assert_eq!(contents(&here).len(), 6, "archive, checksum, manifest, wheel, two npm packages");
        assert!(contents(&here) == contents(&there), "{target}");
    }
}

#[test]
fn the_archive_has_all_that_its_checksum_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    pack(root(), TARGET, &out);
    let name = format!("copilot-infra-{TARGET}");
    run(Command::new("sha256sum")
        .args(["--check", "--strict"])
        .arg(format!("{name}.tar.gz.sha256"))
        .current_dir(&out));
    run(Command::new("tar").arg("-xzf").arg(out.join(format!("{name}.tar.gz"))).arg("-C").arg(folder.path()));
    let unpacked = folder.path().join(&name);
    assert_eq!(run(Command::new(unpacked.join("copilot-infra")).arg("--version")), "ran --version\n");
    for (file, printed) in [
        ("completions/copilot-infra.bash", "ran completions bash\n"),
        ("completions/_copilot-infra", "ran completions zsh\n"),
        ("completions/copilot-infra.fish", "ran completions fish\n"),
        ("completions/_copilot-infra.ps1", "ran completions powershell\n"),
        ("man/copilot-infra.1", "ran man\n"),
    ] {
        assert_eq!(fs::read_to_string(unpacked.join(file)).unwrap(), printed);
    }
    for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        assert_eq!(fs::read(unpacked.join(file)).unwrap(), fs::read(root().join(file)).unwrap());
    }
}

#[test]
fn pip_installs_the_wheel() {
    let folder = tempfile::tempdir().unwrap();
    let (out, venv) = (folder.path().join("out"), folder.path().join("venv"));
    pack(root(), TARGET, &out);
    run(Command::new("python3").args(["-I", "-m", "venv"]).arg(&venv));
    let pip = [
        "-I",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--find-links",
    ];
    run(Command::new(venv.join("bin/python")).args(pip).arg(&out).arg("copilot-infra"));
    assert_eq!(run(Command::new(venv.join("bin/copilot-infra")).arg("validate")), "ran validate\n");
    // Every file stands in the wheel's record with its digest.
    let check = "import sys, zipfile, csv, hashlib, base64
for name in sys.argv[1:]:
    wheel = zipfile.ZipFile(name)
    (record,) = [path for path in wheel.namelist() if path.endswith('RECORD')]
    rows = {path: digest for path, digest, _ in csv.reader(wheel.read(record).decode().splitlines())}
    assert set(rows) == set(wheel.namelist()), rows
    for path, digest in rows.items():
        found = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(path)).digest()).decode().rstrip('=')
        assert path == record or digest == 'sha256=' + found, path
";
    let wheels = contents(&out).into_iter().map(|(name, _)| out.join(name));
    let wheels: Vec<_> =
        wheels.filter(|path| path.extension().is_some_and(|extension| extension == "whl")).collect();
    assert_eq!(wheels.len(), 1);
    run(Command::new("python3").args(["-I", "-c", check]).args(wheels));
}

/// The launcher with the packages that npm would have put beside it.
fn node_modules(folder: &Path) -> PathBuf {
    let out = folder.join("out");
    pack(root(), TARGET, &out);
    for package in ["copilot-infra", "copilot-infra-linux-x64"] {
        let place = folder.join("node_modules").join(package);
        fs::create_dir_all(&place).unwrap();
        let archive = out.join(format!("{package}-{}.tgz", env!("CARGO_PKG_VERSION")));
        run(Command::new("tar")
            .arg("-xzf")
            .arg(archive)
            .arg("-C")
            .arg(place)
            .args(["--strip-components", "1"]));
    }
    folder.join("node_modules/copilot-infra/launcher.js")
}

#[test]
fn the_launcher_of_npm_runs_the_program_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let launcher = node_modules(folder.path());
    assert_eq!(run(Command::new("node").arg(&launcher).args(["plan", "-f", "a b"])), "ran plan -f a b\n");
    let failed = Command::new("node").arg(&launcher).env("CODE", "65").status().unwrap();
    assert_eq!(failed.code(), Some(65), "its exit code is the program's");
    fs::remove_dir_all(folder.path().join("node_modules/copilot-infra-linux-x64")).unwrap();
    let told = Command::new("node").arg(&launcher).output().unwrap();
    assert_eq!(told.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&told.stderr).contains("npm installed no program for linux-x64"));
}

#[test]
fn the_formula_names_every_archive_with_its_checksum() {
    let folder = tempfile::tempdir().unwrap();
    let targets = ["aarch64-apple-darwin", "x86_64-apple-darwin", "aarch64-unknown-linux-gnu", TARGET];
    for (digit, target) in targets.iter().enumerate() {
        let line = format!("{} *copilot-infra-{target}.tar.gz\n", digit.to_string().repeat(64));
        fs::write(folder.path().join(format!("copilot-infra-{target}.tar.gz.sha256")), line).unwrap();
    }
    let formula = run(Command::new(root().join(".release/formula")).arg(folder.path()));
    assert!(!formula.contains('@'), "{formula}");
    for (digit, target) in targets.iter().enumerate() {
        let file =
            format!("/releases/download/v{}/copilot-infra-{target}.tar.gz\"", env!("CARGO_PKG_VERSION"));
        let (_, rest) = formula.split_once(&file).unwrap_or_else(|| panic!("no {file} in\n{formula}"));
        let sum = format!("sha256 \"{}\"", digit.to_string().repeat(64));
        assert_eq!(rest.lines().nth(1).unwrap().trim(), sum);
    }
}

#[test]
fn the_image_holds_the_programs_of_both_machines() {
    let folder = tempfile::tempdir().unwrap();
    let (out, context) = (folder.path().join("out"), folder.path().join("context"));
    pack(root(), "x86_64-unknown-linux-musl", &out);
    pack(root(), "aarch64-unknown-linux-musl", &out);
    let certificates = folder.path().join("authorities.pem");
    fs::write(&certificates, "authorities").unwrap();
    run(Command::new(root().join(".release/image"))
        .args([&out, &context])
        .env("SSL_CERT_FILE", &certificates));
    for file in ["Dockerfile", "amd64/copilot-infra", "arm64/copilot-infra", "amd64/tmp", "arm64/home"] {
        assert!(context.join(file).exists(), "{file}");
    }
    assert_eq!(fs::read_to_string(context.join("ca-certificates.crt")).unwrap(), "authorities");
}

/// It says so too where release.yml is not what it would write from Cargo.toml.
#[test]
fn dist_plans_a_release_of_eight_targets() {
    let dist = python_packages(&[DIST]).join("dist");
    let plan: serde_json::Value = serde_json::from_str(&run(Command::new(dist)
        .args(["plan", "--output-format=json"])
        .current_dir(root())))
    .unwrap();
    let artifacts = plan["artifacts"].as_object().unwrap();
    let kinds = |kind: &str| artifacts.values().filter(|artifact| artifact["kind"] == kind).count();
    assert_eq!((kinds("executable-zip"), kinds("installer")), (8, 2), "{:?}", artifacts.keys());
    let jobs = fs::read_to_string(root().join(".github/workflows/build-binaries.yml")).unwrap();
    let packed = fs::read_to_string(root().join(".release/release/project.py")).unwrap();
    for (name, artifact) in artifacts.iter().filter(|(_, artifact)| artifact["kind"] == "executable-zip") {
        let target = artifact["target_triples"][0].as_str().unwrap();
        let suffix = if target.contains("windows") { "zip" } else { "tar.gz" };
        assert_eq!(*name, format!("copilot-infra-{target}.{suffix}"), "by this name it is packed");
        assert!(jobs.contains(&format!("target: {target},")), "{target} is built by nobody");
        assert!(packed.contains(&format!("Target(\"{target}\"")), "{target} is packed by nobody");
    }
}

/// `cargo binstall` finds the archives by the names that they have.
#[test]
fn binstall_looks_where_the_archives_are() {
    let metadata = ["metadata", "--format-version=1", "--no-deps", "--offline", "--locked"];
    let metadata = run(Command::new(env!("CARGO")).args(metadata).current_dir(root()));
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let package =
        metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "copilot-infra");
    let (version, repository) = (env!("CARGO_PKG_VERSION"), package.unwrap()["repository"].as_str().unwrap());
    let binstall = &package.unwrap()["metadata"]["binstall"];
    let filled = |key: &str, suffix: &str| {
        let known = [
            ("{ repo }", repository),
            ("{ version }", version),
            ("{ name }", "copilot-infra"),
            ("{ bin }", "copilot-infra"),
            ("{ target }", TARGET),
            ("{ archive-suffix }", suffix),
            ("{ binary-ext }", ""),
        ];
        known
            .into_iter()
            .fold(binstall[key].as_str().unwrap().to_owned(), |text, (name, value)| text.replace(name, value))
    };
    assert_eq!(
        filled("pkg-url", ".tar.gz"),
        format!("{repository}/releases/download/v{version}/copilot-infra-{TARGET}.tar.gz")
    );
    assert_eq!(filled("bin-dir", ""), format!("copilot-infra-{TARGET}/copilot-infra"));
    assert_eq!(binstall["pkg-fmt"], "tgz");
    for machine in ["x86_64", "aarch64"] {
        assert_eq!(binstall["overrides"][format!("{machine}-pc-windows-msvc")]["pkg-fmt"], "zip");
    }
}
