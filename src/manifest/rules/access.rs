//! Rules about the permissions of functions.
super::rules! {
    "connections-without-api" Error Service []
        "connections are granted only where there is an API"
        "`access.connections` allows posting to the connections of this spec's own API."
        "Add an `api` section, or take the grant out."
    "bad-model" Error Service []
        "a model is named by its id, its inference profile or an ARN"
        "The name has none of the forms that Bedrock knows, so no statement could be made that allows it."
        "Write an id such as `us.anthropic.claude-sonnet-5-5`."
    "old-model" Warning Policy []
        "models are not at their end of life"
        "Bedrock refuses calls to a model after its end of life. Before that a legacy model answers only accounts that have used it lately, so the first apply of a stack with one is refused."
        "Move to the model offered, together with the variable that names it."
    "model-needs-profile" Warning Policy []
        "a model is called by an inference profile where it has to be"
        "Newer models have no on-demand throughput of their own: a call by the bare id fails, and only one by an inference profile such as `us.…` or `global.…` is answered."
        "Put the prefix of your part of the world before the id."
    "profile-region" Warning Policy []
        "an inference profile belongs to the stack's part of the world"
        "Profiles that begin with `us.`, `eu.`, `apac.` and so on exist in the regions of that part of the world only."
        "Use the profile of the stack's own part of the world, or a `global.` one."
    "any-model" Warning Policy ["CKV_AWS_355", "AwsSolutions-IAM5"]
        "models are named one by one"
        "A wildcard allows models that nobody has chosen, at any price, and those that are still to come."
        "Name the models the function calls."
    "bad-secret" Error Service []
        "a secret is named by its full ARN"
        "IAM matches the ARN letter by letter: the name alone, or an ARN without the six characters at its end, allows nothing."
        "Copy the ARN from Secrets Manager, or take it from an export."
    "bad-key" Error Service []
        "a key of others is named by its ARN"
        "IAM matches the ARN of the key itself: an alias, an id alone or the ARN of an alias in `access.keys` would allow nothing."
        "Write `arn:aws:kms:<region>:<account>:key/<id>`."
    "idle-key" Warning Policy []
        "keys of others encrypt something that is granted"
        "`access.keys` are used through Secrets Manager for the `secrets` of the same `access`, through DynamoDB for its `external_tables`, and through S3, Systems Manager, SNS and SQS for its `buckets`, `parameters`, `topics` and `queues`. With none of them they allow nothing."
        "Name what they encrypt, or take `keys` out."
    "idle-subscription" Warning Policy []
        "a function that may subscribe to models calls some"
        "`access.models_subscribe` lets the first call of a model make its agreement on AWS Marketplace. A function without `access.models` makes no such call."
        "Name the models in `access.models`, or take `models_subscribe` out."
    "bad-table" Error Service []
        "a table of others is named by its name or ARN"
        "The text is neither a name of DynamoDB nor the ARN of a table, so no statement could be made that allows it."
        "Write the name, or `arn:aws:dynamodb:<region>:<account>:table/<name>`."
    "bad-target" Error Service []
        "what access names has the form of its kind"
        "`buckets`, `parameters`, `topics`, `queues`, `functions`, `knowledge_bases`, `guardrails` and `agents` of an `access` name single things, by name or ARN; a function of this stack by its id. The exact ARN in the stack's region and account is made of a name. IAM would take anything, and allow nothing by it."
        "Write the name or ARN as the finding says; what has no such form is granted by `access.allow`."
    "own-table" Warning Policy []
        "tables of this spec are granted by their id"
        "The table stands in `external_tables` under its name, though this spec makes it. If it is renamed here the grant stays behind."
        "Move it to `access.tables`, under its id."
    "wrong-partition" Error Service ["cfn-lint I3042"]
        "ARNs belong to the partition of the region"
        "The regions in China, the GovCloud regions and all the others are separate worlds: `aws-cn`, `aws-us-gov` and `aws`. An ARN of another one names nothing."
        "Correct the first part of the ARN, or write `${stack.partition}`."
    "other-region" Warning Policy []
        "secrets, keys, tables and models are in the stack's region"
        "The ARN names another region than the spec. That works if the code calls that region, and is denied if it calls its own, which is the default."
        "Correct the region, or suppress this if the call across regions is meant."
    "other-account" Note Policy []
        "secrets and tables are in the stack's account"
        "The ARN names another account than `account:`. The policy of the function alone is not enough there: the other account has to allow it as well."
        "Correct the account, or see that the other side allows it."
    "role-policy-size" Error Service []
        "the policy of a function's role is not too large for IAM"
        "The inline policies of a role may have 10,240 characters together, white space aside. All that a function is granted is one such policy; IAM refuses a larger one in the middle of an apply."
        "Name less in the function's `access`, or divide it into several functions, each with what it needs."
    "raw-statements" Warning Policy []
        "permissions come from the keys of access"
        "Raw IAM statements are passed on as they are. The other keys of `access` grant no more than is needed, follow renames, and are what the plan explains."
        "Use the other keys of `access`, `allow` where none of them has a word for it; suppress this where that cannot say it either."
    "bad-statement" Error Service ["cfn-lint E3510"]
        "raw statements are complete and literal"
        "IAM wants an action and a resource in every statement, each either as such or as its `Not…` form. References are not replaced there: `${…}` is a policy variable of IAM. In `access.allow` they are."
        "Complete the statement; write ARNs out, or use `access.allow`: `{ actions: […], on: [\"${tables.orders.arn}\"], why: … }`."
    "statement-element" Error Service ["cfn-lint E3510"]
        "raw statements have the elements of an identity policy"
        "IAM refuses elements it does not know, and `Principal` in a role's own policy: the principal is the role."
        "Correct or take out the element."
    "statement-sid" Error Service ["cfn-lint E3510"]
        "a statement's Sid has letters and digits only and is unique"
        "IAM refuses other characters in the policy of a role, and two statements of the same Sid in one policy."
        "Use letters and digits, and another one for each statement."
    "statement-action" Error Service ["cfn-lint W3037", "parliament UNKNOWN_ACTION"]
        "raw statements name actions that exist"
        "IAM takes any text of the form `service:Action` and then allows nothing by it: the mistake shows as a denied call, much later. Actions of the services a copilot uses and the names of all services are known here."
        "Correct the action as offered."
    "statement-resource" Error Service ["cfn-lint E3510", "parliament MALFORMED"]
        "raw statements name resources by `*` or a well-formed ARN"
        "An ARN has six parts, divided by colons: `arn:partition:service:region:account:resource`. IAM refuses some malformed ones, and others match nothing."
        "Correct the ARN."
    "statement-condition" Error Service ["cfn-lint E3510"]
        "conditions of raw statements use operators IAM knows"
        "A condition is `{ Operator: { key: value } }`. IAM refuses an operator it does not know when the policy is written, after other resources have been made."
        "Correct the operator as offered."
    "statement-admin" Error Policy ["CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_274", "AwsSolutions-IAM5", "IAM.1"]
        "no function may do everything"
        "The statement allows every action on every resource. Whoever finds a flaw in the handler owns the account."
        "Name the actions and resources the function needs."
    "statement-wildcard-action" Warning Policy ["CKV_AWS_63", "AwsSolutions-IAM5", "IAM.21", "parliament RESOURCE_STAR"]
        "raw statements name their actions"
        "The statement allows all actions of a service, those that delete and those that are still to come included."
        "Name the actions the function calls."
    "statement-wildcard-resource" Warning Policy ["CKV_AWS_355", "CKV_AWS_290", "AwsSolutions-IAM5"]
        "raw statements name their resources where actions can be restricted"
        "The statement allows its actions on every resource of the account, or on every one of a kind. Actions that know no resources, such as `xray:PutTraceSegments`, are not judged."
        "Write the ARNs of the resources the function works on."
    "statement-not-action" Warning Policy ["AwsSolutions-IAM5", "cfn-lint W3037"]
        "raw statements do not allow all but some"
        "`NotAction` and `NotResource` in an `Allow` grant everything that is not named, whatever AWS adds later included."
        "Name what is allowed, or make it a `Deny`."
    "statement-escalation" Error Policy ["CKV_AWS_286", "CKV_AWS_110"]
        "no function may give itself more permissions"
        "With one of these actions on all resources, or all of a kind (`arn:aws:iam::*:role/*`), a function can write itself any policy, or attach one, and so become administrator."
        "Take the action out, or restrict it to the one resource it is for."
    "statement-pass-role" Error Policy ["CKV_AWS_286"]
        "a role is passed only to the service it is for"
        "`iam:PassRole` on any role hands the permissions of the strongest role of the account to whatever service the function can start."
        "Name the role, and add the condition `iam:PassedToService`."
    "statement-permissions" Warning Policy ["CKV_AWS_289", "CKV_AWS_109"]
        "functions do not manage permissions"
        "The statement allows changing policies of other resources, so that its limits can be changed through them."
        "Leave this to the deployer, or restrict it to one resource."
    "statement-credentials" Warning Policy ["CKV_AWS_287", "CKV_AWS_107"]
        "functions do not hand out credentials of any kind of role"
        "The statement allows taking on any role, or making keys and tokens of anyone."
        "Name the one role or user it is for."
    "statement-exfiltration" Warning Policy ["CKV_AWS_288", "CKV_AWS_108"]
        "functions do not read all secrets, parameters or objects"
        "The statement allows reading the contents of every bucket, secret or parameter of the account."
        "Name what is read; secrets have a key of their own: `access.secrets`."
    "statement-replaceable" Note Policy []
        "what access has a key for is not written as a raw statement"
        "The statement allows what another key of `access`, such as `tables`, `models`, `connections`, `secrets`, `queues` or `functions`, would allow with the exact ARNs."
        "Use the key the hint names."
}
