//! Classifies names: those of secrets, and those of values that anybody may see.
//!
//! A name is taken word by word, in whatever case it is written: `DB_PASSWORD`, `db-password` and `dbPassword` are one.

/// Words that make a value a secret anywhere in its name, even as a part of another word.
const SECRETS: [&str; 13] = [
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASSWRD",
    "PASSWOD",
    "PASSPHRASE",
    "CREDENTIAL",
    "PRIVATE",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "ACCESSKEY",
];
/// Words that make a value a secret if they stand alone: `COMPASS` is no secret.
const PASSWORDS: [&str; 4] = ["PASS", "PWD", "PW", "DBPASS"];
/// Keys that are secrets whatever they are for.
const SECRET_KEYS: [&str; 6] =
    ["SIGNING_KEY", "SIGNINGKEY", "ENCRYPTION_KEY", "ENCRYPTIONKEY", "MASTER_KEY", "MASTERKEY"];
/// Words that make a value a secret if they stand alone and the end of the name does not say what else the value is:
/// `JWT_SIGNING` is a secret, `JWT_ISSUER` is none.
const HINTS: [&str; 23] = [
    "KEY",
    "SALT",
    "PEPPER",
    "COOKIE",
    "AUTH",
    "AUTHORIZATION",
    "BEARER",
    "JWT",
    "HMAC",
    "SIGNING",
    "SIGNATURE",
    "ENCRYPTION",
    "DSN",
    "CONNSTR",
    "WEBHOOK",
    "CRED",
    "CREDS",
    "PIN",
    "OTP",
    "TOTP",
    "NONCE",
    "PEM",
    "PFX",
];
/// Pairs of words that make a value a secret.
const PAIRS: [&str; 4] = ["CONNECTION_STRING", "CONN_STRING", "CONN_STR", "SESSION_SEED"];
/// What is reached at a URL that has a password in it, or is one.
const SECRET_URLS: [&str; 18] = [
    "WEBHOOK",
    "HOOK",
    "DATABASE",
    "DB",
    "REDIS",
    "MONGO",
    "MONGODB",
    "POSTGRES",
    "POSTGRESQL",
    "PG",
    "MYSQL",
    "MARIADB",
    "AMQP",
    "RABBITMQ",
    "BROKER",
    "SENTRY",
    "SLACK",
    "DISCORD",
];
/// Words for the address of a service.
const URLS: [&str; 3] = ["URL", "URI", "ENDPOINT"];
/// Last words of names whose value only points at a secret.
const POINTERS: [&str; 6] = ["ARN", "ID", "NAME", "URL", "TABLE", "REGION"];
/// Last words, beside the pointers, of names whose value anybody may see.
const PUBLIC: [&str; 52] = [
    "ACCOUNT",
    "AGE",
    "ALGORITHM",
    "ALIAS",
    "AUDIENCE",
    "BUCKET",
    "COUNT",
    "DAY",
    "DEBUG",
    "DISABLED",
    "DOMAIN",
    "ENABLED",
    "ENDPOINT",
    "ENV",
    "ENVIRONMENT",
    "FORMAT",
    "HOST",
    "HOSTNAME",
    "HOUR",
    "INDEX",
    "INTERVAL",
    "ISSUER",
    "LANGUAGE",
    "LENGTH",
    "LEVEL",
    "LIMIT",
    "LOCALE",
    "MINUTE",
    "MODE",
    "MODEL",
    "ORIGIN",
    "PARTITION",
    "PATH",
    "PORT",
    "PREFIX",
    "PROFILE",
    "PROVIDER",
    "QUEUE",
    "RETRY",
    "SECOND",
    "SIZE",
    "STAGE",
    "SUFFIX",
    "TIMEOUT",
    "TIMEZONE",
    "TOPIC",
    "TTL",
    "TYPE",
    "TZ",
    "URI",
    "VERBOSE",
    "VERSION",
];
/// Words before `KEY` that make it a key of data, or one that anybody may see.
const OPEN_KEYS: [&str; 14] = [
    "PUBLIC",
    "PUBLISHABLE",
    "PARTITION",
    "SORT",
    "PRIMARY",
    "FOREIGN",
    "HASH",
    "RANGE",
    "OBJECT",
    "CACHE",
    "ROW",
    "TABLE",
    "INDEX",
    "KMS",
];
/// Words at the end of a name that tell variants apart.
const VARIANTS: [&str; 18] = [
    "PROD",
    "PRODUCTION",
    "DEV",
    "DEVELOPMENT",
    "TEST",
    "TESTING",
    "STAGING",
    "QA",
    "LIVE",
    "OLD",
    "NEW",
    "CURRENT",
    "PREVIOUS",
    "NEXT",
    "BACKUP",
    "DB",
    "APP",
    "V",
];

