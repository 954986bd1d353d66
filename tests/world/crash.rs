//! Every call of a command goes wrong in every way, one at a time: the same command again gets there.
use crate::{
    bench::{Bench, Command, End, REGION, deep, ends_runs},
    specs,
};
use copilot_infra::spec::Loaded;
use copilot_infra_simulator::{Fault, Script, Switches};

/// The faults of the matrix.
const MATRIX: [Fault; 10] = [
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
];

/// A command in a world that stands in some way.
struct Case {
    name: &'static str,
    /// What is applied first, without faults.
    first: Option<fn() -> Loaded>,
    command: Command,
    spec: fn() -> Loaded,
}

const APPLY: Case = Case { name: "apply", first: None, command: Command::Apply, spec: specs::before };
const UPDATE: Case =
    Case { name: "update", first: Some(specs::before), command: Command::Apply, spec: specs::after };
const DESTROY: Case =
    Case { name: "destroy", first: Some(specs::before), command: Command::Destroy, spec: specs::before };

/// How often a command is run again after the faulty run; half an hour may be between two.
const RUNS: usize = 4;

impl Case {
    async fn world(&self) -> Bench {
        let bench = Bench::new(7, Switches { page: 100, ..Switches::default() });
        if let Some(first) = self.first {
            bench.must(Command::Apply, &first()).await;
        }
        bench
    }

    /// How many calls the command makes when nothing goes wrong, and what then stands.
    async fn healthy(&self, world: &Bench) -> (usize, Vec<String>) {
        let bench = world.fork(7);
        bench.must(self.command, &(self.spec)()).await;
        let calls = bench.sim.count();
        if self.command == Command::Apply {
            bench.settled(&(self.spec)()).await.expect("nothing went wrong");
        }
        (calls, bench.sim.inventory(REGION))
    }

    /// One cell of the matrix.
    async fn survives(&self, world: &Bench, script: Script, wanted: &[String]) -> Result<(), String> {
        let bench = world.fork(7);
        let (spec, before) = ((self.spec)(), bench.sim.incarnations(REGION));
        let mut end = bench.run(self.command, &spec, script).await;
        let mut story = bench.story();
        for _ in 0..RUNS {
            if end.is_good() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_secs(if cools(&end) { 61 * 60 } else { 30 })).await;
            end = bench.run(self.command, &spec, Script::default()).await;
            story = format!("{story}\n  -- again --\n{}", bench.story());
        }
        let wrong = |why: String| format!("{why}\n{story}");
        if !end.is_good() {
            return Err(wrong(format!("it never succeeds: {end:?}")));
        }
        if self.command == Command::Apply {
            bench.settled(&spec).await.map_err(wrong)?;
            let now = bench.sim.incarnations(REGION);
            if let Some((name, _)) = before.iter().find(|(name, id)| now.get(*name) != Some(id)) {
                return Err(wrong(format!("`{name}` was made anew")));
            }
        }
        // What is being removed or built is still on its way.
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        let stands = bench.sim.inventory(REGION);
        let missing: Vec<_> = wanted.iter().filter(|line| !stands.contains(line)).collect();
        let extra: Vec<_> = stands.iter().filter(|line| !wanted.contains(line)).collect();
        if stands != wanted {
            return Err(wrong(format!("missing {missing:#?}\nextra {extra:#?}")));
        }
        let locked = bench.sim.locked_out(REGION);
        if locked.is_empty() { Ok(()) } else { Err(wrong(format!("locked out: {locked:?}"))) }
    }

    async fn matrix(&self) {
        let world = self.world().await;
        let (calls, wanted) = self.healthy(&world).await;
        let all = (0..calls).flat_map(|at| MATRIX.map(|fault| (at, fault)));
        let (mut cells, mut broken) = (0, Vec::new());
        for (at, fault) in all.step_by(step(17)) {
            cells += 1;
            if let Err(why) = self.survives(&world, Script::one(at, fault), &wanted).await {
                broken.push(format!("{} call {at} {fault:?}: {why}", self.name));
            }
        }
        println!("{}: {calls} calls, {cells} cells, {} broken", self.name, broken.len());
        assert!(broken.is_empty(), "{} of {cells} cells:\n{}", broken.len(), broken.join("\n\n"));
    }
}

