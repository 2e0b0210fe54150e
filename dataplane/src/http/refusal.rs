//! Why a message is not acted upon: one stable id, one status, one sentence.

use http::StatusCode;

/// A message that breaks HTTP/1.1, or a bound of ours.
///
/// From a client it is answered with [`Refusal::status`] and the connection is closed. From an
/// endpoint it becomes a 502.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// More than [`super::guard::HEAD_BYTES_MAX`].
    HeadTooLarge,
    /// More than [`super::guard::FIELDS_MAX`].
    TooManyFields,
    /// A name over [`super::guard::NAME_BYTES_MAX`].
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
    /// More 1xx responses than [`super::reply::INTERIM_MAX`].
    TooManyInterim,
    /// A 101 response that was not asked for.
    UpgradeUnexpected,
}

impl Refusal {
    /// Stable: the label in metrics and log.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().0
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

    fn row(self) -> (&'static str, StatusCode, &'static str) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const LARGE: StatusCode = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        const UNKNOWN: StatusCode = StatusCode::NOT_IMPLEMENTED;
        const LATE: StatusCode = StatusCode::REQUEST_TIMEOUT;
        match self {
            Self::HeadTooLarge => ("head-too-large", LARGE, "its head is larger than 64 KiB"),
            Self::TooManyFields => (
                "too-many-fields",
                LARGE,
                "it has more than 96 header fields",
            ),
            Self::FieldNameTooLong => (
                "field-name-too-long",
                LARGE,
                "a field name is longer than 256 bytes",
            ),
            Self::TargetTooLong => (
                "target-too-long",
                StatusCode::URI_TOO_LONG,
                "its target is longer than 64 KiB",
            ),
            Self::BareLineBreak => ("bare-line-break", BAD, "a line does not end in CR LF"),
            Self::ControlCharacter => (
                "control-character",
                BAD,
                "its head holds a control character",
            ),
            Self::StartLineMalformed => {
                ("start-line-malformed", BAD, "its first line is malformed")
            }
            Self::MethodInvalid => ("method-invalid", BAD, "its method is not a token"),
            Self::MethodUnsupported => {
                ("method-unsupported", UNKNOWN, "CONNECT is not served here")
            }
            Self::TargetInvalid => ("target-invalid", BAD, "its target is not a valid URI"),
            Self::VersionUnsupported => (
                "version-unsupported",
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                "only HTTP/1.0 and HTTP/1.1 are spoken here",
            ),
            Self::FieldFolded => ("field-folded", BAD, "a header field spans several lines"),
            Self::FieldNameInvalid => ("field-name-invalid", BAD, "a field name is not a token"),
            Self::HostMissing => ("host-missing", BAD, "it has no Host"),
            Self::HostRepeated => ("host-repeated", BAD, "it has several Host fields"),
            Self::HostInvalid => ("host-invalid", BAD, "its Host is not a host with a port"),
            Self::HostMismatch => (
                "host-mismatch",
                BAD,
                "its target names another host than Host",
            ),
            Self::SchemeMisdirected => (
                "scheme-misdirected",
                StatusCode::MISDIRECTED_REQUEST,
                "its target is https, and this connection is not encrypted",
            ),
            Self::LengthAndTransferEncoding => (
                "length-and-transfer-encoding",
                BAD,
                "it has both Content-Length and Transfer-Encoding",
            ),
            Self::LengthRepeated => (
                "length-repeated",
                BAD,
                "it has several Content-Length values",
            ),
            Self::LengthInvalid => ("length-invalid", BAD, "its Content-Length is not a number"),
            Self::TransferEncodingUnsupported => (
                "transfer-encoding-unsupported",
                UNKNOWN,
                "its Transfer-Encoding is not exactly chunked",
            ),
            Self::TransferEncodingInOldVersion => (
                "transfer-encoding-in-old-version",
                BAD,
                "HTTP/1.0 has no Transfer-Encoding",
            ),
            Self::ChunkMalformed => ("chunk-malformed", BAD, "its chunked body is malformed"),
            Self::ChunkTooLarge => (
                "chunk-too-large",
                LARGE,
                "a chunk-size line or the trailer section is too long",
            ),
            Self::HeadTimeout => ("head-timeout", LATE, "its head did not arrive in time"),
            Self::BodyTimeout => ("body-timeout", LATE, "its body did not arrive in time"),
            Self::TooManyInterim => ("too-many-interim", BAD, "it has too many 1xx responses"),
            Self::UpgradeUnexpected => (
                "upgrade-unexpected",
                BAD,
                "it switches to a protocol nobody asked for",
            ),
        }
    }
}