/// Kind of value that the end of a name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedAs {
    /// It is a password, which may be any word.
    Password,
    /// It is a token or another secret.
    Secret,
    /// It is a key, which may be one of data.
    Key,
    /// The name speaks of a secret, which the value may have to do with.
    Other,
}

/// Returns whether a value must be redacted because its name speaks of a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let (joined, upper) = (words.join("_"), name.to_ascii_uppercase());
    let Some(last) = words.last() else { return false };
    let before = words.iter().rev().nth(1).map_or("", String::as_str);
    if any(&URLS, last) && SECRET_URLS.contains(&before) {
        return true;
    }
    if any(&POINTERS, last) {
        return false;
    }
    let holds = |parts: &[&str]| parts.iter().any(|part| joined.contains(part) || upper.contains(part));
    let stands_alone = |known: &[&str]| words.iter().any(|word| any(known, word));
    if holds(&SECRETS) || stands_alone(&PASSWORDS) || holds(&SECRET_KEYS) {
        return true;
    }
    !is_open(&words) && (hints(&words) || holds(&PAIRS))
}

/// Returns whether a name says plainly that anybody may see its value.
pub(crate) fn is_public_name(name: &str) -> bool {
    let words = words(name);
    !is_secret_name(name) && words.last().is_some_and(|last| any(&POINTERS, last) || any(&PUBLIC, last))
}

/// Returns the kind of value that a name tells, if it speaks of a secret at all.
pub(super) fn named_as(name: &str) -> Option<NamedAs> {
    let mut words = words(name);
    while words.len() > 1 && words.last().is_some_and(|last| VARIANTS.contains(&last.as_str())) {
        words.pop();
    }
    let (joined, last) = (words.join("_"), words.last()?.as_str());
    let ends = |known: &[&str]| known.iter().any(|word| joined.ends_with(word));
    if PASSWORDS.contains(&last) || ends(&["PASSWORD", "PASSWD", "PASSWRD", "PASSWOD", "PASSPHRASE"]) {
        return Some(NamedAs::Password);
    }
    let whole = ["SECRET", "TOKEN", "CREDENTIAL", "CREDENTIALS"].contains(&last);
    let keys = [
        "API_KEY",
        "APIKEY",
        "PRIVATE_KEY",
        "PRIVATEKEY",
        "SECRET_KEY",
        "SECRETKEY",
        "ACCESS_KEY",
        "ACCESSKEY",
    ];
    if whole || ends(&keys) || ends(&SECRET_KEYS) {
        return Some(NamedAs::Secret);
    }
    // Even of a key of data, a value that nobody could have made up is none.
    if last == "KEY" && words.len() > 1 || is_secret_name(name) && hints(&words[words.len() - 1..]) {
        return Some(NamedAs::Key);
    }
    is_secret_name(name).then_some(NamedAs::Other)
}

/// Returns whether a word is one of the known ones, as it is or without its plural's end.
fn any(known: &[&str], word: &str) -> bool {
    known.contains(&word) || word.strip_suffix('S').is_some_and(|one| known.contains(&one))
}

