//! Saved plans: what fits, what is told of one that does not, and what is said again.
use std::sync::{Arc, LazyLock};

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use super::*;
use crate::{
    package::{CodeDigests, Package},
    pointer::Pointer,
    view::markdown,
};

/// Returns a plan with a change of every kind.
fn plan() -> Value {
    let one = |address: &str, actions: Value| {
        json!({
            "address": address, "kind": "dynamodb/table", "id": address, "actions": actions,
            "before": { "a": 1, "b": ["x", { "c": null }] }, "after": { "a": 2, "b": [] },
            "after_unknown": { "b": true }, "replace_paths": [["a", "b/c"]],
            "changes": [{ "path": "/a", "before": 1, "after": 2, "unknown": false }],
            "statements": [{ "policy": "/policies/a", "sid": "A", "before": null, "after": { "Effect": "Allow" },
                "widens": true }],
            "reasons": ["because"], "risk": [{ "risk": "permission_widened", "why": "more is allowed by A" }],
            "origin": "change", "holds_data": true,
            "place": { "file": "copilot.yaml", "line": 3, "column": 1 }, "warning": "beware"
        })
    };
    let mut plan = json!({
        "format": plan_document::FORMAT, "format_version": plan_document::VERSION,
        "tool_version": env!("CARGO_PKG_VERSION"),
        "created": "2026-01-31T12:00:00Z", "stack": "shop", "account": "123456789012", "region": "us-east-1",
        "digests": { "plan": "", "spec": "c", "live": "" },
        "choices": { "delete_data": true, "allow_replace": ["b"], "targets": ["a"], "drift_only": false },
        "summary": { "create": 1, "update": 1, "replace": 1, "delete": 1, "unchanged": 1, "drift": 0 },
        "resource_changes": [
            one("keep", json!(["no-op"])), one("make", json!(["create"])), one("move", json!(["update"])),
            one("renew", json!(["delete", "create"])), one("drop", json!(["delete"])),
        ],
        "kept": [{ "kind": "k", "id": "i", "why": "w" }],
        "refusals": [{ "address": "a", "reason": "r", "remedy": "m" }],
        "code": [{ "functions": ["chat"], "contents_sha256": "c", "archive_sha256": "z", "zip": null }],
        "hidden": HiddenDigest::of(&HiddenValues::default()).unwrap()
    });
    renew_digests(&mut plan);
    plan
}

/// Puts the digests of its changes into a plan, as somebody would who knows how they are made.
fn renew_digests(plan: &mut Value) {
    let Ok(read) = PlanDocument::deserialize(&*plan) else { return };
    let [todo, live] = read.digests_of_its_changes();
    plan["digests"]["plan"] = todo.into();
    plan["digests"]["live"] = live.into();
}

/// Returns whether `bytes` would be applied by a run that makes the plan of these tests anew.
fn is_applied(bytes: &[u8]) -> bool {
    let Ok(plan) = parse_plan_file(bytes) else { return false };
    let saved = SavedPlan { path: PathBuf::from("plan.json"), plan };
    let said = PlanOptionArgs { delete_data: true, allow_replace: vec!["b".into()], targets: Vec::new() };
    let digests = CodeDigests { contents: "c".into(), archive: "z".into() };
    let package = Arc::new(Package::of_digests(digests));
    let built = FunctionPackages::of([("chat".to_owned(), package)].into());
    let Ok(carried) = saved.carried_packages() else { return false };
    let packages = carried.as_ref().unwrap_or(&built);
    let mut document = PlanDocument::deserialize(plan_of_run()).unwrap();
    // The code is a part of what the spec asks for.
    document.digests.spec.clone_from(&packages.package_of("chat").digests.contents);
    let fresh = FreshPlan { document, hidden: &HiddenValues::default(), functions: vec!["chat"], packages };
    saved.require_consent(&said).is_ok() && saved.require_same_plan(fresh).is_ok()
}

