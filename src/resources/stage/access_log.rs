//! The format of the access log.

/// One line of JSON for each request: who, what, how it ended and how long it took.
///
/// It holds neither query string nor headers, where browsers must put their tokens. Variables: API Gateway
/// guide, "WebSocket API logging"; at most 3 KB.
#[must_use]
pub fn json_access_log_format() -> &'static str {
    concat!(
        r#"{"requestId":"$context.requestId","#,
        r#""extendedRequestId":"$context.extendedRequestId","#,
        r#""requestTime":"$context.requestTime","#,
        r#""ip":"$context.identity.sourceIp","#,
        r#""connectionId":"$context.connectionId","#,
        r#""connectedAt":"$context.connectedAt","#,
        r#""eventType":"$context.eventType","#,
        r#""messageDirection":"$context.messageDirection","#,
        r#""routeKey":"$context.routeKey","#,
        r#""status":"$context.status","#,
        r#""errorType":"$context.error.responseType","#,
        r#""error":"$context.error.message","#,
        r#""authorizerStatus":"$context.authorizer.status","#,
        r#""authorizerError":"$context.authorizer.error","#,
        r#""integrationStatus":"$context.integration.status","#,
        r#""integrationLatency":"$context.integration.latency","#,
        r#""integrationError":"$context.integration.error"}"#,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_short_line_of_json_without_tokens() {
        let format = json_access_log_format();
        let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(format).unwrap();
        assert!(parsed.len() > 10 && format.len() < 1024 && !format.contains('\n'));
        assert!(!format.contains("querystring") && !format.contains("header"));
    }
}
