//! Both directions of a connection.

use monoio::io::{AsyncReadRent, AsyncWriteRent};

use crate::runtime::stream::{Reader, Stream, Writer};

/// Bytes a transport carries, plain or decrypted. Protocols are written against this, so that TLS
/// is one more type here and nothing else.
pub trait Transport: 'static {
    /// What the peer sends.
    type Reader: AsyncReadRent + 'static;
    /// What it is sent.
    type Writer: AsyncWriteRent + 'static;

    /// Both: they may wait at once. The connection is closed once both are gone.
    fn into_halves(self) -> (Self::Reader, Self::Writer);
}

impl Transport for Stream {
    type Reader = Reader;
    type Writer = Writer;

    fn into_halves(self) -> (Reader, Writer) {
        (self.reader, self.writer)
    }
}
