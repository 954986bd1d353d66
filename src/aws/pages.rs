//! Pagination of AWS list calls.
use super::{Operation, Result, error::require_field};

/// Requires `list` of every page, and concatenates the items of all pages.
///
/// # Errors
/// A page lacks its list: what it should hold would be taken for absent.
pub fn all_members<P, T>(
    operation: Operation,
    name: &str,
    pages: Vec<P>,
    list: impl Fn(P) -> Option<Vec<T>>,
) -> Result<Vec<T>> {
    let lists = pages.into_iter().map(|page| require_field(operation, name, list(page)));
    Ok(lists.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Items of one page, and the token of the next page.
type Page<T> = (Vec<T>, Option<String>);

/// Reads all pages of a list that the SDK has no paginator for.
///
/// # Errors
/// Any error of `ask`.
pub async fn all_pages<T>(ask: impl AsyncFn(Option<String>) -> Result<Page<T>>) -> Result<Vec<T>> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let (items, next) = ask(token).await?;
        all.extend(items);
        token = next.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(all);
        }
    }
}
