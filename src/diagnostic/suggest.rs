//! "Did you mean": the nearest of the names that would have been right.

/// Returns the candidate nearest to `wrong`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A name nobody could have mistyped is not worth the quadratic comparison.
    if wrong.len() > 100 {
        return None;
    }
    let plain = fold(wrong);
    // Of a single letter nothing is left to recognise it by.
    let limit = match plain.chars().count() {
        0 | 1 => 0,
        length => (length / 3).max(1),
    };
    let length = plain.chars().count();
    candidates
        .into_iter()
        // A name of quite another length needs no comparison, which takes its time for long ones.
        .filter(|name| name.len().abs_diff(wrong.len()) <= limit + SPELLING)
        .map(|name| (name, fold(name)))
        .filter(|(_, folded)| {
            folded.chars().count().abs_diff(length) <= limit && shares(&plain, folded, limit)
        })
        .map(|(name, folded)| (strsim::osa_distance(&plain, &folded), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Bytes by which two spellings of a name may differ: hyphens, underscores and letters of several bytes.
const SPELLING: usize = 40;

/// Whether all but `limit` of the letters of one name are in the other: a distance can be no smaller than what is missing.
fn shares(one: &str, other: &str, limit: usize) -> bool {
    let mut counts = [0_i32; 256];
    one.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    other.bytes().for_each(|byte| counts[usize::from(byte)] -= 1);
    let missing: i32 = counts.iter().filter(|count| **count > 0).sum();
    // One letter may be of four bytes.
    let most = if one.is_ascii() && other.is_ascii() { limit } else { limit * 4 };
    usize::try_from(missing).is_ok_and(|missing| missing <= most)
}

/// Writes the hint for `wrong`: the nearest candidate, else `lead` and all of them if they are few.
pub(crate) fn hint<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>, lead: &str) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    match nearest(wrong, candidates.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("{lead} {}", list(&candidates)),
    }
}

/// Lists names as "`a`, `b` and `c`", at most a dozen of them.
pub(crate) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(24).map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        _ if names.len() > quoted.len() => {
            format!("{} and {} more", quoted.join(", "), names.len() - quoted.len())
        }
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Whether two names differ in their spelling only.
pub(crate) fn same(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

/// Drops what spellings differ in: case, hyphens and underscores.
fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_and_typos_are_near() {
        let keys = ["partition_key", "sort_key", "billing", "ttl"];
        assert_eq!(nearest("partitionKey", keys), Some("partition_key"));
        assert_eq!(nearest("sort-key", keys), Some("sort_key"));
        assert_eq!(nearest("biling", keys), Some("billing"));
        assert_eq!(nearest("tll", keys), Some("ttl"));
    }

    #[test]
    fn strangers_are_not() {
        assert_eq!(nearest("encryption", ["partition_key", "ttl"]), None);
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(nearest("X", ["S", "N"]), None);
        assert_eq!(nearest("s", ["S", "N"]), Some("S"));
        assert_eq!(nearest(&"x".repeat(1000), ["xxx"]), None);
    }

    #[test]
    fn without_a_near_name_all_are_listed() {
        assert_eq!(hint("zebra", ["on_demand", "off"], "use"), "use `on_demand` and `off`");
        assert_eq!(hint("zebra", [], "there are"), "there are none");
    }
}
