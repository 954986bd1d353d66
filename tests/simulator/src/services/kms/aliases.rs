//! Aliases of keys.
use super::keys::limited;
use super::{Alias, absent, meant, pending, recount, shown};
use crate::{
    call::Call,
    reply::{Answer, refusal},
    slot::Slot,
};
use serde_json::json;

/// Milliseconds after its deletion in which an alias that is made anew may be seen to lead to its former key.
const RECENT: u64 = 60_000;

/// An alias of a key pending deletion stays taken until KMS destroys the key (KMS API reference,
/// `ScheduleKeyDeletion`); a key has 50 aliases at most (KMS guide, "Resource quotas").
pub(super) fn create_alias(call: &mut Call<'_>) -> Answer {
    let name = call.need("AliasName", "ValidationException")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    if !name.starts_with("alias/")
        || name.starts_with("alias/aws/")
        || !name.chars().all(fits)
        || name.len() > 256
    {
        return Err(refusal(400, "InvalidAliasNameException", "Alias must start with the prefix \"alias/\""));
    }
    let target = call.need("TargetKeyId", "ValidationException")?;
    call.input.insert("KeyId".into(), target.into());
    let key = meant(call)?.now().cloned();
    let Some(key) = key else { return Err(absent(&name)) };
    pending(&key)?;
    if call.here.kms.aliases.get(&name).is_some_and(|slot| slot.now().is_some()) {
        let arn = call.arn("kms", &name);
        return Err(refusal(
            400,
            "AlreadyExistsException",
            format!("An alias with the name {arn} already exists"),
        ));
    }
    let used =
        call.here.kms.aliases.values().filter_map(Slot::now).filter(|alias| alias.key == key.id).count();
    if used >= 50 {
        return Err(refusal(400, "LimitExceededException", "too many aliases"));
    }
    let lag = call.lag(3_000);
    // One that is made anew at once may be seen to lead to the key of before.
    let departed = call.here.kms.departed.remove(&name).filter(|(_, at)| call.now < at + RECENT);
    let before = departed.map(|(key, _)| (key, call.now + RECENT / 2));
    let alias = Alias { key: key.id.clone(), created: call.now, before };
    call.here.kms.aliases.entry(name).or_default().set(call.now, lag, Some(alias));
    recount(call, &key.id);
    Ok(json!({}))
}

pub(super) fn update_alias(call: &mut Call<'_>) -> Answer {
    let name = call.need("AliasName", "ValidationException")?;
    let target = call.need("TargetKeyId", "ValidationException")?;
    call.input.insert("KeyId".into(), target.into());
    let id = meant(call)?.now().map(|key| key.id.clone()).unwrap_or_default();
    let lag = call.lag(3_000);
    let slot = call.here.kms.aliases.get_mut(&name).filter(|slot| slot.now().is_some());
    let slot = slot.ok_or_else(|| absent(&name))?;
    let before = slot.now().map(|alias| alias.key.clone()).unwrap_or_default();
    slot.change(call.now, lag, |alias| alias.key.clone_from(&id));
    recount(call, &before);
    recount(call, &id);
    Ok(json!({}))
}

pub(super) fn delete_alias(call: &mut Call<'_>) -> Answer {
    let name = call.need("AliasName", "ValidationException")?;
    let lag = call.lag(2_000);
    let led_to = call.here.kms.aliases.get(&name).and_then(Slot::now).map(|alias| alias.key.clone());
    let slot = call.here.kms.aliases.get_mut(&name).filter(|slot| slot.now().is_some());
    let words = || refusal(400, "NotFoundException", format!("Alias {name} is not found."));
    slot.ok_or_else(words)?.set(call.now, lag, None);
    let before = led_to.clone().unwrap_or_default();
    recount(call, &before);
    call.here.kms.departed.extend(led_to.map(|key| (name, (key, call.now))));
    Ok(json!({}))
}

/// AWS's own aliases are listed too, unless those of one key are asked for; those without a key yet have no target (KMS
/// API reference, `ListAliases`).
pub(super) fn list_aliases(call: &mut Call<'_>) -> Answer {
    let wanted = call.text("KeyId").map(str::to_owned);
    if let Some(key) = &wanted {
        shown(call, key)?;
    }
    let own = json!({ "AliasName": "alias/aws/dynamodb", "AliasArn": call.arn("kms", "alias/aws/dynamodb") });
    let own = wanted.is_none().then_some(own);
    let seen = call
        .here
        .kms
        .aliases
        .iter()
        .filter_map(|(name, slot)| Some((name, slot.seen(call.now, call.stale)?)))
        .filter(|(_, alias)| wanted.as_ref().is_none_or(|key| alias.key == *key));
    let mine = seen.map(|(name, alias)| {
        json!({ "AliasName": name, "AliasArn": call.arn("kms", name), "TargetKeyId": alias.key,
            "CreationDate": Call::seconds(alias.created), "LastUpdatedDate": Call::seconds(alias.created) })
    });
    let all = own.into_iter().chain(mine).collect();
    Ok(limited(call, "Aliases", all))
}
