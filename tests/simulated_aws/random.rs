//! Random worlds: a random wish, a world that stands somehow, and calls that go wrong by chance.
//!
//! `WORLDS` says how many, `WORLD_SEED` replays one, `WORLD_STORY` tells every write of it.
use std::{collections::BTreeSet, time::Duration};

use copilot_infra::manifest::Loaded;
use copilot_infra_simulator::{Fault, Record, Script, Switches};
use fastrand::Rng;

use crate::{
    bench::{Bench, Command, End, REGION, spread, text},
    chance::{self, Shape},
};

/// What goes wrong by chance.
const FAULTS: [Fault; 13] = [
    Fault::DieBefore,
    Fault::DieAfter,
    Fault::ResetBefore,
    Fault::LostReply,
    Fault::ErrorBefore,
    Fault::ErrorAfter,
    Fault::Throttle,
    Fault::Timeout,
    Fault::Truncated,
    Fault::Slow,
    Fault::Denied,
    Fault::DeniedFor(100),
    Fault::Stale,
];

/// How many worlds a usual run tries: a minute on two cores.
const WORLDS: u64 = 150;

/// The first seed of the worlds that are only read back.
const PROPS: u64 = 1_000_000;

/// How often the same command may be needed once nothing goes wrong any more.
const RUNS: usize = 6;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Waits as somebody would who reads why a run ended.
async fn pause(end: &End) {
    let cools = matches!(end, End::Partial(all) if all.iter().any(|why| why.contains("half an hour")));
    let builds = matches!(end, End::Refused(why) if why.contains("is still being"));
    let minutes = if cools { 61 } else { 20 };
    let time = if cools || builds { Duration::from_mins(minutes) } else { Duration::from_secs(45) };
    tokio::time::sleep(time).await;
}

/// A stack in a world: what it wishes for, and what it claimed to have done so far.
struct Tenant<'a> {
    bench: &'a Bench,
    spec: &'a Loaded,
    done: BTreeSet<String>,
    /// What any of its runs claimed to have done.
    ever: BTreeSet<String>,
}

impl<'a> Tenant<'a> {
    fn new(bench: &'a Bench, spec: &'a Loaded) -> Self {
        Self { bench, spec, done: BTreeSet::new(), ever: BTreeSet::new() }
    }

    /// Runs a command; it must not write what it plans to keep, nor plan again what it said was done.
    async fn run(&mut self, command: Command, script: Script) -> Result<End, String> {
        let bench = self.bench;
        let end = bench.run(command, self.spec, script).await;
        let faulty = bench.sim.records().iter().any(|call| call.fault.is_some());
        let told = bench.told();
        if !faulty {
            let needless = bench.needless();
            if !needless.is_empty() {
                return Err(format!("wrote what was to stay: {needless:?}\n{}", bench.story()));
            }
            let again: Vec<_> = told.planned.intersection(&self.done).collect();
            if !again.is_empty() {
                return Err(format!("said it was done, and does it again: {again:?}\n{}", bench.story()));
            }
        }
        self.done.clone_from(&told.done);
        self.ever.extend(told.done.iter().cloned());
        Ok(end)
    }

    /// Runs a command without faults until there is nothing left to do.
    async fn finish(&mut self, command: Command) -> Result<(), String> {
        let mut last = End::Nothing;
        for _ in 0..RUNS {
            last = self.run(command, Script::default()).await?;
            if matches!(last, End::Nothing) {
                return Ok(());
            }
            pause(&last).await;
        }
        Err(format!("{command:?} finds no end: {last:?}\n{}", self.bench.story()))
    }
}

/// What of the world belongs to others.
fn theirs(bench: &Bench) -> Vec<String> {
    let mut all = bench.sim.inventory(REGION);
    all.retain(|line| line.contains("copilot-infra:stack=other") || line.contains("theirs"));
    all
}

/// Somebody sits on a name of the stack: the tool must leave everything alone until the name is free.
async fn wait_for_the_name(bench: &Bench, spec: &Loaded, rng: &mut Rng, shape: Shape) -> Result<(), String> {
    let squatter = chance::squat(bench.aws(), rng, shape).await;
    tokio::time::sleep(Duration::from_secs(rng.u64(0..60))).await;
    let end = bench.run(Command::Apply, spec, Script::default()).await;
    if !matches!(end, End::Refused(_)) || bench.sim.records().iter().any(Record::took_effect) {
        return Err(format!("a name was taken, yet {end:?}\n{}", bench.story()));
    }
    squatter.leave(bench.aws()).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    Ok(())
}

