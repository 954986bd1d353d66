//! Log events of many groups come in order, within the quota, and past a refusal.
use std::time::Duration;

use copilot_infra::tail::{LogSource, Tail, TailQuery, millis_ago};
use copilot_infra_simulator::{Script, Switches, Words};
use serde_json::json;

use crate::{
    bench::{Bench, REGION, deep},
    contract::fresh,
};

/// Groups that each hold events a second apart, beginning with a moment of their own.
async fn groups(bench: &Bench, count: i64, events: i64) -> Vec<LogSource> {
    for group in 0..count {
        let name = format!("/aws/lambda/f{group:02}");
        bench.sim.put(REGION, "logs", "CreateLogGroup", json!({ "logGroupName": name }));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let event = |at: i64| json!({ "timestamp": 1_000_000 + at * 1_000 + group, "message": "line" });
        let events: Vec<_> = (0..events).map(event).collect();
        let input = json!({ "logGroupName": name, "logEvents": events });
        bench.sim.put(REGION, "logs", "PutLogEvents", input);
    }
    let source =
        |group: i64| LogSource { label: format!("f{group:02}"), group: format!("/aws/lambda/f{group:02}") };
    (0..count).map(source).collect()
}

fn tail(sources: Vec<LogSource>, follow: bool) -> Tail {
    Tail::new(TailQuery { sources, since: 0, filter: None, follow })
}

/// Times of the events of one round, batch by batch.
async fn round(bench: &Bench, tail: &mut Tail) -> Vec<Vec<i64>> {
    fresh(bench.aws(), "small", async |cx| {
        let (mut round, mut all) = (tail.start_round(), Vec::new());
        while let Some(events) = round.next_events(cx).await.expect("events") {
            all.push(events.into_iter().map(|event| event.time).collect());
        }
        all
    })
    .await
}

#[test]
fn events_of_a_year_come_page_by_page_and_in_order() {
    deep(async || {
        let bench = Bench::new(7, Switches { page: 10, ..Switches::default() });
        let mut tail = tail(groups(&bench, 3, 100).await, false);
        let batches = round(&bench, &mut tail).await;
        assert!(batches.len() > 5, "{} batches", batches.len());
        let longest = batches.iter().map(Vec::len).max();
        assert!(longest <= Some(60), "{longest:?} are held at once");
        let all = batches.concat();
        assert!(all.len() == 300 && all.is_sorted(), "{all:?}");
        assert!(millis_ago(Duration::ZERO) > 0);
    });
}

#[test]
fn fifty_groups_are_followed_within_the_quota_and_past_a_refusal() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        let mut tail = tail(groups(&bench, 50, 2).await, true);
        assert!(tail.interval() > Duration::from_secs(10));
        bench.sim.begin(Script::default());
        assert_eq!(round(&bench, &mut tail).await.concat().len(), 100);
        let refused = bench.sim.records().iter().filter(|call| call.refused.is_some()).count();
        assert!(refused <= 5, "{refused} calls were too many");
        let words = Words {
            operation: "logs:FilterLogEvents",
            status: 400,
            code: "ThrottlingException",
            message: "Rate exceeded",
        };
        bench.sim.begin(Script { refusals: vec![words], ..Script::default() });
        assert_eq!(round(&bench, &mut tail).await.concat(), [0; 0], "a refusal ends nothing");
        bench.sim.begin(Script::default());
        let name = "/aws/lambda/f07";
        let event = json!({ "timestamp": 9_000_000, "message": "new" });
        bench.sim.put(REGION, "logs", "PutLogEvents", json!({ "logGroupName": name, "logEvents": [event] }));
        let mut seen = Vec::new();
        // Reads show a new event late.
        for _ in 0..5 {
            seen.extend(round(&bench, &mut tail).await.concat());
        }
        assert_eq!(seen, [9_000_000]);
    });
}
