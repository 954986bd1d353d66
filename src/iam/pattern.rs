//! Patterns of IAM: `*` stands for any text, `?` for any one character (IAM guide, "IAM JSON policy elements").

/// Returns whether IAM reads `name` as a pattern, where it is compared with `StringLike` (IAM guide, "IAM JSON policy
/// elements: Condition operators": `*` is any text, `?` any one sign).
#[must_use]
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Returns whether `pattern` stands for `text`, as IAM compares actions: without regard to case.
#[must_use]
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    fits(pattern, text, |wanted, letter| wanted == '?' || wanted.eq_ignore_ascii_case(&letter))
}

/// Returns whether `wide` stands for everything that the pattern `narrow` stands for, as IAM compares resources.
#[must_use]
pub fn covers(wide: &str, narrow: &str) -> bool {
    fits(wide, narrow, |wanted, letter| wanted == letter || is_any_character(wanted, letter))
}

/// Returns the same as [`covers`] without regard to case, as IAM compares actions.
#[must_use]
pub fn covers_ignoring_case(wide: &str, narrow: &str) -> bool {
    fits(wide, narrow, |wanted, letter| {
        wanted.eq_ignore_ascii_case(&letter) || is_any_character(wanted, letter)
    })
}

/// Returns whether `?` matches a letter: it stands for one character, and so not for a `*` of the other pattern.
fn is_any_character(wanted: char, letter: char) -> bool {
    wanted == '?' && letter != '*'
}

/// Matches a text against a pattern; `one` says whether a character stands for another.
///
/// It walks through both once, and back only to the last `*`, which takes one more character each time: so the steps
/// are at most the product of both lengths.
fn fits(pattern: &str, text: &str, one: impl Fn(char, char) -> bool) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while let Some(letter) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if one(*wanted, *letter) => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
        }
    }
    pattern.iter().skip(p).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_match_as_iam_does() {
        for (pattern, text, fits) in [
            ("*", "x", true),
            ("Get*", "GetItem", true),
            ("*Item", "GetItem", true),
            ("G*t*m", "GetItem", true),
            ("Get?tem", "GetItem", true),
            ("get*", "GetItem", true),
            ("Get", "GetItem", false),
            ("GetItem?", "GetItem", false),
            ("*x", "GetItem", false),
            ("caf?", "café", true),
            ("", "", true),
        ] {
            assert_eq!(matches_ignoring_case(pattern, text), fits, "{pattern} {text}");
        }
        assert!(covers("arn:*", "arn:a") && !covers("ARN:*", "arn:a"));
        assert!(covers_ignoring_case("S3:*", "s3:Get*"));
    }

    /// A matcher that tries every way to divide the text would not come to an end here.
    #[test]
    fn many_wildcards_are_answered_at_once() {
        let text = "a".repeat(2000);
        for piece in ["*a", "*?a", "?*a"] {
            let pattern = piece.repeat(200);
            assert!(covers(&pattern, &text));
            assert!(!covers(&format!("{pattern}b"), &text));
            assert!(!matches_ignoring_case(&format!("{pattern}b"), &text));
            assert!(!covers_ignoring_case(&format!("{pattern}b"), &text));
        }
    }

    #[test]
    fn one_character_is_not_any_text() {
        assert!(covers("s3:Get?", "s3:Get?") && covers("s3:Get*", "s3:Get?"));
        assert!(!covers("s3:Get?", "s3:Get*"));
    }

    /// Tries every way to divide the text among the wildcards.
    fn try_all(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=text.len()).any(|skip| try_all(rest, &text[skip..])),
            (['?', rest @ ..], [_, text @ ..]) => try_all(rest, text),
            ([a, rest @ ..], [b, text @ ..]) => a.eq_ignore_ascii_case(b) && try_all(rest, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_matcher_that_tries_everything(pattern in "[aBé*?]{0,8}", text in "[Abé]{0,10}") {
            let (letters, of): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(matches_ignoring_case(&pattern, &text), try_all(&letters, &of));
        }

        #[test]
        fn what_is_covered_matches_no_more(wide in "[ab*?]{0,6}", narrow in "[ab*?]{0,6}", text in "[ab]{0,8}") {
            if covers(&wide, &narrow) && matches_ignoring_case(&narrow, &text) {
                prop_assert!(matches_ignoring_case(&wide, &text), "{} {} {}", wide, narrow, text);
            }
        }
    }
}
