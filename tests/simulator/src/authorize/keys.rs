//! KMS (Service authorization reference, "Actions, resources, and condition keys for AWS Key Management Service").
use super::Ask;
use crate::call::Call;

/// Stands for the id of a key that is not there yet.
const NEW: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn takes(call: &Call<'_>) -> Vec<Ask> {
    let action = |name: &str| format!("kms:{name}");
    let own = action(call.operation);
    match call.operation {
        "ListKeys" | "ListAliases" => vec![Ask::new(own, "*")],
        // Tags at the creation take an action of their own (KMS API reference, `CreateKey`).
        "CreateKey" => {
            let tags = call.pairs("Tags", "TagKey", "TagValue");
            let new = call.arn("kms", &format!("key/{NEW}"));
            let mut asks = vec![Ask::new(own, "*").tagging(&tags)];
            asks.extend((!tags.is_empty()).then(|| Ask::new(action("TagResource"), new).tagging(&tags)));
            asks
        }
        // On the alias and on the key (KMS guide, "Controlling access to aliases").
        "CreateAlias" | "DeleteAlias" => {
            let alias = call.text("AliasName").unwrap_or_default();
            let key = call.text("TargetKeyId").unwrap_or(alias);
            let on_alias = Ask::new(own.as_str(), call.arn("kms", alias));
            std::iter::once(on_alias).chain(on(call, own.clone(), key)).collect()
        }
        _ => {
            let tags = call.pairs("Tags", "TagKey", "TagValue");
            let ask = on(call, own, call.text("KeyId").unwrap_or_default());
            ask.map(|ask| ask.tagging(&tags)).into_iter().collect()
        }
    }
}

/// A service's use of a key in the caller's name.
pub(super) fn through(call: &Call<'_>, service: &str, action: &str, key: &str) -> Option<Ask> {
    let via = format!("{service}.{}.amazonaws.com", call.region);
    standing(call, key)?;
    Some(on(call, format!("kms:{action}"), key)?.with("kms:ViaService", via))
}

/// About a key by id, ARN, alias or the ARN of an alias, by the tags and aliases that count already.
///
/// One that is not there is not found before anybody can be asked (KMS API reference, `DescribeKey`:
/// `NotFoundException`), or is a key without any tags.
fn on(call: &Call<'_>, action: String, key: &str) -> Option<Ask> {
    let Some(id) = standing(call, key) else {
        let missing = || Ask::new(action, call.arn("kms", &format!("key/{NEW}")));
        return call.switches.denies_missing_keys.then(missing);
    };
    let ask = Ask::new(action, call.arn("kms", &format!("key/{id}")));
    let counted = call.here.kms.counted.get(&id).and_then(|slot| slot.seen(call.now, false));
    let Some(counted) = counted else { return Some(ask) };
    let ask = ask.tagged(&counted.tags);
    Some(counted.aliases.iter().fold(ask, |ask, name| ask.with("kms:ResourceAliases", name)))
}

/// The id of a key that stands.
fn standing(call: &Call<'_>, key: &str) -> Option<String> {
    let known = &call.here.kms;
    let target = match key.find("alias/").map(|at| &key[at..]) {
        Some(alias) => known.aliases.get(alias)?.now()?.key.as_str(),
        None => key,
    };
    let id = target.rsplit('/').next()?;
    known.keys.get(id)?.now().map(|key| key.id.clone())
}