/// Returns the plan of these tests, made once.
fn plan_of_run() -> &'static Value {
    static PLAN: LazyLock<Value> = LazyLock::new(plan);
    &PLAN
}

/// Parses bytes and uses the resulting plan as a run would.
fn examine(bytes: &[u8]) {
    let Ok(read) = parse_plan_file(bytes) else { return };
    let fresh = PlanDocument::deserialize(plan_of_run()).unwrap();
    let _ = (
        is_applied(bytes),
        PlanDelta::between(&read, &fresh),
        PlanDelta::between(&fresh, &read),
        markdown::render_plan_comment(&read),
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(&["1.0", "1.", "2", "no-op", "create", "drift", "/a/~2", "~", "|<b>`"][..])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// How a value is mutated; the last two variants mostly leave a plan that can be parsed.
#[derive(Clone, Debug)]
enum Edit {
    Other(Value),
    Moved(Index),
    Emptied,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![any_json().prop_map(Edit::Other), any::<Index>().prop_map(Edit::Moved), Just(Edit::Emptied),]
}

/// Returns the JSON pointers of all values inside `value`, its own first.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let mut all = vec![at.to_owned()];
    match value {
        Value::Object(members) => {
            all.extend(
                members.iter().flat_map(|(key, value)| pointers(value, &Pointer::from(at).child(key))),
            );
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            all.extend(items.flat_map(|(index, value)| pointers(value, &format!("{at}/{index}"))));
        }
        _ => {}
    }
    all
}

#[test]
fn the_plan_of_these_tests_is_one() {
    let text = plan().to_string();
    let read = parse_plan_file(text.as_bytes()).unwrap();
    assert!(PlanDelta::between(&read, &read).is_empty() && is_applied(text.as_bytes()));
    let marked = parse_plan_file(format!("\u{feff}{text}").as_bytes()).unwrap();
    assert_eq!(read, marked);
}

#[test]
fn what_is_no_plan_is_told_apart_from_a_plan_of_another_version() {
    for (text, words) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("[]", "not a plan"),
        ("{\"format\":\"terraform\"}", "not a plan"),
        (&"[".repeat(100_000), "recursion limit"),
    ] {
        let Err(PlanFileError::Unreadable(why)) = parse_plan_file(text.as_bytes()) else { panic!("{text}") };
        assert!(why.contains(words), "{text}: {why}");
    }
    assert!(matches!(parse_plan_file(b"\xff\xfe{\0}\0"), Err(PlanFileError::Unreadable(_))));
    for (key, version) in [("format_version", "2.0"), ("format_version", "1.1"), ("tool_version", "0.0.9")] {
        let mut other = plan();
        other[key] = version.into();
        let Err(PlanFileError::Unfit(why)) = parse_plan_file(other.to_string().as_bytes()) else {
            panic!("{key}")
        };
        assert!(why.contains(version), "{why}");
    }
}

#[test]
fn what_the_file_says_is_compared_member_by_member() {
    for (at, value, words) in [
        ("/resource_changes/2/statements", json!([]), "move: still to update, but `statements` moved"),
        ("/resource_changes/2/risk", json!([]), "`risk` moved"),
        ("/resource_changes/0/warning", json!(null), "keep: still to stay as it is, but `warning` moved"),
        ("/summary/delete", json!(0), "`summary` is not that of a fresh plan"),
        ("/kept", json!([]), "`kept` is not"),
        ("/refusals", json!([]), "a: r"),
        ("/code/0/functions/0", json!("ghost"), "`code` is not"),
        ("/hidden/hmac_sha256", json!("00"), "a hidden value"),
    ] {
        let mut changed = plan();
        *changed.pointer_mut(at).unwrap() = value;
        renew_digests(&mut changed);
        let saved = parse_plan_file(changed.to_string().as_bytes()).unwrap();
        let values = HiddenValues::default();
        let mut fresh = PlanDocument::deserialize(plan_of_run()).unwrap();
        fresh.hidden = saved.hidden.clone().filter(|digest| digest.is_of(&values));
        let told = PlanDelta::between(&saved, &fresh).into_messages().join("\n");
        assert!(told.contains(words), "{at}: {told}");
    }
}

