//! The reference stack on a healthy AWS: made, changed in every kind, removed.
use copilot_infra_simulator::Switches;

use crate::{
    bench::{Bench, Command, REGION, deep},
    specs,
};

#[test]
fn after_apply_the_plan_is_empty_and_destroy_leaves_nothing() {
    deep(async || {
        for seed in 0..20 {
            let bench = Bench::new(seed, Switches::random(&mut fastrand::Rng::with_seed(seed)));
            let spec = specs::reference();
            bench.must(Command::Apply, &spec).await;
            bench.settled(&spec).await.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
            bench.must(Command::Destroy, &spec).await;
            let left: Vec<_> = bench.sim.inventory(REGION);
            let shared =
                |line: &&String| line.contains("copilot-infra:shared") || line.starts_with("account role");
            assert_eq!(left.iter().filter(|line| !shared(line)).count(), 0, "seed {seed}: {left:#?}");
        }
    });
}
