//! What the tests install, the first time over the network.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder that keeps it between runs. Not that of the program: whoever runs the tests may be using that.
pub(crate) fn cache() -> PathBuf {
    copilot_infra::local::cache_folder().unwrap().join("tests")
}

/// The folder of the programs of a Python environment that holds `packages`.
pub(crate) fn python_packages(packages: &[&str]) -> PathBuf {
    let name = packages.join("-").replace("==", "-").replace('<', "-");
    let (folder, installed) = (cache().join(&name), cache().join(format!("{name}.installed")));
    if !installed.exists() {
        fs::create_dir_all(cache()).unwrap();
        run(Command::new("python3").args(["-I", "-m", "venv", "--clear"]).arg(&folder));
        let pip = ["-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
        run(Command::new(folder.join("bin/python")).args(pip).args(packages));
        fs::write(installed, "").unwrap();
    }
    folder.join("bin")
}

/// The folder of the programs of a package of npm, such as `typescript@5.9.3`.
pub(crate) fn npm_package(package: &str) -> PathBuf {
    let (folder, installed) = (cache().join(package), cache().join(format!("{package}.installed")));
    if !installed.exists() {
        fs::create_dir_all(&folder).unwrap();
        let npm =
            ["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix"];
        run(Command::new("npm").args(npm).arg(&folder).arg(package));
        fs::write(installed, "").unwrap();
    }
    folder.join("node_modules/.bin")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}; the first run needs the network\n{error}");
}

/// Writes a script that can be run. Another process does the writing: what a test starts at the same moment would
/// inherit the open file, and what is open for writing cannot be run.
pub(crate) fn write_script(path: &Path, text: &str) {
    let write = "printf '%s' \"$1\" > \"$0\" && chmod 755 \"$0\"";
    run(Command::new("sh").args(["-c", write]).arg(path).arg(text));
}
