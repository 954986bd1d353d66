//! Reads that lag and relapse, revisions that move, and functions that something has befallen.
use std::time::Duration;

use copilot_infra_simulator::{Fate, Script, Switches};

use crate::{
    bench::{Bench, Command, End, REGION, differences, spread},
    specs,
};

fn bench(seed: u64) -> Bench {
    Bench::new(seed, Switches { page: 100, ..Switches::default() })
}

fn insist(found: Vec<Result<(), String>>) {
    let broken: Vec<_> = found.into_iter().filter_map(Result::err).collect();
    assert!(broken.is_empty(), "{} worlds: {}", broken.len(), broken.join("\n\n"));
}

/// Insists that one run does it all, and that every plan of the next seconds is empty.
async fn applies_at_once(bench: &Bench, spec: &copilot_infra::manifest::Loaded) -> Result<(), String> {
    let end = bench.run(Command::Apply, spec, Script::default()).await;
    let story = bench.story();
    if !matches!(end, End::Done) {
        return Err(format!("{end:?}\n{story}"));
    }
    for at in 0..12 {
        let plan = bench.plan(spec).await?;
        if !differences(&plan).is_empty() {
            return Err(format!("plan {at}: {:?}\n{story}", differences(&plan)));
        }
        tokio::time::sleep(Duration::from_millis(330)).await;
    }
    Ok(())
}

#[test]
fn a_plan_right_after_an_apply_is_empty_however_reads_lag_and_relapse() {
    insist(spread(16, async |seed| {
        let bench = bench(100 + seed as u64);
        for spec in [specs::before(), specs::after(), specs::before()] {
            Box::pin(applies_at_once(&bench, &spec)).await.map_err(|why| format!("seed {seed}: {why}"))?;
        }
        Ok(())
    }));
}

/// The function of the small stack that something befalls.
const FUNCTION: &str = "small-guard";

#[test]
fn what_befalls_a_function_is_mended_where_that_is_needed() {
    let fates = [(Fate::Inactive, 0), (Fate::Deactivated, 0), (Fate::UpdateFailed, 1), (Fate::Failed, 1)];
    insist(spread(fates.len(), async |at| {
        let (fate, open) = fates[at];
        let (bench, spec) = (bench(7), specs::before());
        Box::pin(bench.must(Command::Apply, &spec)).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.sim.befall(REGION, FUNCTION, fate);
        let plan = Box::pin(bench.plan(&spec)).await?;
        let found = differences(&plan);
        let about = found.iter().filter(|line| line.contains("functions.guard")).count();
        if (open == 0) != found.is_empty() || about < open {
            return Err(format!("{fate:?}: {found:?}"));
        }
        if open == 1 {
            Box::pin(bench.must(Command::Apply, &spec)).await;
        }
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.settled(&spec).await.map(drop).map_err(|why| format!("{fate:?}: {why}"))
    }));
}

#[test]
fn an_update_that_lambda_gives_up_is_an_error_and_mended_by_the_next_run() {
    insist(spread(1, async |_| {
        let (bench, spec) = (bench(7), specs::after());
        Box::pin(bench.must(Command::Apply, &specs::before())).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        bench.sim.befall(REGION, FUNCTION, Fate::NextUpdateFails);
        let end = Box::pin(bench.run(Command::Apply, &spec, Script::default())).await;
        let End::Partial(why) = &end else { return Err(format!("{end:?}")) };
        if !why.iter().any(|why| why.contains("Lambda gave up the change to")) {
            return Err(format!("{why:?}"));
        }
        Box::pin(bench.must(Command::Apply, &spec)).await;
        bench.settled(&spec).await.map(drop)
    }));
}
