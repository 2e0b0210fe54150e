//! The streams: one task each.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt};
use limpet_schema::messages;
use limpet_schema::stream::server::{Configuration, ConfigurationServer};
use limpet_schema::stream::{
    Ack, Assignment, FromDataPlane, Hello, MESSAGE_BYTES_MAX, Nack, RELEASE, Said, ToDataPlane,
};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tonic::{Request, Response, Status, Streaming};

use super::{Board, Published};
use crate::leader::Leader;
use crate::{certs, metrics};

/// How long a data plane may take to say who it is.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a data plane stays where nobody knows who leads: this replica may be cut off from the API server,
/// and another not.
const LEADERLESS_MAX: Duration = Duration::from_secs(5);

/// How often a data plane that stays is told again who leads: it may not have reached that one before.
const TELL_LEADER_EVERY: Duration = Duration::from_secs(2);

/// The gRPC service.
#[derive(Clone, Debug)]
pub struct Server {
    board: Arc<Board>,
}

impl Server {
    /// Serves what is on the board.
    #[must_use]
    pub fn new(board: Arc<Board>) -> ConfigurationServer<Self> {
        ConfigurationServer::new(Self { board })
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX)
    }
}

type Sent = Result<ToDataPlane, Status>;

#[tonic::async_trait]
impl Configuration for Server {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Sent> + Send>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<FromDataPlane>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let fleet = fleet_of(&request)?;
        let mut said = request.into_inner();
        let hello = tokio::time::timeout(HELLO_TIMEOUT, hello(&mut said));
        let hello = hello
            .await
            .map_err(|_| Status::deadline_exceeded("no Hello came"))??;
        if fleet.is_some_and(|fleet| fleet != hello.fleet) {
            let id = messages::STREAM_REFUSED.id;
            let text = format!("the certificate is not one of fleet {}", hello.fleet);
            tracing::warn!(pod = hello.pod, "a data plane is refused: {text} [{id}]");
            return Err(Status::permission_denied(text));
        }
        let (sender, sent) = mpsc::channel(1);
        let conversation = Conversation {
            published: self.board.published(),
            leader: self.board.leader(),
            told_leader_at: Instant::now(),
            leaderless_since: None,
            board: Arc::clone(&self.board),
            pod: hello.pod,
            release: hello.release,
            sent: None,
            unanswered: None,
        };
        tokio::spawn(conversation.hold(said, sender));
        let sent = futures::stream::unfold(sent, async |mut sent| {
            sent.recv().await.map(|message| (message, sent))
        });
        Ok(Response::new(Box::pin(sent)))
    }
}

/// The fleet that the client's certificate names; none where the stream is not TLS, in tests.
fn fleet_of<T>(request: &Request<T>) -> Result<Option<String>, Status> {
    let extensions = request.extensions();
    let Some(tls) = extensions.get::<TlsConnectInfo<TcpConnectInfo>>() else {
        return Ok(None);
    };
    let certificates = tls.peer_certs();
    let leaf = certificates.as_ref().and_then(|chain| chain.first());
    let fleet = leaf.and_then(|leaf| certs::fleet_of(leaf));
    let none = || Status::unauthenticated("the certificate names no fleet");
    fleet.map(Some).ok_or_else(none)
}

async fn hello(said: &mut Streaming<FromDataPlane>) -> Result<Hello, Status> {
    match said.message().await? {
        Some(FromDataPlane {
            said: Some(Said::Hello(hello)),
        }) => Ok(hello),
        _ => Err(Status::failed_precondition(
            "the first message must be Hello",
        )),
    }
}

/// One stream.
struct Conversation {
    board: Arc<Board>,
    pod: String,
    /// Of the data plane.
    release: String,
    published: watch::Receiver<Option<Arc<Published>>>,
    leader: watch::Receiver<Leader>,
    /// When the data plane was last told who leads.
    told_leader_at: Instant,
    /// Since when nobody is known to lead.
    leaderless_since: Option<Instant>,
    /// What the data plane was last told.
    sent: Option<Arc<Published>>,
    /// What it has still to answer.
    unanswered: Option<Arc<Published>>,
}

