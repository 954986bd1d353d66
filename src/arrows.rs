//! Imports go one way: between rooms, which are the files and folders of `src`, and between files.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The rooms from low to high, each with the rooms that it imports; all of them come before it in this list.
const ROOMS: &[(&str, &str)] = &[
    ("diagnostic", ""),
    ("digest", ""),
    ("pointer", ""),
    ("local", "diagnostic"),
    ("file_watch", ""),
    ("spec_origin", ""),
    ("time", ""),
    ("facts", "time"),
    ("redact", "diagnostic pointer"),
    ("iam", "diagnostic digest facts pointer"),
    ("aws", "diagnostic iam"),
    ("package", "diagnostic facts local redact"),
    ("manifest", "diagnostic facts iam package redact time"),
    ("engine", "aws diagnostic digest pointer redact"),
    ("resources", "aws digest engine facts iam package time"),
    ("stack", "aws diagnostic digest engine facts iam manifest package redact resources"),
    ("lease", "aws diagnostic manifest time"),
    ("tail", "aws"),
    ("policy", "aws diagnostic engine iam lease manifest resources stack"),
    ("cli", "aws iam manifest tail"),
    ("websocket", "aws diagnostic local manifest"),
    ("smoke", "aws diagnostic manifest websocket"),
    ("web_chat", "websocket"),
    ("doctor", "aws diagnostic engine facts manifest resources stack time"),
    ("plan_document", "diagnostic digest engine iam pointer resources time"),
    (
        "view",
        "plan_document aws diagnostic doctor engine facts iam manifest pointer resources smoke stack tail time",
    ),
    ("ui", "aws cli diagnostic view"),
    (
        "commands",
        "plan_document aws cli diagnostic doctor engine facts iam lease local manifest package policy redact resources smoke stack tail \
         time web_chat websocket ui view file_watch spec_origin",
    ),
];

/// The segments of a module's path below `crate`.
type Module = Vec<String>;

#[test]
fn rooms_import_what_the_list_says_and_nothing_else() {
    let modules = imports();
    let arrows = modules.iter().flat_map(|(from, targets)| targets.iter().map(move |to| (from, to)));
    let mut found: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for (from, to) in arrows.filter(|(from, to)| from[0] != to[0]) {
        found.insert((&from[0], &to[0]), format!("{} imports {}", from.join("::"), to.join("::")));
    }
    let listed: BTreeSet<(&str, &str)> =
        ROOMS.iter().flat_map(|(room, may)| may.split_whitespace().map(|below| (*room, below))).collect();
    let wrong: Vec<&String> =
        found.iter().filter(|(arrow, _)| !listed.contains(arrow)).map(|(_, why)| why).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unused: Vec<_> = listed.iter().filter(|arrow| !found.contains_key(arrow)).collect();
    assert!(unused.is_empty(), "take these out of the list: {unused:?}");
}

#[test]
fn rooms_stand_above_what_they_import() {
    for (height, (room, may)) in ROOMS.iter().enumerate() {
        for below in may.split_whitespace() {
            assert!(ROOMS[..height].iter().any(|(room, _)| *room == below), "{room} imports {below}");
        }
    }
}

#[test]
fn files_form_no_circle() {
    let mut arrows = imports();
    // What imports nothing that is left is in no circle.
    while let Some(done) = arrows.iter().find(|(_, to)| to.is_empty()).map(|(from, _)| from.clone()) {
        arrows.remove(&done);
        for to in arrows.values_mut() {
            to.remove(&done);
        }
    }
    let left: Vec<String> = arrows.keys().map(|module| module.join("::")).collect();
    assert!(left.is_empty(), "in a circle, or above one: {left:#?}");
}

#[test]
fn nested_and_inline_imports_are_found() {
    let code = "use crate::{aws::{self, Error}, engine::*};\nfn f() { super::super::digest::short(crate::digest()) }";
    let found: Vec<String> = paths(code).iter().map(|path| path.join("::")).collect();
    let wanted = [
        "crate::aws::self",
        "crate::aws::Error",
        "crate::engine",
        "super::super::digest::short",
        "crate::digest",
    ];
    assert_eq!(found, wanted);
}

