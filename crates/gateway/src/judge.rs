//! The judge as the gate asks it: a value, so that a test can hand in one that breaks, and never a way to pass by breaking.

use holdfast_core::{
    decide::{Verdict, decide, decide_over},
    moment::Moment,
    request::Request,
    ruleset::{Description, Ruleset},
    subject::Subject,
};
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// The function that gives verdicts.
pub type Decide = dyn Fn(&Ruleset, &Subject, &Request<'_>, &Moment) -> Verdict + Send + Sync;

/// Gives verdicts.
#[derive(Clone)]
pub struct Judge {
    decide: Arc<Decide>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Default for Judge {
    /// The real one: [`decide`].
    fn default() -> Self {
        Self::new(decide)
    }
}

/// The judge broke off inside our own code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JudgeFault {
    /// Whether the host is always open, so that the request passes all the same (house invariant 5).
    pub(crate) always_open: bool,
}

impl Judge {
    /// A judge that asks this function.
    pub fn new(decide: impl Fn(&Ruleset, &Subject, &Request<'_>, &Moment) -> Verdict + Send + Sync + 'static) -> Self {
        Self { decide: Arc::new(decide) }
    }

    /// Asks whether a further name stops the answer to a request that was allowed; how to tell it, where it does. A panic
    /// costs this request, not the gate.
    pub(crate) fn ask_over(
        &self,
        ruleset: &Ruleset,
        subject: &Subject,
        (asked, over): (&Request<'_>, &Request<'_>),
        moment: &Moment,
    ) -> Result<Option<Description>, JudgeFault> {
        catch_unwind(AssertUnwindSafe(|| {
            // Nearly every further name is allowed for itself, and then it stops nothing.
            if (self.decide)(ruleset, subject, over, moment).is_allow() {
                return None;
            }
            let verdict = decide_over(ruleset, subject, asked, over, moment)?;
            Some(ruleset.describe(&verdict, subject, over))
        }))
        .map_err(|_panic| JudgeFault::about(ruleset, over))
    }

    /// Asks for a verdict and how to tell it. A panic costs this request, not the gate.
    pub(crate) fn ask(
        &self,
        ruleset: &Ruleset,
        subject: &Subject,
        request: &Request<'_>,
        moment: &Moment,
    ) -> Result<Description, JudgeFault> {
        // Everything inside is read only or made anew, so a panic leaves nothing half changed behind.
        catch_unwind(AssertUnwindSafe(|| {
            let verdict = (self.decide)(ruleset, subject, request, moment);
            ruleset.describe(&verdict, subject, request)
        }))
        .map_err(|_panic| JudgeFault::about(ruleset, request))
    }
}

impl JudgeFault {
    fn about(ruleset: &Ruleset, request: &Request<'_>) -> Self {
        Self { always_open: catch_unwind(AssertUnwindSafe(|| ruleset.always_open(request.host))).unwrap_or(false) }
    }
}
