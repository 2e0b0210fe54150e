//! Two parsers by other people, asked about the same bytes.

use std::cell::RefCell;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Version;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use limpet_dataplane::testing::{Fields, Framing};

/// Whose parser it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The parser alone, as `httparse::Request` is by default.
    Httparse,
    /// A whole server.
    Hyper,
}

/// What a parser says about the first head of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is a request.
    Taken(Understood),
    /// It needs more.
    Short,
    /// It is none.
    Refused,
}

/// A request as another parser understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// As it stands there.
    pub method: String,
    /// As it stands there, or as the `http` crate writes it.
    pub target: String,
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: Version,
    /// Names in lower case, sorted by name.
    pub fields: Fields,
    /// How the body ends, where the parser says.
    pub framing: Option<Framing>,
}

impl Peer {
    /// Asks it.
    pub fn judge(self, bytes: &[u8]) -> Verdict {
        match self {
            Self::Httparse => httparse(bytes),
            Self::Hyper => hyper(bytes),
        }
    }
}

fn httparse(bytes: &[u8]) -> Verdict {
    let mut fields = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Verdict::Short,
        Err(_) => return Verdict::Refused,
    }
    let field = |field: &httparse::Header<'_>| (field.name.to_lowercase(), field.value.to_vec());
    let fields = request.headers.iter().map(field).collect();
    Verdict::Taken(Understood {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        version: match request.version {
            Some(0) => Version::HTTP_10,
            _ => Version::HTTP_11,
        },
        fields: sorted(fields),
        framing: None,
    })
}

/// A stable sort: fields of one name keep their order.
pub fn sorted(mut fields: Fields) -> Fields {
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    fields
}

fn hyper(bytes: &[u8]) -> Verdict {
    let seen = Rc::new(RefCell::new(None));
    let service = service_fn(|request: http::Request<Incoming>| {
        seen.borrow_mut()
            .get_or_insert_with(|| understood(&request));
        std::future::ready(Ok::<_, io::Error>(http::Response::new(Nothing)))
    });
    let wire = Wire(Bytes::copy_from_slice(bytes));
    let served = http1::Builder::new()
        .keep_alive(false)
        .serve_connection(wire, service);
    let mut context = Context::from_waker(Waker::noop());
    let ended = pin!(served).poll(&mut context);
    if let Some(understood) = seen.take() {
        return Verdict::Taken(understood);
    }
    match ended {
        Poll::Ready(Err(error)) if error.is_incomplete_message() => Verdict::Short,
        Poll::Ready(Ok(())) => Verdict::Short,
        Poll::Ready(Err(_)) => Verdict::Refused,
        Poll::Pending => panic!("hyper waits for something else than bytes"),
    }
}

fn understood(request: &http::Request<Incoming>) -> Understood {
    let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.as_bytes().to_vec())
    };
    let framing = match request.body().size_hint().exact() {
        _ if request.body().is_end_stream() => Framing::None,
        Some(length) => Framing::Length(length),
        None => Framing::Chunked,
    };
    Understood {
        method: request.method().to_string(),
        target: request.uri().to_string(),
        version: request.version(),
        fields: sorted(request.headers().iter().map(field).collect()),
        framing: Some(framing),
    }
}

/// An empty body.
struct Nothing;

impl Body for Nothing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}

/// What a client sends, and then its end; what it is answered is lost.
struct Wire(Bytes);

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let len = self.0.len().min(buffer.remaining());
        buffer.put_slice(&self.0.split_to(len));
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
