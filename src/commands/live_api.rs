//! The live API of a stack, for the commands that connect to it.
use super::session::Session;
use crate::{aws::Cx, diagnostic::Failure, resources::api, websocket::WebSocketAddress};

/// Refuses a spec that has no API.
pub(super) fn require_api(session: &Session<'_>) -> Result<(), Failure> {
    match session.loaded.spec.api {
        Some(_) => Ok(()),
        None => Err(Failure::usage("the spec has no `api` to talk to")),
    }
}

/// Returns the address of the stack's WebSocket.
pub(super) async fn websocket_address(
    session: &Session<'_>,
    cx: &Cx<'_>,
    token: Option<String>,
) -> Result<WebSocketAddress, Failure> {
    require_api(session)?;
    let spec = &session.loaded.spec;
    let Some(api) = api::find_api(cx, &spec.api_name()).await? else {
        let message = format!("there is no API `{}` of this stack yet", spec.api_name());
        return Err(Failure::failed(message).with_hint("run `copilot-infra apply`"));
    };
    Ok(WebSocketAddress::of(spec, &session.aws, session.invocation.emulator().as_deref(), &api.id, token))
}
