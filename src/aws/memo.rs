//! Memo of reads that several resources share: each is made once for each plan.
use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::{Error, Result};

type MemoCell = Arc<OnceCell<Result<Arc<dyn Any + Send + Sync>, Error>>>;

/// Answers by question.
#[derive(Default)]
pub struct Memo(Mutex<HashMap<String, MemoCell>>);

impl Memo {
    /// Returns the answer to `question`, asking only the first time; who asks meanwhile waits for it.
    ///
    /// # Errors
    /// What `ask` failed with, for everyone who asked.
    pub async fn get_or_fetch<T>(
        &self,
        question: &str,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>>
    where
        T: Send + Sync + 'static,
    {
        let cell = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(question.to_owned())
            .or_default()
            .clone();
        let answer = cell
            .get_or_init(async || ask.await.map(|value| Arc::new(value) as Arc<dyn Any + Send + Sync>))
            .await
            .clone()?;
        answer
            .downcast::<T>()
            .map_err(|_| Error::InvalidState(format!("`{question}` was asked for two types")))
    }
}
