//! One call as a service sees it: who asks for what, when, and what it may touch.
use crate::{
    reply::{Refusal, refusal},
    services::{Region, iam::Iam},
    switches::Switches,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// How many items a service puts on a page.
#[derive(Clone, Copy)]
pub(crate) struct PageSizes {
    /// Unless another number is asked for.
    pub(crate) usual: usize,
    /// At most.
    pub(crate) most: usize,
}

impl PageSizes {
    /// A service that always gives as many.
    pub(crate) const fn fixed(size: usize) -> Self {
        Self { usual: size, most: size }
    }
}

/// One call.
pub(crate) struct Call<'a> {
    /// Milliseconds since 1970.
    pub(crate) now: u64,
    /// Whether reads show the past.
    pub(crate) stale: bool,
    pub(crate) rng: &'a mut fastrand::Rng,
    pub(crate) switches: &'a Switches,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) iam: &'a mut Iam,
    pub(crate) here: &'a mut Region,
    /// The policies that the caller is confined to, if it is.
    pub(crate) granted: Option<Arc<[Value]>>,
    pub(crate) operation: &'a str,
    pub(crate) input: Map<String, Value>,
}

impl Call<'_> {
    /// A text that is there and not empty.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.input.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A text that must be there; `code` is what the service says otherwise.
    pub(crate) fn need(&self, member: &str, code: &'static str) -> Result<String, Refusal> {
        self.text(member).map(str::to_owned).ok_or_else(|| {
            let words = "1 validation error detected: Value null at";
            refusal(
                400,
                code,
                format!("{words} '{member}' failed to satisfy constraint: Member must not be null"),
            )
        })
    }

    pub(crate) fn number(&self, member: &str) -> Option<i64> {
        let value = self.input.get(member)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    pub(crate) fn flag(&self, member: &str) -> Option<bool> {
        let value = self.input.get(member)?;
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }

    pub(crate) fn list(&self, member: &str) -> &[Value] {
        self.input.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Texts of a list.
    pub(crate) fn texts(&self, member: &str) -> Vec<String> {
        self.list(member).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Tags as a list of pairs under these names.
    pub(crate) fn pairs(&self, member: &str, key: &str, value: &str) -> Tags {
        let pair = |tag: &Value| Some((tag[key].as_str()?.to_owned(), tag[value].as_str()?.to_owned()));
        self.list(member).iter().filter_map(pair).collect()
    }

    /// Tags as a map.
    pub(crate) fn map(&self, member: &str) -> Tags {
        let members = self.input.get(member).and_then(Value::as_object).into_iter().flatten();
        members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    /// A lag of up to `longest` milliseconds; half of the time there is none.
    pub(crate) fn lag(&mut self, longest: u64) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds in milliseconds, and a factor between 0 and a few"
        )]
        let longest = (longest as f64 * self.switches.lag) as u64;
        let lag = if longest == 0 || self.rng.bool() { 0 } else { self.rng.u64(0..=longest) };
        // An odd lag ends with a relapse.
        if self.switches.relapses { lag } else { lag & !1 }
    }

    /// A time between the two, in milliseconds.
    pub(crate) fn between(&mut self, shortest: u64, longest: u64) -> u64 {
        self.rng.u64(shortest..=longest)
    }

    /// A made-up id of `length` characters out of `alphabet`.
    pub(crate) fn id(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length).map(|_| char::from(*self.rng.choice(alphabet).unwrap_or(&b'a'))).collect()
    }

    /// A made-up UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.id(32, b"0123456789abcdef");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// `arn:<partition>:<service>:<region>:<account>:<rest>`.
    pub(crate) fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{rest}", self.partition(), self.region, self.account)
    }

    pub(crate) fn partition(&self) -> &'static str {
        match self.region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            region if region.starts_with("eusc-") => "aws-eusc",
            region if region.starts_with("us-iso-") => "aws-iso",
            region if region.starts_with("us-isob-") => "aws-iso-b",
            region if region.starts_with("eu-isoe-") => "aws-iso-e",
            region if region.starts_with("us-isof-") => "aws-iso-f",
            _ => "aws",
        }
    }

    /// Tells the tag index what a resource carries now, or that it is gone; the index learns of it late
    /// (Resource Groups Tagging API reference, `GetResources`: eventually consistent).
    pub(crate) fn index(&mut self, arn: &str, tags: Option<&Tags>) {
        let lag = self.lag(20_000);
        if tags.is_none() && self.switches.index_keeps_gone {
            return;
        }
        let slot = self.here.index.entry(arn.to_owned()).or_default();
        slot.set(self.now, lag, tags.cloned());
    }

    /// One page of `all`, and the token of the next; tokens are positions. The size of a page is what is asked for, as
    /// far as the service gives as much.
    pub(crate) fn page<T>(
        &self,
        all: Vec<T>,
        token: Option<&str>,
        asked: Option<i64>,
        sizes: PageSizes,
    ) -> (Vec<T>, Option<String>) {
        let from = token.and_then(|token| token.parse::<usize>().ok()).unwrap_or(0);
        let size = asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or(sizes.usual);
        let size = size.min(sizes.most).min(self.switches.page).max(1);
        let more = all.len() > from + size;
        let items = all.into_iter().skip(from).take(size).collect();
        (items, more.then(|| (from + size).to_string()))
    }

    /// Seconds since 1970, as the JSON protocols tell time.
    pub(crate) fn seconds(at: u64) -> Value {
        json!(at / 1000)
    }
}

/// `2026-11-16T12:34:56Z`.
pub(crate) fn iso(at: u64) -> String {
    let time = aws_smithy_types::DateTime::from_millis(i64::try_from(at).unwrap_or_default());
    time.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap_or_default()
}

/// Checks tags as every service does: at most 50, keys of up to 128 and values of up to 256 characters, none
/// that starts with `aws:` (AWS general reference, "Tag naming limits and requirements").
pub(crate) fn check_tags(tags: &Tags, code: &'static str) -> Result<(), Refusal> {
    let fits = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c));
    for (key, value) in tags {
        let good = (1..=128).contains(&key.len()) && value.len() <= 256 && fits(key) && fits(value);
        if !good || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(refusal(400, code, format!("the tag '{key}' is not valid")));
        }
    }
    if tags.len() > 50 {
        return Err(refusal(400, code, "more than 50 tags"));
    }
    Ok(())
}

/// Whether `text` fits `pattern`, in which `*` stands for any text and `?` for any character.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && (pattern[p] == '?' || (pattern[p] == text[t] && pattern[p] != '*')) {
            (p, t) = (p + 1, t + 1);
        } else if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if let Some((at, from)) = star {
            (p, t) = (at + 1, from + 1);
            star = Some((at, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The list that a member of a policy is, whether it is written as one or as a text.
pub(crate) fn several(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}
