//! Checks that the code which the spec names exists, contains the file that is run, and holds no secrets.
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::RuleContext;
use crate::{
    diagnostic::{Diagnostic, Span, Spanned},
    facts::LIMITS,
    manifest::{
        defaults, rules,
        types::{Code, Function},
    },
    package::{self, Exclusions, FileKind, Files, PackedSecret},
};

/// File that a custom runtime runs (Lambda guide, "Building a custom runtime for AWS Lambda").
const BOOTSTRAP: &str = "bootstrap";
/// Maximum number of files that one finding names.
const NAMED: usize = 3;

pub(super) fn check_files(context: &mut RuleContext<'_>) {
    if let Some(file) = context.file {
        for (code, path) in unbuilt_code(context) {
            check_code_path(context, &spec_folder(file).join(path.as_str()), path);
            check_packed_secrets(context, file, code, path);
        }
    }
    let mut listings = CodeListings::default();
    for (id, function) in context.merged_functions() {
        // Code that is written wrongly has been reported, and is not the default's.
        let broken = function.code.is_none()
            && (context.ids.is_written(&["functions", id, "code"])
                || context.ids.is_written(&["function_defaults", "code"]));
        if !broken && let Some(files) = listings.list(context.file, &function) {
            context.findings.extend(missing_entry_point(&function, files));
        }
    }
}

fn spec_folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// Returns the code that stands in a path and is not built: what is built need not be there yet, even if `build` is
/// written wrongly.
fn unbuilt_code<'a>(context: &RuleContext<'a>) -> Vec<(&'a Code, &'a Spanned<String>)> {
    let spec = context.spec;
    let functions = spec.functions.iter().map(|(id, function)| (vec!["functions", id.as_str()], function));
    let defaults = (vec!["function_defaults"], &spec.function_defaults);
    let named = std::iter::once(defaults).chain(functions).filter_map(|(section, function)| {
        let code = &function.code.as_ref()?.value;
        let is_built = context.ids.is_written(&[section.as_slice(), &["code", "build"]].concat());
        code.path.as_ref().filter(|_| !is_built).map(|path| (code, path))
    });
    named.collect()
}