fn hints(words: &[String]) -> bool {
    let is_data = |at: usize| at > 0 && OPEN_KEYS.contains(&words[at - 1].as_str());
    words.iter().enumerate().any(|(at, word)| any(&HINTS, word) && !(any(&["KEY"], word) && is_data(at)))
}

/// Returns whether the end of a name says that its value is no secret.
fn is_open(words: &[String]) -> bool {
    words.last().is_some_and(|last| any(&PUBLIC, last))
}

/// Returns the words of a name in capitals, without the digits at their ends.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let signs: Vec<char> = name.chars().collect();
    for (at, sign) in signs.iter().enumerate() {
        let previous = at.checked_sub(1).map(|at| signs[at]);
        let begins = sign.is_uppercase()
            && (previous.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit())
                || previous.is_some_and(char::is_uppercase)
                    && signs.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if begins || !sign.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (sign.is_alphanumeric(), words.last_mut()) {
            word.extend(sign.to_uppercase());
        }
    }
    let bare = words.iter().map(|word| word.trim_end_matches(|sign: char| sign.is_ascii_digit()).to_owned());
    bare.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names, and who takes them for secrets: the rules of the spec once, the plans once, and both now.
    ///
    /// Before there was one table, the rules knew a name by its end, and the plans by its words.
    const NAMES: [(&str, [bool; 2], bool); 88] = [
        // Both knew them.
        ("DB_PASSWORD", [true, true], true),
        ("dbPassword", [true, true], true),
        ("db-passwd", [true, true], true),
        ("DBPASSWORD", [true, true], true),
        ("DB_PASS", [true, true], true),
        ("PWD", [true, true], true),
        ("SIGNING_PASSPHRASE", [true, true], true),
        ("TOKEN", [true, true], true),
        ("clientSecret", [true, true], true),
        ("API_KEY", [true, true], true),
        ("apiKey", [true, true], true),
        ("apikey", [true, true], true),
        ("X_SECRET_KEY", [true, true], true),
        ("AWS_SECRET_ACCESS_KEY", [true, true], true),
        ("PRIVATE_KEY", [true, true], true),
        ("GOOGLE_CREDENTIALS", [true, true], true),
        // Only the rules knew them, and the plans showed their values.
        ("SIGNING_KEY", [true, false], true),
        ("ENCRYPTION_KEY", [true, false], true),
        ("MASTER_KEY", [true, false], true),
        ("signingKey", [true, false], true),
        ("masterkey", [true, false], true),
        ("dbpass", [true, false], true),
        ("DB_PW", [true, false], true),
        ("userPass", [true, false], true),
        ("DBPASSWRD", [true, false], true),
        // Only the plans knew them, and the rules said nothing of their values.
        ("DB_PASSWORD_PROD", [false, true], true),
        ("passwordDb", [false, true], true),
        ("PASS_DB", [false, true], true),
        ("SECRET_1", [false, true], true),
        ("PRIVATE_MODE", [false, true], true),
        ("TOKENS", [false, true], true),
        ("PASSWORDLESS_PEPPER", [false, true], true),
        ("MAX_TOKENS", [false, true], true),
        ("ACCESS_KEYS", [false, true], true),
        ("PASSWORD_LENGTH", [false, true], true),
        // Nobody knew them.
        ("STRIPE_KEY", [false, false], true),
        ("api-key", [false, false], true),
        ("encryption-key", [false, false], true),
        ("stripeKey", [false, false], true),
        ("STRIPE_KEY_PROD", [false, false], true),
        ("KEY", [false, false], true),
        ("AUTH_HEADER", [false, false], true),
        ("BASIC_AUTH", [false, false], true),
        ("AUTHORIZATION", [false, false], true),
        ("SESSION_SALT", [false, false], true),
        ("sessionSalt", [false, false], true),
        ("JWT_SIGNING", [false, false], true),
        ("jwt-signing", [false, false], true),
        ("CONNECTION_STRING", [false, false], true),
        ("connectionString", [false, false], true),
        ("DSN", [false, false], true),
        ("SENTRY_DSN", [false, false], true),
        ("WEBHOOK_URL", [false, false], true),
        ("webhookUrl", [false, false], true),
        ("DATABASE_URL", [false, false], true),
        ("MONGO_URI", [false, false], true),
        ("COOKIE", [false, false], true),
        ("SESSION_COOKIES", [false, false], true),
        ("TLS_PEM", [false, false], true),
        ("db.pwd2", [false, false], true),
        // They only point at a secret.
        ("SECRETS_ARN", [false, false], false),
        ("CLIENT_SECRET_NAME", [false, false], false),
        ("clientSecretName", [false, true], false),
        ("TOKEN_TABLE", [false, false], false),
        ("TOKEN_URL", [false, false], false),
        ("ACCESS_KEY_ID", [false, false], false),
        ("KEY_ID", [false, false], false),
        ("TABLE_KEY_NAME", [false, false], false),
        ("COOKIE_NAME", [false, false], false),
        ("WEBHOOK_ID", [false, false], false),
        // They are data, or anybody may see them.
        ("PUBLIC_KEY", [false, false], false),
        ("publicKey", [false, false], false),
        ("PARTITION_KEY", [false, false], false),
        ("KMS_KEY", [false, false], false),
        ("JWT_ISSUER", [false, false], false),
        ("AUTH_MODE", [false, false], false),
        ("COOKIE_DOMAIN", [false, false], false),
        ("KEY_PREFIX", [false, false], false),
        // They have nothing to do with one.
        ("CONNECTIONS_TABLE_NAME", [false, false], false),
        ("USER_POOL_ID", [false, false], false),
        ("USER_POOL_CLIENT_ID", [false, false], false),
        ("MODEL_ID", [false, false], false),
        ("BEDROCK_REGION", [false, false], false),
        ("API_URL", [false, false], false),
        ("COMPASS", [false, false], false),
        ("MONKEY", [false, false], false),
        ("AUTHOR", [false, false], false),
        ("LOG_LEVEL", [false, false], false),
    ];

    #[test]
    fn every_name_that_was_one_of_a_secret_still_is_and_points_at_none_otherwise() {
        for (name, before, is_secret) in NAMES {
            assert_eq!(is_secret_name(name), is_secret, "{name}");
            let points = name == "clientSecretName";
            assert!(is_secret || points || !before.contains(&true), "{name} was one");
        }
    }

    #[test]
    fn the_rules_know_every_name_of_a_secret_and_all_keys() {
        for (name, _, is_secret) in NAMES {
            let is_key = words(name).last().is_some_and(|last| last == "KEY");
            assert_eq!(named_as(name).is_some(), is_secret || is_key, "{name}");
        }
    }

    #[test]
    fn the_end_of_a_name_says_what_its_value_is() {
        for (name, named) in [
            ("DB_PASSWORD", NamedAs::Password),
            ("DB_PASSWORD_PROD", NamedAs::Password),
            ("passwordDb", NamedAs::Password),
            ("DB_TOKEN_2", NamedAs::Secret),
            ("SIGNING_KEY", NamedAs::Secret),
            ("STRIPE_KEY", NamedAs::Key),
            ("TABLE_KEY", NamedAs::Key),
            ("SESSION_SALT", NamedAs::Key),
            ("PRIVATE_SUBNETS", NamedAs::Other),
            ("MAX_TOKENS", NamedAs::Other),
            ("WEBHOOK_URL", NamedAs::Other),
        ] {
            assert_eq!(named_as(name), Some(named), "{name}");
        }
    }

    #[test]
    fn only_what_a_name_says_plainly_is_public() {
        for name in
            ["USER_POOL_CLIENT_ID", "model", "MAIN_TABLE_NAMES", "bedrockRegion", "URL", "ALLOWED_ORIGINS"]
        {
            assert!(is_public_name(name), "{name}");
        }
        for name in ["COLOUR", "X", "", "FED_TO_IT", "WEBHOOK_URL", "TOKEN_LIMIT", "PUBLIC_KEY"] {
            assert!(!is_public_name(name), "{name}");
        }
    }
}
