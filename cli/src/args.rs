//! The command line: what there is to say, and the help that teaches it.

mod dataplane;
mod log;
#[cfg(feature = "operator")]
mod operator;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use dataplane::DataplaneArgs;
pub use log::{LogArgs, LogFormat};
#[cfg(feature = "operator")]
pub use operator::{OperatorArgs, ServiceType};

/// Limpet: a gateway that keeps each client on its pod.
#[derive(Debug, Parser)]
#[command(
    version,
    arg_required_else_help = true,
    after_help = "Start with `limpet demo --keep shop`: eight steps of session affinity, and manifests in the folder \
shop to play with.\n`limpet check -f shop` finds every mistake in them, `limpet run -f shop` serves them."
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve manifests from files, and apply their changes live
    Run(RunFlags),
    /// Serve a cluster: watch its objects, tell data planes, write statuses
    #[cfg(feature = "operator")]
    Operator(OperatorArgs),
    /// Serve traffic as an operator says
    Dataplane(DataplaneArgs),
    /// Validate manifests: every problem at once, exit status 1 if there is one
    Check(CheckArgs),
    /// Show what manifests would change: objects, routes, endpoints, living sessions
    Diff(DiffArgs),
    /// Say what a field, a message id, a flag, a metric or another name means
    Explain(ExplainArgs),
    /// Make a new affinity key; sessions go on under the one before it
    RotateKey(RotateKeyArgs),
    /// Show session affinity at work: three backends, one gateway, eight checked steps
    Demo(DemoArgs),
    /// Say which Limpet this is
    Version,
    /// Print a script that completes commands and flags in a shell
    Completions(CompletionsArgs),
    /// Write a man page for each command
    Man(ManArgs),
    /// One backend of the demo
    #[command(hide = true)]
    DemoBackend(DemoBackendArgs),
}

/// The flags of `run`, and their environment variables. What is absent comes from the settings file,
/// then the defaults ([`crate::settings::Settings`]).
#[derive(Debug, Default, clap::Args, Serialize)]
#[command(after_help = "Each setting is also a key of the settings file \
(admin = \"127.0.0.1:9900\"). Flags win over the environment, the environment over the file.\n\nSIGTERM and Ctrl-C end gracefully: no new connections, requests in \
flight are finished.")]
pub struct RunFlags {
    /// Manifests: files, folders, or - for standard input; may be repeated
    #[arg(short = 'f', long, value_name = "PATH", env = "LIMPET_FILENAME")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filename: Vec<PathBuf>,
    /// Namespace of objects that name none [default: default]
    #[arg(short, long, env = "LIMPET_NAMESPACE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Address of listeners whose Gateway names none [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR", env = "LIMPET_BIND")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<IpAddr>,
    /// Port that serves Ingress [default: 8081]
    #[arg(long, value_name = "PORT", env = "LIMPET_INGRESS_PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress_port: Option<u16>,
    /// Port that serves Ingress over TLS [default: 8481]
    #[arg(long, value_name = "PORT", env = "LIMPET_INGRESS_TLS_PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress_tls_port: Option<u16>,
    /// Serving threads [default: one per CPU]
    #[arg(long, value_name = "N", env = "LIMPET_WORKERS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<usize>,
    /// How the kernel is asked for I/O [default: auto]
    #[arg(long, env = "LIMPET_DRIVER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<Driver>,
    /// Address of /metrics, /livez, /readyz, /config and /sessions [default: 127.0.0.1:9900]
    #[arg(long, value_name = "ADDR", env = "LIMPET_ADMIN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin: Option<SocketAddr>,
    /// Folder of the affinity key and the last good snapshot [default: the user's state folder]
    #[arg(long, value_name = "DIR", env = "LIMPET_STATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PathBuf>,
    /// File that gets one JSON line a request [default: none]
    #[arg(long, value_name = "FILE", env = "LIMPET_ACCESS_LOG")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_log: Option<PathBuf>,
    /// Requests of one session that a core serves at a time; past it 429; 0 is no limit
    /// [default: 1024]
    #[arg(long, value_name = "N", env = "LIMPET_REQUESTS_PER_SESSION_MAX")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_session_max: Option<u32>,
    /// Seconds that an endpoint may take to begin its answer, where the route says nothing; 0 is no limit
    /// [default: 60]
    #[arg(long, value_name = "SECS", env = "LIMPET_REQUEST_TIMEOUT_SECS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_timeout_secs: Option<u64>,
    /// Seconds that a request's head and a TLS handshake may take; 0 is no limit [default: 10]
    #[arg(long, value_name = "SECS", env = "LIMPET_HEADER_TIMEOUT_SECS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_timeout_secs: Option<u64>,
    /// Seconds without a byte after which a connection, a body, an event stream or a tunnel ends; 0 is
    /// no limit [default: 60]
    #[arg(long, value_name = "SECS", env = "LIMPET_IDLE_TIMEOUT_SECS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout_secs: Option<u64>,
    /// Seconds that connecting to an endpoint may take; 0 is no limit [default: 2]
    #[arg(long, value_name = "SECS", env = "LIMPET_CONNECT_TIMEOUT_SECS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_timeout_secs: Option<u64>,
    /// Networks of proxies in front, which are believed what they say of a client, such as 10.0.0.0/8
    /// [default: none]
    #[arg(
        long,
        value_name = "CIDR",
        value_delimiter = ',',
        env = "LIMPET_TRUSTED_PROXIES"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_proxies: Option<Vec<IpNet>>,
    /// Networks of load balancers in front that begin each connection with a PROXY header (versions 1 and
    /// 2), such as 10.0.7.0/28; one without it is closed [default: none]
    #[arg(
        long,
        value_name = "CIDR",
        value_delimiter = ',',
        env = "LIMPET_PROXY_PROTOCOL_FROM"
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_protocol_from: Option<Vec<IpNet>>,
    /// Whether messages say by a Via field that they came through Limpet [default: true]
    #[arg(long, value_name = "BOOL", env = "LIMPET_VIA")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<bool>,
    /// Seconds that requests in flight get at the end [default: 30]
    #[arg(long, value_name = "SECS", env = "LIMPET_DRAIN_TIMEOUT_SECS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain_timeout_secs: Option<u64>,
    /// Log filter: error, warn, info, debug, or by module [default: info]
    #[arg(long, value_name = "FILTER", env = "LIMPET_LOG")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// Form of what is printed [default: table]
    #[arg(short, long, env = "LIMPET_OUTPUT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE", env = "LIMPET_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// How the kernel is asked for I/O.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    /// io_uring where the kernel permits it, else epoll
    #[default]
    Auto,
    /// io_uring, or an error
    #[value(name = "io_uring")]
    IoUring,
    /// epoll
    Epoll,
}