fn check_code_path(context: &mut RuleContext<'_>, full: &Path, path: &Spanned<String>) {
    let (message, hint) = match full.metadata() {
        Ok(found) if found.is_dir() || (found.is_file() && package::is_archive(full)) => return,
        Ok(_) => (
            format!("`{}` is neither a folder nor a `.zip` or `.jar` file", path.value),
            "name the folder it stands in",
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (
            format!("there is no `{}`", full.display()),
            "paths are relative to the spec; build the code first, or correct the path",
        ),
        Err(error) => (format!("cannot look at `{}`: {error}", full.display()), "check its permissions"),
    };
    context.report("code-not-found", path.span, message, hint);
}

/// Looks for secrets in code that stands there; what cannot be read is reported when it is packed.
fn check_packed_secrets(context: &mut RuleContext<'_>, file: &Path, code: &Code, path: &Spanned<String>) {
    let full = spec_folder(file).join(path.as_str());
    let found = if full.is_dir() {
        package::find_secrets_in_folder(&full, &code.exclusions([file])).unwrap_or_default()
    } else if full.metadata().is_ok_and(|facts| facts.is_file() && facts.len() <= *LIMITS.code_zipped_bytes) {
        fs::read(&full).map(|zip| package::find_secrets_in_archive(&zip)).unwrap_or_default()
    } else {
        Vec::new()
    };
    context.findings.extend(packed_secrets(path.span, path, &found));
}

/// Returns the finding for secrets in the code at `path`, which the spec names at `span`.
#[must_use]
pub fn packed_secrets(span: Span, path: &str, found: &[PackedSecret]) -> Option<Diagnostic> {
    let first = found.first()?;
    let mut files: Vec<_> =
        found.iter().take(NAMED).map(|one| format!("`{}` ({})", one.path, one.what)).collect();
    if found.len() > NAMED {
        files.push(format!("and {} more", found.len() - NAMED));
    }
    let message = format!("`{path}` holds what looks like secrets: {}", files.join(", "));
    let hint = format!(
        "leave them out, such as by `exclude: [\"/{}\"]`; keep secrets in Secrets Manager, and grant them by \
         `access.secrets`",
        first.path
    );
    Some(rules::finding("packed-secret", span, message, hint))
}

/// Returns the finding for code in which the file that Lambda runs is missing.
#[must_use]
pub fn missing_entry_point(function: &Function, files: &Files) -> Option<Diagnostic> {
    if function.runtime().starts_with("provided") {
        // A template is for another runtime, which has been reported.
        return missing_bootstrap(function.code.as_ref()?.path.as_ref()?.span, files);
    }
    let handler = function.handler.as_ref()?;
    let wanted = candidate_handler_files(function.runtime(), handler);
    let first = wanted.first()?;
    if wanted.iter().any(|path| has_file(files, path)) {
        return None;
    }
    let message = format!("the code has no file for the handler `{}`", handler.value);
    let hint = format!("put `{first}` at the top of the code, or correct the handler");
    Some(rules::finding("handler-not-found", handler.span, message, hint))
}

fn missing_bootstrap(span: Span, files: &Files) -> Option<Diagnostic> {
    let (message, hint) = match files.get(BOOTSTRAP) {
        Some(FileKind::Executable | FileKind::Link) => return None,
        Some(FileKind::Plain) => (
            "the `bootstrap` of the code may not be executed",
            "make it executable before it is packed: `chmod +x bootstrap`",
        ),
        None => (
            "the code has no `bootstrap`, which a custom runtime runs",
            "name the program `bootstrap`, and put it at the top of the code",
        ),
    };
    Some(rules::finding("bootstrap-not-found", span, message, hint))
}

/// Returns whether a file is there, or may be there behind a link to a folder.
fn has_file(files: &Files, path: &str) -> bool {
    let folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    files.contains_key(path) || folders.into_iter().any(|folder| files.get(folder) == Some(&FileKind::Link))
}

/// Returns the files that may contain the handler; none for runtimes whose handlers name no files.
fn candidate_handler_files(runtime: &str, handler: &str) -> Vec<String> {
    let Some((module, _)) = handler.rsplit_once('.').filter(|(module, _)| !module.is_empty()) else {
        return Vec::new();
    };
    if runtime.starts_with("nodejs") {
        // Lambda cuts at the first point after the last slash.
        let folder = handler.rfind('/').map_or(0, |slash| slash + 1);
        let (folder, name) = handler.split_at(folder);
        let file = name.split('.').next().unwrap_or(name);
        [".mjs", ".js", ".cjs"].map(|ending| format!("{folder}{file}{ending}")).into()
    } else if runtime.starts_with("python") {
        let file = module.replace('.', "/");
        vec![format!("{file}.py"), format!("{file}/__init__.py"), format!("{file}.pyc")]
    } else {
        Vec::new()
    }
}

/// Whether code is a template; its name or path; and what is left out of it.
type CodeKey = (bool, PathBuf, Exclusions);

/// The files of each code that was looked at; none of what cannot be read or has yet to be built.
#[derive(Default)]
struct CodeListings(BTreeMap<CodeKey, Option<Files>>);

impl CodeListings {
    /// Lists the files of a function's code, for the spec at `file`.
    fn list(&mut self, file: Option<&Path>, function: &Function) -> Option<&Files> {
        let template = |name: &str| (true, PathBuf::from(name), Exclusions::default());
        let code = function.code.as_ref().map(|code| &code.value);
        let key: CodeKey = match code.map(|code| (&code.path, &code.template, &code.build, code)) {
            None => template(defaults::CODE_TEMPLATE),
            Some((None, Some(name), None, _)) => template(name),
            Some((Some(path), None, None, code)) => {
                (false, spec_folder(file?).join(path.as_str()), code.exclusions([file?]))
            }
            Some(_) => return None,
        };
        let list = |(is_template, path, exclusions): &CodeKey| match path.to_str() {
            Some(name) if *is_template => package::list_template_files(name),
            _ if path.is_dir() => package::list_folder(path, exclusions).ok(),
            _ => package::list_archive_file(path),
        };
        self.0.entry(key.clone()).or_insert_with(|| list(&key)).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::candidate_handler_files;

    #[test]
    fn handlers_name_files_as_the_runtime_reads_them() {
        assert_eq!(
            candidate_handler_files("nodejs24.x", "src/index.handler"),
            ["src/index.mjs", "src/index.js", "src/index.cjs"]
        );
        assert_eq!(candidate_handler_files("nodejs24.x", "index.a.b")[0], "index.mjs");
        assert_eq!(candidate_handler_files("python3.13", "app.main.handle")[0], "app/main.py");
        assert!(candidate_handler_files("provided.al2023", "bootstrap").is_empty());
        assert!(candidate_handler_files("java21", "example.Handler::handle").is_empty());
    }
}
