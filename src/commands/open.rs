//! `open`: a conversation with the live stack in a browser.
use std::io;

use serde_json::json;

use super::{
    invocation::Invocation,
    live_api,
    session::{NamedCode, Session},
};
use crate::{
    cli::OutputFormat,
    diagnostic::{ExitCode, Failure},
    ui::Ui,
    view,
    web_chat::{Page, Server, open_in_browser},
    websocket::{self, TokenCarrier, WebSocketAddress},
};

const CARRIER_HINT: &str = "let `identity` of `api.authorizer` name `route.request.querystring.token`";

pub(super) async fn run_open(invocation: &Invocation<'_>, no_browser: bool) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation, NamedCode::Unused).await?;
    let address = page_address(&session).await?;
    let page = Page::new(&session.loaded.spec.stack.value, &address)
        .map_err(|unfit| Failure::usage(unfit.to_string()).with_hint(CARRIER_HINT))?;
    require_query_on_emulator(&session, &address)?;
    let server = Server::bind(page).await.map_err(|error| serve_failure(&error))?;
    print_address(invocation, &server, &address)?;
    let ended = invocation.ui.or_interrupted(serve(invocation.ui, &server, no_browser)).await?;
    Err(serve_failure(&ended))
}

/// Returns the WebSocket that the page connects to; with an authorizer, also where that looks for a token.
async fn page_address(session: &Session<'_>) -> Result<WebSocketAddress, Failure> {
    let has_authorizer = session.loaded.spec.api.as_ref().is_some_and(|api| api.authorizer.is_some());
    // The token itself is typed into the page.
    let token = has_authorizer.then(String::new);
    let address = live_api::websocket_address(session, &session.cx(), token).await?;
    if address.exposes_token() {
        return Err(websocket::Error::Cleartext(address.url).into());
    }
    Ok(address)
}

/// Refuses a token in a header on an emulator. A browser ends a connection whose server chose none of the subprotocols that
/// it offered (RFC 6455, section 4.1), and the local cloud does not pass on what `$connect` chooses.
fn require_query_on_emulator(session: &Session<'_>, address: &WebSocketAddress) -> Result<(), Failure> {
    let in_header = matches!(&address.token, Some((TokenCarrier::Header(_), _)));
    if in_header && session.invocation.emulator().is_some() {
        let message = "the local cloud takes a browser's token from the query string only";
        return Err(Failure::usage(message).with_hint(CARRIER_HINT));
    }
    Ok(())
}

fn print_address(
    invocation: &Invocation<'_>,
    server: &Server,
    address: &WebSocketAddress,
) -> Result<(), Failure> {
    let ui = invocation.ui;
    if invocation.global.format == OutputFormat::Json {
        ui.print_json(&format!("{}\n", json!({ "page": server.address(), "websocket": address.url })))?;
    } else {
        ui.print_stdout(&view::Page::of_line(ui.out, server.address()))?;
    }
    invocation.ui.print_status(&format!("the page talks with {}; Ctrl-C ends", address.url));
    Ok(())
}

/// Serves the page, and opens it in the user's browser; returns why it can be served no more.
async fn serve(ui: &Ui, server: &Server, no_browser: bool) -> io::Error {
    let page = server.address();
    let open = async {
        if !no_browser && !open_in_browser(&page).await {
            ui.print_status("no browser could be started: open the address in one");
        }
        std::future::pending().await
    };
    tokio::select! {
        error = server.serve() => error,
        never = open => never,
    }
}

fn serve_failure(error: &io::Error) -> Failure {
    Failure::failed(format!("cannot serve the page: {error}"))
}
