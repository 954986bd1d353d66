//! Checks that the code which the spec names exists, and contains the files that the handlers name.
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::RuleContext;
use crate::{
    diagnostic::Spanned,
    manifest::{defaults, types::Function},
    package,
};

pub(super) fn check_files(context: &mut RuleContext<'_>) {
    if let Some(base) = context.base {
        let spec = context.spec;
        let functions =
            spec.functions.iter().map(|(id, function)| (vec!["functions", id.as_str()], function));
        let defaults = (vec!["function_defaults"], &spec.function_defaults);
        for (section, function) in std::iter::once(defaults).chain(functions) {
            // What is built need not be there yet, even if `build` is written wrongly.
            let is_built = context.ids.is_written(&[section.as_slice(), &["code", "build"]].concat());
            let path = function.code.as_ref().and_then(|code| code.path.as_ref());
            if let Some(path) = path.filter(|_| !is_built) {
                check_code_path(context, base, path);
            }
        }
    }
    for (id, function) in context.merged_functions() {
        // Code that is written wrongly has been reported, and is not the default's.
        let broken = function.code.is_none()
            && (context.ids.is_written(&["functions", id, "code"])
                || context.ids.is_written(&["function_defaults", "code"]));
        if !broken {
            check_handler_file(context, &function);
        }
    }
}

fn check_code_path(context: &mut RuleContext<'_>, base: &Path, path: &Spanned<String>) {
    let full = base.join(path.as_str());
    let (message, hint) = match full.metadata() {
        Ok(found) if found.is_dir() || (found.is_file() && package::is_zip(&full)) => return,
        Ok(_) => (
            format!("`{}` is neither a folder nor a `.zip` file", path.value),
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

/// Checks that the file which a handler names exists.
fn check_handler_file(context: &mut RuleContext<'_>, function: &Function) {
    let Some(handler) = function.handler.as_ref() else { return };
    let wanted = candidate_handler_files(function.runtime(), handler);
    let (Some(first), Some(has)) = (wanted.first(), code_contents(context, function)) else { return };
    if !wanted.iter().any(|path| has(path)) {
        let message = format!("the code has no file for the handler `{}`", handler.value);
        let hint = format!("put `{first}` at the top of the code, or correct the handler");
        context.report("handler-not-found", handler.span, message, hint);
    }
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

/// Returns whether the code contains this file.
type ContainsFile = Box<dyn Fn(&str) -> bool>;

/// Returns a check for files in a function's code; none if the code cannot be read or has yet to be built.
fn code_contents(context: &RuleContext<'_>, function: &Function) -> Option<ContainsFile> {
    let Some(code) = function.code.as_ref() else { return template_contents(defaults::CODE_TEMPLATE) };
    match (&code.path, &code.template, &code.build) {
        (Some(path), None, None) => {
            let full: PathBuf = context.base?.join(path.as_str());
            if full.is_dir() {
                return Some(Box::new(move |file| full.join(file).is_file()));
            }
            let names = package::list_zip_file(&full)?;
            Some(Box::new(move |file| names.contains(file)))
        }
        (None, Some(name), None) => template_contents(name),
        _ => None,
    }
}

fn template_contents(name: &str) -> Option<ContainsFile> {
    let names: BTreeSet<String> = package::list_template_files(name)?.collect();
    Some(Box::new(move |file| names.contains(file)))
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