#[test]
fn what_is_not_as_it_was_saved_is_told() {
    let hours = |hours| timestamp(SystemTime::now() + Duration::from_hours(hours));
    for (at, value, words) in [
        ("/resource_changes/2/statements", json!([]), "`digests` are not those"),
        ("/digests/plan", json!("sha256:forged"), "`digests` are not those"),
        ("/digests/live", json!("sha256:forged"), "`digests` are not those"),
        ("/created", json!("yesterday"), "`created` is no moment in the past"),
        ("/created", json!(hours(48)), "`created` is no moment in the past"),
        ("/note", json!("approved"), "not as this tool writes it, at `/note`"),
        ("/resource_changes/0/note", json!(1), "at `/resource_changes`"),
        ("/hidden", json!(null), "not as this tool writes it"),
    ] {
        let mut changed = plan();
        let (parent, key) = at.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[key] = value;
        let Err(PlanFileError::Unfit(why)) = parse_plan_file(changed.to_string().as_bytes()) else {
            panic!("{at}")
        };
        assert!(why.contains(words), "{at}: {why}");
    }
    let mut printed = plan();
    printed.as_object_mut().unwrap().remove("hidden");
    let Err(PlanFileError::Unfit(why)) = parse_plan_file(printed.to_string().as_bytes()) else { panic!() };
    assert!(why.contains("no digest of its hidden values"), "{why}");
}

#[test]
fn text_of_a_file_is_one_harmless_line() {
    let mut hostile = plan();
    hostile["resource_changes"][1]["address"] = "a\u{1b}[2J\n::error::b".into();
    hostile["choices"]["allow_replace"] = json!(["x; rm -rf 'y'\u{1b}\n"]);
    renew_digests(&mut hostile);
    let plan = parse_plan_file(hostile.to_string().as_bytes()).unwrap();
    let fresh = PlanDocument::deserialize(plan_of_run()).unwrap();
    let mut told = PlanDelta::between(&plan, &fresh).into_messages();
    let saved = SavedPlan { path: PathBuf::from("plan.json"), plan };
    let unsaid = saved.require_consent(&PlanOptionArgs::default()).unwrap_err().diagnostics.remove(0);
    told.extend([unsaid.message, unsaid.hint.unwrap(), saved.remake_commands()]);
    assert!(told.iter().any(|line| line.contains("\u{fffd}[2J ⏎ ::error::b")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("'x; rm -rf '\\''y'\\''\u{fffd} ⏎ '")), "{told:?}");
    assert!(told.iter().all(|line| !line.contains(char::is_control)), "{told:?}");
}

#[test]
fn consents_are_said_again_and_no_others() {
    let of = |delete_data, replace: &[&str]| {
        let allow_replace = replace.iter().map(|&address| address.to_owned()).collect();
        PlanOptionArgs { delete_data, allow_replace, targets: Vec::new() }
    };
    let plan = PlanDocument::deserialize(plan_of_run()).unwrap();
    let saved = SavedPlan { path: PathBuf::from("plan.json"), plan };
    assert!(saved.require_consent(&of(true, &["b"])).is_ok());
    let whole = "`copilot-infra apply plan.json --allow-replace b --delete-data`";
    for (said, code, words) in [
        (of(false, &[]), ExitCode::Failed, "`--allow-replace b` `--delete-data`"),
        (of(true, &[]), ExitCode::Failed, "saved with `--allow-replace b`"),
        (of(false, &["b"]), ExitCode::Failed, "saved with `--delete-data`"),
        (of(true, &["b", "c"]), ExitCode::Usage, "saved without `--allow-replace c`"),
    ] {
        let failure = saved.require_consent(&said).unwrap_err();
        let told = &failure.diagnostics[0];
        assert_eq!(failure.code, code, "{told:?}");
        assert!(told.message.contains(words), "{told:?}");
        let says_command = told.hint.as_ref().is_some_and(|hint| hint.contains(whole));
        assert_eq!(says_command, code == ExitCode::Failed, "{told:?}");
    }
}

