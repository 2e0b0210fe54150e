//! Puts an operator together: the lease, the secrets, the loop and everything that is served.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use limpet_translator::inputs::ObjectKey;
use limpet_translator::translate;
use thiserror::Error;
use tokio::sync::watch;

use crate::admin::{self, Health};
use crate::certs::{self, Clients, Keeper};
use crate::cluster::FollowError;
use crate::controller::{self, Controller};
use crate::leader;
use crate::publish::{Board, Server};
use crate::{admission, infra, serve};

/// What an operator is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace of the release.
    pub namespace: String,
    /// The name of the release, which the names of its objects begin with.
    pub release: String,
    /// This pod's name and address.
    pub pod: (String, std::net::IpAddr),
    /// Who we are in GatewayClasses, IngressClasses and route statuses.
    pub controller_name: String,
    /// Classes that are ours even where there is no such object.
    pub class_names: Vec<String>,
    /// `LoadBalancer`, `ClusterIP` or `NodePort`.
    pub service_type: String,
    /// The fleet's name.
    pub fleet: String,
    /// Where the API server asks for verdicts; none: no webhook.
    pub webhook: Option<SocketAddr>,
    /// Where data planes come.
    pub stream: SocketAddr,
    /// Where health and metrics are.
    pub admin: SocketAddr,
}

/// Why an operator cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Its rights or the network.
    #[error("the API server cannot be used: {0} [operator-not-started]")]
    Api(#[from] kube::Error),
    /// The same, of the watches.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// The lease cannot be had any more.
    #[error(transparent)]
    LeaseLost(#[from] leader::LeaseLost),
    /// The secrets cannot be read or made.
    #[error("{0} [operator-not-started]")]
    Secrets(#[from] crate::certs::KeeperError),
    /// An address is taken.
    #[error("address {address}: {error}; choose another [operator-not-started]")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// The operating system's word.
        error: std::io::Error,
    },
}

/// How often a silent data plane is asked whether it is still there, and how long it may take to answer.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(3));

/// How long an operator that ends goes on answering, without writing.
const LEAVE: Duration = Duration::from_secs(5);

/// Runs until `end` says so.
///
/// # Errors
/// When it cannot start.
pub async fn run(
    settings: Settings,
    end: impl Future<Output = ()> + Send,
) -> Result<(), StartError> {
    let health = Arc::new(Health::default());
    listening(
        settings.admin,
        admin::serve(settings.admin, Arc::clone(&health)).await,
    )?;
    let client = Client::try_default().await?;
    let mut part = leader::take_part(client.clone(), settings.lease()).await?;
    let keeper = Keeper::start(client.clone(), settings.secrets(), part.leader()).await?;
    let board = Arc::new(Board::default());
    let controller = Controller::start(
        client,
        settings.controller(),
        Arc::clone(&board),
        part.leader(),
        keeper.affinity_keys(),
    );
    let controller = controller.await?;
    health.watch(controller.ready());
    let stream = serve::Listener::bind(settings.stream, keeper.tls(Clients::DataPlanes)).await;
    let stream = listening(settings.stream, stream)?;
    if let Some(address) = settings.webhook {
        let webhook = serve::Listener::bind(address, keeper.tls(Clients::All)).await;
        let webhook = listening(address, webhook)?;
        tokio::spawn(async move { axum::serve(webhook, admission::router()).await });
    }
    tokio::spawn(publish(controller.ready(), board, stream));
    let mut running = std::pin::pin!(controller.run());
    tokio::select! {
        () = &mut running => {}
        lost = part.lost() => return Err(lost.into()),
        () = end => {}
    }
    part.release().await;
    // The API server and data planes come here until they know that it ends.
    let _ = tokio::time::timeout(LEAVE, running).await;
    Ok(())
}

/// Data planes come once there is something for them, so that none is told to serve nothing.
async fn publish(mut ready: watch::Receiver<bool>, board: Arc<Board>, stream: serve::Listener) {
    if ready.wait_for(|ready| *ready).await.is_ok() {
        // A node that is gone does not close its streams.
        let server = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(KEEP_ALIVE.0))
            .http2_keepalive_timeout(Some(KEEP_ALIVE.1))
            .add_service(Server::new(board));
        if let Err(error) = server.serve_with_incoming(stream.into_stream()).await {
            tracing::error!(
                "the configuration stream is no longer served: {error} [operator-not-started]"
            );
        }
    }
}

fn listening<T>(address: SocketAddr, result: std::io::Result<T>) -> Result<T, StartError> {
    result.map_err(|error| StartError::Listen { address, error })
}

impl Settings {
    fn named(&self, suffix: &str) -> ObjectKey {
        ObjectKey::new(&self.namespace, &format!("{}-{suffix}", self.release))
    }

    fn lease(&self) -> leader::Settings {
        leader::Settings {
            namespace: self.namespace.clone(),
            lease: self.named("operator").name,
            pod: self.pod.0.clone(),
            address: SocketAddr::new(self.pod.1, self.stream.port()).to_string(),
        }
    }

    fn secrets(&self) -> certs::Settings {
        certs::Settings {
            namespace: self.namespace.clone(),
            release: self.release.clone(),
            fleet: self.fleet.clone(),
            has_webhook: self.webhook.is_some(),
        }
    }

    fn controller(&self) -> controller::Settings {
        let fleet = translate::Fleet {
            ingress_service: self.named("ingress"),
            data_planes: self.named("dataplane"),
        };
        controller::Settings {
            translation: translate::Settings {
                controller_name: self.controller_name.clone(),
                class_names: self.class_names.clone(),
                // Of the family that the cluster gives its pods first.
                bind: match self.pod.1 {
                    IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                    IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                },
                ingress_port: 8080,
                ingress_tls_port: 8443,
                fleet: Some(fleet),
            },
            infra: infra::Settings {
                service_type: self.service_type.clone(),
                controller_name: self.controller_name.clone(),
                ports: self.named("ports"),
            },
            pod: self.pod.0.clone(),
        }
    }
}
