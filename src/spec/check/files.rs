//! Code that the spec names must be there.
use std::{ffi::OsStr, path::Path};

use super::Context;
use crate::spec::at::At;

pub(super) fn check(context: &mut Context<'_>) {
    let Some(base) = context.base else { return };
    let spec = context.spec;
    for function in std::iter::once(&spec.function_defaults).chain(spec.functions.iter().map(|(_, f)| f)) {
        // What is built need not be there yet.
        let Some(found) = function.code.as_ref().filter(|code| code.build.is_none()) else { continue };
        if let Some(path) = &found.path {
            code(context, base, path);
        }
    }
}

fn code(context: &mut Context<'_>, base: &Path, path: &At<String>) {
    let full = base.join(path.as_str());
    let zip = full
        .extension()
        .and_then(OsStr::to_str)
        .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    let (message, hint) = match full.metadata() {
        Ok(found) if found.is_dir() || (found.is_file() && zip) => return,
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
    context.error("code-not-found", path.place, message, hint);
}
