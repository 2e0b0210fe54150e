//! `limpet operator`: the operator of a cluster until a signal ends it.

use std::process::ExitCode;

use limpet_operator::run::{Settings, run};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{OperatorArgs, ServiceType};
use crate::{logging, memory, signals};

/// Runs until SIGTERM or Ctrl-C.
pub fn operator(args: OperatorArgs) -> anyhow::Result<ExitCode> {
    logging::start_as(&args.log.log, args.log.log_format)?;
    memory::give_back_regularly()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        let (mut term, mut int) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        // They would end it without giving the lease back. What listens once does so for ever.
        for kind in [
            SignalKind::hangup(),
            SignalKind::user_defined1(),
            SignalKind::user_defined2(),
        ] {
            drop(signal(kind)?);
        }
        let end = async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            tracing::info!("the operator ends");
            tokio::spawn(async move {
                int.recv().await;
                signals::end_at_once();
            });
        };
        anyhow::Ok(run(settings(args), end).await?)
    });
    // Tasks of the servers wait for connections that nobody needs any more.
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

fn settings(args: OperatorArgs) -> Settings {
    let service_type = match args.service_type {
        ServiceType::LoadBalancer => "LoadBalancer",
        ServiceType::ClusterIp => "ClusterIP",
        ServiceType::NodePort => "NodePort",
    };
    Settings {
        namespace: args.namespace,
        release: args.release,
        pod: (args.identity, args.pod_ip),
        controller_name: args.controller_name,
        class_names: args.class_name,
        service_type: service_type.to_owned(),
        fleet: args.fleet,
        webhook: (!args.no_webhook).then_some(args.webhook),
        stream: args.stream,
        admin: args.admin,
    }
}
