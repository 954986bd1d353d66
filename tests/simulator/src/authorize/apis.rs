//! API Gateway, whose actions are HTTP verbs on paths (Service authorization reference, "Actions, resources, and
//! condition keys for Amazon API Gateway Management V2").
use super::{Ask, roles};
use crate::call::{Call, Tags};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands encoded in the path of tags: all but the unreserved characters of RFC 3986.
const TAGS_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'*');

/// Collections of an API's parts, and the member with the id of one.
const PARTS: [(&str, &str, &str); 5] = [
    ("Integration", "integrations", "integrationId"),
    ("Authorizer", "authorizers", "authorizerId"),
    ("Deployment", "deployments", "deploymentId"),
    ("Route", "routes", "routeId"),
    ("Stage", "stages", "stageName"),
];

pub(super) fn takes(call: &Call<'_>) -> Vec<Ask> {
    let on = |path: &str| format!("arn:{}:apigateway:{}::{path}", call.partition(), call.region);
    let operation = call.operation;
    let wanted = call.map("tags");
    if let Some(arn) = call.text("resourceArn") {
        let verb = match operation {
            "TagResource" => "POST",
            "UntagResource" => "DELETE",
            _ => "GET",
        };
        return vec![Ask::new(format!("apigateway:{verb}"), on(&tags_path(arn))).tagging(&wanted)];
    }
    if operation.ends_with("Account") {
        let patch = operation == "UpdateAccount";
        let verb = if patch { "PATCH" } else { "GET" };
        let mut asks = vec![Ask::new(format!("apigateway:{verb}"), on("/account"))];
        asks.extend(patched_role(call).map(|role| roles::pass(&role, "apigateway.amazonaws.com")));
        return asks;
    }
    let verb = match &operation[..3] {
        "Cre" => "POST",
        "Upd" => "PATCH",
        "Del" => "DELETE",
        _ => "GET",
    };
    let (path, tags) = path(call);
    let mut asks = vec![Ask::new(format!("apigateway:{verb}"), on(&path)).tagged(&tags).tagging(&wanted)];
    // Not in the reference, and yet asked for by API Gateway when what it makes has tags
    // (github.com/aws-amplify/amplify-cli, issue 12316).
    if verb == "POST" && !wanted.is_empty() {
        asks.push(Ask::new("apigateway:TagResource", on(&path)).tagging(&wanted));
        if operation == "CreateApi" {
            let any = tags_path(&on("/apis/*"));
            asks.push(Ask::new("apigateway:POST", on(&any)).tagging(&wanted));
        }
    }
    asks
}

/// The path of the tags of what the ARN names: IAM is asked with `/v2` before `/apis`, and with `*` for the id of an API
/// that is being made (denials of `CreateApi`, as quoted in public repositories, end in
/// `::/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fv2%2Fapis%2F*`; those of an API that exists in its id).
fn tags_path(arn: &str) -> String {
    let arn = arn.replacen("::/apis/", "::/v2/apis/", 1);
    format!("/tags/{}", utf8_percent_encode(&arn, TAGS_PATH))
}

/// The path of what is asked for, and its tags: parts of an API but stages have none.
fn path(call: &Call<'_>) -> (String, Tags) {
    if call.operation.contains("DomainName") {
        return ("/domainnames".to_owned(), Tags::new());
    }
    if call.operation.contains("ApiMapping") {
        let name = call.text("domainName").unwrap_or_default();
        return (format!("/domainnames/{name}/apimappings"), Tags::new());
    }
    let Some(id) = call.text("apiId") else { return ("/apis".to_owned(), Tags::new()) };
    let api = call.here.apis.by_id.get(id);
    let of_api = || api.map(|api| api.tags.clone()).unwrap_or_default();
    let of_stage = || {
        let stage = call.text("stageName").and_then(|name| api?.stages.get(name));
        stage.map(|stage| stage.tags.clone()).unwrap_or_default()
    };
    let stage = || format!("/apis/{id}/stages/{}", call.text("stageName").unwrap_or_default());
    if call.operation == "DeleteAccessLogSettings" {
        return (format!("{}/accesslogsettings", stage()), Tags::new());
    }
    if call.operation == "DeleteRouteSettings" {
        let key = utf8_percent_encode(call.text("routeKey").unwrap_or_default(), NON_ALPHANUMERIC);
        return (format!("{}/routesettings/{key}", stage()), Tags::new());
    }
    if call.operation.contains("RouteResponse") {
        let list = format!("/apis/{id}/routes/{}/routeresponses", call.text("routeId").unwrap_or_default());
        let one = call.text("routeResponseId").map(|one| format!("{list}/{one}"));
        return (one.unwrap_or(list), Tags::new());
    }
    let part = PARTS.iter().find(|(name, ..)| call.operation.contains(name));
    let Some((name, list, member)) = part else { return (format!("/apis/{id}"), of_api()) };
    // A stage's own name is in the body of what makes it, and so is the stage that a deployment is for.
    let making = call.operation.starts_with("Create");
    match call.text(member).filter(|_| !making) {
        None => (format!("/apis/{id}/{list}"), Tags::new()),
        Some(one) if *name == "Stage" => (format!("/apis/{id}/{list}/{one}"), of_stage()),
        Some(one) => (format!("/apis/{id}/{list}/{one}"), Tags::new()),
    }
}

/// The role that the account is given.
fn patched_role(call: &Call<'_>) -> Option<String> {
    let patches = call.list("patchOperations");
    let patch = patches.iter().find(|patch| patch["path"] == "/cloudwatchRoleArn")?;
    patch["value"].as_str().map(str::to_owned)
}
