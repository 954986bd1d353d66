//! Saved plan files: written atomically, and applied only while a fresh plan is equal to them.
//!
//! Nothing of a file is taken at its word. Every field is compared with a fresh plan, so that what somebody read in the file
//! is what is done; two may differ: `created`, which is a moment in the past, and of code that is not sent, or is built
//! again, the archive. Hidden values are compared by a keyed digest. A consent to lose data is said again.
mod code;
mod staleness;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::Deserialize;
use staleness::PlanDelta;

use crate::{
    cli::PlanOptionArgs,
    diagnostic::{Category, Diagnostic, ExitCode, Failure, untrusted::untrusted_line},
    engine::{HiddenValues, diff},
    plan_document::{self, HiddenDigest, PlanDocument, PlanOptions},
    stack::FunctionPackages,
    time::{parse_timestamp, timestamp},
};

/// Maximum size of a saved plan, in bytes; that of the reference stack has some 100 KB besides the code.
const MAX_BYTES: u64 = 48 << 20;
/// How far the clock of the machine that saved a plan may be ahead.
const CLOCK_SKEW: Duration = Duration::from_hours(24);
/// Maximum length in characters of a text out of the file in a message.
const MAX_SHOWN: usize = 300;

/// Writes a plan to a file that only its owner may read, since it shows how everything is configured, and whoever has it
/// can try values against the digest of those that are hidden.
///
/// The file appears under its name only once it is complete, so a reader never sees half of it.
pub(super) fn write_plan_file(
    path: &Path,
    plan: &PlanDocument,
    packages: &FunctionPackages,
    hidden: &HiddenValues,
) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("cannot save the plan as `{}`: {error}", path.display()))
    };
    let mut plan = plan.clone();
    code::carry_code(&mut plan, packages);
    plan.hidden = Some(HiddenDigest::of(hidden).map_err(|error| failed(&error))?);
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

