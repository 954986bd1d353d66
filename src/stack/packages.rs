//! The code of functions: built where necessary, and packed once for all that share it.
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use crate::{
    diagnostic::{Diagnostic, Span, Spanned},
    manifest::{Loaded, defaults, types::Code},
    package::{self, Package},
};

/// Receivers of the progress of builds.
#[derive(Clone, Copy)]
pub struct BuildListener<'a> {
    /// Receives what is being done.
    pub note: &'a dyn Fn(&str),
    /// Receives all output of a failed build.
    pub output: &'a dyn Fn(&str),
}

/// Code packages by function.
#[derive(Default)]
pub struct FunctionPackages(BTreeMap<String, Arc<Package>>);

impl FunctionPackages {
    /// Builds and packs the code of every function of the spec, or only of `function`.
    ///
    /// # Errors
    /// A build fails, or its result cannot be packed.
    pub async fn build(
        loaded: &Loaded,
        function: Option<&str>,
        listener: BuildListener<'_>,
    ) -> Result<Self, Diagnostic> {
        let code = |id: &Spanned<String>| loaded.spec.function(id).and_then(|function| function.code);
        let wanted = loaded.spec.functions.keys().filter(|id| function.is_none_or(|only| only == id.value));
        let wanted: Vec<_> = wanted.map(|id| (id, code(id))).collect();
        let mut maker = PackageBuilder { folder: &loaded.base, listener, packed: BTreeMap::new() };
        // All builds come before all packing: several functions may share a folder that one of them builds.
        maker.run_builds(&wanted).await?;
        let mut packages = BTreeMap::new();
        for (id, code) in wanted {
            packages.insert(id.value.clone(), maker.pack_function(id, code.as_ref()).await?);
        }
        Ok(Self(packages))
    }

    /// Returns the package of a function; an empty one if its code was not requested, so that commands that only read
    /// or remove the stack can compose it.
    #[must_use]
    pub fn package_of(&self, id: &str) -> Arc<Package> {
        self.0.get(id).cloned().unwrap_or_default()
    }
}

struct PackageBuilder<'a> {
    folder: &'a Path,
    listener: BuildListener<'a>,
    /// Packages by template or path.
    packed: BTreeMap<(bool, String), Arc<Package>>,
}

impl PackageBuilder<'_> {
    /// Runs every build command once.
    async fn run_builds(
        &self,
        wanted: &[(&Spanned<String>, Option<Spanned<Code>>)],
    ) -> Result<(), Diagnostic> {
        let mut built = BTreeSet::new();
        for build in wanted.iter().filter_map(|(_, code)| code.as_ref()?.value.build.as_ref()) {
            if built.insert(&build.value) {
                (self.listener.note)(&format!("building: {}", build.value));
                let done = package::run_build_command(&build.value, self.folder).await;
                done.map_err(|error| self.build_diagnostic(&error, build.span))?;
            }
        }
        Ok(())
    }

    async fn pack_function(
        &mut self,
        id: &Spanned<String>,
        code: Option<&Spanned<Code>>,
    ) -> Result<Arc<Package>, Diagnostic> {
        let span = code.map_or(id.span, |code| code.span);
        let source = match code.map(|code| &code.value) {
            Some(Code { path: Some(path), .. }) => (false, path.value.clone()),
            Some(Code { template: Some(name), .. }) => (true, name.value.clone()),
            _ => (true, defaults::CODE_TEMPLATE.to_owned()),
        };
        if let Some(package) = self.packed.get(&source) {
            return Ok(Arc::clone(package));
        }
        let packed = match &source {
            (true, name) => package::pack_shipped_template(name, self.listener.note).await,
            (false, path) => pack_path(&self.folder.join(path)),
        };
        let package = Arc::new(packed.map_err(|error| self.build_diagnostic(&error, span))?);
        self.packed.insert(source, Arc::clone(&package));
        Ok(package)
    }

    fn build_diagnostic(&self, error: &package::Error, span: Span) -> Diagnostic {
        if let Some(output) = error.output() {
            (self.listener.output)(output.trim_end());
        }
        error.diagnostic(span)
    }
}

fn pack_path(path: &Path) -> Result<Package, package::Error> {
    if package::is_zip(path) && path.is_file() {
        package::read_zip_file(path)
    } else {
        package::pack_folder(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    const SPEC: &str = "version: 1
stack: shop
functions:
  first: { handler: index.handler, code: { path: dist } }
  second: { handler: index.handler, code: { path: dist, build: 'echo new > dist/index.mjs' } }
";

    #[tokio::test]
    async fn who_shares_a_folder_gets_what_was_built_there_last() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        std::fs::write(folder.path().join("dist/index.mjs"), "old").unwrap();
        std::fs::write(folder.path().join("copilot.yaml"), SPEC).unwrap();
        let loaded = manifest::load_file(&folder.path().join("copilot.yaml"), crate::stack::lint).unwrap();
        let listener = BuildListener { note: &|_| {}, output: &|_| {} };
        let packages = FunctionPackages::build(&loaded, None, listener).await.unwrap();
        let built = package::pack_folder(&folder.path().join("dist")).unwrap();
        for id in ["first", "second"] {
            assert_eq!(packages.package_of(id).sha256_base64, built.sha256_base64, "{id}");
        }
    }
}
