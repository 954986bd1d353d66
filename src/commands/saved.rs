//! A plan in a file: written whole or not at all, and carried out only while a fresh plan is the same.
use crate::{
    exit::{Failure, Stale},
    view::model::{self, Choices, Document, ResourceChange},
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Most differences that are named one by one.
const NAMED: usize = 20;

/// Saves a plan; only its owner may read the file, for it tells how everything is set up.
///
/// It appears under its name only once it is whole, so a reader never sees half of one.
pub(super) fn write(path: &Path, plan: &Document) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::File(format!("cannot save the plan as `{}`: {error}", path.display()))
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let text = serde_json::to_string_pretty(plan).map_err(|error| failed(&error))?;
    // Made with mode 0600 from the start.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n"));
    written.and_then(|()| file.as_file().sync_all()).map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

/// A plan from a file.
pub(super) struct Saved {
    path: PathBuf,
    pub(super) plan: Document,
}

impl Saved {
    /// Reads a saved plan.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            let shown = path.display();
            Failure::File(format!(
                "cannot read the plan `{shown}`: {error}\nhint: `copilot-infra plan --out {shown}` makes one"
            ))
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        let raw: serde_json::Value = serde_json::from_str(&text).map_err(|error| failed(&error))?;
        let text = |key: &str| raw.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        if text("format") != model::FORMAT {
            return Err(failed(&"it is not a plan"));
        }
        let version = text("format_version");
        if version.split('.').next() != model::VERSION.split('.').next() {
            let moved = format!("its format is {version}, and this tool reads {}", model::VERSION);
            let hint = format!("make and review a fresh plan: {}", commands(path, &Choices::default()));
            return Err(Failure::Stale(Stale { moved: vec![moved], hint }));
        }
        let plan = serde_json::from_value(raw).map_err(|error| failed(&error))?;
        Ok(Self { path: path.to_owned(), plan })
    }

    /// The commands that make a plan like this one again and carry it out.
    pub(super) fn anew(&self) -> String {
        commands(&self.path, &self.plan.choices)
    }

    /// The refusal, because this `moved`.
    pub(super) fn stale(&self, moved: Vec<String>) -> Failure {
        Failure::Stale(Stale { moved, hint: format!("make and review a fresh plan: {}", self.anew()) })
    }

    /// Refuses the plan if a fresh one does not equal it.
    ///
    /// # Errors
    /// [`Failure::Stale`] with everything that moved.
    pub(super) fn check(&self, fresh: &Document) -> Result<(), Failure> {
        let saved = &self.plan;
        let mut moved = Vec::new();
        let mut about = |what: &str, was: &str, is: &str| {
            if was != is {
                moved.push(format!("it was made for the {what} `{was}`, and this is `{is}`"));
            }
        };
        about("stack", &saved.stack, &fresh.stack);
        about("account", &saved.account, &fresh.account);
        about("region", &saved.region, &fresh.region);
        if !moved.is_empty() {
            return Err(self.stale(moved));
        }
        let Moved { done, other } = differences(saved, fresh);
        if done.is_empty() && other.is_empty() {
            return Ok(());
        }
        let hint = match (done.is_empty(), fresh.todo().next().is_none()) {
            (true, _) => format!("make and review a fresh plan: {}", self.anew()),
            (false, true) => {
                "all of it is done already, and nothing is left to do: `copilot-infra plan` shows that".into()
            }
            (false, false) => format!(
                "a part of it is done already: an apply of it stopped part-way, or somebody else did the same; to carry on, make and review a plan of the rest: {}",
                self.anew()
            ),
        };
        let mut moved = done;
        moved.extend(other);
        if moved.len() > NAMED {
            let more = moved.len() - NAMED;
            moved.truncate(NAMED);
            moved.push(format!("and {more} more"));
        }
        Err(Failure::Stale(Stale { moved, hint }))
    }
}

/// The commands that make a plan with `choices` and carry it out, as they are typed.
fn commands(path: &Path, choices: &Choices) -> String {
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

/// What differs between a saved plan and a fresh one.
#[derive(Default)]
struct Moved {
    /// Steps that need not be done any more, because what they lead to stands.
    done: Vec<String>,
    /// Everything else.
    other: Vec<String>,
}

fn differences(saved: &Document, fresh: &Document) -> Moved {
    let mut moved = Moved::default();
    let same_spec = saved.digests.spec == fresh.digests.spec;
    if !same_spec {
        moved.other.push("the spec, its inputs or its code packages changed since it was made".to_owned());
    }
    let of = |plan: &Document, address: &str| {
        plan.resource_changes.iter().find(|one| one.address == address).cloned()
    };
    for then in &saved.resource_changes {
        let now = of(fresh, &then.address);
        // By the same spec nothing is to be done to it any more.
        if same_spec && !then.is_idle() && idle(now.as_ref()) {
            moved.done.push(format!("{}: was planned to {}, and that is done", then.address, then.verb()));
        } else {
            moved.other.extend(difference(&then.address, Some(then), now.as_ref()));
        }
    }
    for now in fresh.resource_changes.iter().filter(|now| of(saved, &now.address).is_none()) {
        moved.other.extend(difference(&now.address, None, Some(now)));
    }
    let refused = fresh.refusals.iter().filter(|one| !saved.refusals.contains(one));
    moved.other.extend(refused.map(|one| format!("{}: {}", one.address, one.reason)));
    moved
}

fn idle(change: Option<&ResourceChange>) -> bool {
    change.is_none_or(ResourceChange::is_idle)
}

/// What moved of one resource; nothing if the same is done to it as was planned, from the same to the same.
fn difference(address: &str, then: Option<&ResourceChange>, now: Option<&ResourceChange>) -> Option<String> {
    let verb = |one: Option<&ResourceChange>| one.map_or("nothing", ResourceChange::verb);
    if idle(then) && idle(now) {
        return None;
    }
    if verb(then) != verb(now) {
        return Some(format!("{address}: was planned to {}, now it is to {}", said(then), said(now)));
    }
    let (then, now) = (then?, now?);
    let same = then.id == now.id
        && then.before == now.before
        && then.after == now.after
        && then.after_unknown == now.after_unknown
        && then.changes == now.changes;
    if same {
        return None;
    }
    let paths = moved_paths(then, now);
    Some(format!("{address}: still to {}, but {paths} moved", now.verb()))
}

fn said(one: Option<&ResourceChange>) -> &'static str {
    match one {
        Some(one) if !one.is_idle() => one.verb(),
        _ => "stay as it is",
    }
}

/// The members that differ between then and now, on either side of the change.
fn moved_paths(then: &ResourceChange, now: &ResourceChange) -> String {
    let null = serde_json::Value::Null;
    let side = |one: &Option<serde_json::Value>| one.clone().unwrap_or_else(|| null.clone());
    let before = crate::engine::diff(&side(&then.before), &side(&now.before));
    let after = crate::engine::diff(&side(&then.after), &side(&now.after));
    let mut paths: Vec<String> =
        before.iter().chain(&after).map(|change| format!("`{}`", change.at)).collect();
    paths.sort();
    paths.dedup();
    if paths.is_empty() { "what it was before or will be".to_owned() } else { paths.join(", ") }
}
