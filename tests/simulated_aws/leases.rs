//! A run whose lease is lost writes nothing more, whatever it is in the middle of.
use std::{fmt::Write, time::Duration};

use copilot_infra::{
    lease::{LeaseTiming, TABLE},
    manifest::Loaded,
};
use copilot_infra_simulator::{Script, Switches, Words};
use tokio::time::Instant;

use crate::bench::{Bench, End, deep, text};

/// The longest way of a request to the service.
const WAY: Duration = Duration::from_millis(50);

/// An API of so many routes, which are made one call after the other in a single step.
fn many_routes(routes: usize) -> Loaded {
    let mut spec =
        "version: 1\nstack: wide\nfunctions:\n  talk:\n    handler: websocket-handler.messageHandler\n\
                    api:\n  routes:\n"
            .to_owned();
    for at in 0..routes {
        let _ = writeln!(spec, "    route-{at:03}: talk");
    }
    text(&spec)
}

/// The store of leases answers no renewal.
fn no_renewals() -> Script {
    let down = Words {
        operation: "dynamodb:PutItem",
        status: 500,
        code: "InternalServerError",
        message: "the table of leases is down",
    };
    Script { refusals: vec![down], ..Script::default() }
}

/// A run under a lease: how it ended, and how long after the lease was taken its last write arrived.
async fn run(spec: &Loaded, script: Script) -> (End, Duration, Bench) {
    let made = Instant::now();
    let bench = Bench::new(7, Switches::default());
    let (end, taken) = Box::pin(bench.apply_under_lease(spec, script)).await.expect("it takes the lease");
    let records = bench.sim.records();
    let writes = records.iter().filter(|call| call.is_write() && call.about != TABLE);
    let last = writes.map(|call| Duration::from_millis(call.at)).max().expect("it writes");
    (end, last.saturating_sub(taken.duration_since(made)), bench)
}

#[test]
fn no_write_follows_a_lost_lease_in_the_middle_of_a_long_step() {
    deep(async || {
        let deadline = LeaseTiming::default().renewal_deadline;
        let spec = many_routes(300);
        let (end, last, bench) = run(&spec, Script::default()).await;
        assert!(end.is_good() && last > deadline + WAY * 50, "it takes longer than that: {last:?} {end:?}");
        drop(bench);
        let (end, last, bench) = run(&spec, no_renewals()).await;
        assert!(last <= deadline + WAY, "a write at {last:?}\n{}", bench.story());
        assert!(last > deadline * 3 / 4, "it works as long as the lease lasts: {last:?}");
        let End::Partial(why) = end else { panic!("{end:?}\n{}", bench.story()) };
        assert!(why.iter().all(|why| why.contains("the lease of the stack is lost")), "{why:?}");
        // The next run carries on.
        let (end, ..) = run_again(&bench, &spec).await;
        assert!(end.is_good(), "{end:?}\n{}", bench.story());
    });
}

/// Another start of the program in the same world.
async fn run_again(bench: &Bench, spec: &Loaded) -> (End, Instant) {
    bench.trigger.reset();
    bench.sim.begin(Script::default());
    let again = bench.apply_under_lease(spec, Script::default());
    Box::pin(again).await.unwrap_or_else(|why| panic!("{why}\n{}", bench.story()))
}
