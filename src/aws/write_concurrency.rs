//! Limits how many calls that change something run at once, by service.
use tokio::sync::{Semaphore, SemaphorePermit};

/// One semaphore for each service whose control plane refuses or loses parallel changes.
///
/// The widths follow the published rates (DynamoDB and IAM quotas pages, KMS requests-per-second,
/// Lambda limits) and what breaks in practice: ten parallel `CreateTable` calls lose four.
#[derive(Debug)]
pub(super) struct WriteConcurrency {
    dynamodb: Semaphore,
    kms: Semaphore,
    iam: Semaphore,
    lambda: Semaphore,
    logs: Semaphore,
    gateway: Semaphore,
}

impl Default for WriteConcurrency {
    fn default() -> Self {
        Self {
            dynamodb: Semaphore::new(3),
            kms: Semaphore::new(2),
            iam: Semaphore::new(5),
            lambda: Semaphore::new(5),
            logs: Semaphore::new(3),
            gateway: Semaphore::new(1),
        }
    }
}

impl WriteConcurrency {
    /// Waits for room to send a change to `service`; the permit is held until the answer is there.
    pub(super) async fn acquire_permit(&self, service: &str) -> Option<SemaphorePermit<'_>> {
        let gate = match service {
            "dynamodb" => &self.dynamodb,
            "kms" => &self.kms,
            "iam" => &self.iam,
            "lambda" => &self.lambda,
            "logs" => &self.logs,
            "apigateway" => &self.gateway,
            _ => return None,
        };
        gate.acquire().await.ok() // a gate is never closed
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn every_service_that_loses_parallel_changes_has_a_gate_of_its_own() {
        let pace = WriteConcurrency::default();
        let services = ["dynamodb", "kms", "iam", "lambda", "logs", "apigateway"];
        let mut held = Vec::new();
        for (service, width) in services.into_iter().zip([3, 2, 5, 5, 3, 1]) {
            for _ in 0..width {
                held.push(pace.acquire_permit(service).now_or_never().flatten().expect("there is room"));
            }
            assert!(pace.acquire_permit(service).now_or_never().is_none(), "{service} waits");
        }
        assert!(pace.acquire_permit("sts").now_or_never().is_some_and(|none| none.is_none()));
    }
}
