//! Why a message is refused, in code words for the log and plain words for a person.

use std::fmt;

/// What is wrong with a message's head or body. One fault is one sentence and one code word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireFault {
    /// The head is longer than the limit.
    HeadTooLong,
    /// More header fields than the limit.
    TooManyFields,
    /// A line ends in anything but CR LF.
    LineEnding,
    /// A header field is folded over several lines (RFC 9112 §5.2).
    Folded,
    /// The request line cannot be read.
    RequestLine,
    /// A method that is not registered (RFC 9110 §16.1.1) nor commonly served.
    Method,
    /// The status line cannot be read.
    StatusLine,
    /// A header field cannot be read: its name, its colon, or a control character in it.
    Field,
    /// Another version than HTTP/1.0 or 1.1.
    Version,
    /// The address asked for cannot be read, or names a user or a fragment.
    Target,
    /// The path of the address has a `.` or `..` segment, however escaped, or a backslash: servers read it in different
    /// ways, and browsers never send it.
    PathForm,
    /// An address with another scheme than `http`.
    Scheme,
    /// Something that only a web server could answer, sent to a proxy.
    OriginForm,
    /// Something that only a proxy could answer, sent to the port of our own pages.
    ProxyForm,
    /// There is no `Host`, or more than one, or it cannot be read, or it contradicts the address.
    Host,
    /// `Content-Length` is no number, stands twice, or contradicts itself.
    Length,
    /// `Transfer-Encoding` is anything but a single `chunked`.
    TransferCoding,
    /// Both `Content-Length` and `Transfer-Encoding`.
    TwoLengths,
    /// `Connection` names a field that must not be dropped.
    Connection,
    /// `Expect` asks for anything but `100-continue`.
    Expectation,
    /// A body where none may be.
    UnexpectedBody,
    /// A chunk's size line cannot be read (RFC 9112 §7.1).
    ChunkSize,
    /// A chunk's extension holds what may not be there, or there is too much of it.
    ChunkExtension,
    /// A chunk is not followed by CR LF.
    ChunkEnd,
    /// The trailer section cannot be read, is too long, or names a field that may not stand there.
    Trailer,
    /// The connection ended in the middle of the message.
    Truncated,
}

impl WireFault {
    /// What the head's parser found wrong. `first_line` is the fault of the line that a request or an answer begins with.
    pub(crate) fn of_head(error: httparse::Error, first_line: Self) -> Self {
        use httparse::Error;
        match error {
            Error::TooManyHeaders => Self::TooManyFields,
            Error::HeaderName | Error::HeaderValue => Self::Field,
            Error::NewLine => Self::LineEnding,
            Error::Version => Self::Version,
            Error::Token | Error::Status => first_line,
        }
    }

    /// The code word kept in events.
    pub fn code(self) -> &'static str {
        match self {
            Self::HeadTooLong => "head-too-long",
            Self::TooManyFields => "too-many-fields",
            Self::LineEnding => "line-ending",
            Self::Folded => "folded-field",
            Self::RequestLine => "request-line",
            Self::Method => "method",
            Self::StatusLine => "status-line",
            Self::Field => "field",
            Self::Version => "version",
            Self::Target => "target",
            Self::PathForm => "path-form",
            Self::Scheme => "scheme",
            Self::OriginForm => "not-a-web-server",
            Self::ProxyForm => "not-a-proxy",
            Self::Host => "host-field",
            Self::Length => "content-length",
            Self::TransferCoding => "transfer-coding",
            Self::TwoLengths => "two-lengths",
            Self::Connection => "connection-field",
            Self::Expectation => "expectation",
            Self::UnexpectedBody => "unexpected-body",
            Self::ChunkSize => "chunk-size",
            Self::ChunkExtension => "chunk-extension",
            Self::ChunkEnd => "chunk-end",
            Self::Trailer => "trailer",
            Self::Truncated => "truncated",
        }
    }

    /// What is wrong, one plain sentence that fits a request as well as an answer.
    pub fn words(self) -> &'static str {
        match self {
            Self::HeadTooLong => "Its headers are longer than this filter accepts.",
            Self::TooManyFields => "It has more headers than this filter accepts.",
            Self::LineEnding => "One of its lines does not end as HTTP requires.",
            Self::Folded => "One of its headers is spread over several lines, which HTTP no longer allows.",
            Self::RequestLine => "Its first line is not an HTTP request.",
            Self::Method => "It asks for something that this filter does not know how to do.",
            Self::StatusLine => "Its first line is not an HTTP answer.",
            Self::Field => "One of its headers cannot be read.",
            Self::Version => "It uses a version of HTTP that this filter does not speak on this port.",
            Self::Target => "The address in it cannot be read.",
            Self::PathForm => "The path in its address could be read in two ways.",
            Self::Scheme => "The address in it is not an http:// address.",
            Self::OriginForm => "It was sent to this filter as if the filter were a web site.",
            Self::ProxyForm => "It was sent to a port of this filter that is no proxy.",
            Self::Host => "It does not say clearly which site is meant.",
            Self::Length => "It states the length of its content wrongly or twice.",
            Self::TransferCoding => "Its content is packed in a way that this filter does not know.",
            Self::TwoLengths => "It states the length of its content in two different ways.",
            Self::Connection => "It asks for a header to be dropped that must not be dropped.",
            Self::Expectation => "It expects something that this filter does not know.",
            Self::UnexpectedBody => "It carries content where there must be none.",
            Self::ChunkSize => "The length of one piece of its content cannot be read.",
            Self::ChunkExtension => "A note beside one piece of its content cannot be read.",
            Self::ChunkEnd => "One piece of its content does not end where it says.",
            Self::Trailer => "The headers after its content cannot be read.",
            Self::Truncated => "It broke off in the middle.",
        }
    }

    /// The status that answers such a request (RFC 9110 §15.5).
    pub fn status(self) -> u16 {
        match self {
            Self::HeadTooLong | Self::TooManyFields => 431,
            Self::OriginForm | Self::ProxyForm => 421,
            Self::Expectation => 417,
            Self::Method => 501,
            _ => 400,
        }
    }
}

impl fmt::Display for WireFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl std::error::Error for WireFault {}
