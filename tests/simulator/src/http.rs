//! The seam: the box as the transport of the SDK's clients.
use crate::{Simulator, request::Request, simulator::Broken};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

impl Simulator {
    /// The transport to give to the clients.
    #[must_use]
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }
}

impl HttpClient for Simulator {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Simulator {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let simulator = self.clone();
        HttpConnectorFuture::new(async move {
            let request = read(&request);
            match simulator.serve(request).await {
                Ok(reply) => {
                    let status = StatusCode::try_from(reply.status).expect("statuses are from 200 to 500");
                    let body = if reply.cut { Cut::body(reply.body) } else { SdkBody::from(reply.body) };
                    let mut response = HttpResponse::new(status, body);
                    let headers = response.headers_mut();
                    headers.insert("content-type", reply.content_type);
                    headers.insert("x-amzn-requestid", reply.request_id);
                    if let Some(code) = reply.error {
                        headers.insert("x-amzn-errortype", code);
                    }
                    Ok(response)
                }
                Err(Broken::Reset) => {
                    let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                    Err(ConnectorError::io(reset.into()))
                }
                Err(Broken::Unknown(what)) => panic!("no such operation in the simulator: {what}"),
            }
        })
    }
}

/// A body that breaks off: the transport knows, for the length was announced (RFC 9112, section 8).
struct Cut(Option<String>);

impl Cut {
    fn body(text: String) -> SdkBody {
        SdkBody::from_body_1_x(Self(Some(text)))
    }
}

impl Body for Cut {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let reset = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        Poll::Ready(Some(self.0.take().map(|text| Frame::data(Bytes::from(text))).ok_or_else(reset)))
    }
}

fn read(request: &HttpRequest) -> Request {
    let header = |name: &str| request.headers().get(name).map(str::to_owned);
    let target = request.uri();
    let path = target.find("://").and_then(|at| Some(at + 3 + target[at + 3..].find('/')?)).unwrap_or(0);
    Request {
        method: request.method().to_owned(),
        target: target[path..].to_owned(),
        operation: header("x-amz-target"),
        authorization: header("authorization"),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}
