//! What in a folder of code is no code: version control, caches, notes of package managers, the tool's own files, and
//! what the spec excludes.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use fast_glob::glob_match;

/// What is left out of every package: it differs from machine to machine and no code needs it. Byte code that was made
/// on another machine may not even fit Lambda (Lambda guide, "Working with .zip file archives for Python Lambda
/// functions").
const ALWAYS: [&str; 18] = [
    ".git",
    ".hg",
    ".svn",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    "__pycache__",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "**/node_modules/.cache",
    "**/node_modules/.modules.yaml",
    "**/node_modules/.package-lock.json",
    "**/node_modules/.pnpm/lock.yaml",
    "**/node_modules/.pnpm-workspace-state*.json",
    "**/node_modules/.vite",
    "**/node_modules/.yarn-integrity",
    "**/node_modules/.yarn-state.yml",
];
/// How a saved plan begins, without its white space.
const SAVED_PLAN: &str = "{\"format\":\"copilot-infra/plan\"";

/// What is left out of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exclusions {
    patterns: Vec<Pattern>,
    /// Real path of the spec, which may stand in the folder.
    spec: Vec<PathBuf>,
}

/// A pattern in the form of `.gitignore`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pattern {
    /// Glob over whole paths.
    glob: String,
    /// Whether the pattern takes back what one before it excludes.
    includes: bool,
    /// Whether only folders match.
    folders_only: bool,
}

impl Pattern {
    /// Reads a pattern: without a slash inside it matches names in any folder, else paths from the top of the code.
    fn parse(text: &str) -> Self {
        let (includes, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let (folders_only, text) = text.strip_suffix('/').map_or((false, text), |rest| (true, rest));
        let glob = match text.strip_prefix('/').or_else(|| text.strip_prefix("./")) {
            Some(rest) => rest.to_owned(),
            None if text.contains('/') => text.to_owned(),
            None => format!("**/{text}"),
        };
        Self { glob, includes, folders_only }
    }

    fn matches(&self, path: &str, is_folder: bool) -> bool {
        (is_folder || !self.folders_only) && glob_match(&self.glob, path)
    }
}

impl Default for Exclusions {
    fn default() -> Self {
        Self::of([], None)
    }
}

impl Exclusions {
    /// Returns what is always left out, with these patterns after it and the files of the spec.
    pub fn of<'a, 'b>(
        patterns: impl IntoIterator<Item = &'a str>,
        spec: impl IntoIterator<Item = &'b Path>,
    ) -> Self {
        let patterns = ALWAYS.into_iter().chain(patterns).map(Pattern::parse).collect();
        Self { patterns, spec: spec.into_iter().filter_map(|file| file.canonicalize().ok()).collect() }
    }

    /// Returns whether the file or folder at this path within the code is left out; the last pattern that matches
    /// decides. What stands in an excluded folder is excluded with it.
    pub(super) fn excludes(&self, path: &str, is_folder: bool) -> bool {
        let last = self.patterns.iter().rev().find(|pattern| pattern.matches(path, is_folder));
        last.is_some_and(|pattern| !pattern.includes)
    }

    /// Returns whether a file is the tool's own: the spec, or a saved plan.
    pub(super) fn is_own_file(&self, file: &Path, packed: &str) -> bool {
        self.spec.iter().any(|spec| {
            spec.file_name() == file.file_name() && file.canonicalize().is_ok_and(|real| real == *spec)
        }) || !packed.contains("node_modules/") && is_saved_plan(file)
    }
}

fn is_saved_plan(file: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(file).and_then(|file| file.take(64).read_to_end(&mut head));
    let begins: String =
        String::from_utf8_lossy(&head).chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}').collect();
    read.is_ok() && begins.starts_with(SAVED_PLAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_in_a_gitignore() {
        let of = |patterns: &[&str]| Exclusions::of(patterns.iter().copied(), None);
        for (patterns, path, is_folder, excluded) in [
            (&["*.map"][..], "lib/a.mjs.map", false, true),
            (&["*.map"], "lib/a.mjs", false, false),
            (&["/test"], "test", true, true),
            (&["/test"], "lib/test", true, false),
            (&["docs/"], "lib/docs", true, true),
            (&["docs/"], "docs", false, false),
            (&["lib/*.ts"], "lib/a.ts", false, true),
            (&["lib/*.ts"], "lib/deep/a.ts", false, false),
            (&["lib/**/*.ts"], "lib/deep/er/a.ts", false, true),
            (&[".env*", "!.env.example"], ".env.example", false, false),
            (&[".env*", "!.env.example"], ".env.local", false, true),
            (&["!__pycache__"], "a/__pycache__", true, false),
            (&[], "a/__pycache__", true, true),
            (&[], "packages/x/node_modules/.cache", true, true),
            (&[], "node_modules/.modules.yaml", false, true),
            (&[], ".gitignore", false, false),
        ] {
            assert_eq!(of(patterns).excludes(path, is_folder), excluded, "{patterns:?} {path}");
        }
    }
}
