//! Rules about the stack as a whole: region, tags, inputs, outputs, names, the key.
super::rules! {
    "unknown-region" Warning Policy []
        "the region is one AWS is known to have"
        "The name looks like a region but is none that was known when this version was made, so most likely every call would fail with a name that cannot be resolved."
        "Correct the name; suppress this for a region that is newer than this version."
    "no-account" Note Policy []
        "the spec says which account it is for"
        "With `account:` any other account is refused before the first call. Without it a wrong profile makes the whole stack once more, in the wrong place."
        "Add `account: \"123456789012\"` with your own id, in quotes."
    "no-lease" Note Policy []
        "two runs cannot change the stack at once"
        "With `lease: off` nothing keeps two of them apart: each plans without knowing what the other is about to do, so calls collide, and a run may have to be repeated."
        "Take `lease: off` out; see to it that the role may use the lease table."
    "nothing-to-make" Warning Policy []
        "the spec describes at least one resource"
        "There is no table, no function, no key and no API in it. Applied to a stack that exists this would remove all of it."
        "Describe the resources; to remove a stack use `copilot-infra destroy`."
    "bad-tag" Error Service ["cfn-lint E3024"]
        "tags have the lengths and characters all services accept"
        "A key may have 128 characters and a value 256. The services differ in the characters they take; those accepted here are what all of them have in common."
        "Use letters, digits, spaces and `+ - = . _ : / @`."
    "reserved-tag" Error Service ["cfn-lint E3024"]
        "tags stay away from the prefixes of AWS and of the stack's ownership"
        "AWS refuses keys that begin with `aws:`. Keys under `copilot-infra:` mark what belongs to a stack, and must not be set by hand."
        "Choose another key."
    "ignored-tag" Error Language []
        "no tag is both set and ignored"
        "`ignore_tags` names what others set: such tags are neither compared, nor changed, nor removed. A tag of the spec that it takes in would never be mended, and without the tags under `copilot-infra:` nobody knows whose a resource is."
        "Take the tag out of `tags`, or name a narrower prefix."
    "tag-case" Error Service []
        "no two tag keys differ only in case"
        "IAM compares tag keys without regard to case and refuses a role with both, while the other services take them. The tags are the same on every resource."
        "Keep one of the two."
    "input-source" Error Language []
        "an input has exactly one source"
        "A value comes from one of `value`, `env`, `cloudformation` and `export`. With none there is no value, and with two it is unclear which one wins."
        "Keep one source."
    "default-without-env" Error Language []
        "a default belongs to an environment variable"
        "The default stands in for an environment variable that is not set. Outputs and exports of CloudFormation have no default: if one is gone, the stack must not go on with another value."
        "For a fixed value write `value`; else take the default out."
    "unused-input" Warning Policy ["cfn-lint W2001"]
        "every input is used"
        "Nothing refers to it, yet it is resolved before every plan, and a missing variable or export stops the run."
        "Use it, or take it out."
    "constant-output" Note Policy []
        "an output says something about the stack"
        "The value has no reference in it: it is known without applying anything, and changes with nothing."
        "Refer to something, such as `${api.url}`, or take it out."
    "pasted-secret" Error Policy ["CKV_AWS_45", "CKV_SECRET_2", "CKV_SECRET_6"]
        "no secret stands in the spec"
        "The text looks like an access key, a private key, a token or a password. Whoever reads the repository has it, it can be read in the Lambda console, and it stays in the history after it has been taken out."
        "Revoke the secret, keep the new one in Secrets Manager, and grant it by `access.secrets`."
    "likely-secret" Warning Policy ["CKV_AWS_45", "CKV_SECRET_6"]
        "no value stands in the spec under the name of a secret"
        "The name speaks of a token, a key or a secret, and the value is none of what such a name usually holds instead: a path, an ARN, a URL, a word or a number. It may be the secret itself, or only what the secret is called."
        "If it is a secret, revoke it, and keep the new one in Secrets Manager; if not, let the name say so, such as `…_NAME`."
    "long-name" Error Service ["cfn-lint E3033"]
        "names made from the stack's name and an id fit as well"
        "A function without a name is called `<stack>-<id>`, and so is its role. Lambda and IAM allow 64 characters."
        "Give the function a shorter `name`, or choose a shorter id."
    "shared-name" Error Service ["cfn-lint E3019"]
        "no two resources of a kind have the same name"
        "Names are the identity of tables, functions and log groups: two of the same name would be the same thing twice, each undoing the other."
        "Give one of them another name."
    "reserved-name" Error Service []
        "names stay away from those that AWS and the tool itself use"
        "The table `copilot-infra-leases` is the one by which the runs of all stacks wait for each other. Aliases and log groups under `aws/` belong to AWS and cannot be made by others. Note that log groups under `/aws/` with a slash in front are usual."
        "Choose another name."
    "given-key" Error Service []
        "a key that exists is given by its ARN and nothing else"
        "A key given by `key.arn` is used and not touched, so neither alias, rotation, policy statements, deletion window nor protection can be set on it. It must exist before the stack does, so its ARN cannot depend on what the stack makes."
        "Take out what does not belong there."
    "given-key-region" Error Service []
        "a key that exists is in the stack's region"
        "DynamoDB, CloudWatch Logs and Lambda use keys of their own region only. AWS would refuse the first table."
        "Use a key of the stack's region, or the replica of a multi-region key there."
    "given-role" Error Service []
        "a boundary and a role that exist are given by their ARNs"
        "`roles.permissions_boundary` is the ARN of a managed policy, `role.arn` of a function that of a role of the same account. Both must exist before the stack does, so they cannot depend on what it makes."
        "Write the ARN of one that exists."
    "role-access" Error Language []
        "a function with a role that exists has no `access`"
        "The policy of a role is made from `access`. A role given by `role.arn` is not touched, so whoever looks after it must allow there what the function does: its log group, X-Ray, tables, models, secrets and connections."
        "Take `access` out, and see that the role allows it; or take `role` out, and a role is made."
    "key-rotation" Warning Policy ["CKV_AWS_7", "AwsSolutions-KMS5", "KMSBackingKeyRotationEnabled", "KMS.4"]
        "the stack's key is rotated every year"
        "With rotation KMS makes new key material every year, and keeps the old one for what was encrypted by it. It needs no change anywhere, and limits what one leaked key material opens."
        "Take `rotation: false` out."
    "rotation-days" Error Service []
        "a number of days between two rotations is for a key that rotates"
        "`rotation_days` says how often KMS makes new key material, and `rotation: false` that it never does. One of the two is not meant."
        "Take one of the two out."
    "key-statement" Error Service []
        "a statement of the key's policy says who may do what with the key"
        "The policy belongs to the key: each statement names its principal, the resource is always `*`, which means the key itself, and the actions are those of KMS. Anything else is refused by KMS or has no effect."
        "Name the principal, write `Resource: \"*\"`, and keep to actions such as `kms:Decrypt`."
    "key-policy-open" Error Policy ["CKV_AWS_33", "KMS.1"]
        "the key's policy lets nobody in whom it does not name"
        "A statement that allows something to `*` without a condition lets every principal of every account use the key."
        "Name the accounts or roles, or add a condition."
    "key-policy-lockout" Error Service []
        "the key's policy can always be changed again"
        "A denial beats every permission, also that of the account itself. One that takes `kms:PutKeyPolicy` from everybody leaves a key that only AWS's support can mend; KMS refuses most of them."
        "Leave `kms:PutKeyPolicy` out of what is denied, or deny it to single roles."
    "short-deletion-window" Note Policy []
        "a deleted key can be had back for at least two weeks"
        "What a key has encrypted is lost with it. During the window the deletion can be cancelled; a table restored from a backup needs the key too."
        "Take `deletion_window_days` out: the default is 30 days."
    "no-key" Note Policy ["CKV_AWS_119", "CKV_AWS_158", "CKV_AWS_173", "DynamoDBTableEncryptedKMS", "CloudWatchLogGroupEncrypted"]
        "tables, logs and environments are encrypted with a key of your own"
        "Without a `key` section AWS's own keys encrypt: everything is encrypted, but access to the key can neither be limited, nor logged, nor revoked. A key costs about one dollar a month."
        "Add `key: {}`."
}
