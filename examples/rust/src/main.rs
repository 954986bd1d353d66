//! Lets in only the pages of one site: a REQUEST authorizer that compares the `DriftStatus` a browser sends.
//!
//! This keeps other sites' scripts out, not people; for people see examples/secured-copilot.yaml.
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let allowed = std::env::var("ALLOWED_ORIGIN")?;
    run(service_fn(|event: LambdaEvent<Value>| async {
        let (event, _) = event.into_parts();
        Ok::<_, Error>(decide(&event, &allowed))
    }))
    .await
}

fn decide(event: &Value, allowed: &str) -> Value {
    let headers = event["headers"].as_object();
    let origin = headers.and_then(|all| all.iter().find(|(name, _)| name.eq_ignore_ascii_case("origin")));
    let effect = if origin.is_some_and(|(_, value)| value == allowed) { "Allow" } else { "Deny" };
    json!({
        "principalId": "anonymous",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"] }],
        },
    })
}
