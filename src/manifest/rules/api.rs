//! Rules about the API and its stage.
super::rules! {
    "unknown-route" Error Service []
        "routes that begin with `$`, and routes that are throttled, exist"
        "API Gateway knows `$connect`, `$disconnect` and `$default`; any other route is a value of the selected field. A throttle of a route that does not exist is refused."
        "Correct the route key as offered."
    "route-case" Warning Policy []
        "no two routes differ only in case"
        "Route keys are compared letter by letter: `Message` and `message` are two routes, and a client that mixes them up gets to the other one."
        "Keep one of the two."
    "no-default" Note Policy []
        "messages that fit no route are answered"
        "Without a `$default` route a client whose message has no or another action gets an error of the gateway, and nothing is in the logs of the functions."
        "Add a `$default` route."
    "plain-route" Warning Policy []
        "the gateway's own routes begin with a dollar sign"
        "`$connect`, `$disconnect` and `$default` are called by API Gateway itself. Without the dollar sign they are routes that a client must ask for by name in its message."
        "Write the dollar sign; suppress this for a route that clients do ask for."
    "no-disconnect" Warning Policy []
        "what is remembered at `$connect` can be forgotten"
        "There is a `$connect` route but no `$disconnect`: a handler that writes a row for each connection has no chance to remove it."
        "Add a `$disconnect` route."
    "open-connect" Warning Policy ["CKV_AWS_309", "AwsSolutions-APIG4", "APIGateway.8"]
        "somebody checks who connects"
        "A WebSocket API authorizes at `$connect` and nowhere else; other routes need and can have no authorizer, so they are not judged. Without one everybody who knows the URL can connect, and is paid for."
        "Add `authorizer: { function: … }`, or `authorizer: iam` for callers that sign with credentials of AWS; or suppress this if the function checks the caller itself."
    "authorizer-without-connect" Error Service []
        "an authorizer has a `$connect` route to check"
        "API Gateway calls a WebSocket authorizer at `$connect` only. Without that route it is never called, and everybody gets in."
        "Add a `$connect` route."
    "authorizer-route" Warning Policy []
        "the authorizer serves no route"
        "An authorizer gets another event and must return a policy; a function that serves a route as well has to tell the two apart, and holds the permissions of both."
        "Use a function of its own."
    "idle-response" Warning Policy []
        "what a two-way route returns has a reader"
        "`respond: true` sends what the function returns to the client on its connection. After `$disconnect` there is none."
        "Take `respond` out."
    "api-key" Note Policy []
        "a route that needs an API key has keys and a plan"
        "API keys and usage plans belong to the older API of API Gateway and are made elsewhere: `aws apigateway create-api-key --enabled`, `aws apigateway create-usage-plan --api-stages apiId=<api.id>,stage=<stage>` and `aws apigateway create-usage-plan-key`. Until a plan holds the stage and a key, every message of the route is refused with 403. A browser cannot send the header `x-api-key`; an authorizer can answer with the key as `usageIdentifierKey` (`api_key_selection_expression: $context.authorizer.usageIdentifierKey`). A key tells callers apart and limits them; it is no proof of who they are."
        "Make the key and the plan, and suppress this."
    "idle-key-selection" Warning Policy []
        "an API key is looked for only where a route needs one"
        "`api_key_selection_expression` says where the key of a message is, and no route asks for one."
        "Say `api_key: true` on the route that needs it, or take the expression out."
    "key-without-authorizer" Error Service []
        "an API key that the authorizer hands out has an authorizer"
        "With `$context.authorizer.usageIdentifierKey` the key is taken from the answer of a Lambda authorizer. Without one there never is a key, and every message of such a route is refused."
        "Add `authorizer: { function: … }`, or use `$request.header.x-api-key`."
    "two-throttles" Error Language []
        "a route has one throttle"
        "`route_throttles` and `route_settings` both say how many messages the route lets through, and only one can hold."
        "Keep the one in `route_settings`."
    "identity-header" Note Policy []
        "browsers can send what the authorizer wants"
        "A browser cannot set headers of its own on a WebSocket: if an identity source is missing the gateway refuses the connection without calling the authorizer."
        "Use `route.request.querystring.…`, or `route.request.header.Sec-WebSocket-Protocol`."
    "identity-variable" Error Service []
        "what the authorizer wants of the stage is there"
        "An identity source that is missing makes the gateway refuse the connection with 401, without calling the authorizer. A variable of the stage that is not in `stage.variables` is missing for every client."
        "Add the variable, or name a part of the request, such as `route.request.querystring.token`."
    "shared-permission" Warning Policy []
        "each route has a permission of its own to call its function"
        "A function's policy holds 20,480 bytes, which are some fifty routes. For a function on more of them one statement lets every route of the stage call it, so nothing but the API's own routes says which one does."
        "Divide the routes among several functions, or suppress this."
    "throttle-quota" Warning Policy ["APIGWDefaultThrottling"]
        "throttles stay within the account's default quota"
        "An account has 10,000 requests per second with a burst of 5,000 in a region by default, over all its APIs. A throttle above it is never reached, and AWS may refuse it."
        "Use less, or have the quota raised and suppress this."
    "execution-log-off" Warning Policy ["APIGateway.1"]
        "the stage logs at least errors"
        "Errors before a function is called, such as an integration that is denied, are in this log and in no other."
        "Set `logging: error`."
    "data-trace" Warning Policy []
        "contents of messages are not logged"
        "With data tracing whole messages go to CloudWatch, personal data and tokens included, for everyone who may read logs."
        "Take `data_trace: true` out when the debugging is done."
    "no-metrics" Note Policy []
        "the stage has metrics for each route"
        "Without detailed metrics there are only totals for the whole API: a route that fails cannot be seen, and no alarm can be set on it."
        "Take `metrics: false` out."
    "no-access-log" Note Policy ["CKV_AWS_76", "CKV_AWS_95", "AwsSolutions-APIG1", "APIGWAccessLogging", "APIGateway.9"]
        "the stage has an access log"
        "The access log has one line for each connection and message: who, when, which route, which status. Nothing else says who connected."
        "Add `access_log: {}` to the stage."
    "access-log-format" Error Service []
        "an access-log format is one line with a request id"
        "API Gateway refuses a format with line breaks, and one without `$context.requestId` or `$context.extendedRequestId`."
        "Write `json`, or complete the format."
    "access-log-variable" Warning Policy []
        "an access-log format uses variables API Gateway knows"
        "A `$context` variable that does not exist is logged as `-` for ever, without any error."
        "Correct the variable as offered."
    "access-log-structure" Note Policy ["APIGWStructuredLogging"]
        "the access log is written as JSON"
        "CloudWatch Logs Insights and most log tools find the fields of JSON by themselves; any other line has to be taken apart in every query."
        "Write `format: json`, or a format that is a JSON object."
    "access-log-connection" Note Policy []
        "the access log names the connection"
        "Without `$context.connectionId` the lines of one conversation cannot be found together."
        "Add `$context.connectionId`, or write `format: json`."
    "stage-variable" Error Service []
        "stage variables have the lengths and characters API Gateway allows"
        "A name may have 64 characters and a value 512: letters, digits and `-._~:/?#&=,`. AWS refuses anything else."
        "Shorten the value, or keep it in a function's environment."
}