impl From<Driver> for limpet_dataplane::Driver {
    fn from(driver: Driver) -> Self {
        match driver {
            Driver::Auto => Self::Auto,
            Driver::IoUring => Self::IoUring,
            Driver::Epoll => Self::Epoll,
        }
    }
}

/// Form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// For eyes
    #[default]
    Table,
    /// For scripts: one JSON document a line
    Json,
}

/// What `completions` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "For bash, in ~/.bashrc: source <(limpet completions bash). For zsh, in a folder of $fpath: \
limpet completions zsh > _limpet. For fish: limpet completions fish > ~/.config/fish/completions/limpet.fish."
)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// What `man` is told.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// Folder to write to, such as /usr/local/share/man/man1
    #[arg(value_name = "DIR")]
    pub out: PathBuf,
}

/// What `check` is told.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Manifests: files, folders, or - for standard input; may be repeated
    #[arg(short = 'f', long, value_name = "PATH", required = true)]
    pub filename: Vec<PathBuf>,
    /// Namespace of objects that name none
    #[arg(short, long, default_value = "default")]
    pub namespace: String,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

/// What `diff` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  limpet diff -f shop.new --against shop\n  \
limpet diff -f shop --against http://127.0.0.1:9900 --exit-code\n\nThe manifests are compared with everything \
that is there: what they leave out is gone. Exit status 2: it cannot be told.")]
pub struct DiffArgs {
    /// Manifests as they would be: files, folders, or - for standard input; may be repeated
    #[arg(short = 'f', long, value_name = "PATH", required = true)]
    pub filename: Vec<PathBuf>,
    /// What they are compared with: a file, a folder, or http:// and the admin address of a gateway on this
    /// machine, which also says what becomes of its sessions
    #[arg(long, value_name = "OLD")]
    pub against: String,
    /// Namespace of objects that name none
    #[arg(short, long, default_value = "default")]
    pub namespace: String,
    /// Exit status 1 if something differs, as for `diff`
    #[arg(long)]
    pub exit_code: bool,
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

/// What `explain` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  limpet explain RoutePolicy.spec.default.sessionAffinity\n  \
limpet explain spec.default.sessionAffinity.cookieName\n  limpet explain reference-not-permitted\n  \
limpet explain --idle-timeout-secs\n  limpet explain limpet_pins_total"
)]
pub struct ExplainArgs {
    /// A field's path, the id in brackets at the end of a message, a flag, a variable, a metric, a field of
    /// the access log, a condition, an annotation; none lists them all
    #[arg(allow_hyphen_values = true)]
    pub topic: Option<String>,
}

/// What `rotate-key` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A running `limpet run` takes it up on SIGHUP. Two keys are accepted at a time, \
so rotate no more often than the longest cookie lives."
)]
pub struct RotateKeyArgs {
    /// State folder of `limpet run` [default: the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// What `demo` is told.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Stop after the steps, with exit status 1 if one failed; uses free ports
    #[arg(long)]
    pub check: bool,
    /// Folder that gets the manifests and keeps them: edit them while the demo serves them, and serve
    /// them with `limpet run -f DIR` later; empty, or a new one
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// What a demo backend is told.
#[derive(Debug, clap::Args)]
pub struct DemoBackendArgs {
    /// The pod it stands for.
    #[arg(long)]
    pub pod: String,
    /// Where it listens.
    #[arg(long)]
    pub listen: SocketAddr,
}
