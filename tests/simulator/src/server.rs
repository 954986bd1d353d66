//! Serves a simulator over HTTP.
use std::{error::Error, io};

use http_body_util::{BodyExt, Full};
use hyper::{
    Response,
    body::{Bytes, Incoming},
    header::HeaderMap,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::{Broken, Request, Simulator};

/// Answers every connection to `listener` from `simulator`, until accepting one fails.
///
/// # Errors
/// A connection could not be accepted.
pub async fn serve(listener: TcpListener, simulator: Simulator) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve_connection(stream, simulator.clone()));
    }
}

/// Serves one connection; a reset in the box closes it without an answer.
async fn serve_connection(stream: TcpStream, simulator: Simulator) {
    let service = service_fn(|request| answer(request, simulator.clone()));
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        eprintln!("connection closed: {error}");
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    simulator: Simulator,
) -> Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let text = |headers: &HeaderMap, name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let request = Request {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        operation: text(&head.headers, "x-amz-target"),
        authorization: text(&head.headers, "authorization"),
        body: body.collect().await?.to_bytes().to_vec(),
    };
    let reply = match simulator.serve(request).await {
        Ok(reply) if reply.cut => return Err("cut by the box".into()),
        Ok(reply) => reply,
        Err(Broken::Reset) => return Err("reset by the box".into()),
        Err(Broken::Unknown(what)) => {
            eprintln!("not served: {what}");
            return Ok(Response::builder().status(501).body(Full::from(format!("not served: {what}")))?);
        }
    };
    let mut response = Response::builder().status(reply.status).header("content-type", reply.content_type);
    response = response.header("x-amzn-requestid", reply.request_id);
    if let Some(code) = reply.error {
        response = response.header("x-amzn-errortype", code);
    }
    Ok(response.body(Full::from(reply.body))?)
}
