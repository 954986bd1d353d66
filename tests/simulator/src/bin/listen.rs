//! Serves the box on a loopback port, so that the built binary, boto3 or the AWS CLI can be pointed at it.
//!
//! `listen [port] [speed] [seed]`: port 0 takes a free one, which is printed; time in the box passes `speed`
//! times as fast as outside, 1 by default.
use copilot_infra_simulator::{Broken, Request, Simulator, Switches};
use http_body_util::{BodyExt, Full};
use hyper::{
    Response,
    body::{Bytes, Incoming},
    header::HeaderMap,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{error::Error, str::FromStr};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (port, pace, seed) = (argument(1, 0_u16)?, argument(2, 1.0_f64)?, argument(3, 0_u64)?);
    let simulator = Simulator::new(seed, Switches::default()).with_speed(pace);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(talk(stream, simulator.clone()));
    }
}

fn argument<T: FromStr>(at: usize, default: T) -> Result<T, T::Err> {
    std::env::args().nth(at).map_or(Ok(default), |text| text.parse())
}

/// Serves one connection; a reset in the box closes it without an answer.
async fn talk(stream: TcpStream, simulator: Simulator) {
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