/// Every how many cells one is tried: all of them if `WORLD_SOAK` is set, as it is where time is no matter.
fn step(usual: usize) -> usize {
    if std::env::var_os("WORLD_SOAK").is_some() { 1 } else { usual }
}

/// Whether a run ended in the cool-down of an expiry.
fn cools(end: &End) -> bool {
    matches!(end, End::Partial(failures) if failures.iter().any(|why| why.contains("half an hour")))
}

#[test]
fn a_broken_apply_is_healed_by_the_next() {
    deep(async || {
        APPLY.matrix().await;
    });
}

#[test]
fn a_broken_update_is_healed_by_the_next() {
    deep(async || {
        UPDATE.matrix().await;
    });
}

#[test]
fn a_broken_destroy_is_healed_by_the_next() {
    deep(async || {
        DESTROY.matrix().await;
    });
}

/// Faults that pass within the run must not end it.
#[test]
fn a_passing_fault_of_a_read_does_not_end_the_run() {
    deep(async || {
        let world = APPLY.world().await;
        let (calls, _) = APPLY.healthy(&world).await;
        let passing =
            Fault::PASSING.into_iter().filter(|fault| !ends_runs(*fault) && *fault != Fault::Truncated);
        let mut broken = Vec::new();
        for (at, fault) in (0..calls).step_by(3).zip(passing.cycle()) {
            let bench = world.fork(7);
            let end = bench.run(Command::Apply, &(APPLY.spec)(), Script::one(at, fault)).await;
            let record = bench.sim.records().get(at).cloned();
            if record.as_ref().is_some_and(|it| !it.is_write()) && !end.is_good() {
                broken.push(format!("call {at} {fault:?} {record:?}: {end:?}"));
            }
        }
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    });
}

/// Creations that AWS cannot recognise as repeated, and how many there are of each.
const NAMELESS: [(&str, usize); 5] = [
    ("kms:CreateKey", 1),
    ("apigateway:CreateApi", 1),
    ("apigateway:CreateIntegration", 2),
    ("apigateway:CreateAuthorizer", 1),
    ("apigateway:CreateRoute", 3),
];

#[test]
fn two_faults_on_creations_without_a_unique_name_leave_no_twin() {
    deep(async || {
        let world = APPLY.world().await;
        let (_, wanted) = APPLY.healthy(&world).await;
        let faults = [
            Fault::DieAfter,
            Fault::LostReply,
            Fault::ErrorAfter,
            Fault::Timeout,
            Fault::Stale,
            Fault::Throttle,
        ];
        let all =
            NAMELESS.iter().flat_map(|(name, count)| (0..*count).map(move |nth| ((*name).to_owned(), nth)));
        let all: Vec<(String, usize)> = all.collect();
        let pairs =
            all.iter().enumerate().flat_map(|(at, one)| all[at..].iter().map(move |other| (one, other)));
        let pairs =
            pairs.flat_map(|pair| faults.map(|fault| faults.map(|again| (pair, fault, again)))).flatten();
        let (mut cells, mut broken) = (0, Vec::new());
        for (((one, first), (other, second)), fault, again) in pairs.step_by(step(41)) {
            // The second strikes the same creation again, or a later one.
            let nth = if (one, first) == (other, second) { second + 1 } else { *second };
            let on = vec![(one.clone(), *first, fault), (other.clone(), nth, again)];
            cells += 1;
            if let Err(why) = APPLY.survives(&world, Script { on, ..Script::default() }, &wanted).await {
                broken.push(format!("{one} {first} {fault:?}, {other} {nth} {again:?}: {why}"));
            }
        }
        println!("{cells} pairs, {} broken", broken.len());
        assert!(broken.is_empty(), "{} of {cells} pairs:\n{}", broken.len(), broken.join("\n\n"));
    });
}
