//! One local cloud for all tests; each test has an account of its own in it.
use copilot_infra::{
    aws::{Aws, Options},
    local::{CACHE_VARIABLE, Local},
};
use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// How many tests use the cloud now; the last one stops it.
static USERS: Mutex<usize> = Mutex::new(0);
static ACCOUNTS: AtomicU32 = AtomicU32::new(1);

/// An empty account in the local cloud.
pub(crate) struct Cloud {
    pub(crate) url: String,
    pub(crate) account: String,
    /// The folder for specs of this test.
    pub(crate) folder: tempfile::TempDir,
}

fn local() -> Local {
    let cache = std::env::var_os(CACHE_VARIABLE)
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    Local::in_folder(cache.join("runs-tests"))
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Cloud {
    pub(crate) fn new() -> Self {
        let mut users = USERS.lock().unwrap_or_else(PoisonError::into_inner);
        let endpoint = block(local().ensure(&|line| eprintln!("{line}"))).unwrap();
        *users += 1;
        let account =
            format!("{:012}", 500_000_000_000_u64 + u64::from(ACCOUNTS.fetch_add(1, Ordering::Relaxed)));
        Self { url: endpoint.url, account, folder: tempfile::tempdir().unwrap() }
    }

    /// Writes a spec of the stack `shop` and returns its path.
    pub(crate) fn spec(&self, name: &str, rest: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, format!("version: 1\nstack: shop\n{rest}")).unwrap();
        path
    }

    /// Asks the cloud itself.
    pub(crate) fn ask<T>(&self, question: impl AsyncFnOnce(&Aws) -> T) -> T {
        block(async {
            let credentials = Some((&*self.account.clone().leak(), "secret"));
            let (region, endpoint_url) = (Some("us-east-1".to_owned()), Some(self.url.clone()));
            let options = Options { region, endpoint_url, credentials, ..Options::default() };
            question(&Aws::connect(options).await.unwrap()).await
        })
    }

    /// Names of all tables, sorted.
    pub(crate) fn tables(&self) -> Vec<String> {
        let answer = self.ask(async |aws| aws.dynamodb().list_tables().send().await.unwrap());
        let mut names = answer.table_names.unwrap_or_default();
        names.sort();
        names
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let mut users = USERS.lock().unwrap_or_else(PoisonError::into_inner);
        *users -= 1;
        if *users == 0 {
            block(local().stop()).unwrap();
        }
    }
}

/// One table, and two.
pub(crate) const ONE: &str =
    "tables:\n  items: { partition_key: { name: id, type: S }, deletion_protection: false }\n";
pub(crate) const TWO: &str = "tables:\n  items: { partition_key: { name: id, type: S }, deletion_protection: false }\n  orders: { partition_key: { name: id, type: S }, deletion_protection: false }\n";
