//! An opened connection on which HTTP/2 is spoken, on both sides (RFC 9113).

use super::Opened;
use crate::{gate::Visitor, upstream::Upstream};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// Serves an opened connection until either side ends it. `upstream` is the connection to the site on which HTTP/2 was
/// agreed; nothing where the site was not, or could not be, connected to: then each request is answered by ourselves.
pub(crate) async fn serve<S>(_visitor: Arc<Visitor>, _client: S, _opened: Arc<Opened>, _upstream: Option<Upstream>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
}
