//! The code of functions: built where necessary, and packed once for all that share it.
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::future::join_all;

use crate::{
    aws::Cx,
    diagnostic::{Diagnostic, Span, Spanned},
    manifest::{
        self, Loaded, defaults,
        types::{Code, Function, Spec},
    },
    package::{self, Exclusions, Package},
    resources::function,
};

/// Receivers of the progress of builds.
#[derive(Clone, Copy)]
pub struct BuildListener<'a> {
    /// Receives what is being done.
    pub note: &'a dyn Fn(&str),
    /// Receives all output of a failed build.
    pub output: &'a dyn Fn(&str),
}

/// What is packed, and how it is made.
#[derive(Clone, Copy, Debug)]
pub struct BuildOptions<'a> {
    /// The one function whose code is packed; all if none.
    pub function: Option<&'a str>,
    /// Whether the build commands run; if not, what stands in the code's path is packed.
    pub run_builds: bool,
}

impl BuildOptions<'_> {
    /// Builds and packs the code of every function.
    pub const ALL: Self = Self { function: None, run_builds: true };
}

/// Code packages by function.
#[derive(Debug, Default)]
pub struct FunctionPackages {
    packages: BTreeMap<String, Arc<Package>>,
    /// Findings about code that was built, and so could not be looked at before.
    pub findings: Vec<Diagnostic>,
}

impl FunctionPackages {
    /// Builds and packs the code of functions of the spec.
    ///
    /// # Errors
    /// A build fails, or its result cannot be packed or run.
    pub async fn build(
        loaded: &Loaded,
        options: BuildOptions<'_>,
        listener: BuildListener<'_>,
    ) -> Result<Self, Diagnostic> {
        let ids = loaded.spec.functions.keys();
        let wanted = ids.filter(|id| options.function.is_none_or(|only| only == id.value));
        let wanted: Vec<_> = wanted.filter_map(|id| Some((id, loaded.spec.function(id)?))).collect();
        let mut maker = PackageBuilder { loaded, listener, packed: BTreeMap::new() };
        // All builds come before all packing: several functions may share a folder that one of them builds.
        if options.run_builds {
            maker.run_builds(&wanted).await?;
        }
        let mut made = Self::default();
        for (id, function) in &wanted {
            let package = maker.pack_function(id, function.code.as_ref()).await?;
            if let Some(path) = built_path(function) {
                if let Some(missing) = manifest::missing_entry_point(function, &package.files) {
                    return Err(missing);
                }
                let secrets = package::find_secrets_in_archive(&package.zip);
                made.findings.extend(manifest::packed_secrets(path.span, path, &secrets));
            }
            made.packages.insert(id.value.clone(), package);
        }
        Ok(made)
    }

    /// Returns for every function what was last sent to it, as its tag tells: nothing is built or packed, and what is
    /// live is compared with that.
    ///
    /// The functions are read once more when the stack is; that costs no call.
    pub async fn recorded(cx: &Cx<'_>, spec: &Spec) -> Self {
        let reads = spec.functions.keys().map(|id| async move {
            // What cannot be read is reported when the stack is read.
            let digests = function::recorded_code(cx, &spec.function_name(id)).await.ok().flatten()?;
            Some((id.value.clone(), Arc::new(Package::of_digests(digests))))
        });
        Self { packages: join_all(reads).await.into_iter().flatten().collect(), findings: Vec::new() }
    }

    /// Returns packages that were made before.
    #[must_use]
    pub fn of(packages: BTreeMap<String, Arc<Package>>) -> Self {
        Self { packages, findings: Vec::new() }
    }

    /// Returns the packages with the ids of their functions.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Package)> {
        self.packages.iter().map(|(id, package)| (id.as_str(), package.as_ref()))
    }

    /// Returns the package of a function; an empty one if its code was not requested, so that commands that only read
    /// or remove the stack can compose it.
    #[must_use]
    pub fn package_of(&self, id: &str) -> Arc<Package> {
        self.packages.get(id).cloned().unwrap_or_default()
    }
}

/// Returns the path of code that is built, which could not be looked at before.
fn built_path(function: &Function) -> Option<&Spanned<String>> {
    function.code.as_ref().filter(|code| code.build.is_some())?.path.as_ref()
}

/// Where code comes from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum CodeSource {
    Template(String),
    Path(PathBuf, Exclusions),
}

struct PackageBuilder<'a> {
    loaded: &'a Loaded,
    listener: BuildListener<'a>,
    packed: BTreeMap<CodeSource, Arc<Package>>,
}

impl PackageBuilder<'_> {
    /// Runs every build command once; it sees the variables that any of its functions names.
    async fn run_builds(&self, wanted: &[(&Spanned<String>, Function)]) -> Result<(), Diagnostic> {
        let codes = || wanted.iter().filter_map(|(_, function)| function.code.as_ref());
        let mut built = BTreeSet::new();
        for build in codes().filter_map(|code| code.build.as_ref()) {
            if built.insert(&build.value) {
                (self.listener.note)(&format!("building: {}", build.value));
                let same =
                    codes().filter(|code| code.build.as_ref().is_some_and(|one| one.value == build.value));
                let granted = same.flat_map(|code| &code.build_env).map(|name| name.value.clone()).collect();
                let done = package::run_build_command(&build.value, &self.loaded.base, &granted).await;
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
            Some(code @ Code { path: Some(path), .. }) => CodeSource::Path(
                self.loaded.base.join(path.as_str()),
                code.exclusions(self.loaded.source.files().map(|(_, name, _)| Path::new(name))),
            ),
            Some(Code { template: Some(name), .. }) => CodeSource::Template(name.value.clone()),
            _ => CodeSource::Template(defaults::CODE_TEMPLATE.to_owned()),
        };
        if let Some(package) = self.packed.get(&source) {
            return Ok(Arc::clone(package));
        }
        let packed = match source.clone() {
            CodeSource::Template(name) => package::pack_shipped_template(&name, self.listener.note).await,
            CodeSource::Path(path, exclusions) => pack_path(path, exclusions).await,
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

/// Packs on a thread of its own, so that a signal is heard meanwhile.
async fn pack_path(path: PathBuf, exclusions: Exclusions) -> Result<Package, package::Error> {
    let from = path.clone();
    let work = tokio::task::spawn_blocking(move || {
        if package::is_archive(&path) && !path.is_dir() {
            package::read_archive_file(&path)
        } else {
            package::pack_folder(&path, &exclusions)
        }
    });
    work.await.unwrap_or_else(|error| Err(package::Error::Pack { path: from, reason: error.to_string() }))
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
        let pack = async |run_builds| {
            let options = BuildOptions { run_builds, ..BuildOptions::ALL };
            FunctionPackages::build(&loaded, options, listener).await.unwrap()
        };
        let standing = || package::pack_folder(&folder.path().join("dist"), &Exclusions::default()).unwrap();
        let old = standing();
        assert_eq!(pack(false).await.package_of("second").digests, old.digests, "nothing was built");
        let packages = pack(true).await;
        assert_ne!(standing().digests, old.digests);
        for id in ["first", "second"] {
            assert_eq!(packages.package_of(id).digests, standing().digests, "{id}");
        }
    }
}
