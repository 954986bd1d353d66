//! Dependencies that were installed into the cache, which may lie there for months and be restored by a pipeline.
use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Error, Exclusions, Package, pack_folder};

/// Packs an installed folder; it is installed anew unless it holds what was installed.
///
/// # Errors
/// It cannot be installed or packed.
pub(super) async fn pack_installed(
    folder: &Path,
    name: &str,
    note: &dyn Fn(&str),
    install: impl AsyncFnOnce() -> Result<(), Error>,
) -> Result<Package, Error> {
    if !folder.exists() {
        note(&format!("fetching the packages of `{name}` with npm, once"));
    } else if let Some(package) = pack_unchanged(folder) {
        return Ok(package);
    } else {
        note(&format!(
            "the packages of `{name}` in `{}` are not those that npm has put there: fetching them again",
            folder.display()
        ));
        remove_folder(folder)?;
    }
    install().await?;
    let package = pack_folder(folder, &Exclusions::default())?;
    let record = digest_path(folder);
    fs::write(&record, &package.digests.contents).map_err(unwritable(&record))?;
    Ok(package)
}

/// Packs a folder if its contents have the digest that was noted when it was installed.
fn pack_unchanged(folder: &Path) -> Option<Package> {
    let noted = fs::read_to_string(digest_path(folder)).ok()?;
    // A folder that cannot be packed has changed as well.
    pack_folder(folder, &Exclusions::default()).ok().filter(|package| package.digests.contents == noted)
}

fn digest_path(folder: &Path) -> PathBuf {
    folder.with_added_extension("digest")
}

/// Removes a folder in one step, so that no other process finds half of it.
fn remove_folder(folder: &Path) -> Result<(), Error> {
    let cache = folder.parent().unwrap_or(folder);
    let aside = tempfile::Builder::new().prefix(".removing-").tempdir_in(cache).map_err(unwritable(cache))?;
    match fs::rename(folder, aside.path().join("folder")) {
        Err(cause) if folder.exists() => Err(unwritable(folder)(cause)),
        _ => Ok(()),
    }
}

pub(super) fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::Unwritable { path, cause }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Packs `folder`, which an installation fills with `code`; returns the package and what was said.
    async fn pack(folder: &Path, code: &str) -> (Package, Vec<String>) {
        let said = RefCell::new(Vec::new());
        let note = |text: &str| said.borrow_mut().push(text.to_owned());
        let install = async || {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("index.mjs"), code).unwrap();
            Ok(())
        };
        let package = pack_installed(folder, "authorizer", &note, install).await.unwrap();
        (package, said.into_inner())
    }

    #[tokio::test]
    async fn what_is_not_as_it_was_installed_is_installed_anew() {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("authorizer-0123");
        let (first, said) = pack(&folder, "good").await;
        assert_eq!(said, ["fetching the packages of `authorizer` with npm, once"]);
        let (again, said) = pack(&folder, "never installed").await;
        assert_eq!((again.digests, said.len()), (first.digests.clone(), 0));

        let planted: [&dyn Fn(); 5] = [
            &|| fs::write(folder.join("index.mjs"), "evil").unwrap(),
            &|| fs::write(folder.join("more.mjs"), "evil").unwrap(),
            &|| fs::rename(folder.join("index.mjs"), folder.join("other.mjs")).unwrap(),
            &|| fs::remove_file(folder.join("index.mjs")).unwrap(),
            &|| fs::remove_file(digest_path(&folder)).unwrap(),
        ];
        for plant in planted {
            plant();
            let (package, said) = pack(&folder, "good").await;
            assert_eq!(package.digests, first.digests);
            assert!(said.len() == 1 && said[0].contains("fetching them again"), "{said:?}");
        }
        let left: Vec<_> = fs::read_dir(cache.path()).unwrap().collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}
