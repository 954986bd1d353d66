//! The roles that a profile assumes one after the other.
use aws_config::profile::Profile;
use aws_credential_types::Credentials;

use super::{Error, Profiles, Result};

/// What the first role is assumed with.
#[derive(Debug)]
pub(super) enum Base {
    /// Keys that stand in a profile.
    Keys(Credentials),
    /// A profile without a role: SSO, a process, a sign-in.
    Profile(String),
    /// A provider that `credential_source` names.
    Source(String),
}

/// A role, as a profile says to assume it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RoleStep {
    pub(super) profile: String,
    pub(super) role_arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) duration_seconds: Option<i32>,
    pub(super) mfa_serial: Option<String>,
}

/// The base and the roles, in the order in which they are assumed.
#[derive(Debug)]
pub(super) struct RoleChain {
    pub(super) base: Base,
    pub(super) roles: Vec<RoleStep>,
}

/// Returns the chain of the profile that is in use if a role of it takes a code of an MFA device; the SDK follows all
/// other chains, and tells of those that are broken.
///
/// # Errors
/// A `duration_seconds` that is no number.
pub(super) fn with_mfa(profiles: &Profiles) -> Result<Option<RoleChain>> {
    let Some((base, roles)) = follow(profiles) else { return Ok(None) };
    if !roles.iter().any(|(profile, _)| profile.get("mfa_serial").is_some()) {
        return Ok(None);
    }
    let roles =
        roles.into_iter().rev().map(|(profile, arn)| role_step(profile, arn)).collect::<Result<_>>()?;
    Ok(Some(RoleChain { base, roles }))
}

/// Returns the profile at the base of the chain if it goes by a session of `aws login`.
pub(super) fn login_profile(profiles: &Profiles) -> Option<&str> {
    let (Base::Profile(name), _) = follow(profiles)? else { return None };
    let profile = profiles.get(&name)?;
    // What goes before it is the SDK's order.
    let earlier = ["credential_source", "web_identity_token_file", "sso_start_url", "sso_session"];
    let is_login =
        profile.get("login_session").is_some() && earlier.iter().all(|key| profile.get(key).is_none());
    is_login.then(|| profile.name())
}

/// Follows the profiles from the one in use to the base; none if one is missing or comes twice.
///
/// The rules are those of the SDKs ("Assume role credential provider", AWS SDKs and Tools Reference Guide): keys go
/// before the role in each profile but the first.
fn follow(profiles: &Profiles) -> Option<(Base, Vec<(&Profile, &str)>)> {
    let (mut roles, mut name) = (Vec::<(&Profile, &str)>::new(), profiles.selected());
    loop {
        let profile = profiles.get(name).filter(|_| !roles.iter().any(|(role, _)| role.name() == name))?;
        let keys = keys_of(profile);
        match (profile.get("role_arn"), keys) {
            (_, Some(keys)) if !roles.is_empty() => return Some((Base::Keys(keys), roles)),
            (Some(arn), keys) if profile.get("web_identity_token_file").is_none() => {
                roles.push((profile, arn));
                match (profile.get("source_profile"), profile.get("credential_source"), keys) {
                    (Some(source), None, Some(keys)) if source == name => {
                        return Some((Base::Keys(keys), roles));
                    }
                    (Some(source), None, _) => name = source,
                    (None, Some(source), _) => return Some((Base::Source(source.to_owned()), roles)),
                    _ => return None,
                }
            }
            _ => return Some((Base::Profile(name.to_owned()), roles)),
        }
    }
}

fn keys_of(profile: &Profile) -> Option<Credentials> {
    let (id, secret) = (profile.get("aws_access_key_id")?, profile.get("aws_secret_access_key")?);
    let token = profile.get("aws_session_token").map(str::to_owned);
    Some(Credentials::new(id, secret, token, None, "ProfileFile"))
}

