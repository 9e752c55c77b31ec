//! The pages that the gate serves itself, on its proxy listeners: the PAC file and nothing else.

use crate::{
    After,
    answer::Answer,
    converse::{may_stay, refuse},
    gate::Visitor,
    link::Link,
    pac::{self, ProxyAddress},
    wire::request::RequestHead,
};
use tokio::io::{AsyncRead, AsyncWrite};

/// Answers a request that was written as to a web server.
pub(crate) fn serve<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    path: &str,
) -> After {
    let is_pac = matches!(path.split('?').next(), Some("/proxy.pac" | "/wpad.dat"));
    if !is_pac {
        return refuse(visitor, client, head, (421, &[]), "not-a-web-server");
    }
    if !matches!(&*head.method, "GET" | "HEAD") {
        return refuse(visitor, client, head, (405, &[("Allow", "GET, HEAD")]), "method");
    }
    let mut settings = visitor.shared().settings.pac.clone();
    if settings.proxies.is_empty()
        && let Some((host, port)) = &head.own_host
    {
        settings.proxies.push(ProxyAddress { host: host.clone(), port: *port });
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
