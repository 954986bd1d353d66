//! What stands in the box, for tests to compare, and what only AWS or somebody else could put there.
use crate::{
    Fate, Simulator,
    request::Service,
    services::{self, Region, apis::Api, dynamodb::Status, kms::State},
    slot::Slot,
};
use serde_json::Value;
use std::collections::BTreeMap;

impl Simulator {
    /// Does in the default account what a call would do, by hand: unrecorded, at once and whoever asks; for filling a
    /// world with what is others'.
    ///
    /// # Panics
    /// The service does not exist or refuses.
    pub fn put(&self, region: &str, service: &str, operation: &'static str, input: Value) {
        let service = match service {
            "apis" => Service::Apis,
            other => Service::of(other, "").expect("a service that is simulated"),
        };
        self.by_hand(region, |call| {
            call.operation = operation;
            if let Value::Object(input) = input {
                call.input = input;
            }
            if let Err(refused) = services::handle(service, call) {
                panic!("{operation}: {} {}", refused.code, refused.message);
            }
        });
    }

    /// Everything that stands in the default account and `region`, one line each, without ids that AWS makes up:
    /// two worlds with the same lines hold the same things.
    #[must_use]
    pub fn inventory(&self, region: &str) -> Vec<String> {
        self.by_hand(region, |call| {
            let mut lines: Vec<String> = Vec::new();
            roles(&mut lines, call.iam.roles.values().filter_map(Slot::now));
            keys(&mut lines, call.here);
            tables(&mut lines, call.here, call.now);
            groups(&mut lines, call.here);
            functions(&mut lines, call.here);
            call.here.apis.by_id.values().for_each(|api| describe_api(&mut lines, api));
            if let Some(role) = &call.here.gateway.role {
                lines.push(format!("account role {role}"));
            }
            lines.sort();
            lines
        })
    }

    /// Ids of the tables, keys and APIs that stand, by name or alias: what holds data or has a URL, and must not be
    /// made anew.
    #[must_use]
    pub fn incarnations(&self, region: &str) -> BTreeMap<String, String> {
        self.by_hand(region, |call| {
            let tables =
                call.here.dynamodb.tables.iter().map(|(name, table)| (name.clone(), table.id.clone()));
            let aliases = call.here.kms.aliases.iter();
            let aliases = aliases.filter_map(|(name, slot)| Some((name.clone(), slot.now()?.key.clone())));
            let apis = call.here.apis.by_id.iter();
            let apis = apis.map(|(id, api)| (api.members["name"].to_string(), id.clone()));
            tables.chain(aliases).chain(apis).collect()
        })
    }

    /// Ids of the keys that no alias leads to.
    #[must_use]
    pub fn key_ids(&self, region: &str) -> Vec<String> {
        self.by_hand(region, |call| {
            let kms = &call.here.kms;
            let named = |id: &String| {
                kms.aliases.values().any(|slot| slot.now().is_some_and(|alias| alias.key == *id))
            };
            kms.keys.keys().filter(|id| !named(id)).cloned().collect()
        })
    }

    /// Lets somebody else edit the tags of everything that takes tags, each under its kind and name.
    pub fn edit_tags(&self, region: &str, mut edit: impl FnMut(&str, &mut BTreeMap<String, String>)) {
        self.by_hand(region, |call| {
            for role in call.iam.roles.values_mut().filter_map(Slot::now_mut) {
                edit(&format!("role {}", role.name), &mut role.tags);
            }
            for key in call.here.kms.keys.values_mut().filter_map(Slot::now_mut) {
                edit(&format!("key {}", key.id), &mut key.tags);
            }
            for (name, table) in &mut call.here.dynamodb.tables {
                table.tags.now_mut().into_iter().for_each(|tags| edit(&format!("table {name}"), tags));
            }
            for (name, group) in &mut call.here.logs.groups {
                edit(&format!("group {name}"), &mut group.tags);
            }
            call.here.logs.show_all();
            for (name, function) in &mut call.here.lambda.functions {
                let function = function.now_mut().into_iter();
                function.for_each(|function| edit(&format!("function {name}"), &mut function.tags));
            }
            for api in call.here.apis.by_id.values_mut() {
                edit("api", &mut api.tags);
                edit("listed api", &mut api.tags_at_first);
                api.stages.values_mut().for_each(|stage| edit("stage", &mut stage.tags));
            }
        });
    }

