//! `limpet dataplane`: one data plane of a fleet until a signal ends it.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use limpet_dataplane::config::subscription::{Source, Subscription};
use limpet_dataplane::{DataPlane, Settings};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::args::DataplaneArgs;
use crate::{logging, memory};

/// Serves until SIGTERM or Ctrl-C.
pub fn dataplane(args: &DataplaneArgs) -> anyhow::Result<ExitCode> {
    logging::start_as(&args.log.log, args.log.log_format)?;
    memory::give_back_regularly()?;
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let data_plane = Arc::new(DataPlane::start(settings(args))?);
    let subscription = Subscription::start(source(args), Arc::clone(&data_plane))?;
    signals.forever().next();
    // New connections come until every node knows that this pod ends.
    data_plane.leave();
    std::thread::sleep(Duration::from_secs(args.leave_secs));
    drop(subscription);
    if let Some(data_plane) = Arc::into_inner(data_plane) {
        data_plane.drain();
    }
    Ok(ExitCode::SUCCESS)
}

fn settings(args: &DataplaneArgs) -> Settings {
    let default = Settings::default();
    Settings {
        workers: args.workers.unwrap_or(default.workers).max(1),
        driver: args.driver.into(),
        admin: Some(args.admin),
        access_log: args.access_log.clone(),
        drain_timeout: Duration::from_secs(args.drain_timeout_secs),
        ..default
    }
}

fn source(args: &DataplaneArgs) -> Source {
    Source {
        operator: args.operator,
        operator_name: args.operator_name.clone(),
        tls: Some(args.tls.clone()),
        fleet: args.fleet.clone(),
        pod: args.pod.clone(),
        state: args.state.clone(),
    }
}
