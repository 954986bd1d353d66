//! Every call of a command goes wrong in every way, one at a time: the same command again gets there.
use std::{collections::BTreeSet, time::Duration};

use copilot_infra::manifest::Loaded;
use copilot_infra_simulator::{Fault, Record, Script, Snapshot, Switches};

use crate::{
    bench::{Bench, Command, End, REGION, soak, spread},
    specs,
};

/// The faults of the matrix.
const MATRIX: [Fault; 11] = [
    Fault::DieBefore,
    Fault::DieAfter,
    Fault::LostReply,
    Fault::ErrorAfter,
    Fault::ErrorBefore,
    Fault::Throttle,
    Fault::ResetBefore,
    Fault::Timeout,
    Fault::Truncated,
    Fault::Stale,
    Fault::DeniedFor(50),
];

/// A command in a world that stands in some way.
struct Case {
    name: &'static str,
    /// What is applied first, without faults.
    first: Option<fn() -> Loaded>,
    command: Command,
    spec: fn() -> Loaded,
    /// Another spec for the same stack.
    other: fn() -> Loaded,
    /// Whether the tag index tells nothing of what was made.
    silent: bool,
}

const APPLY: Case = Case {
    name: "apply",
    first: None,
    command: Command::Apply,
    spec: specs::reference,
    other: specs::reference_otherwise,
    silent: false,
};
const UPDATE: Case = Case {
    name: "update",
    first: Some(specs::before),
    command: Command::Apply,
    spec: specs::after,
    other: specs::before,
    silent: false,
};
/// Another name for the API and another alias for the key.
const RENAME: Case = Case {
    name: "rename",
    first: Some(specs::before),
    command: Command::Apply,
    spec: specs::renamed,
    other: specs::before,
    silent: false,
};
const DESTROY: Case = Case {
    name: "destroy",
    first: Some(specs::reference),
    command: Command::Destroy,
    spec: specs::reference,
    other: specs::reference,
    silent: false,
};
/// The same removal, found without the tag index.
const SILENT_DESTROY: Case = Case { name: "destroy without the index", silent: true, ..DESTROY };
/// An apply of less, whose orphans are found without the tag index.
const SILENT_LESS: Case = Case {
    name: "less without the index",
    first: Some(specs::before),
    command: Command::Apply,
    spec: specs::less,
    other: specs::less,
    silent: true,
};
/// An apply with all creations that have no unique name, an explicit deployment among them.
const PAIRS: Case = Case {
    name: "pairs",
    first: None,
    command: Command::Apply,
    spec: specs::deployed,
    other: specs::before,
    silent: false,
};

/// The seed of every cell.
const SEED: u64 = 7;

/// How often a command is run again after the faulty run; half an hour may be between two.
const RUNS: usize = 4;

/// A world in which a command is about to run, and how that ends when nothing goes wrong.
struct Start {
    snapshot: Snapshot,
    spec: Loaded,
    /// A spec that asks for something else, to learn what the tool takes for drift.
    other: Loaded,
    calls: Vec<Record>,
    stands: Vec<String>,
    /// Ids of what holds data or is known to clients and stands in the end.
    keeps: BTreeSet<String>,
}

impl Case {
    async fn start(&self) -> Start {
        let switches = Switches { page: 100, index_silent: self.silent, ..Switches::default() };
        let bench = Bench::new(SEED, switches);
        if let Some(first) = self.first {
            bench.must(Command::Apply, &first()).await;
        }
        let (snapshot, spec) = (bench.sim.snapshot(), (self.spec)());
        let bench = Bench::from_snapshot(SEED, &snapshot);
        bench.must(self.command, &spec).await;
        let calls = bench.sim.records();
        if self.command == Command::Apply {
            bench.settled(&spec).await.expect("nothing went wrong");
        }
        rest().await;
        let keeps = bench.sim.incarnations(REGION).into_values().collect();
        Start { snapshot, spec, other: (self.other)(), calls, stands: bench.sim.inventory(REGION), keeps }
    }

