//! The code of functions, packed once for all that share it.
use crate::{
    diagnostic::{Diagnostic, Severity},
    package::{self, Package},
    spec::{
        at::{At, Place},
        defaults,
        types::{Code, Function},
    },
};
use std::{collections::HashMap, path::Path, sync::Arc};

/// Packages by where they come from.
pub(super) struct Packages<'a> {
    folder: &'a Path,
    packed: HashMap<(bool, String), Arc<Package>>,
}

impl<'a> Packages<'a> {
    /// Paths in the spec are relative to `folder`.
    pub(super) fn new(folder: &'a Path) -> Self {
        Self { folder, packed: HashMap::new() }
    }

    /// The package of a function, its entry point checked.
    ///
    /// # Errors
    /// It cannot be packed, or holds no file for the handler.
    pub(super) fn of(&mut self, id: &At<String>, wish: &Function) -> Result<Arc<Package>, Diagnostic> {
        let place = wish.code.as_ref().map_or(id.place, |code| code.place);
        let source = match wish.code.as_deref() {
            None => (true, defaults::CODE_TEMPLATE.to_owned()),
            Some(Code::Template(name)) => (true, name.value.clone()),
            Some(Code::Path(path)) => (false, path.value.clone()),
        };
        if let Some(package) = self.packed.get(&source) {
            return Ok(Arc::clone(package));
        }
        let package = Arc::new(self.pack(&source, place)?);
        self.packed.insert(source, Arc::clone(&package));
        Ok(package)
    }

    fn pack(&self, (is_template, name): &(bool, String), place: Place) -> Result<Package, Diagnostic> {
        let found = |message: String, hint: String| Diagnostic {
            rule: "code",
            severity: Severity::Error,
            place: Some(place),
            message,
            hint: Some(hint),
        };
        if *is_template {
            return package::template(name).ok_or_else(|| {
                let known = defaults::CODE_TEMPLATES.join("`, `");
                found(format!("there is no code template `{name}`"), format!("there is `{known}`"))
            });
        }
        let path = self.folder.join(name);
        let zipped =
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) && path.is_file();
        let packed = if zipped { package::zip_file(&path) } else { package::folder(&path) };
        packed.map_err(|error| found(error.to_string(), error.hint().to_owned()))
    }
}
