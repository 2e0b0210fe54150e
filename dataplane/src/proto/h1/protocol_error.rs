//! Why a message is not acted upon: one stable id, one status, one sentence.

use http::StatusCode;
use limpet_schema::messages::{self, Message};

/// A message that breaks HTTP/1.1, or a bound of ours.
///
/// From a client it is answered with [`ProtocolError::status`] and the connection is closed. From an
/// endpoint it becomes a 502.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProtocolError {
    /// More than [`super::guard::HEAD_BYTES_MAX`].
    HeadTooLarge,
    /// More than [`super::guard::FIELDS_MAX`].
    TooManyFields,
    /// A name over [`crate::proto::field_name::NAME_BYTES_MAX`].
    FieldNameTooLong,
    /// A request line over [`super::guard::HEAD_BYTES_MAX`].
    TargetTooLong,
    /// A CR without LF, or an LF without CR.
    BareLineBreak,
    /// NUL or another control character.
    ControlCharacter,
    /// Not `method SP target SP version`, or not `version SP status SP reason`.
    StartLineMalformed,
    /// Not a token.
    MethodInvalid,
    /// CONNECT.
    MethodUnsupported,
    /// Not a request target that can be forwarded.
    TargetInvalid,
    /// Neither HTTP/1.0 nor HTTP/1.1.
    VersionUnsupported,
    /// A line that continues the field before it (RFC 9112 5.2).
    FieldFolded,
    /// Empty, not a token, or with a space before the colon.
    FieldNameInvalid,
    /// No Host in HTTP/1.1 (RFC 9112 3.2).
    HostMissing,
    /// Several Host fields.
    HostRepeated,
    /// Not a host with an optional port.
    HostInvalid,
    /// An absolute target whose authority is not the Host.
    HostMismatch,
    /// An https target where nothing is encrypted (RFC 9110 7.4).
    SchemeMisdirected,
    /// A Host that leads to another listener than the client's server name did (RFC 9110 7.4).
    HostMisdirected,
    /// Content-Length beside Transfer-Encoding (RFC 9112 6.1).
    LengthAndTransferEncoding,
    /// Several Content-Length values.
    LengthRepeated,
    /// Not a plain number that fits 63 bits.
    LengthInvalid,
    /// Something else than exactly `chunked`.
    TransferEncodingUnsupported,
    /// Transfer-Encoding in HTTP/1.0.
    TransferEncodingInOldVersion,
    /// Chunk framing that breaks RFC 9112 7.1.
    ChunkMalformed,
    /// A chunk-size line or a trailer section over its bound.
    ChunkTooLarge,
    /// The head did not arrive in time.
    HeadTimeout,
    /// The body did not arrive in time.
    BodyTimeout,
    /// More 1xx responses than [`crate::proxy::reply::INTERIM_MAX`].
    TooManyInterim,
    /// A 101 response that was not asked for.
    UpgradeUnexpected,
}

