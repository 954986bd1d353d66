//! Secrets among the files that would be packed: whoever may read the function's code reads them.

use std::{
    fs,
    io::{Cursor, Read},
    path::Path,
};

use zip::ZipArchive;

use super::{
    Error, Exclusions,
    folder_walk::{self, FoundKind},
};
use crate::redact::name_form;

/// Largest file whose text is looked through, in bytes: code that a bundler made is larger, and holds forms of secrets
/// in libraries.
const LARGEST: u64 = 64 * 1024;
/// Maximum number of bytes that are looked through in one package.
const BUDGET: u64 = 16 * 1024 * 1024;
/// Shortest text of a private key between its first and its last line, in characters.
const SHORTEST_KEY: usize = 64;
/// Folders of what others have published: what looks like a secret there is a fixture of their tests.
const PUBLISHED: [&str; 2] = ["node_modules", "site-packages"];
/// Folders of credentials.
const CREDENTIAL_FOLDERS: [&str; 2] = [".aws", ".ssh"];
/// Files of credentials.
const CREDENTIAL_FILES: [&str; 8] =
    [".git-credentials", ".netrc", ".pypirc", "id_dsa", "id_ecdsa", "id_ed25519", "id_rsa", "id_ed25519_sk"];
/// Extensions of private keys and of stores of them.
const KEY_EXTENSIONS: [&str; 3] = ["key", "p12", "pfx"];
/// What a `.env` file that only shows the names of the variables is called.
const SAMPLES: [&str; 5] = ["example", "sample", "template", "dist", "defaults"];

/// A file that is, or holds, a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedSecret {
    /// Path within the package.
    pub path: String,
    /// What gives it away, in words.
    pub what: &'static str,
}

/// Finds the secrets that packing a folder would pack.
///
/// # Errors
/// The folder cannot be listed.
pub fn find_secrets_in_folder(root: &Path, exclusions: &Exclusions) -> Result<Vec<PackedSecret>, Error> {
    let mut search = SecretSearch::default();
    for file in folder_walk::list_folder(root, exclusions)? {
        if let FoundKind::File { size, .. } = file.kind {
            search.examine(&file.path, size, || fs::read(&file.from).ok());
        }
    }
    Ok(search.found())
}

/// Finds the secrets in an archive; nothing is found in one that cannot be read.
#[must_use]
pub fn find_secrets_in_archive(zip: &[u8]) -> Vec<PackedSecret> {
    let mut search = SecretSearch::default();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(zip)) else { return Vec::new() };
    for index in 0..archive.len() {
        let Ok(mut file) = archive.by_index(index) else { continue };
        let Ok(path) = file.name().map(std::borrow::Cow::into_owned) else { continue };
        if file.is_file() {
            let size = file.size();
            search.examine(&path, size, || {
                let mut data = Vec::new();
                (&mut file).take(LARGEST).read_to_end(&mut data).ok().map(|_| data)
            });
        }
    }
    search.found()
}

#[derive(Default)]
struct SecretSearch {
    found: Vec<PackedSecret>,
    read: u64,
}

impl SecretSearch {
    /// Judges a file by its name, and a small one by its text.
    fn examine(&mut self, path: &str, size: u64, read: impl FnOnce() -> Option<Vec<u8>>) {
        if path.split('/').any(|part| PUBLISHED.contains(&part) || part.ends_with(".dist-info")) {
            return;
        }
        let what = secret_by_name(path).or_else(|| {
            if size > LARGEST || self.read + size > BUDGET {
                return None;
            }
            self.read += size;
            secret_in_text(&String::from_utf8(read()?).ok()?)
        });
        self.found.extend(what.map(|what| PackedSecret { path: path.to_owned(), what }));
    }

    fn found(mut self) -> Vec<PackedSecret> {
        self.found.sort_by(|a, b| a.path.cmp(&b.path));
        self.found
    }
}

fn secret_by_name(path: &str) -> Option<&'static str> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if folders.split('/').any(|folder| CREDENTIAL_FOLDERS.contains(&folder))
        || CREDENTIAL_FILES.contains(&name)
    {
        return Some("a file of credentials");
    }
    if (name == ".env" || name.starts_with(".env.")) && !SAMPLES.contains(&extension) {
        return Some("variables of an environment");
    }
    KEY_EXTENSIONS.contains(&extension).then_some("a private key, by its name")
}

fn secret_in_text(text: &str) -> Option<&'static str> {
    if text.lines().any(is_npm_credential) {
        return Some("npm's credentials");
    }
    let what = name_form(text)?;
    // Libraries that read keys hold their first line alone.
    (what != "a private key" || has_private_key(text)).then_some(what)
}

/// Returns whether a line of an `.npmrc` holds a credential, and not only the name of a variable.
fn is_npm_credential(line: &str) -> bool {
    let Some((name, value)) = line.trim().split_once('=') else { return false };
    let name = name.trim();
    let key = name.rsplit(':').next().unwrap_or(name);
    let holds =
        ["_authToken", "_auth", "_password"].contains(&key) && (name.starts_with("//") || name == key);
    holds && !value.trim().is_empty() && !value.contains('$')
}

fn has_private_key(text: &str) -> bool {
    text.split("PRIVATE KEY-----").skip(1).step_by(2).any(|body| {
        let body = body.split("-----END").next().unwrap_or_default();
        body.chars().filter(|c| c.is_ascii_alphanumeric() || "+/=".contains(*c)).count() >= SHORTEST_KEY
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Option<&'static str> {
        let mut search = SecretSearch::default();
        search.examine(path, text.len() as u64, || Some(text.into()));
        search.found().first().map(|one| one.what)
    }

    #[test]
    fn files_are_secret_by_their_name() {
        for path in [
            ".env",
            "app/.env.production",
            ".aws/credentials",
            "x/.ssh/config",
            "id_rsa",
            "tls.key",
            ".netrc",
        ] {
            assert!(found(path, "").is_some(), "{path}");
        }
        for path in [".env.example", ".environment", "id_rsa.pub", "key.mjs", ".npmrc", "node_modules/a/.env"]
        {
            assert_eq!(found(path, ""), None, "{path}");
        }
    }

    #[test]
    fn small_files_are_secret_by_their_text() {
        let key = |body: &str| {
            ["-----BEGIN ", "PRIVATE KEY-----\n", body, "\n-----END ", "PRIVATE KEY-----\n"].concat()
        };
        let aws = concat!("AKIA", "IOSFODNN7EXAMPLE");
        for (path, text) in [
            ("server.pem", key(&"a1B2".repeat(20))),
            ("config.json", format!("{{ \"id\": \"{aws}\" }}")),
            (".npmrc", "//registry.example.com/:_authToken=0123abcd\n".to_owned()),
        ] {
            assert!(found(path, &text).is_some(), "{path}");
        }
        for (path, text) in [
            ("ca.pem", "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n".to_owned()),
            ("jose.mjs", ["const head = '-----BEGIN ", "PRIVATE KEY-----\\n'"].concat()),
            (".npmrc", "//registry.example.com/:_authToken=${NPM_TOKEN}\n".to_owned()),
            ("index.mjs", "export const handler = () => 1\n".to_owned()),
        ] {
            assert_eq!(found(path, &text), None, "{path}");
        }
    }
}
