//! The live API of a stack, for the commands that talk to it.
use super::session::Session;
use crate::{cli::Global, exit::Failure, resources::api, talk::Address};

/// Where the stack's WebSocket is.
pub(super) async fn address(
    session: &Session<'_>,
    global: &Global,
    token: Option<String>,
) -> Result<Address, Failure> {
    let spec = &session.loaded.spec;
    if spec.api.is_none() {
        return Err(Failure::Usage("the spec has no `api` to talk to".into()));
    }
    let Some(api) = api::find(&session.cx(), &spec.api_name()).await? else {
        return Err(Failure::NotAgreed(format!(
            "there is no API `{}` of this stack yet\nhint: run `copilot-infra apply`",
            spec.api_name()
        )));
    };
    Ok(Address::of(spec, &session.aws, global, &api.id, token))
}