impl Conversation {
    async fn hold(mut self, mut said: Streaming<FromDataPlane>, sender: mpsc::Sender<Sent>) {
        tracing::info!(
            pod = self.pod,
            release = self.release,
            "a data plane has come"
        );
        self.board.connect(&self.pod);
        self.published.mark_changed();
        self.leader.mark_changed();
        while let Some(message) = self.next(&mut said).await {
            if let Some(message) = message
                && sender.send(Ok(message)).await.is_err()
            {
                break;
            }
        }
        self.board.disconnect(&self.pod);
        tracing::info!(pod = self.pod, "a data plane has gone");
    }

    /// Waits for something to happen and says what it asks for; `None` at the end.
    async fn next(&mut self, said: &mut Streaming<FromDataPlane>) -> Option<Option<ToDataPlane>> {
        let leaves_at = self.leaderless_since.map(|since| since + LEADERLESS_MAX);
        tokio::select! {
            message = said.next() => {
                self.hear(message?.ok()?);
                Some(None)
            }
            changed = self.leader.changed() => {
                changed.ok()?;
                Some(self.tell_leader())
            }
            () = sleep_until(self.told_leader_at + TELL_LEADER_EVERY), if self.is_led_elsewhere() => Some(self.tell_leader()),
            () = sleep_until(leaves_at.unwrap_or_else(Instant::now)), if leaves_at.is_some() => None,
            changed = self.published.changed(), if self.unanswered.is_none() => {
                changed.ok()?;
                Some(self.tell())
            }
        }
    }

    fn is_led_elsewhere(&self) -> bool {
        matches!(&*self.leader.borrow(), Leader::Another(leader) if !leader.is_empty())
    }

    fn tell_leader(&mut self) -> Option<ToDataPlane> {
        let leader = self.leader.borrow_and_update().clone();
        self.told_leader_at = Instant::now();
        let Leader::Another(leader) = leader else {
            self.leaderless_since = None;
            return None;
        };
        self.leaderless_since = leader.is_empty().then(Instant::now);
        (!leader.is_empty()).then(|| ToDataPlane {
            leader,
            release: RELEASE.to_owned(),
            ..ToDataPlane::default()
        })
    }

    fn hear(&mut self, message: FromDataPlane) {
        // It may say more about what it has answered: a port is free that was not.
        let Some(asked) = self.unanswered.clone().or_else(|| self.sent.clone()) else {
            return;
        };
        match message.said {
            Some(Said::Ack(ack)) if ack.version == asked.version => self.acknowledged(ack, &asked),
            Some(Said::Nack(nack)) if nack.version == asked.version => self.refused(nack),
            _ => {}
        }
    }

    fn acknowledged(&mut self, ack: Ack, asked: &Arc<Published>) {
        self.unanswered = None;
        self.board.ack(&self.pod, ack, asked);
    }

    fn refused(&mut self, nack: Nack) {
        let id = messages::SNAPSHOT_REFUSED.id;
        tracing::error!(
            pod = self.pod,
            "a data plane keeps what it has: {} [{id}]",
            nack.reason
        );
        metrics::REFUSALS.count();
        self.unanswered = None;
        // Nobody knows what a change would be made to.
        self.sent = None;
        self.board.nack(&self.pod, nack);
    }

    fn tell(&mut self) -> Option<ToDataPlane> {
        let now = self.published.borrow_and_update().clone()?;
        let nothing = Assignment::default();
        let before = self.sent.as_ref().map_or(&nothing, |sent| &sent.assignment);
        let message = ToDataPlane {
            version: now.version,
            release: RELEASE.to_owned(),
            is_whole: self.sent.is_none(),
            ..now.assignment.changes_since(before)
        };
        self.sent = Some(Arc::clone(&now));
        self.unanswered = Some(now);
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Body;
    use tonic::Code;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_does_not_say_hello_within_ten_seconds_is_told_to_go() {
        let silence = futures::stream::pending::<Result<Vec<u8>, Infallible>>();
        let request = axum::http::Request::post("/limpet.v1.Configuration/Subscribe")
            .header("content-type", "application/grpc")
            .body(Body::from_stream(silence));
        let answer = Server::new(Arc::default()).oneshot(request.expect("a request"));
        let answer = tokio::time::timeout(Duration::from_secs(11), answer).await;
        let Ok(answer) = answer.expect("it is told in time");
        let status = Status::from_header_map(answer.headers()).expect("a status");
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}
