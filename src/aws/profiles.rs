//! The profiles of the AWS configuration files.
use aws_config::profile::{self, Profile, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::{Error, Result};
use crate::diagnostic::suggest;

/// The profiles, and the one that is in use.
pub(super) struct Profiles {
    /// The profile that the command line names.
    pub(super) explicit: Option<String>,
    /// None if there are no files, or none that can be read: the SDK tells of that.
    all: Option<ProfileSet>,
}

impl Profiles {
    /// Loads the files, with the profile that the command line names or else the one that the environment does.
    pub(super) async fn load(explicit: Option<String>) -> Self {
        Self::load_from(&Fs::real(), &Env::real(), explicit).await
    }

    async fn load_from(fs: &Fs, env: &Env, explicit: Option<String>) -> Self {
        let chosen = explicit.clone().map(Into::into);
        #[expect(
            clippy::default_trait_access,
            reason = "the type of the usual files has no name in this crate"
        )]
        let read = profile::load(fs, env, &Default::default(), chosen).await;
        Self { explicit, all: read.ok() }
    }

    /// Returns no profiles, for a cloud that takes nothing from them.
    pub(super) fn none() -> Self {
        Self { explicit: None, all: None }
    }

    /// Returns the name of the profile that is in use.
    pub(super) fn selected(&self) -> &str {
        self.all.as_ref().map_or("default", ProfileSet::selected_profile)
    }

    /// Returns a profile by name.
    pub(super) fn get(&self, name: &str) -> Option<&Profile> {
        self.all.as_ref()?.get_profile(name)
    }

    /// Returns a setting of the profile that is in use.
    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        self.get(self.selected())?.get(key).filter(|value| !value.is_empty())
    }

    /// Describes where credentials were looked for in vain.
    pub(super) fn without_credentials(&self) -> String {
        let selected = self.selected();
        match &self.explicit {
            Some(name) => format!("profile `{name}` has none, and neither has a container or an instance"),
            None => format!(
                "none in the environment (AWS_ACCESS_KEY_ID), none in profile `{selected}`, and none of a container or an \
                 instance"
            ),
        }
    }

    /// Checks that a profile exists; without it the SDK would look for credentials elsewhere.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn require(&self, name: &str) -> Result<()> {
        let Some(all) = self.all.as_ref().filter(|all| all.get_profile(name).is_none()) else {
            return Ok(());
        };
        let mut names: Vec<&str> = all.profiles().collect();
        names.sort_unstable();
        let what = format!("there is no profile `{name}` in the AWS configuration files");
        Err(Error::InvalidSetting { what, hint: suggest::hint(name, names, "there is") })
    }
}

#[cfg(test)]
impl Profiles {
    /// Returns the profiles of a configuration file; `selected` is in use.
    pub(super) async fn for_tests(config: &str, selected: &str) -> Self {
        let env =
            Env::from_slice(&[("AWS_CONFIG_FILE", "/config"), ("AWS_PROFILE", selected), ("HOME", "/")]);
        Self::load_from(&Fs::from_slice(&[("/config", config)]), &env, None).await
    }
}
