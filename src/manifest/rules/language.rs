//! Rules of the language itself.
super::rules! {
    "unreadable" Error Language []
        "the file can be read as UTF-8 text"
        "There is no such file, it may not be read, it is larger than 1 MiB, or it is not UTF-8. Nothing in it could be checked."
        "Name another file with `--file`, or save it as UTF-8."
    "syntax" Error Language []
        "the file is one YAML 1.2 document"
        "The text could not be read as YAML, so nothing else could be checked. Files larger than 1 MiB, aliases that multiply and deep nesting are refused as well: a spec needs none of them."
        "Mend the marked place; an editor with a YAML language server shows it while you type."
    "empty-spec" Error Language []
        "the file has something in it"
        "The file holds nothing but white space, comments or an empty document. An empty spec is refused because it would mean: remove the whole stack."
        "Write a starter with `copilot-infra init`."
    "too-many-findings" Error Language []
        "a file has at most a hundred problems worth listing"
        "More problems were found than are shown; those that are left out are of the same severity or milder. Often one of the first is the cause of many others."
        "Mend the problems that are shown, and run `validate` again."
    "duplicate-key" Error Language ["cfn-lint E0000"]
        "a key stands once in a mapping"
        "YAML forbids it, and tools disagree about which of the two wins, so neither is taken. This also catches two tables or functions with the same id."
        "Keep one of the two."
    "key-type" Error Language []
        "every key is a string"
        "YAML reads `1:`, `true:` and `~:` as a number, a boolean and nothing. Ids and names are strings."
        "Put the key in quotes."
    "unknown-key" Error Language ["cfn-lint E3002"]
        "every key is one the language knows"
        "A key that is not known would otherwise be ignored in silence: a misspelt `deletion_protection` protects nothing. The nearest known key is offered."
        "Correct the key, or take it out; `copilot-infra schema` has all keys."
    "missing-key" Error Language ["cfn-lint E3003"]
        "every required key is there"
        "Few keys are required, and none of them can be guessed: a partition key cannot be changed later without losing the table."
        "Add the key."
    "missing-value" Error Language []
        "a key that is written has a value"
        "A key without a value is nearly always unfinished. It does not mean `default`: a default is what holds when the key is left out."
        "Give the key a value, or take the line out."
    "wrong-type" Error Language ["cfn-lint E3012"]
        "every value has the type its key wants"
        "Types are not converted: `\"256\"` is a string and `256` a number. An account id that begins with 0 or a version such as 1.10 would not survive a conversion."
        "Write the value as the hint shows."
    "unknown-value" Error Language ["cfn-lint E3030"]
        "a value that is one of a few words or numbers is one of them"
        "Where AWS takes only certain values, such as the retention periods of CloudWatch Logs, only these are accepted. The nearest ones are offered."
        "Use one of the values the hint names."
    "out-of-range" Error Service ["cfn-lint E3034", "cfn-lint E3032"]
        "numbers and counts keep to the limits of AWS"
        "AWS refuses what is outside of its limits, often only after other resources have been made. A throttle of 0 is refused because it blocks every message."
        "Use a number in the range the hint names."
    "bad-length" Error Service ["cfn-lint E3033"]
        "texts keep to the lengths of AWS"
        "AWS refuses names, descriptions and formats that are too short or too long, often only after other resources have been made."
        "Shorten or complete the text."
    "bad-format" Error Service ["cfn-lint E3031"]
        "names and expressions have the characters AWS allows"
        "Each service allows other characters in its names. The patterns are those of the AWS API models, so that a name which passes here is not refused by AWS."
        "Write it as the hint shows."
    "duplicate-item" Error Language ["cfn-lint E3037"]
        "an item stands once in a list"
        "The second one has no effect, so it is likely that something else was meant."
        "Keep it once, or write what was meant."
    "unclosed-reference" Error Language ["cfn-lint E1019"]
        "every `${` is closed"
        "A `${` begins a reference, which ends at the next `}`. A literal `${` is written `$${`."
        "Close the reference, or double the dollar sign."
    "literal-reference" Error Language []
        "references stand where they are replaced"
        "References are replaced in `environment`, in what an `access` names by name or ARN and the `on` of its `allow`, in the `source` of `callers`, in `key.arn`, `roles.permissions_boundary` and `role.arn`, and in `outputs`. Anywhere else the text would reach AWS letter by letter, as a name or a description with `${…}` in it."
        "Write the text itself, or leave the key out where a default is made from the stack's name."
    "unknown-reference" Error Language ["cfn-lint E1010", "cfn-lint E1020"]
        "every reference names something of this spec"
        "A reference to something that does not exist could never be replaced. Inputs, tables, functions, roles, the key and the API can be referred to, each with its attributes."
        "Correct the name as offered, or declare what it names."
    "no-stage-tracing" Error Service []
        "a WebSocket stage has no X-Ray switch"
        "API Gateway traces REST APIs only: the stage of a WebSocket API has no tracing property, so a switch here could do nothing. Traces begin at the functions."
        "Take it out; set `tracing: active` on the functions."
    "unknown-suppression" Error Language []
        "a suppression names a rule that may be suppressed"
        "Rules of the language and limits of AWS cannot be suppressed: what breaks them does not work. Nor can those about suppressions. A misspelt rule would suppress nothing."
        "Correct the rule's id, or take the suppression out."
    "expired-suppression" Warning Policy []
        "a suppression is not past its date"
        "A suppression says until when its reason holds. After that day it has no effect any more, and the finding it hid is reported again."
        "Mend what it hid, or give it a new date and look at the reason again."
    "unused-suppression" Warning Policy []
        "a suppression hides something"
        "Nothing in the spec breaks the rule at that resource any more. Left in the file it would hide the next such finding, for which the reason may not hold."
        "Take the suppression out."
}