    /// One cell of the matrix.
    async fn survives(&self, start: &Start, script: Script) -> Result<(), String> {
        let bench = Bench::from_snapshot(SEED, &start.snapshot);
        let before = bench.sim.incarnations(REGION);
        let mut end = bench.run(self.command, &start.spec, script).await;
        let mut story = bench.story();
        for _ in 0..RUNS {
            if end.is_good() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(if cools(&end) { 61 * 60 } else { 30 })).await;
            end = bench.run(self.command, &start.spec, Script::default()).await;
            story = format!("{story}\n  -- again --\n{}", bench.story());
        }
        let wrong = |why: String| format!("{why}\n{story}");
        if !end.is_good() {
            return Err(wrong(format!("it never succeeds: {end:?}")));
        }
        if self.command == Command::Apply {
            let settled = bench.settled(&start.spec).await.map_err(wrong)?;
            bench.blames_nobody(settled, &start.other).await.map_err(wrong)?;
            let now = bench.sim.incarnations(REGION);
            // Its name may have changed.
            if let Some((name, _)) =
                before.iter().find(|(_, id)| start.keeps.contains(*id) && !now.values().any(|one| one == *id))
            {
                return Err(wrong(format!("`{name}` was made anew")));
            }
        }
        rest().await;
        let (stands, wanted) = (bench.sim.inventory(REGION), &start.stands);
        if stands != *wanted {
            let missing: Vec<_> = wanted.iter().filter(|line| !stands.contains(line)).collect();
            let extra: Vec<_> = stands.iter().filter(|line| !wanted.contains(line)).collect();
            return Err(wrong(format!("missing {missing:#?}\nextra {extra:#?}")));
        }
        let locked = bench.sim.locked_out(REGION);
        if locked.is_empty() { Ok(()) } else { Err(wrong(format!("locked out: {locked:?}"))) }
    }

    /// Tries what `scripts` makes of the healthy run, each with its name.
    fn survives_all(&self, scripts: impl FnOnce(&Start) -> Vec<(String, Script)>) {
        let start = spread(1, async |_| Box::pin(self.start()).await).remove(0);
        let cells = scripts(&start);
        let found = spread(cells.len(), async |at| {
            let (name, script) = &cells[at];
            let found = Box::pin(self.survives(&start, script.clone())).await;
            found.map_err(|why| format!("{name}: {why}"))
        });
        let broken: Vec<_> = found.into_iter().filter_map(Result::err).collect();
        let (name, calls) = (self.name, start.calls.len());
        println!("{name}: {calls} calls, {} cells, {} broken", cells.len(), broken.len());
        assert!(broken.is_empty(), "{} of {} cells:\n{}", broken.len(), cells.len(), broken.join("\n\n"));
    }

    /// Every so many cells of the writes and of the reads; all of them if `WORLD_SOAK` is set.
    fn matrix(&self, writes: usize, reads: usize) {
        let (each, other) = (share(writes), share(reads));
        self.survives_all(|start| {
            let cell = |at: usize, fault| {
                let name = format!("{} call {at} {} {fault:?}", self.name, start.calls[at].operation);
                (name, Script::one(at, fault))
            };
            let (writes, others): (Vec<usize>, Vec<usize>) =
                (0..start.calls.len()).partition(|at| start.calls[*at].is_write());
            let every = |calls: Vec<usize>| calls.into_iter().flat_map(|at| MATRIX.map(|fault| (at, fault)));
            let cells = every(writes).step_by(each).chain(every(others).step_by(other));
            cells.map(|(at, fault)| cell(at, fault)).collect()
        });
    }
}

/// Time for what is being removed, built or deployed to come to its end.
async fn rest() {
    tokio::time::sleep(Duration::from_mins(1)).await;
}

/// Every how many cells one is tried: all of them if `WORLD_SOAK` is set.
fn share(usual: usize) -> usize {
    if soak() { 1 } else { usual }
}

/// Whether a run ended in the cool-down of an expiry.
fn cools(end: &End) -> bool {
    matches!(end, End::Partial(failures) if failures.iter().any(|why| why.contains("half an hour")))
}

