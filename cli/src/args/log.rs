//! The flags of the log, in a cluster.

use clap::ValueEnum;

/// What is logged, and how.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// Log filter: error, warn, info, debug, or by module
    #[arg(
        long,
        value_name = "FILTER",
        env = "LIMPET_LOG",
        default_value = "info"
    )]
    pub log: String,
    /// Form of the log
    #[arg(long, env = "LIMPET_LOG_FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum LogFormat {
    /// For eyes
    #[default]
    Text,
    /// One JSON object a line
    Json,
}