    /// Puts a CloudFormation output or, without a stack, an export there.
    pub fn put_output(&self, region: &str, stack: Option<&str>, name: &str, value: &str) {
        self.by_hand(region, |call| {
            let all = match stack {
                Some(stack) => call.here.cloudformation.stacks.entry(stack.to_owned()).or_default(),
                None => &mut call.here.cloudformation.exports,
            };
            all.insert(name.to_owned(), value.to_owned());
        });
    }

    /// Lets something befall a function.
    pub fn befall(&self, region: &str, function: &str, fate: Fate) {
        self.by_hand(region, |call| {
            let function = call.here.lambda.functions.get_mut(function).and_then(Slot::now_mut);
            if let Some(function) = function {
                function.fate = Some(fate);
            }
        });
    }

    /// The inline policies of a role, by whose words its bearer is judged.
    #[must_use]
    pub fn role_policies(&self, region: &str, role: &str) -> Vec<Value> {
        self.by_hand(region, |call| {
            let role = call.iam.roles.get(&role.to_lowercase()).and_then(Slot::now);
            role.map(|role| role.inline.values().cloned().collect()).unwrap_or_default()
        })
    }

    /// Functions that could not read their environment, because the grant on their key was made for a role that
    /// is gone (serverless/examples issue 279).
    #[must_use]
    pub fn locked_out(&self, region: &str) -> Vec<String> {
        self.by_hand(region, |call| {
            let functions = call.here.lambda.functions.iter();
            let functions = functions.filter_map(|(name, slot)| Some((name, slot.now()?)));
            let stale = functions.filter(|(_, function)| {
                let role = function.settings["Role"].as_str().unwrap_or_default();
                let name = role.rsplit('/').next().unwrap_or_default().to_lowercase();
                let id = call.iam.roles.get(&name).and_then(Slot::now).map(|role| &role.id);
                function.grantee.is_some() && function.grantee.as_ref() != id
            });
            stale.map(|(name, _)| name.clone()).collect()
        })
    }
}

fn tags(tags: &BTreeMap<String, String>) -> String {
    let all = tags.iter().map(|(key, value)| format!("{key}={}", unmade(key, value)));
    all.collect::<Vec<_>>().join(",")
}

/// A tag's value without what AWS made up and so differs from world to world: the id of a role, and in the mark
/// of what was last applied the digests of what was sent and of the name, since both may hold ids of the key and the
/// API. The keys that were removed on the way go as well: a run that carries on removes fewer.
fn unmade<'a>(key: &str, value: &'a str) -> &'a str {
    match key {
        "copilot-infra:applied" => {
            let digests = value.splitn(3, '.').nth(2).unwrap_or(value);
            digests.match_indices('.').nth(1).map_or(digests, |(end, _)| &digests[..end])
        }
        _ if value.starts_with("AROA") => "(id)",
        _ => value,
    }
}

fn roles<'a>(lines: &mut Vec<String>, roles: impl Iterator<Item = &'a crate::services::iam::Role>) {
    for role in roles {
        let policies: Vec<_> = role.inline.keys().collect();
        let bound = role.boundary.as_ref().map(|arn| format!("bound by {arn} ")).unwrap_or_default();
        lines.push(format!("role {} {policies:?} {:?} {bound}{}", role.arn, role.attached, tags(&role.tags)));
    }
}

fn keys(lines: &mut Vec<String>, here: &Region) {
    for key in here.kms.keys.values().filter_map(Slot::now) {
        let aliases = here.kms.aliases.iter();
        let mine = |slot: &Slot<crate::services::kms::Alias>| slot.now().is_some_and(|it| it.key == key.id);
        let aliases: Vec<_> = aliases.filter(|(_, slot)| mine(slot)).map(|(name, _)| name).collect();
        let state = match key.state {
            // It is gone as far as anybody is concerned, unless an alias still leads to it.
            State::PendingDeletion(_) if aliases.is_empty() => continue,
            State::PendingDeletion(_) => "pending deletion",
            State::Enabled => "enabled",
            State::Disabled => "disabled",
        };
        let days = if key.rotation { key.rotation_days } else { 0 };
        lines.push(format!("key {aliases:?} {state} rotation {days} {}", tags(&key.tags)));
    }
}

