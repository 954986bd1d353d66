//! A custom domain that leads to the API is found before anything is removed.
use std::time::Duration;

use copilot_infra_simulator::{Script, Switches};
use serde_json::json;

use crate::{
    bench::{Bench, Command, End, REGION, deep},
    specs,
};

#[test]
fn a_domain_that_leads_to_the_api_stops_its_removal_before_anything_is_gone() {
    deep(async || {
        let bench = Bench::new(7, Switches::default());
        bench.must(Command::Apply, &specs::before()).await;
        tokio::time::sleep(Duration::from_mins(1)).await;
        let apis = bench.aws().apis().get_apis().send().await.expect("a list").items.unwrap_or_default();
        let api = apis[0].api_id.clone().expect("an id");
        let put = |operation, input| bench.sim.put(REGION, "apis", operation, input);
        put("CreateDomainName", json!({ "domainName": "chat.example.com" }));
        put("CreateApiMapping", json!({ "domainName": "chat.example.com", "apiId": api, "stage": "prod" }));
        let stands = bench.sim.inventory(REGION);
        for (command, spec) in [(Command::Destroy, specs::before()), (Command::Apply, specs::less())] {
            let end = bench.run(command, &spec, Script::default()).await;
            let End::Refused(why) = end else { panic!("{command:?}: {end:?}") };
            assert!(why.contains("chat.example.com") && why.contains("delete-api-mapping"), "{why}");
            assert_eq!(bench.sim.inventory(REGION), stands, "{command:?}");
        }
    });
}
