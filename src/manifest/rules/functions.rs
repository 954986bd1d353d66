//! Rules about functions and their code.
super::rules! {
    "defaults-name" Error Service []
        "function_defaults has no name"
        "Defaults are merged under every function, and two functions cannot have the same name."
        "Give each function its own `name`, or none."
    "missing-handler" Error Service []
        "every function has a handler"
        "Lambda needs to know which function of which file to call. Only custom runtimes (`provided.*`) do without."
        "Add `handler: file.exportedFunction`."
    "handler-format" Error Service []
        "a handler names a file and a function in it"
        "Node.js, Python and Ruby want `file.function`, .NET wants `Assembly::Type::Method`. Lambda takes anything and fails at the first call."
        "Write it in the form of the runtime."
    "handler-not-found" Error Service []
        "the file a handler names is in the code"
        "Lambda does not look into the package when it is sent: the function is made, and every call fails with a module that cannot be found."
        "Correct the handler, or put the file in the package; paths in it begin at its top."
    "bootstrap-not-found" Error Service []
        "a custom runtime has an executable `bootstrap`"
        "On `provided.*` runtimes Lambda runs the file `bootstrap` at the top of the code. It does not look for it when the code is sent: without the file, or if it may not be executed, every call fails. An archive that was made on Windows makes no file executable."
        "Name the program `bootstrap`, put it at the top of the code, and make it executable: `chmod +x bootstrap`."
    "packed-secret" Warning Policy ["CKV_SECRET_2", "CKV_SECRET_6"]
        "no secret is packed with the code"
        "The files of `code.path` go up as they are, and whoever may read the function can read them. The finding names files that hold credentials by their name, such as `.env` or `.aws/credentials`, or by what stands in them: the form of a key or a token. Files in `node_modules` and other published packages are not looked at."
        "Leave the file out by `code.exclude`, keep the secret in Secrets Manager, and grant it by `access.secrets`."
    "code-not-found" Error Service []
        "code that is named is there"
        "A function's code is a folder, or a zip or jar file, named relative to the spec. Nothing is made before all of it is there."
        "Build the code first, or correct the path."
    "code-source" Error Language ["cfn-lint E3014"]
        "code has exactly one source"
        "Code comes from a `template` that ships with the tool or from a `path`: with both it is unclear which was meant, and with none there is nothing to run. `build` makes what `path` names; a template is built by the tool itself. `exclude` is about a folder, and `build_env` about a `build`."
        "Keep one of `template` and `path`, `build` and `exclude` only beside `path`, and `build_env` only beside `build`."
    "unknown-template" Error Language []
        "a code template is one that ships with the tool"
        "`code: { template: … }` names code that is part of this program; there is no other source for it."
        "Use the template offered, or `code: { path: … }` for your own code."
    "template-runtime" Error Service []
        "a code template runs on its own language"
        "The templates are written for Node.js: on any other runtime every call fails."
        "Use a `nodejs…` runtime, or code of your own."
    "template-environment" Warning Policy []
        "a code template is told what it works with"
        "The shipped handlers read the names of their tables, and the shipped authorizer the user pool and its client, from the environment. They have no substitute for these: every call fails, and the authorizer turns everybody away."
        "Add the variable to the function's `environment`, such as `CONNECTIONS_TABLE_NAME: ${tables.connections.name}`."
    "template-access" Warning Policy []
        "a code template is allowed what it does"
        "The shipped handlers read and write the tables that they are told, and the one that answers posts to `@connections` and goes on in a run of its own. Without these grants every call of theirs is denied while the plan looks fine."
        "Add what the finding names to the function's `access`."
    "old-runtime" Warning Policy ["CKV_AWS_363", "AwsSolutions-L1", "LambdaLatestVersion", "Lambda.2", "cfn-lint W2531"]
        "runtimes are not deprecated"
        "A deprecated runtime gets no security patches. Some months later Lambda refuses new functions on it, and then updates of those that exist; the finding names the days."
        "Move to the runtime offered."
    "no-such-runtime" Error Service ["cfn-lint E2531"]
        "a runtime is of a language that Lambda has"
        "The name begins with no language that Lambda has runtimes for, so AWS would refuse the function after other resources have been made. Any other language runs on `provided.al2023`."
        "Use the runtime offered, or `provided.al2023` with a `bootstrap` of your own."
    "unknown-runtime" Warning Policy ["cfn-lint E2531"]
        "runtimes are ones Lambda is known to have"
        "The name is none of the runtimes known when this version was made, so most likely AWS will refuse it."
        "Correct the name; suppress this for a runtime that is newer than this version."
    "gateway-timeout" Warning Policy ["LambdaDefaultTimeout"]
        "a function whose answer is awaited does not run longer than API Gateway waits"
        "The gateway waits 29 seconds, which cannot be raised for WebSocket APIs; then the client gets an error while the function runs on and is paid for. A function that answers through `@connections` may run longer, unless it only handles `$connect`, before which nobody can be posted to; and nobody waits for `$disconnect`. 30 seconds, the second above, is let through."
        "Set `timeout: 29`, or grant `access.connections` and answer through it."
    "new-timeout" Warning Policy []
        "a function does not run longer than Lambda lets it run everywhere"
        "Lambda has begun to take timeouts of up to 1,800 seconds; its quotas page still says 900, and a region without the change refuses the function. Managed instances, which take 5,400 seconds, are not made by this tool."
        "Set `timeout: 900` or less, or suppress this where more is known to work."
    "protected-log" Error Language []
        "a log that goes with its source is not protected against deletion"
        "CloudWatch Logs refuses to delete a log group under deletion protection, and the tool never lifts the protection by itself: the log would stay although the spec says that it goes."
        "Take the deletion protection out, or say `keep`."
    "concurrency-zero" Warning Policy []
        "no function is switched off"
        "A reserved concurrency of 0 refuses every call. That is a way to stop a function in an emergency, and a surprise at any other time."
        "Take `reserved_concurrency` out, or give it a number above 0."
    "concurrency-quota" Warning Policy []
        "reserved concurrency stays within the default quota"
        "An account runs 1000 executions at once by default, of which Lambda keeps 100 for functions without a reservation; AWS refuses reservations above that."
        "Reserve less, or have the quota raised and suppress this."
    "no-tracing" Note Policy ["CKV_AWS_50", "LambdaTracing"]
        "functions are traced"
        "With `passthrough` a function is traced only if its caller is, and a WebSocket API never is: there are no traces at all."
        "Set `tracing: active`."
    "short-log-retention" Note Policy ["CKV_AWS_66", "CKV_AWS_338", "CloudWatchLogGroupRetentionPeriod", "CloudWatch.16"]
        "logs are kept for at least two weeks"
        "What happened before a problem was noticed is gone. Many rule sets ask for a year; that is left to you, because conversations may have to be forgotten sooner."
        "Keep them for 14 days or longer."
    "two-builds" Error Language []
        "functions that share a folder of code share its build"
        "All builds run before anything is packed, so the folder holds what the last of them left there, and all functions that name it would get that."
        "Say the same `build` for all of them, or let each build into a folder of its own."
    "unused-function" Warning Policy []
        "every function is called by something"
        "It serves no route, is no authorizer, has no `callers`, and nothing refers to it."
        "Name it in `api.routes`, say in `callers` who calls it, or take it out."
    "caller-identity" Error Service []
        "a caller is a service or an account"
        "Lambda takes a statement that lets a service call, in the name of the resource or of the account that stand beside it, or one that lets an account call. A source alone is neither."
        "Add the `service` that calls in its name, such as `events.amazonaws.com`, or an `account`."
    "caller-source" Error Service []
        "the source of a caller is an ARN"
        "Lambda takes an ARN whose region and account, if there are any, are written out; only the last part may have wildcards. It compares the ARN with what the service says that it calls for."
        "Write the ARN of the rule, topic, bucket, pool or API that calls."
    "open-caller" Error Policy ["CKV_AWS_364", "Lambda.1"]
        "a service calls a function only for somebody who is named"
        "Services of AWS call for whoever asks them to. Without `source` or `account` anybody, in any account, can let the service call this function (confused deputy)."
        "Add the `source` that may call, or at least the `account`."
    "idle-caller" Warning Policy []
        "a caller is one that asks the function's policy"
        "Lambda itself fetches from queues, streams and Kafka, with the function's role; EventBridge Scheduler, EventBridge Pipes and Step Functions call with a role of their own. None of them looks at the function's policy, so the statement allows what nobody does."
        "Take it out, and give the permission to the role that calls or fetches."
    "function-policy-size" Error Service []
        "the callers of a function fit into its policy"
        "The policy of a function has 20,480 bytes at most, and Lambda refuses a statement that does not fit, in the middle of an apply."
        "Name fewer callers, one source with a wildcard, or an account."
    "reserved-environment" Error Service ["cfn-lint E3663"]
        "environment variables stay away from Lambda's own names"
        "Lambda sets these itself and refuses a function that sets them."
        "Choose another name, or read Lambda's own value."
    "environment-size" Error Service ["cfn-lint E3697"]
        "a function's environment has at most 4 KB"
        "Lambda counts the JSON text of all variables together, quotes and escapes included, those from `function_defaults` too. Of references it is counted what they stand for at least."
        "Keep large values in a table, a parameter or the package."
    "environment-access" Warning Policy []
        "a function that is told of a table or of the API may use it"
        "Its own environment names the table or the endpoint, but its role allows nothing there: the first call would be denied. Variables from `function_defaults` are not judged."
        "Grant it in `access`, or take the variable out."
    "unknown-function" Error Language ["cfn-lint E1010"]
        "routes and the authorizer name functions of this spec"
        "They name functions by their id in this spec, not by the name in AWS."
        "Correct the id, or declare the function."
}
