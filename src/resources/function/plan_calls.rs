//! Plans the calls that turn one function configuration into another; no IO.
use std::collections::BTreeMap;

use super::{FileSystem, Props, Status, Vpc};
use crate::{aws::Result, engine::MaybeKnown};

/// One `UpdateFunctionConfiguration`: only the members that are sent change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ConfigurationChange {
    pub(super) role: Option<String>,
    pub(super) handler: Option<String>,
    pub(super) runtime: Option<String>,
    pub(super) memory: Option<i32>,
    pub(super) timeout: Option<i32>,
    pub(super) description: Option<String>,
    pub(super) tracing: Option<String>,
    /// Log format and log group.
    pub(super) logging: Option<(String, String)>,
    pub(super) layers: Option<Vec<String>>,
    pub(super) vpc: Option<Vpc>,
    pub(super) file_systems: Option<Vec<FileSystem>>,
    /// Target of dead letters, empty for none.
    pub(super) dead_letter_target: Option<String>,
    pub(super) snap_start: Option<bool>,
    /// The whole environment, and the key, empty for none: Lambda encrypts again only when it gets both.
    pub(super) secret: Option<(BTreeMap<String, String>, String)>,
}

/// A call, and the configuration that results from it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UpdateConfigurationCall {
    pub(super) settings: ConfigurationChange,
    pub(super) resulting_props: Props,
}

/// Plans the configuration updates, one after the other.
///
/// # Errors
/// A desired value is not known yet.
pub(super) fn plan_configuration_calls(live: &Props, to: &Props) -> Result<Vec<UpdateConfigurationCall>> {
    let mut rounds = Vec::new();
    let mut from = live.clone();
    let stale = has_stale_key_grant(live, to);
    if stale && live.role_id.is_some() {
        // Sending the same values again is not known to make a new grant; removing them and setting them again is.
        // The function cannot start meanwhile, but without a valid grant it could not start before either.
        let bare = Props { environment: BTreeMap::new(), key: None, ..live.clone() };
        rounds.extend(plan_configuration_call(&from, &bare, false)?);
        from = bare;
    }
    let wanted = Props {
        code_sha256: live.code_sha256.clone(),
        architecture: live.architecture.clone(),
        status: Status { failed_update: None, ..to.status.clone() },
        ..to.clone()
    };
    rounds.extend(plan_configuration_call(&from, &wanted, stale)?);
    Ok(rounds)
}

/// Returns whether the grant on the key was, or may have been, made for an earlier role of the same name.
///
/// A change of role makes a new grant by itself.
fn has_stale_key_grant(live: &Props, to: &Props) -> bool {
    let encrypted = !live.environment.is_empty() || live.key.is_some();
    live.role == to.role && to.role_id.is_some() && live.role_id != to.role_id && encrypted
}

fn plan_configuration_call(
    live: &Props,
    to: &Props,
    reencrypt: bool,
) -> Result<Option<UpdateConfigurationCall>> {
    // What a failed update has left is unknown, so everything is sent.
    let all = live.status.failed_update.is_some() && to.status.failed_update.is_none();
    let secret = all || reencrypt || live.environment != to.environment || live.key != to.key;
    let logging = all || live.log_group != to.log_group || live.log_format != to.log_format;
    let (had, has) = (&live.attachments, &to.attachments);
    let settings = ConfigurationChange {
        role: changed_value(all, &live.role, &to.role),
        handler: changed_value(all, &live.handler, &to.handler).flatten(),
        runtime: changed_value(all, &live.runtime, &to.runtime),
        memory: changed_value(all, &live.memory, &to.memory),
        timeout: changed_value(all, &live.timeout, &to.timeout),
        description: changed_value(all, &live.description, &to.description),
        tracing: changed_value(all, &live.tracing, &to.tracing),
        layers: changed_value(all, &had.layers, &has.layers),
        vpc: changed_value(all, &had.vpc, &has.vpc).map(Option::unwrap_or_default),
        file_systems: changed_value(all, &had.file_systems, &has.file_systems),
        dead_letter_target: changed_value(all, &had.dead_letter_target, &has.dead_letter_target)
            .map(Option::unwrap_or_default),
        // Not every region and runtime knows it, so it is only sent where there is some.
        snap_start: changed_value(false, &had.snap_start, &has.snap_start),
        logging: logging.then(|| (to.log_format.clone(), to.log_group.clone())),
        secret: if secret { Some((known_environment(to)?, known_key_arn(to)?)) } else { None },
    };
    Ok((settings != ConfigurationChange::default())
        .then(|| UpdateConfigurationCall { settings, resulting_props: to.clone() }))
}