#[test]
fn a_broken_apply_is_healed_by_the_next() {
    APPLY.matrix(4, 37);
}

#[test]
fn a_broken_update_is_healed_by_the_next() {
    UPDATE.matrix(9, 61);
}

#[test]
fn a_broken_rename_is_healed_by_the_next() {
    RENAME.matrix(4, 29);
}

#[test]
fn a_broken_destroy_is_healed_by_the_next() {
    DESTROY.matrix(4, 37);
}

/// Deaths right before and after every write; nothing but what stands tells the next run what is left to remove.
fn dies_at_every_write(start: &Start) -> Vec<(String, Script)> {
    let writes = start.calls.iter().enumerate().filter(|(_, call)| call.is_write());
    let cells = writes.flat_map(|(at, call)| {
        [Fault::DieBefore, Fault::DieAfter].map(|fault| {
            (format!("call {at} {} {} {fault:?}", call.operation, call.about), Script::one(at, fault))
        })
    });
    cells.collect()
}

#[test]
fn what_is_left_to_remove_is_found_without_the_tag_index() {
    SILENT_DESTROY.survives_all(dies_at_every_write);
    SILENT_LESS.survives_all(dies_at_every_write);
}

/// Faults that pass within the run must not end it.
#[test]
fn a_passing_fault_of_a_read_does_not_end_the_run() {
    let start = spread(1, async |_| Box::pin(APPLY.start()).await).remove(0);
    let passing = Fault::PASSING.into_iter();
    let reads = start.calls.iter().enumerate().filter(|(_, call)| !call.is_write());
    let cells = reads.flat_map(|(at, _)| passing.clone().map(move |fault| (at, fault)));
    let cells: Vec<_> = cells.step_by(share(41)).collect();
    let broken = spread(cells.len(), async |cell| {
        let (at, fault) = cells[cell];
        let bench = Bench::from_snapshot(SEED, &start.snapshot);
        let end = Box::pin(bench.run(Command::Apply, &start.spec, Script::one(at, fault))).await;
        (!end.is_good()).then(|| format!("call {at} {} {fault:?}: {end:?}", start.calls[at].operation))
    });
    let broken: Vec<_> = broken.into_iter().flatten().collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Creations that AWS cannot recognise as repeated.
const NAMELESS: [&str; 7] = [
    "kms:CreateKey",
    "apigateway:CreateApi",
    "apigateway:CreateIntegration",
    "apigateway:CreateAuthorizer",
    "apigateway:CreateRoute",
    "apigateway:CreateDeployment",
    "apigateway:CreateStage",
];

/// What makes twins or hides what was made.
const TWINS: [Fault; 6] =
    [Fault::DieAfter, Fault::LostReply, Fault::ErrorAfter, Fault::Timeout, Fault::Stale, Fault::Throttle];

#[test]
fn two_faults_on_creations_without_a_unique_name_leave_no_twin() {
    PAIRS.survives_all(|start| {
        let named = |name: &'static str| {
            let count = start.calls.iter().filter(|call| call.operation == name).count();
            assert!(count > 0, "the healthy run never calls {name}");
            (0..count).map(move |nth| (name, nth))
        };
        let all: Vec<(&str, usize)> = NAMELESS.into_iter().flat_map(named).collect();
        let pairs =
            all.iter().enumerate().flat_map(|(at, one)| all[at..].iter().map(move |other| (one, other)));
        let cells = pairs.flat_map(|((one, first), (other, second))| {
            // The second strikes the same creation again, or a later one.
            let nth = if (one, first) == (other, second) { second + 1 } else { *second };
            TWINS.iter().flat_map(move |fault| {
                TWINS.iter().map(move |again| {
                    let name = format!("{one} {first} {fault:?}, {other} {nth} {again:?}");
                    let on = vec![((*one).to_owned(), *first, *fault), ((*other).to_owned(), nth, *again)];
                    (name, Script { on, ..Script::default() })
                })
            })
        });
        cells.step_by(share(41)).collect()
    });
}