/// A plan that was made just now, and what its document does not show.
pub(super) struct FreshPlan<'a> {
    pub(super) document: PlanDocument,
    pub(super) hidden: &'a HiddenValues,
    /// Ids of all functions of the spec.
    pub(super) functions: Vec<&'a str>,
    pub(super) packages: &'a FunctionPackages,
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
            PlanFileError::Unreadable(why) => failed(&shown(&why)),
            PlanFileError::Unfit(why) => {
                stale(vec![shown(&why)], remake_hint(&plan_and_apply_commands(path, &PlanOptions::default())))
            }
        })?;
        Ok(Self { path: path.to_owned(), plan })
    }

    /// Returns the code that the plan carries; none if it must be made again.
    ///
    /// # Errors
    /// The code is not what was planned.
    pub(super) fn carried_packages(&self) -> Result<Option<FunctionPackages>, Failure> {
        code::carried_packages(&self.path, &self.plan)
            .map_err(|reason| self.stale_failure(vec![shown(&reason)]))
    }

    /// Refuses the plan unless the command says the same consents to losses that it was made with: a file is nobody's
    /// word.
    ///
    /// # Errors
    /// A consent of the plan is not said, or another one is.
    pub(super) fn require_consent(&self, said: &PlanOptionArgs) -> Result<(), Failure> {
        let planned = consent_flags(self.plan.choices.delete_data, &self.plan.choices.allow_replace);
        let said = consent_flags(said.delete_data, &said.allow_replace);
        let list = |flags: Vec<&String>| {
            flags.into_iter().map(|flag| format!("`{flag}`")).collect::<Vec<_>>().join(" ")
        };
        let unsaid: Vec<_> = planned.difference(&said).collect();
        if !unsaid.is_empty() {
            let message = format!(
                "the plan was saved with {}, which the file alone does not consent to; nothing has been changed",
                list(unsaid)
            );
            let hint = format!("if that is meant, say it again: `{}`", self.apply_command());
            return Err(Failure::failed(message).with_hint(hint));
        }
        let unplanned: Vec<_> = said.difference(&planned).collect();
        if unplanned.is_empty() {
            return Ok(());
        }
        let message = format!("the plan was saved without {}; nothing has been changed", list(unplanned));
        Err(Failure::usage(message).with_hint("say it to `plan` as well, or leave it out here"))
    }

    fn apply_command(&self) -> String {
        apply_command(&self.path, &self.plan.choices)
    }

    /// Returns the commands that make this plan again and apply it.
    pub(super) fn remake_commands(&self) -> String {
        plan_and_apply_commands(&self.path, &self.plan.choices)
    }

    /// Returns the failure of this plan, which is stale because of what has `moved`.
    pub(super) fn stale_failure(&self, moved: Vec<String>) -> Failure {
        stale(moved, remake_hint(&self.remake_commands()))
    }

    /// Refuses the saved plan if a fresh plan is not equal to it.
    ///
    /// # Errors
    /// [`ExitCode::StalePlan`] with all the differences.
    pub(super) fn require_same_plan(&self, fresh: FreshPlan<'_>) -> Result<(), Failure> {
        let fresh = as_saved(&self.plan, fresh);
        let moved = PlanDelta::between(&self.plan, &fresh);
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

/// Returns the document that a fresh plan would have had if it had been saved when `saved` was.
fn as_saved(saved: &PlanDocument, fresh: FreshPlan<'_>) -> PlanDocument {
    let FreshPlan { document, hidden, functions, packages } = fresh;
    PlanDocument {
        created: saved.created.clone(),
        code: code::list_code(functions.into_iter(), packages),
        hidden: saved.hidden.clone().filter(|digest| digest.is_of(hidden)),
        ..document
    }
}

/// Returns a text out of a plan file as it may be shown: on one line, and not longer than people read.
fn shown(text: &str) -> String {
    let line = untrusted_line(text);
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Returns the failure of a stale plan: all that has `moved`, and the hint.
fn stale(moved: Vec<String>, hint: String) -> Failure {
    let message = "the saved plan no longer fits; nothing has been changed";
    let diagnostic = Diagnostic::error(Category::StalePlan, message).with_hint(hint);
    Failure::new(ExitCode::StalePlan, Diagnostic { details: moved, ..diagnostic })
}

fn remake_hint(commands: &str) -> String {
    format!("make and review a fresh plan: {commands}")
}

/// Returns the flags of the command line that consent to losses.
fn consent_flags(delete_data: bool, allow_replace: &[String]) -> BTreeSet<String> {
    let replace = allow_replace.iter().map(|address| format!("--allow-replace {}", shell_word(address)));
    replace.chain(delete_data.then(|| "--delete-data".to_owned())).collect()
}

/// Returns the commands, as they are typed, that make a plan with `choices` and apply it.
fn plan_and_apply_commands(path: &Path, choices: &PlanOptions) -> String {
    let mut flags: Vec<String> =
        consent_flags(choices.delete_data, &choices.allow_replace).into_iter().collect();
    flags.extend(choices.targets.iter().map(|address| format!("--target {}", shell_word(address))));
    let flags: String = flags.iter().flat_map(|flag| [" ", flag]).collect();
    let shown = shell_word(&path.display().to_string());
    format!("`copilot-infra plan{flags} --out {shown}`, then `{}`", apply_command(path, choices))
}

/// Returns the command that applies the plan at `path`, with the consents that it was made with.
fn apply_command(path: &Path, choices: &PlanOptions) -> String {
    let flags = consent_flags(choices.delete_data, &choices.allow_replace);
    let flags: String = flags.iter().flat_map(|flag| [" ", flag]).collect();
    format!("copilot-infra apply {}{flags}", shell_word(&path.display().to_string()))
}

/// Returns a text as a word of a shell.
fn shell_word(text: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_./:@+,=%".contains(sign);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", shown(text).replace('\'', r"'\''"))
}

/// Why a file is not a usable plan.
#[derive(Debug)]
enum PlanFileError {
    /// The bytes cannot be parsed as a plan.
    Unreadable(String),
    /// The plan is of another version, or was changed since it was saved.
    Unfit(String),
}

fn parse_plan_file(bytes: &[u8]) -> Result<PlanDocument, PlanFileError> {
    // What a shell on Windows writes to a file begins with a byte-order mark.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let read_error = |error: serde_json::Error| PlanFileError::Unreadable(error.to_string());
    let raw: serde_json::Value = serde_json::from_slice(bytes).map_err(read_error)?;
    let text = |key: &str| raw.get(key).and_then(serde_json::Value::as_str);
    if text("format") != Some(plan_document::FORMAT) {
        return Err(PlanFileError::Unreadable("it is not a plan".to_owned()));
    }
    let versions = [
        ("its format is", "format_version", plan_document::VERSION),
        ("it was made by version", "tool_version", env!("CARGO_PKG_VERSION")),
    ];
    for (what, key, own) in versions {
        match text(key) {
            Some(version) if version != own => {
                return Err(PlanFileError::Unfit(format!("{what} `{version}`, and this tool's is `{own}`")));
            }
            _ => {}
        }
    }
    let plan = PlanDocument::deserialize(&raw).map_err(read_error)?;
    match find_alteration(&plan, &raw) {
        Some(why) => Err(PlanFileError::Unfit(why)),
        None => Ok(plan),
    }
}

/// Returns what shows that a plan is not as it was saved.
fn find_alteration(plan: &PlanDocument, raw: &serde_json::Value) -> Option<String> {
    let canonical = serde_json::to_value(plan).unwrap_or_default();
    if canonical != *raw {
        let at = diff(&canonical, raw).first().map(|leaf| format!(", at `{}`", leaf.pointer));
        return Some(format!("it is not as this tool writes it{}", at.unwrap_or_default()));
    }
    if plan.hidden.is_none() {
        return Some("it has no digest of its hidden values: `plan --out` saves a plan with one".to_owned());
    }
    let created = parse_timestamp(&plan.created).filter(|time| timestamp(*time) == plan.created);
    if created.is_none_or(|created| created > SystemTime::now() + CLOCK_SKEW) {
        return Some(format!("`created` is no moment in the past: `{}`", plan.created));
    }
    let digests = [&plan.digests.plan, &plan.digests.live];
    let differ = plan.digests_of_its_changes().iter().ne(digests);
    differ.then(|| "its `digests` are not those of its changes".to_owned())
}

#[cfg(test)]
mod tests;