/// Every module with the modules that it imports, but for a module's own children: it declares them.
fn imports() -> BTreeMap<Module, BTreeSet<Module>> {
    let modules = modules();
    let owners = |from: &Module, code: &str| {
        let targets = paths(code).into_iter().map(|path| owner(&modules, &absolute(from, &path)));
        targets.filter(|to| !to.starts_with(from)).collect()
    };
    modules
        .iter()
        .filter(|(from, _)| !from.is_empty())
        .map(|(from, code)| (from.clone(), owners(from, code)))
        .collect()
}

/// Every module with its code, without comments and tests.
fn modules() -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &Vec::new(), &mut found);
    found
}

fn read(folder: &Path, module: &Module, found: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let child: Module = module.iter().chain([&name]).cloned().collect();
        match name.as_str() {
            "tests" | "main" | "arrows" => {}
            _ if path.is_dir() => read(&path, &child, found),
            _ if path.extension().is_none_or(|extension| extension != "rs") => {}
            "mod" | "lib" => drop(found.insert(module.clone(), code(&path))),
            _ => drop(found.insert(child, code(&path))),
        }
    }
}

fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter_map(|line| line.split("//").next()).collect::<Vec<_>>().join("\n")
}

/// The paths in `code` that begin with `crate` or `super`, those of nested imports one by one.
fn paths(code: &str) -> Vec<Vec<String>> {
    let words = words(code);
    let mut found = Vec::new();
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        let begins = matches!(*word, "crate" | "super") && after.first() == Some(&"::");
        rest = if begins { tree(rest, &[], &mut found) } else { after };
    }
    found
}

/// Identifiers, and the marks that paths are made of; anything else is a mark that ends a path.
fn words(code: &str) -> Vec<&str> {
    let word = |mark: char| mark.is_alphanumeric() || mark == '_';
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            first if word(first) => rest.find(|mark| !word(mark)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            other => other.len_utf8(),
        };
        let (next, after) = rest.split_at(length);
        found.push(next);
        rest = after.trim_start();
    }
    found
}

/// Reads one path or tree of paths below `above`; returns what comes after it.
fn tree<'a>(mut rest: &'a [&'a str], above: &[&str], found: &mut Vec<Vec<String>>) -> &'a [&'a str] {
    let mut path = above.to_vec();
    loop {
        match rest {
            ["{", after @ ..] => {
                rest = after;
                while !matches!(rest, [] | ["}", ..]) {
                    rest = tree(rest, &path, found);
                    rest = rest.strip_prefix(&[","]).unwrap_or(rest);
                }
                return rest.get(1..).unwrap_or_default();
            }
            ["*", after @ ..] => rest = after,
            [word, after @ ..] => {
                path.push(word);
                rest = after;
            }
            [] => {}
        }
        match rest {
            ["::", after @ ..] => rest = after,
            _ => break,
        }
    }
    found.push(path.into_iter().map(str::to_owned).collect());
    match rest {
        ["as", _, after @ ..] => after,
        _ => rest,
    }
}

/// `path`, as `module` says it, from the root.
fn absolute(module: &Module, path: &[String]) -> Module {
    let up = path.iter().take_while(|segment| *segment == "super").count();
    let from = if up == 0 { &[] } else { &module[..module.len() - up] };
    let named = path[up.max(1)..].iter().filter(|segment| *segment != "self");
    from.iter().chain(named).cloned().collect()
}

/// The module that defines what stands at `path`, behind all that passes it on.
fn owner(modules: &BTreeMap<Module, String>, path: &[String]) -> Module {
    let depth =
        (0..=path.len()).rev().find(|&depth| modules.contains_key(&path[..depth])).unwrap_or_default();
    let (module, named) = (path[..depth].to_vec(), path.get(depth));
    match named.and_then(|name| passed_on(&module, &modules[&module], name)) {
        Some(from) if from != path => owner(modules, &from),
        _ => module,
    }
}

/// Where a module takes `name` from that it passes on.
fn passed_on(module: &Module, code: &str, name: &str) -> Option<Module> {
    code.split("pub").skip(1).find_map(|after| {
        let (visibility, after) = after.split_once("use ")?;
        if !matches!(visibility, " " | "(super) " | "(crate) ") {
            return None;
        }
        let words = words(after.split(';').next()?);
        let mut found = Vec::new();
        tree(&words, &[], &mut found);
        let path = found.into_iter().find(|path| path.last().is_some_and(|last| last == name))?;
        let is_own = !matches!(path[0].as_str(), "crate" | "super");
        Some(if is_own { [module.as_slice(), &path].concat() } else { absolute(module, &path) })
    })
}
