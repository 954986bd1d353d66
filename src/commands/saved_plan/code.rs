//! The code that a saved plan carries: what was planned is applied without another build.
use std::{collections::BTreeMap, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    package::{CodeDigests, Package},
    plan_document::{CarriedCode, PlanDocument},
    stack::FunctionPackages,
};

/// Maximum total size of the archives that a plan carries, in bytes; with more, apply builds again and compares.
const MAX_CARRIED: usize = 24 << 20;

/// Puts the code of the functions into a plan: the archives of what is to be sent, of all else the digests.
pub(super) fn carry_code(plan: &mut PlanDocument, packages: &FunctionPackages) {
    let is_pending = |id: &str| {
        let address = format!("functions.{id}");
        plan.pending_changes().any(|change| change.address == address)
    };
    let mut carried: BTreeMap<&str, (CarriedCode, &Package, bool)> = BTreeMap::new();
    for (id, package) in packages.iter() {
        let CodeDigests { contents, archive } = &package.digests;
        let (code, _, sent) = carried.entry(archive.as_str()).or_insert_with(|| {
            let code = CarriedCode {
                functions: Vec::new(),
                contents_sha256: contents.clone(),
                archive_sha256: archive.clone(),
                zip: None,
            };
            (code, package, false)
        });
        code.functions.push(id.to_owned());
        *sent |= is_pending(id);
    }
    let size: usize = carried.values().filter(|(.., sent)| *sent).map(|(_, one, _)| one.zip.len()).sum();
    let code = carried.into_values().map(|(code, package, sent)| {
        let zip = (sent && size <= MAX_CARRIED).then(|| STANDARD.encode(&package.zip));
        CarriedCode { zip, ..code }
    });
    plan.code = code.collect();
}

/// Lists the code of the functions with these ids, as far as it is compared.
pub(super) fn list_code<'a>(
    ids: impl Iterator<Item = &'a str>,
    packages: &FunctionPackages,
) -> Vec<CarriedCode> {
    let of = |id: &str| {
        let CodeDigests { contents, archive } = packages.package_of(id).digests.clone();
        let functions = vec![id.to_owned()];
        CarriedCode { functions, contents_sha256: contents, archive_sha256: archive, zip: None }
    };
    ids.map(of).collect()
}

/// Returns the code that the plan at `path` carries; none if it lacks some that is to be sent.
///
/// # Errors
/// What it carries is not what it says.
pub(super) fn carried_packages(path: &Path, plan: &PlanDocument) -> Result<Option<FunctionPackages>, String> {
    let is_pending = |code: &CarriedCode| {
        let addresses: Vec<_> = code.functions.iter().map(|id| format!("functions.{id}")).collect();
        plan.pending_changes().any(|change| addresses.contains(&change.address))
    };
    if plan.code.is_empty() || plan.code.iter().any(|code| code.zip.is_none() && is_pending(code)) {
        return Ok(None);
    }
    let mut packages = BTreeMap::new();
    for code in &plan.code {
        let package = Arc::new(unpack_code(path, code)?);
        packages.extend(code.functions.iter().map(|id| (id.clone(), Arc::clone(&package))));
    }
    Ok(Some(FunctionPackages::of(packages)))
}

fn unpack_code(path: &Path, code: &CarriedCode) -> Result<Package, String> {
    let digests =
        CodeDigests { contents: code.contents_sha256.clone(), archive: code.archive_sha256.clone() };
    let Some(zip) = &code.zip else { return Ok(Package::of_digests(digests)) };
    let zip = STANDARD.decode(zip).map_err(|error| format!("its code cannot be read: {error}"))?;
    let package = Package::of_archive(path, zip).map_err(|error| error.to_string())?;
    if package.digests == digests {
        Ok(package)
    } else {
        Err(format!("the code of {} is not what was planned", code.functions.join(", ")))
    }
}
