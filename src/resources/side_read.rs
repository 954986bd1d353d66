//! Reads of what others may have attached to a resource beside its own configuration.
use crate::aws::{NotFoundExt, Operation, Result};

/// Result of a side read, and why it may not be all there is.
#[derive(Debug, Default)]
pub(super) struct SideRead<T> {
    pub(super) found: T,
    pub(super) warning: Option<String>,
}

/// Makes a read that a plan can do without: `read` sends `operation`, which tells `what`.
///
/// The policies of a role that was set up before this read was made do not grant it, so being denied is a warning. Where the
/// operation is not known, in a region without the feature or in an emulator, nobody can have used it.
///
/// # Errors
/// Any other error of the read.
pub(super) async fn side_read<T: Default>(
    operation: Operation,
    what: &str,
    read: impl Future<Output = Result<T>>,
) -> Result<SideRead<T>> {
    match read.await.not_found_to_none() {
        Err(error) if error.is_denied() => {
            let warning = format!("{what} cannot be told: `{operation}` is denied");
            Ok(SideRead { found: T::default(), warning: Some(warning) })
        }
        Err(error) if error.is_unknown_operation() => Ok(SideRead::default()),
        found => Ok(SideRead { found: found?.unwrap_or_default(), warning: None }),
    }
}

/// Joins the warnings about one resource.
pub(super) fn join_warnings(all: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    all.into_iter().flatten().reduce(|all, one| format!("{all}; {one}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Error;

    async fn read(code: &str) -> Result<(u8, Option<String>)> {
        let (code, message) = (code.to_owned(), String::new());
        let refused =
            Err(Error::Service { operation: "toy:List", code, message, request_id: None, status: 400 });
        let read = side_read(Operation::LambdaListAliases, "it", async { refused }).await?;
        Ok((read.found, read.warning))
    }

    #[tokio::test]
    async fn only_what_is_denied_is_warned_of_and_only_what_cannot_be_is_nothing() {
        assert_eq!(read("ResourceNotFoundException").await, Ok((0, None)));
        assert_eq!(read("UnknownOperationException").await, Ok((0, None)));
        let denied = "it cannot be told: `lambda:ListAliases` is denied".to_owned();
        assert_eq!(read("AccessDeniedException").await, Ok((0, Some(denied))));
        assert!(read("InternalFailure").await.is_err());
        assert_eq!(join_warnings([Some("a".into()), None, Some("b".into())]).as_deref(), Some("a; b"));
        assert_eq!(join_warnings([None]), None);
    }
}