#[test]
fn a_plan_larger_than_any_is_refused_without_being_read_to_its_end() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    let Err(failure) = SavedPlan::load(file.path()) else { panic!("it was read") };
    let told = &failure.diagnostics[0];
    assert!(told.message.contains("larger than 48 MiB") && told.hint.is_some(), "{told:?}");
}

// PROPTEST_CASES=100000 in the environment searches for an hour; the default takes a few seconds.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        examine(&bytes);
    }

    #[test]
    fn a_plan_with_broken_bytes_is_answered(
        edits in prop::collection::vec((any::<Index>(), any::<Index>(), any::<String>()), 1..6),
    ) {
        let mut bytes = plan().to_string().into_bytes();
        for (from, length, text) in edits {
            let from = from.index(bytes.len() + 1);
            let to = from + length.index((bytes.len() - from).min(40) + 1);
            bytes.splice(from..to, text.bytes());
        }
        examine(&bytes);
    }

    #[test]
    fn a_plan_with_other_values_is_answered(
        edits in prop::collection::vec((any::<Index>(), edit()), 1..4),
    ) {
        let mut changed = plan();
        for (which, edit) in edits {
            change(&mut changed, which, edit);
        }
        examine(changed.to_string().as_bytes());
    }

    #[test]
    fn a_plan_with_any_other_value_is_refused(
        which in any::<Index>(),
        edit in edit(),
        knows_digests in any::<bool>(),
    ) {
        let mut changed = plan_of_run().clone();
        let at = change(&mut changed, which, edit);
        if knows_digests {
            renew_digests(&mut changed);
        }
        let irrelevant = changed == *plan_of_run() || at == "/created" || at == "/code/0/archive_sha256";
        prop_assert!(irrelevant || !is_applied(changed.to_string().as_bytes()), "{at}: {changed:#}");
    }

    #[test]
    fn a_plan_with_a_member_more_or_less_is_refused(
        which in any::<Index>(),
        key in any::<String>(),
        value in any_json(),
        removed in any::<Index>(),
        removes in any::<bool>(),
    ) {
        let mut changed = plan_of_run().clone();
        let all = pointers(&changed, "");
        let at = which.get(&all);
        match changed.pointer_mut(at) {
            Some(Value::Object(members)) if removes && !members.is_empty() => {
                let key = removed.get(&members.keys().cloned().collect::<Vec<_>>()).clone();
                members.shift_remove(&key);
            }
            Some(Value::Object(members)) => drop(members.insert(key, value)),
            Some(Value::Array(items)) if removes && !items.is_empty() => {
                let at = removed.index(items.len());
                items.remove(at);
            }
            Some(Value::Array(items)) => items.push(value),
            _ => {}
        }
        let same = changed == *plan_of_run();
        prop_assert!(same || !is_applied(changed.to_string().as_bytes()), "{at}: {changed:#}");
    }
}

/// Changes one value of a plan; returns where it stands.
fn change(plan: &mut Value, which: Index, edit: Edit) -> String {
    let all = pointers(plan, "");
    let at = &all[which.index(all.len())];
    let value = match edit {
        Edit::Other(value) => value,
        Edit::Moved(from) => plan.pointer(&all[from.index(all.len())]).cloned().unwrap_or_default(),
        Edit::Emptied => match plan.pointer(at) {
            Some(Value::Array(_)) => json!([]),
            Some(Value::Object(_)) => json!({}),
            Some(Value::String(_)) => json!(""),
            _ => Value::Null,
        },
    };
    if let Some(place) = plan.pointer_mut(at) {
        *place = value;
    }
    at.clone()
}