/// One world, from a seed.
async fn world(seed: u64) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    let rng = &mut rng;
    let bench = Bench::new(seed, Switches::random(rng));
    let shape = Shape::random(rng);
    let (first, spec) = (chance::spec(rng, shape), chance::spec(rng, shape));
    let (before, loaded) = (text(&first), text(&spec));
    let wrong = |why: String| format!("{why}\nbefore:\n{first}\nwanted:\n{spec}");
    if rng.u8(0..4) == 0 {
        Box::pin(chance::neighbours(bench.aws())).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    let neighbours = theirs(&bench);
    match rng.u8(0..6) {
        0 => {}
        1 => Box::pin(wait_for_the_name(&bench, &loaded, rng, shape)).await.map_err(wrong)?,
        _ => {
            // Something stands already, whole or half, and somebody has changed it.
            bench.run(Command::Apply, &before, Script::random(0.02, &FAULTS)).await;
            tokio::time::sleep(Duration::from_secs(30)).await;
            bench.sim.begin(Script::default());
            for _ in 0..rng.usize(0..4) {
                Box::pin(chance::meddle(bench.aws(), rng)).await;
            }
            tokio::time::sleep(Duration::from_secs(rng.u64(0..1200))).await;
        }
    }
    let mut tenant = Tenant::new(&bench, &loaded);
    for _ in 0..rng.usize(0..3) {
        let end = tenant.run(Command::Apply, Script::random(0.03, &FAULTS)).await.map_err(wrong)?;
        pause(&end).await;
    }
    tenant.finish(Command::Apply).await.map_err(wrong)?;
    let mut settled = bench.settled(&loaded).await.map_err(wrong)?;
    if bench.sim.records().iter().any(Record::took_effect) {
        return Err(wrong(format!("a plan changed something:\n{}", bench.story())));
    }
    // What was never touched may be as somebody else, or a run that died, left it.
    settled.steps.retain(|step| tenant.ever.contains(&step.address));
    bench.blames_nobody(settled, &before).await.map_err(wrong)?;
    let locked = bench.sim.locked_out(REGION);
    if !locked.is_empty() {
        return Err(wrong(format!("locked out: {locked:?}")));
    }
    if rng.bool() {
        let mut tenant = Tenant::new(&bench, &loaded);
        tenant.run(Command::Destroy, Script::random(0.03, &FAULTS)).await.map_err(wrong)?;
        tokio::time::sleep(Duration::from_secs(45)).await;
        tenant.finish(Command::Destroy).await.map_err(wrong)?;
        let mut left = bench.sim.inventory(REGION);
        left.retain(|line| !line.contains("copilot-infra:shared") && !line.starts_with("account role"));
        left.retain(|line| !neighbours.contains(line));
        if !left.is_empty() {
            return Err(wrong(format!("destroy left {left:#?}\n{}", bench.story())));
        }
    }
    if theirs(&bench) != neighbours {
        return Err(wrong(format!("the neighbours had {neighbours:#?} and have {:#?}", theirs(&bench))));
    }
    Ok(())
}

#[test]
fn every_random_world_comes_to_rest_as_wanted() {
    let seeds = match number("WORLD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("WORLDS").unwrap_or(WORLDS),
    };
    let seeds: Vec<u64> = seeds.collect();
    let found = spread(seeds.len(), async |at| Box::pin(world(seeds[at])).await);
    let broken = seeds.iter().zip(found).filter_map(|(seed, found)| {
        let why = found.err()?;
        Some(format!("WORLD_SEED={seed} cargo test --test simulated_aws every_random_world\n{why}"))
    });
    let broken: Vec<_> = broken.collect();
    assert!(broken.is_empty(), "{} of {} worlds:\n{}", broken.len(), seeds.len(), broken.join("\n\n"));
}

#[test]
fn random_props_read_back_as_no_drift() {
    let worlds = (number("WORLDS").unwrap_or(WORLDS) / 10).max(10);
    let seeds = number("WORLD_SEED").map_or(PROPS..PROPS + worlds, |seed| seed..seed + 1);
    let seeds: Vec<u64> = seeds.collect();
    let found = spread(seeds.len(), async |at| {
        let seed = seeds[at];
        let mut rng = Rng::with_seed(seed);
        let bench = Bench::new(seed, Switches::random(&mut rng));
        let shape = Shape::random(&mut rng);
        let spec = chance::spec(&mut rng, shape);
        let loaded = text(&spec);
        Box::pin(bench.must(Command::Apply, &loaded)).await;
        // What was read a moment later must agree, and what is read when all has settled.
        for wait in [0, 120] {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            let settled = Box::pin(bench.settled(&loaded)).await;
            settled.map_err(|why| format!("seed {seed}, after {wait} s: {why}\n{spec}"))?;
        }
        Ok::<_, String>(())
    });
    let broken: Vec<_> = found.into_iter().filter_map(Result::err).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}
