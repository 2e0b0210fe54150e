//! `limpet dataplane`: one data plane of a fleet until a signal ends it.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use limpet_dataplane::subscription::{Source, Subscription};
use limpet_dataplane::{DataPlane, Settings};

use crate::args::DataplaneArgs;
use crate::signals::{Ask, Asked};
use crate::{logging, memory};

/// Serves until SIGTERM or Ctrl-C.
pub fn dataplane(args: &DataplaneArgs) -> anyhow::Result<ExitCode> {
    logging::start_as(&args.log.log, args.log.log_format)?;
    memory::give_back_regularly()?;
    let mut asked = Asked::listen()?;
    let data_plane = Arc::new(DataPlane::start(settings(args))?);
    let subscription = Subscription::start(source(args), Arc::clone(&data_plane))?;
    asked.find(|ask| *ask == Ask::End);
    // Asked once more, it ends at once.
    thread::spawn(move || asked.for_each(drop));
    // New connections come until every node knows that this pod ends.
    data_plane.leave();
    thread::sleep(Duration::from_secs(args.leave_secs));
    drop(subscription);
    if let Some(data_plane) = Arc::into_inner(data_plane) {
        data_plane.drain();
    }
    Ok(ExitCode::SUCCESS)
}

fn settings(args: &DataplaneArgs) -> Settings {
    let (default, limits) = (Settings::default(), &args.limits);
    Settings {
        workers: args.workers.unwrap_or(default.workers).max(1),
        driver: args.driver.into(),
        admin: Some(args.admin),
        access_log: args.access_log.clone(),
        requests_per_session_max: limits.requests_per_session_max,
        request_timeout: Duration::from_secs(limits.request_timeout_secs),
        header_timeout: Duration::from_secs(limits.header_timeout_secs),
        idle_timeout: Duration::from_secs(limits.idle_timeout_secs),
        connect_timeout: Duration::from_secs(limits.connect_timeout_secs),
        drain_timeout: Duration::from_secs(args.drain_timeout_secs),
        trusted_proxies: limits.trusted_proxies.clone(),
        proxy_protocol_from: limits.proxy_protocol_from.clone(),
        via: limits.via,
        is_ready_without_listeners: true,
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
