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
    Some(on(call, format!("kms:{action}"), key)?.with("kms:ViaService", via))
}

/// About a key by id, ARN, alias or the ARN of an alias; one that is not there is not found before anybody
/// can be asked (KMS API reference, `DescribeKey`: `NotFoundException`).
fn on(call: &Call<'_>, action: String, key: &str) -> Option<Ask> {
    let alias = key.find("alias/").map(|at| &key[at..]);
    let known = &call.here.kms;
    let target = match alias {
        Some(alias) => known.aliases.get(alias)?.now()?.key.as_str(),
        None => key,
    };
    let id = target.rsplit('/').next()?;
    let tags = &known.keys.get(id)?.now()?.tags;
    let aliases = known.aliases.iter().filter(|(_, slot)| slot.now().is_some_and(|alias| alias.key == id));
    let ask = Ask::new(action, call.arn("kms", &format!("key/{id}"))).tagged(tags);
    Some(aliases.fold(ask, |ask, (name, _)| ask.with("kms:ResourceAliases", name)))
}