fn role_step(profile: &Profile, arn: &str) -> Result<RoleStep> {
    let setting = |key: &str| profile.get(key).filter(|value| !value.is_empty()).map(str::to_owned);
    let duration = setting("duration_seconds").map(|text| {
        text.parse().map_err(|_| Error::InvalidSetting {
            what: format!("`duration_seconds` of profile `{}` is `{text}`", profile.name()),
            hint: "it is a number of seconds, such as 3600".to_owned(),
        })
    });
    Ok(RoleStep {
        profile: profile.name().to_owned(),
        role_arn: arn.to_owned(),
        session_name: setting("role_session_name"),
        external_id: setting("external_id"),
        duration_seconds: duration.transpose()?,
        mfa_serial: setting("mfa_serial"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
[profile user]
aws_access_key_id = AKIDUSER
aws_secret_access_key = secret
role_arn = arn:aws:iam::1:role/never
source_profile = user
[profile middle]
role_arn = arn:aws:iam::1:role/middle
source_profile = user
mfa_serial = arn:aws:iam::1:mfa/ann
external_id = x
[profile end]
role_arn = arn:aws:iam::2:role/end
source_profile = middle
role_session_name = ann
duration_seconds = 900
[profile self]
role_arn = arn:aws:iam::1:role/self
source_profile = self
aws_access_key_id = AKIDSELF
aws_secret_access_key = secret
mfa_serial = 123456
[profile box]
role_arn = arn:aws:iam::1:role/box
credential_source = Environment
mfa_serial = 123456
[profile sso]
sso_start_url = https://x.test/start
[profile by-sso]
role_arn = arn:aws:iam::1:role/r
source_profile = sso
mfa_serial = 123456
[profile plain]
role_arn = arn:aws:iam::1:role/r
source_profile = sso
[profile circle]
role_arn = arn:aws:iam::1:role/r
source_profile = circle
mfa_serial = 123456
[profile long]
role_arn = arn:aws:iam::1:role/r
source_profile = user
mfa_serial = 123456
duration_seconds = 1h
";

    async fn chain(profile: &str) -> Result<Option<(String, Vec<String>)>> {
        let found = with_mfa(&Profiles::for_tests(CONFIG, profile).await)?;
        Ok(found.map(|RoleChain { base, roles }| {
            let base = match base {
                Base::Keys(keys) => keys.access_key_id().to_owned(),
                Base::Profile(name) | Base::Source(name) => name,
            };
            (base, roles.into_iter().map(|role| role.role_arn).collect())
        }))
    }

    #[tokio::test]
    async fn a_chain_is_followed_to_what_its_first_role_is_assumed_with() {
        for (profile, base, roles) in [
            ("end", "AKIDUSER", &["arn:aws:iam::1:role/middle", "arn:aws:iam::2:role/end"][..]),
            ("self", "AKIDSELF", &["arn:aws:iam::1:role/self"]),
            ("box", "Environment", &["arn:aws:iam::1:role/box"]),
            ("by-sso", "sso", &["arn:aws:iam::1:role/r"]),
        ] {
            let roles = roles.iter().map(|role| (*role).to_owned()).collect();
            assert_eq!(chain(profile).await.unwrap(), Some((base.to_owned(), roles)), "{profile}");
        }
        for left_to_the_sdk in ["plain", "user", "sso", "circle", "missing"] {
            assert_eq!(chain(left_to_the_sdk).await.unwrap(), None, "{left_to_the_sdk}");
        }
        let error = chain("long").await.unwrap_err();
        assert_eq!(error.to_string(), "`duration_seconds` of profile `long` is `1h`");
    }

    #[tokio::test]
    async fn a_role_keeps_what_its_profile_says_of_the_session() {
        let found = with_mfa(&Profiles::for_tests(CONFIG, "end").await).unwrap().unwrap();
        let [middle, end] = &found.roles[..] else { panic!("{found:?}") };
        assert_eq!(middle.mfa_serial.as_deref(), Some("arn:aws:iam::1:mfa/ann"));
        assert_eq!((middle.external_id.as_deref(), middle.session_name.as_deref()), (Some("x"), None));
        assert_eq!((end.duration_seconds, end.session_name.as_deref()), (Some(900), Some("ann")));
        assert_eq!(end.mfa_serial, None);
    }
}
