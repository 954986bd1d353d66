//! The wish to stop, as every loop and wait sees it.
use tokio::sync::watch;

/// How urgently to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Not at all.
    #[default]
    None,
    /// Finish what runs, start nothing new.
    Finish,
    /// At once.
    Now,
}

/// The receiving end, cheap to clone.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<Urgency>);

/// The sending end.
#[derive(Debug)]
pub struct Trigger(watch::Sender<Urgency>);

/// Makes a connected pair.
#[must_use]
pub fn interrupt() -> (Trigger, Interrupt) {
    let (sender, receiver) = watch::channel(Urgency::None);
    (Trigger(sender), Interrupt(receiver))
}

impl Trigger {
    /// Raises the urgency by one level.
    pub fn raise(&self) {
        self.0.send_modify(|urgency| {
            *urgency = match urgency {
                Urgency::None => Urgency::Finish,
                Urgency::Finish | Urgency::Now => Urgency::Now,
            };
        });
    }
}

impl Interrupt {
    /// Whether anyone asked to stop.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        *self.0.borrow() > Urgency::None
    }

    /// Returns once the urgency is at least `level`; never, if nobody is left to raise it.
    pub async fn reached(&self, level: Urgency) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|urgency| *urgency >= level).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
