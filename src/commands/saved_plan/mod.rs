//! Saved plan files: written atomically, and applied only while a fresh plan is equal to them.
mod code;
mod staleness;

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use staleness::PlanDelta;

use crate::{
    diagnostic::{Category, Diagnostic, ExitCode, Failure},
    plan_document::{self, PlanDocument, PlanOptions},
    stack::FunctionPackages,
};

/// Maximum size of a saved plan, in bytes; that of the reference stack has some 100 KB besides the code.
const MAX_BYTES: u64 = 48 << 20;

/// Writes a plan to a file that only its owner may read, since it shows how everything is configured.
///
/// The file appears under its name only once it is complete, so a reader never sees half of it.
pub(super) fn write_plan_file(
    path: &Path,
    plan: &PlanDocument,
    packages: &FunctionPackages,
) -> Result<(), Failure> {
    let mut plan = plan.clone();
    code::carry_code(&mut plan, packages);
    let failed = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("cannot save the plan as `{}`: {error}", path.display()))
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let text = serde_json::to_string_pretty(&plan).map_err(|error| failed(&error))?;
    // The temporary file has mode 0600 from the start.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n"));
    written.and_then(|()| file.as_file().sync_all()).map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

/// A plan that was loaded from a file.
pub(super) struct SavedPlan {
    path: PathBuf,
    pub(super) plan: PlanDocument,
}

impl SavedPlan {
    /// Loads and parses a saved plan.
    pub(super) fn load(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            let shown = path.display();
            Failure::failed(format!("cannot read the plan `{shown}`: {error}"))
                .with_hint(format!("`copilot-infra plan --out {shown}` makes one"))
        };
        let mut bytes = Vec::new();
        let file = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
        file.map_err(|error| failed(&error))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(failed(&format!("it is larger than {} MiB", MAX_BYTES >> 20)));
        }
        let plan = parse_plan_file(&bytes).map_err(|flaw| match flaw {
            PlanFileError::Unreadable(why) => failed(&why),
            PlanFileError::UnsupportedVersion(version) => {
                let moved =
                    format!("its format is {version}, and this tool reads {}", plan_document::VERSION);
                let hint = format!(
                    "make and review a fresh plan: {}",
                    plan_and_apply_commands(path, &PlanOptions::default())
                );
                stale(vec![moved], hint)
            }
        })?;
        Ok(Self { path: path.to_owned(), plan })
    }

    /// Returns the code that the plan carries; none if it must be made again.
    ///
    /// # Errors
    /// The code is not what was planned.
    pub(super) fn carried_packages(&self) -> Result<Option<FunctionPackages>, Failure> {
        code::carried_packages(&self.path, &self.plan).map_err(|reason| self.stale_failure(vec![reason]))
    }

    /// Returns the commands that make this plan again and apply it.
    pub(super) fn remake_commands(&self) -> String {
        plan_and_apply_commands(&self.path, &self.plan.choices)
    }

    /// Returns the failure of this plan, which is stale because of what has `moved`.
    pub(super) fn stale_failure(&self, moved: Vec<String>) -> Failure {
        stale(moved, format!("make and review a fresh plan: {}", self.remake_commands()))
    }

    /// Refuses the saved plan if a fresh plan is not equal to it.
    ///
    /// # Errors
    /// [`ExitCode::StalePlan`] with all the differences.
    pub(super) fn require_same_plan(&self, fresh: &PlanDocument) -> Result<(), Failure> {
        let moved = PlanDelta::between(&self.plan, fresh);
        if moved.is_empty() {
            return Ok(());
        }
        if moved.already_applied.is_empty() {
            return Err(self.stale_failure(moved.into_messages()));
        }
        let hint = if fresh.pending_changes().next().is_none() {
            "all of it is done already, and nothing is left to do: `copilot-infra plan` shows that".into()
        } else {
            format!(
                "a part of it is done already: an apply of it stopped part-way, or somebody else did the same; to carry on, make and review a plan of the rest: {}",
                self.remake_commands()
            )
        };
        Err(stale(moved.into_messages(), hint))
    }
}

/// Returns the failure of a stale plan: all that has `moved`, and the hint.
fn stale(moved: Vec<String>, hint: String) -> Failure {
    let message = "the saved plan no longer fits; nothing has been changed";
    let diagnostic = Diagnostic::error(Category::StalePlan, message).with_hint(hint);
    Failure::new(ExitCode::StalePlan, Diagnostic { details: moved, ..diagnostic })
}

/// Returns the commands, as they are typed, that make a plan with `choices` and apply it.
fn plan_and_apply_commands(path: &Path, choices: &PlanOptions) -> String {
    let path = path.display();
    let mut flags = String::new();
    if choices.delete_data {
        flags.push_str(" --delete-data");
    }
    for (flag, addresses) in [("--allow-replace", &choices.allow_replace), ("--target", &choices.targets)] {
        for address in addresses {
            flags.extend([" ", flag, " ", address]);
        }
    }
    format!("`copilot-infra plan{flags} --out {path}`, then `copilot-infra apply {path}`")
}