impl ProtocolError {
    /// Stable: the label in metrics and log.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().0.id
    }

    /// What a client is answered.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.row().1
    }

    /// What is wrong, as the end of the sentence "The request was refused: ...".
    #[must_use]
    pub fn message(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (Message, StatusCode, &'static str) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const LARGE: StatusCode = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        const UNKNOWN: StatusCode = StatusCode::NOT_IMPLEMENTED;
        const LATE: StatusCode = StatusCode::REQUEST_TIMEOUT;
        match self {
            Self::HeadTooLarge => (
                messages::HEAD_TOO_LARGE,
                LARGE,
                "its head is larger than 64 KiB",
            ),
            Self::TooManyFields => (
                messages::TOO_MANY_FIELDS,
                LARGE,
                "it has more than 96 header fields",
            ),
            Self::FieldNameTooLong => (
                messages::FIELD_NAME_TOO_LONG,
                LARGE,
                "a field name is longer than 256 bytes",
            ),
            Self::TargetTooLong => (
                messages::TARGET_TOO_LONG,
                StatusCode::URI_TOO_LONG,
                "its target is longer than 64 KiB",
            ),
            Self::BareLineBreak => (
                messages::BARE_LINE_BREAK,
                BAD,
                "a line does not end in CR LF",
            ),
            Self::ControlCharacter => (
                messages::CONTROL_CHARACTER,
                BAD,
                "its head holds a control character",
            ),
            Self::StartLineMalformed => (
                messages::START_LINE_MALFORMED,
                BAD,
                "its first line is malformed",
            ),
            Self::MethodInvalid => (messages::METHOD_INVALID, BAD, "its method is not a token"),
            Self::MethodUnsupported => (
                messages::METHOD_UNSUPPORTED,
                UNKNOWN,
                "CONNECT is not served here",
            ),
            Self::TargetInvalid => (
                messages::TARGET_INVALID,
                BAD,
                "its target is not a valid URI",
            ),
            Self::VersionUnsupported => (
                messages::VERSION_UNSUPPORTED,
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                "only HTTP/1.0 and HTTP/1.1 are spoken here",
            ),
            Self::FieldFolded => (
                messages::FIELD_FOLDED,
                BAD,
                "a header field spans several lines",
            ),
            Self::FieldNameInvalid => (
                messages::FIELD_NAME_INVALID,
                BAD,
                "a field name is not a token",
            ),
            Self::HostMissing => (messages::HOST_MISSING, BAD, "it has no Host"),
            Self::HostRepeated => (messages::HOST_REPEATED, BAD, "it has several Host fields"),
            Self::HostInvalid => (
                messages::HOST_INVALID,
                BAD,
                "its Host is not a host with a port",
            ),
            Self::HostMismatch => (
                messages::HOST_MISMATCH,
                BAD,
                "its target names another host than Host",
            ),
            Self::SchemeMisdirected => (
                messages::SCHEME_MISDIRECTED,
                StatusCode::MISDIRECTED_REQUEST,
                "its target is https, and this connection is not encrypted",
            ),
            Self::HostMisdirected => (
                messages::HOST_MISDIRECTED,
                StatusCode::MISDIRECTED_REQUEST,
                "its Host is served by another listener than the TLS server name",
            ),
            Self::LengthAndTransferEncoding => (
                messages::LENGTH_AND_TRANSFER_ENCODING,
                BAD,
                "it has both Content-Length and Transfer-Encoding",
            ),
            Self::LengthRepeated => (
                messages::LENGTH_REPEATED,
                BAD,
                "it has several Content-Length values",
            ),
            Self::LengthInvalid => (
                messages::LENGTH_INVALID,
                BAD,
                "its Content-Length is not a number",
            ),
            Self::TransferEncodingUnsupported => (
                messages::TRANSFER_ENCODING_UNSUPPORTED,
                UNKNOWN,
                "its Transfer-Encoding is not exactly chunked",
            ),
            Self::TransferEncodingInOldVersion => (
                messages::TRANSFER_ENCODING_IN_OLD_VERSION,
                BAD,
                "HTTP/1.0 has no Transfer-Encoding",
            ),
            Self::ChunkMalformed => (
                messages::CHUNK_MALFORMED,
                BAD,
                "its chunked body is malformed",
            ),
            Self::ChunkTooLarge => (
                messages::CHUNK_TOO_LARGE,
                LARGE,
                "a chunk-size line or the trailer section is too long",
            ),
            Self::HeadTimeout => (
                messages::HEAD_TIMEOUT,
                LATE,
                "its head did not arrive in time",
            ),
            Self::BodyTimeout => (
                messages::BODY_TIMEOUT,
                LATE,
                "its body did not arrive in time",
            ),
            Self::TooManyInterim => (
                messages::TOO_MANY_INTERIM,
                BAD,
                "it has too many 1xx responses",
            ),
            Self::UpgradeUnexpected => (
                messages::UPGRADE_UNEXPECTED,
                BAD,
                "it switches to a protocol nobody asked for",
            ),
        }
    }
}