fn tables(lines: &mut Vec<String>, here: &Region, now: u64) {
    for (name, table) in &here.dynamodb.tables {
        if matches!(table.status, Status::Deleting(until) if now >= until) {
            continue;
        }
        let standing = table.indexes.iter().filter(|(_, index)| !matches!(index.status, Status::Deleting(_)));
        let indexes: Vec<_> =
            standing.map(|(name, index)| format!("{name} {:?} {:?}", index.units, index.ceiling)).collect();
        let key = table.sse.key.is_some();
        let sharing = &table.sharing;
        let kinesis = sharing.kinesis.iter().filter(|(_, status)| **status == "ACTIVE").count();
        let (stream, policy) = (&sharing.stream, sharing.policy.now().is_some());
        let shared = format!("stream {stream:?} kinesis {kinesis} policy {policy} in {:?}", sharing.replicas);
        lines.push(format!(
            "table {name} on demand {} {:?} {:?} {indexes:?} key {key} protected {} ttl {:?} recovery {:?} {shared} {}",
            table.on_demand,
            table.units,
            table.ceiling,
            table.protected,
            table.ttl,
            table.recovery,
            table.tags.now().map(tags).unwrap_or_default(),
        ));
    }
}

fn groups(lines: &mut Vec<String>, here: &Region) {
    let ids: Vec<&String> = here.apis.by_id.keys().collect();
    for (name, group) in &here.logs.groups {
        let known = ids.iter().find(|id| name.contains(id.as_str()));
        let name = known.map_or_else(|| name.clone(), |id| name.replace(id.as_str(), "(api)"));
        let key = group.key.is_some();
        let (retention, protected, tags) = (group.retention, group.protected, tags(&group.tags));
        let filters: Vec<_> = group.filters.keys().map(String::as_str).collect();
        let filters =
            if filters.is_empty() { String::new() } else { format!("filters {} ", filters.join(",")) };
        lines.push(format!("log group {name} {retention:?} key {key} protected {protected} {filters}{tags}"));
    }
}

fn functions(lines: &mut Vec<String>, here: &Region) {
    for (name, function) in here.lambda.functions.iter().filter_map(|(name, slot)| Some((name, slot.now()?)))
    {
        let ids = here.apis.by_id.keys().chain(here.kms.keys.keys());
        let mut settings = sorted(&Value::Object(function.settings.clone())).to_string();
        ids.for_each(|id| settings = settings.replace(id.as_str(), "(id)"));
        let policy: Vec<_> = function.policy.now().into_iter().flatten().map(|(sid, _)| sid).collect();
        let beside = &function.beside;
        let (urls, invokes) = (beside.urls.keys(), beside.invokes.keys());
        let open: Vec<_> = urls.chain(invokes).chain(beside.aliases.keys()).collect();
        lines.push(format!(
            "function {name} {settings} reserved {:?} policy {policy:?} beside {open:?} {}",
            function.concurrency,
            tags(&function.tags)
        ));
    }
}

/// The same value with the members of its objects in order: requests carry maps in any.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> =
                members.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            members.into_iter().collect()
        }
        other => other.clone(),
    }
}

fn describe_api(lines: &mut Vec<String>, api: &Api) {
    let name = api.members["name"].as_str().unwrap_or_default();
    lines.push(format!("api {name} {}", tags(&api.tags)));
    let text = |members: &crate::services::apis::Members, member: &str| {
        members.get(member).map(Value::to_string).unwrap_or_default()
    };
    for one in api.integrations.values() {
        lines.push(format!(
            "integration of {name} {} {}",
            text(one, "integrationUri"),
            text(one, "timeoutInMillis")
        ));
    }
    for one in api.authorizers.values() {
        lines.push(format!("authorizer of {name} {} {}", text(one, "name"), text(one, "authorizerUri")));
    }
    for one in api.routes.values() {
        let target = one.get("target").and_then(Value::as_str).unwrap_or_default();
        let target = target.strip_prefix("integrations/").and_then(|id| api.integrations.get(id));
        let target = target.map(|one| text(one, "integrationUri")).unwrap_or_default();
        lines.push(format!(
            "route of {name} {} {} {target}",
            text(one, "routeKey"),
            text(one, "authorizationType")
        ));
    }
    for ((route, _), one) in &api.responses {
        let route = api.routes.get(route).map(|route| text(route, "routeKey")).unwrap_or_default();
        lines.push(format!("response of {name} {route} {}", text(one, "routeResponseKey")));
    }
    for (stage, one) in &api.stages {
        let members = &one.members;
        let served = members.contains_key("deploymentId");
        let shown =
            ["autoDeploy", "defaultRouteSettings", "routeSettings", "accessLogSettings", "stageVariables"];
        let shown: Vec<_> = shown.iter().map(|member| text(members, member)).collect();
        lines.push(format!("stage {stage} of {name} serves {served} {shown:?} {}", tags(&one.tags)));
    }
}