/// Why a file is not a usable plan.
#[derive(Debug)]
enum PlanFileError {
    /// The bytes cannot be parsed as a plan.
    Unreadable(String),
    /// The plan has another format version.
    UnsupportedVersion(String),
}

fn parse_plan_file(bytes: &[u8]) -> Result<PlanDocument, PlanFileError> {
    // What a shell on Windows writes to a file begins with a byte-order mark.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let read_error = |error: serde_json::Error| PlanFileError::Unreadable(error.to_string());
    let raw: serde_json::Value = serde_json::from_slice(bytes).map_err(read_error)?;
    if raw.get("format").and_then(serde_json::Value::as_str) != Some(plan_document::FORMAT) {
        return Err(PlanFileError::Unreadable("it is not a plan".to_owned()));
    }
    let version = raw.get("format_version").and_then(serde_json::Value::as_str).unwrap_or_default();
    if version.split('.').next() != plan_document::VERSION.split('.').next() {
        return Err(PlanFileError::UnsupportedVersion(version.to_owned()));
    }
    serde_json::from_value(raw).map_err(read_error)
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};
    use serde_json::{Value, json};

    use super::*;
    use crate::view::markdown;

    /// Returns a plan with a change of every kind.
    fn plan() -> Value {
        let one = |address: &str, actions: Value| {
            json!({
                "address": address, "kind": "dynamodb/table", "id": address, "actions": actions,
                "before": { "a": 1, "b": ["x", { "c": null }] }, "after": { "a": 2, "b": [] },
                "after_unknown": { "b": true }, "replace_paths": [["a", "b/c"]],
                "changes": [{ "path": "/a", "before": 1, "after": 2, "unknown": false }],
                "statements": [], "reasons": ["because"], "risk": [], "origin": "change", "holds_data": true,
                "place": { "file": "copilot.yaml", "line": 3, "column": 1 }, "warning": null
            })
        };
        json!({
            "format": plan_document::FORMAT, "format_version": plan_document::VERSION, "tool_version": "0.1.0",
            "created": "2026-01-31T12:00:00Z", "stack": "shop", "account": "123456789012", "region": "us-east-1",
            "digests": { "plan": "p", "spec": "s", "live": "l" },
            "choices": { "delete_data": false, "allow_replace": [], "targets": ["a"], "drift_only": false },
            "summary": { "create": 1, "update": 1, "replace": 1, "delete": 1, "unchanged": 1, "drift": 0 },
            "resource_changes": [
                one("keep", json!(["no-op"])), one("make", json!(["create"])), one("move", json!(["update"])),
                one("renew", json!(["delete", "create"])), one("drop", json!(["delete"])),
            ],
            "kept": [{ "kind": "k", "id": "i", "why": "w" }],
            "refusals": [{ "address": "a", "reason": "r", "remedy": "m" }]
        })
    }

    /// Parses bytes and uses the resulting plan as a run would.
    fn examine(bytes: &[u8]) {
        let Ok(read) = parse_plan_file(bytes) else { return };
        let fresh: PlanDocument = serde_json::from_value(plan()).unwrap();
        let _ = (
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
        prop_oneof![
            any_json().prop_map(Edit::Other),
            any::<Index>().prop_map(Edit::Moved),
            Just(Edit::Emptied),
        ]
    }

    /// Returns the JSON pointers of all values inside `value`, its own first.
    fn pointers(value: &Value, at: &str) -> Vec<String> {
        let mut all = vec![at.to_owned()];
        match value {
            Value::Object(members) => {
                all.extend(members.iter().flat_map(|(key, value)| pointers(value, &format!("{at}/{key}"))));
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
        assert!(PlanDelta::between(&read, &read).is_empty());
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
            let Err(PlanFileError::Unreadable(why)) = parse_plan_file(text.as_bytes()) else {
                panic!("{text}")
            };
            assert!(why.contains(words), "{text}: {why}");
        }
        assert!(matches!(parse_plan_file(b"\xff\xfe{\0}\0"), Err(PlanFileError::Unreadable(_))));
        let mut newer = plan();
        newer["format_version"] = "2.0".into();
        assert!(
            matches!(parse_plan_file(newer.to_string().as_bytes()), Err(PlanFileError::UnsupportedVersion(version)) if version == "2.0")
        );
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
                let all = pointers(&changed, "");
                let value = match edit {
                    Edit::Other(value) => value,
                    Edit::Moved(from) => {
                        changed.pointer(&all[from.index(all.len())]).cloned().unwrap_or_default()
                    }
                    Edit::Emptied => match changed.pointer(&all[which.index(all.len())]) {
                        Some(Value::Array(_)) => json!([]),
                        Some(Value::Object(_)) => json!({}),
                        Some(Value::String(_)) => json!(""),
                        _ => Value::Null,
                    },
                };
                if let Some(place) = changed.pointer_mut(&all[which.index(all.len())]) {
                    *place = value;
                }
            }
            examine(changed.to_string().as_bytes());
        }
    }
}