fn changed_value<T: Clone + PartialEq>(all: bool, live: &T, to: &T) -> Option<T> {
    (all || live != to).then(|| to.clone())
}

/// Returns the environment to send.
pub(super) fn known_environment(props: &Props) -> Result<BTreeMap<String, String>> {
    let known =
        props.environment.iter().map(|(name, value)| Ok((name.clone(), value.require_known()?.clone())));
    known.collect()
}

/// Returns the ARN of the key, or an empty string for none.
pub(super) fn known_key_arn(props: &Props) -> Result<String> {
    Ok(props.key.as_ref().map(MaybeKnown::require_known).transpose()?.cloned().unwrap_or_default())
}

/// Returns whether the code must be sent; the architecture is sent with it.
pub(super) fn sends_code(live: &Props, to: &Props) -> bool {
    live.code_sha256 != to.code_sha256
        || live.architecture != to.architecture
        || live.status.failed_update.is_some()
}

/// Returns `to` as it is recorded once it is applied: code that need not be sent stays recorded as it was sent.
pub(super) fn recorded_props(live: &Props, to: &Props) -> Props {
    let is_sent = sends_code(live, to);
    let stays = live.code_record.clone().filter(|record| !is_sent && record.contents == live.code_sha256);
    Props { code_record: stays.or_else(|| to.code_record.clone()), ..to.clone() }
}

