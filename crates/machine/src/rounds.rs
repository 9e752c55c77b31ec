//! What is looked at over and over on a thread that may wait for the disk, and says when it broke off.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};
use tokio::{
    sync::oneshot::{self, error::TryRecvError},
    task::JoinHandle,
};

/// Rounds under way. Dropping it ends them after the present one.
#[derive(Debug)]
pub struct Rounds {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    broke_off: Arc<AtomicBool>,
}

impl Rounds {
    /// Goes round with this time between two rounds. Must be called within a runtime.
    pub fn start(between: Duration, mut round: impl FnMut() + Send + 'static) -> Self {
        let (stop, mut stopped) = oneshot::channel::<()>();
        let rounds = tokio::task::spawn_blocking(move || {
            while matches!(stopped.try_recv(), Err(TryRecvError::Empty)) {
                thread::sleep(between);
                round();
            }
        });
        let broke_off = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&broke_off);
        let task = tokio::spawn(async move {
            if let Err(fault) = rounds.await {
                told.store(true, Relaxed);
                tracing::error!(
                    "documents, lists and certificate are no longer looked after: {fault}; please report this"
                );
            }
        });
        Self { stop, task, broke_off }
    }

    /// Whether they ended by a fault of ours; shared.
    pub fn broke_off(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.broke_off)
    }

    /// Ends them, and waits for the present one.
    pub async fn stop(self) {
        drop(self.stop);
        // It has told by itself what it had to tell.
        drop(self.task.await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn rounds_end_when_told_and_say_when_they_broke_off() {
        let (tell, told) = mpsc::channel();
        let rounds = Rounds::start(Duration::from_millis(1), move || {
            tell.send(()).ok();
        });
        let broke_off = rounds.broke_off();
        tokio::task::spawn_blocking(move || told.iter().take(3).count()).await.unwrap();
        rounds.stop().await;
        assert!(!broke_off.load(Relaxed), "it was told to stop");

        let rounds = Rounds::start(Duration::ZERO, || panic!("a fault of ours"));
        let broke_off = rounds.broke_off();
        rounds.task.await.unwrap();
        assert!(broke_off.load(Relaxed));
    }
}
