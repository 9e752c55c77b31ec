//! The page that the gate serves itself on its proxy listeners: the PAC file and nothing else.

use crate::{
    After,
    answer::Answer,
    converse::{may_stay, refuse},
    gate::{Entrance, Visitor},
    link::Link,
    pac::{self, ProxyAddress},
    wire::request::RequestHead,
};
use tokio::io::{AsyncRead, AsyncWrite};

/// Whether the PAC file stands at this path, which has no query.
pub(crate) fn is_pac(path: &str) -> bool {
    matches!(path, "/proxy.pac" | "/wpad.dat")
}

/// Answers a request that was written to a proxy as to a web server.
pub(crate) fn serve<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    path: &str,
) -> After {
    if !path.split('?').next().is_some_and(is_pac) {
        return refuse(visitor, client, head, (421, &[]), "not-a-web-server");
    }
    if !matches!(&*head.method, "GET" | "HEAD") {
        return refuse(visitor, client, head, (405, &[("Allow", "GET, HEAD")]), "method");
    }
    let tls = visitor.entrance == Entrance::TlsProxy;
    let this = head.own_host.as_ref().map(|(host, port)| ProxyAddress { host: host.clone(), port: *port, tls });
    put_pac(visitor, client, head, this)
}

/// Answers with the PAC file. `usual` is the proxy named where the settings name none.
pub(crate) fn put_pac<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    usual: Option<ProxyAddress>,
) -> After {
    let mut settings = visitor.shared().settings.pac.clone();
    if settings.proxies.is_empty() {
        settings.proxies.extend(usual);
    }
    let text = pac::pac(&settings);
    let stays = may_stay(visitor, head);
    Answer {
        status: 200,
        content_type: pac::PAC_MEDIA_TYPE,
        fields: &[],
        body: text.as_bytes(),
        head_only: &*head.method == "HEAD",
        stays,
    }
    .put(&mut client.output);
    if stays { After::Stay } else { After::Close }
}
