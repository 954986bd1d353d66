//! From an answer or a refusal to the wire, in each service's protocol.
use crate::request::{Protocol, Service};
use serde_json::{Value, json};
use std::fmt::Write;

/// What a service says when it will not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// The item that a conditional write met, if it was asked for.
    pub(crate) item: Option<Value>,
}

/// Makes a refusal.
pub(crate) fn refusal(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { status, code, message: message.into(), item: None }
}

/// An answer, or a refusal.
pub(crate) type Answer = Result<Value, Refusal>;

/// What goes back over the wire.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// The code of a refusal, for the header `x-amzn-errortype`.
    pub error: Option<&'static str>,
    /// Id of the request.
    pub request_id: String,
    /// Body.
    pub body: String,
    /// Whether the connection breaks before the body is whole.
    pub cut: bool,
}

pub(crate) fn encode(service: Service, operation: &str, answer: Answer, request_id: String) -> Reply {
    let (status, error) = match &answer {
        Ok(_) => (success(service, operation), None),
        Err(refused) => (refused.status, Some(refused.code)),
    };
    let (content_type, body) = match (service.protocol(), answer) {
        (Protocol::Query, Ok(value)) => ("text/xml", result(operation, &value, &request_id)),
        (Protocol::Query, Err(refused)) => ("text/xml", error_xml(&refused, &request_id)),
        (Protocol::Json(kind), Ok(value)) => (kind, value.to_string()),
        (Protocol::Json(kind), Err(refused)) => {
            let mut body = json!({ "__type": refused.code, "message": refused.message });
            if let Some(item) = refused.item {
                body["Item"] = item;
            }
            (kind, body.to_string())
        }
        (Protocol::Rest, Ok(_)) if status == 204 => ("application/json", String::new()),
        (Protocol::Rest, Ok(value)) => ("application/json", value.to_string()),
        (Protocol::Rest, Err(refused)) => {
            ("application/json", json!({ "message": refused.message }).to_string())
        }
    };
    Reply { status, content_type, error, request_id, body, cut: false }
}

/// The status that the models give (`http.responseCode`): 201 for what is made, 204 for what is gone.
fn success(service: Service, operation: &str) -> u16 {
    match service.protocol() {
        Protocol::Rest if operation.starts_with("Create") || operation == "AddPermission" => 201,
        Protocol::Rest if operation.starts_with("Delete") || operation.starts_with("Untag") => 204,
        Protocol::Rest if operation == "RemovePermission" => 204,
        Protocol::Rest if operation == "TagResource" => 201,
        _ => 200,
    }
}

fn result(operation: &str, value: &Value, request_id: &str) -> String {
    let mut xml = format!("<{operation}Response><{operation}Result>");
    elements(&mut xml, value);
    let _ = write!(
        xml,
        "</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    );
    xml
}

fn error_xml(refused: &Refusal, request_id: &str) -> String {
    let Refusal { status, code, message, .. } = refused;
    let kind = if *status >= 500 { "Receiver" } else { "Sender" };
    let message = escape(message);
    format!(
        "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>{request_id}</RequestId></ErrorResponse>"
    )
}

fn elements(xml: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                let _ = write!(xml, "<{key}>");
                elements(xml, value);
                let _ = write!(xml, "</{key}>");
            }
        }
        Value::Array(all) => {
            for one in all {
                xml.push_str("<member>");
                elements(xml, one);
                xml.push_str("</member>");
            }
        }
        Value::String(text) => xml.push_str(&escape(text)),
        Value::Null => {}
        other => {
            let _ = write!(xml, "{other}");
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
