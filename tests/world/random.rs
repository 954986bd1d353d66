//! Random worlds: a random wish, a world that stands somehow, and calls that go wrong by chance.
//!
//! `WORLDS` says how many, `WORLD_SEED` replays one.
use crate::{
    bench::{Bench, Command, End, REGION, deep, text},
    chance,
};
use copilot_infra::spec::Loaded;
use copilot_infra_simulator::{Fault, Script, Switches};
use fastrand::Rng;
use std::time::Duration;

/// What goes wrong by chance.
const FAULTS: [Fault; 12] = [
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
    Fault::Stale,
];

/// How often the same command may be needed once nothing goes wrong any more.
const RUNS: usize = 6;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

async fn pause(end: &End) {
    let cools = matches!(end, End::Partial(all) if all.iter().any(|why| why.contains("half an hour")));
    tokio::time::sleep(Duration::from_secs(if cools { 61 * 60 } else { 45 })).await;
}

/// Runs a command without faults until there is nothing left to do.
async fn finish(bench: &Bench, command: Command, spec: &Loaded) -> Result<(), String> {
    let mut last = End::Nothing;
    for _ in 0..RUNS {
        last = bench.run(command, spec, Script::default()).await;
        if matches!(last, End::Nothing) {
            return Ok(());
        }
        pause(&last).await;
    }
    Err(format!("{command:?} finds no end: {last:?}\n{}", bench.story()))
}

/// One world, from a seed.
async fn world(seed: u64) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    let bench = Bench::new(seed, Switches::random(&mut rng));
    let (first, spec) = (chance::spec(&mut rng), chance::spec(&mut rng));
    let parse = |spec: &str| text(spec);
    if rng.u8(0..4) > 0 {
        // Something stands already, whole or half.
        let script = Script::random(0.02, &FAULTS);
        bench.run(Command::Apply, &parse(&first), script).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        bench.sim.begin(Script::default());
        for _ in 0..rng.usize(0..4) {
            Box::pin(chance::meddle(&bench.aws(), &mut rng)).await;
        }
        tokio::time::sleep(Duration::from_secs(rng.u64(0..1200))).await;
    }
    let loaded = parse(&spec);
    for _ in 0..rng.usize(0..3) {
        let end = bench.run(Command::Apply, &loaded, Script::random(0.03, &FAULTS)).await;
        pause(&end).await;
    }
    let wrong = |why: String| format!("{why}\nbefore:\n{first}\nwanted:\n{spec}");
    finish(&bench, Command::Apply, &loaded).await.map_err(wrong)?;
    bench.settled(&loaded).await.map_err(wrong)?;
    let writes = bench.sim.records().iter().filter(|it| it.took_effect()).count();
    if writes > 0 {
        return Err(wrong(format!("a plan changed something:\n{}", bench.story())));
    }
    let locked = bench.sim.locked_out(REGION);
    if !locked.is_empty() {
        return Err(wrong(format!("locked out: {locked:?}")));
    }
    if rng.bool() {
        bench.run(Command::Destroy, &loaded, Script::random(0.03, &FAULTS)).await;
        tokio::time::sleep(Duration::from_secs(45)).await;
        finish(&bench, Command::Destroy, &loaded).await.map_err(wrong)?;
        let left = bench.sim.inventory(REGION);
        let shared =
            |line: &&String| line.contains("copilot-infra:shared") || line.starts_with("account role");
        let left: Vec<_> = left.iter().filter(|line| !shared(line)).collect();
        if !left.is_empty() {
            return Err(wrong(format!("destroy left {left:#?}\n{}", bench.story())));
        }
    }
    Ok(())
}

#[test]
fn every_random_world_comes_to_rest_as_wanted() {
    deep(async || {
        let seeds = match number("WORLD_SEED") {
            Some(seed) => seed..seed + 1,
            None => 0..number("WORLDS").unwrap_or(10),
        };
        let mut broken = Vec::new();
        for seed in seeds {
            if let Err(why) = Box::pin(world(seed)).await {
                println!("WORLD_SEED={seed} cargo test --test world random");
                broken.push(format!("WORLD_SEED={seed}: {why}"));
            }
        }
        assert!(broken.is_empty(), "{} worlds:\n{}", broken.len(), broken.join("\n\n"));
    });
}

#[test]
fn random_props_read_back_as_no_drift() {
    deep(async || {
        for seed in 1000..1000 + number("WORLDS").unwrap_or(10) {
            let mut rng = Rng::with_seed(seed);
            let bench = Bench::new(seed, Switches::random(&mut rng));
            let spec = chance::spec(&mut rng);
            let loaded = text(&spec);
            bench.must(Command::Apply, &loaded).await;
            // What was read a moment later must agree, and what is read when all has settled.
            for wait in [0, 120] {
                tokio::time::sleep(Duration::from_secs(wait)).await;
                bench
                    .settled(&loaded)
                    .await
                    .unwrap_or_else(|why| panic!("seed {seed}, after {wait} s: {why}\n{spec}"));
            }
        }
    });
}