/// Returns whether two functions agree in everything that `UpdateFunctionConfiguration` and `UpdateFunctionCode` set.
pub(super) fn is_same_configuration(one: &Props, other: &Props) -> bool {
    let one = Props {
        role_id: other.role_id.clone(),
        code_record: other.code_record.clone(),
        reserved_concurrency: other.reserved_concurrency,
        qualified: other.qualified.clone(),
        tags: other.tags.clone(),
        ..one.clone()
    };
    one == *other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::Error,
        resources::function::{Attachments, QualifiedConfigs},
    };

    fn props() -> Props {
        Props {
            status: Status::default(),
            role: "arn:role".into(),
            role_id: Some("AROA1".to_owned().into()),
            handler: Some("index.handler".into()),
            runtime: "nodejs24.x".into(),
            architecture: "x86_64".into(),
            memory: 128,
            timeout: 3,
            description: String::new(),
            environment: BTreeMap::from([("A".to_owned(), "1".to_owned().into())]),
            key: Some("arn:key".to_owned().into()),
            tracing: "active".into(),
            log_group: "/aws/lambda/x".into(),
            log_format: "text".into(),
            reserved_concurrency: None,
            code_sha256: "sha".into(),
            code_record: None,
            attachments: Attachments::default(),
            qualified: QualifiedConfigs::default(),
            tags: BTreeMap::new(),
        }
    }

    fn sent(live: &Props, to: &Props) -> Vec<ConfigurationChange> {
        plan_configuration_calls(live, to).unwrap().into_iter().map(|round| round.settings).collect()
    }

    fn secret(variables: &[(&str, &str)], key: &str) -> ConfigurationChange {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ConfigurationChange { secret: Some((variables, key.into())), ..ConfigurationChange::default() }
    }

    #[test]
    fn code_tags_and_concurrency_are_no_configuration() {
        let to = Props {
            code_sha256: "new".into(),
            architecture: "arm64".into(),
            reserved_concurrency: Some(2),
            tags: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
            ..props()
        };
        assert_eq!(sent(&props(), &to), []);
        assert!(sends_code(&props(), &to));
        assert!(!sends_code(&props(), &Props { memory: 256, ..props() }));
    }

    #[test]
    fn only_what_differs_is_sent() {
        let to = Props { memory: 256, ..props() };
        assert_eq!(
            sent(&props(), &to),
            [ConfigurationChange { memory: Some(256), ..ConfigurationChange::default() }]
        );
        let to = Props { log_format: "json".into(), ..props() };
        let logging = Some(("json".to_owned(), "/aws/lambda/x".to_owned()));
        assert_eq!(sent(&props(), &to), [ConfigurationChange { logging, ..ConfigurationChange::default() }]);
    }

    #[test]
    fn what_is_attached_is_taken_off_by_what_is_empty() {
        let vpc = Vpc { subnets: vec!["subnet-1".into()], security_groups: vec!["sg-1".into()] };
        let attachments = Attachments {
            layers: vec!["arn:layer:1".into()],
            vpc: Some(vpc),
            dead_letter_target: Some("arn:queue".into()),
            snap_start: true,
            ..Attachments::default()
        };
        let off = ConfigurationChange {
            layers: Some(Vec::new()),
            vpc: Some(Vpc::default()),
            dead_letter_target: Some(String::new()),
            snap_start: Some(false),
            ..ConfigurationChange::default()
        };
        assert_eq!(sent(&Props { attachments, ..props() }, &props()), [off]);
    }

    #[test]
    fn key_and_environment_go_together() {
        assert_eq!(sent(&props(), &Props { key: None, ..props() }), [secret(&[("A", "1")], "")]);
        let to = Props { environment: BTreeMap::new(), ..props() };
        assert_eq!(sent(&props(), &to), [secret(&[], "arn:key")]);
    }

    #[test]
    fn a_role_made_anew_gets_a_new_grant() {
        let to = Props { role_id: Some("AROA2".to_owned().into()), ..props() };
        assert_eq!(sent(&props(), &to), [secret(&[], ""), secret(&[("A", "1")], "arn:key")]);
        // If a run is interrupted between the two updates, the next run continues.
        let halfway = Props { environment: BTreeMap::new(), key: None, ..props() };
        assert_eq!(sent(&halfway, &to), [secret(&[("A", "1")], "arn:key")]);
    }

    #[test]
    fn a_grant_of_unknown_making_is_renewed_without_a_gap() {
        let live = Props { role_id: None, ..props() };
        assert_eq!(sent(&live, &props()), [secret(&[("A", "1")], "arn:key")]);
    }

    #[test]
    fn another_role_brings_its_own_grant() {
        let to = Props { role: "arn:other".into(), role_id: Some("AROA2".to_owned().into()), ..props() };
        assert_eq!(
            sent(&props(), &to),
            [ConfigurationChange { role: Some("arn:other".into()), ..ConfigurationChange::default() }]
        );
    }

    #[test]
    fn without_an_environment_there_is_no_grant() {
        let bare = Props { environment: BTreeMap::new(), key: None, ..props() };
        let to = Props { role_id: Some("AROA2".to_owned().into()), ..bare.clone() };
        assert_eq!(sent(&bare, &to), []);
    }

    #[test]
    fn a_failed_update_is_mended_by_sending_everything() {
        let live = Props {
            status: Status { failed_update: Some("InternalError".into()), ..Status::default() },
            ..props()
        };
        let all = sent(&live, &props());
        assert_eq!(all.len(), 1);
        assert!(all[0].role.is_some() && all[0].secret.is_some() && all[0].logging.is_some());
        assert!(sends_code(&live, &props()));
    }

    #[test]
    fn an_unknown_value_is_not_sent() {
        let to = Props { key: Some(MaybeKnown::KnownAfter("key.arn".into())), ..props() };
        assert_eq!(plan_configuration_calls(&props(), &to), Err(Error::UnknownValue("key.arn".into())));
    }
}
