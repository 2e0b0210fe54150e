//! What becomes of a request: it is answered here, redirected, or forwarded to an endpoint.
//!
//! It knows no protocol: a head comes in, and an answer goes to the [`ClientStream`]. Tested over real sockets in
//! `tests/http/`.

use http::{HeaderValue, Method, StatusCode};
use limpet_schema::snapshot::Redirect;

use super::client_stream::{After, ClientStream};
use super::context::RequestContext;
use super::fault::Fault;
use super::flow::flow;
use super::local_reply::LocalReply;
use super::outcome::Parties;
use super::request::Request;
use super::retry::{Next, forward};
use super::rewrite::{Origin, location};
use super::sender::Sender;
use super::timeouts::Limits;
use crate::config::socket::Socket;
use crate::config::{Action, Forward, RouteMatch, cors};
use crate::proto::field_name::Known;
use crate::proto::fields::Fields;
use crate::proto::h1::claims::CLAIMS;
use crate::proto::h1::protocol_error::ProtocolError;
use crate::transport::client::Client;

/// How often one request begins anew, each time by another configuration: its own limit ends it too.
const ROUNDS_MAX: u32 = 8;

/// Answers a request.
pub async fn dispatch(stream: &mut ClientStream<'_>, request: &mut Request) -> After {
    if let Some(after) = before_routing(stream, request).await {
        return after;
    }
    let mut rounds = 0;
    loop {
        match begin(stream, request, rounds).await {
            Next::After(after) => return after,
            Next::Flow(begun) => return Box::pin(flow(stream, begun, request)).await,
            Next::Again => rounds += 1,
        }
    }
}

/// What needs no route: what the request says of its sender, and how far it may go. `Some`: it is
/// answered.
async fn before_routing(stream: &mut ClientStream<'_>, request: &mut Request) -> Option<After> {
    #[cfg(feature = "fault-injection")]
    assert!(!asks_for_a_panic(request), "a test asked for this");
    stream.core.stats.requests.add(1);
    match request.has_claims {
        true if stream.client.is_trusted => {
            let trusted = &stream.core.settings.trusted_proxies;
            request.sender = Sender::of(&request.head.fields, trusted);
        }
        true => request.head.fields.remove_any(CLAIMS),
        false => {}
    }
    if request.may_be_forwarded() {
        return None;
    }
    let status = match request.head.method {
        Method::OPTIONS => StatusCode::OK,
        // What it would repeat may hold secrets.
        _ => StatusCode::NOT_IMPLEMENTED,
    };
    let reply = LocalReply::of_rule(status, Fields::default());
    Some(stream.answer(&reply, Parties::of(request)).await)
}

/// What a rule does with a request.
enum Does<'a> {
    Answer(LocalReply),
    Forward(&'a Forward),
}

/// Answers a request, or has its answer begin. `rounds`: how often it has begun before.
async fn begin(stream: &mut ClientStream<'_>, request: &Request, rounds: u32) -> Next {
    let (core, client) = (stream.core, stream.client);
    let config = core.config();
    let socket = config
        .as_ref()
        .and_then(|config| config.socket(client.socket));
    let socket = socket.filter(|socket| socket.is_tls() == client.is_tls());
    let (Some(config), Some(socket)) = (&config, socket) else {
        return Next::After(leave_unserved(stream, request, rounds).await);
    };
    if is_misdirected(socket, client, request) {
        let fault = Fault::Refused(ProtocolError::HostMisdirected);
        return Next::After(stream.answer_fault(fault, Parties::of(request)).await);
    }
    let found = config.find(socket, core.index, &request.host, &request.head);
    let parties = Parties {
        found: found.as_ref(),
        ..Parties::of(request)
    };
    let Some(found) = &found else {
        return Next::After(stream.answer_fault(Fault::NoRoute, parties).await);
    };
    match act(client, found, request) {
        Err(fault) => Next::After(stream.answer_fault(fault, parties).await),
        Ok(Does::Answer(reply)) => Next::After(stream.answer(&reply, parties).await),
        Ok(Does::Forward(to)) => {
            let limits = Limits::of(to, &core.settings, stream.outcome.since);
            let may_repeat = rounds < ROUNDS_MAX;
            let asks = (request, client);
            let budget = &core.replay_budget;
            let context = RequestContext::new(config, to, found, asks, limits, may_repeat, budget);
            forward(stream, &context, parties).await
        }
    }
}

/// Whether its host leads to another listener than the client's server name did.
fn is_misdirected(socket: &Socket, client: &Client, request: &Request) -> bool {
    client
        .tls
        .as_ref()
        .is_some_and(|session| socket.is_misdirected(session.server_name.as_deref(), &request.host))
}

fn act<'a>(client: &Client, found: &RouteMatch<'a>, request: &Request) -> Result<Does<'a>, Fault> {
    if let Some(cors) = &found.rule.cors
        && cors::is_preflight(&request.head)
    {
        let mut fields = cors.answer(&request.head);
        found.rule.edits.response(&mut fields);
        let reply = LocalReply::of_rule(StatusCode::NO_CONTENT, fields);
        return Ok(Does::Answer(reply));
    }
    match &found.rule.action {
        Action::Redirect(to) => {
            let reply = redirect(client, to, found, request);
            reply.map(Does::Answer).ok_or(Fault::NoBackend)
        }
        Action::Forward(to) => Ok(Does::Forward(to)),
    }
}

/// Nothing is served there any more. A request that was routed before is answered all the same.
async fn leave_unserved(stream: &mut ClientStream<'_>, request: &Request, rounds: u32) -> After {
    match rounds {
        0 => After::Close,
        _ => {
            let parties = Parties::of(request);
            stream.answer_fault(Fault::Unreachable, parties).await
        }
    }
}

/// The answer that leads there; `None`: it cannot be said in a field.
fn redirect(
    client: &Client,
    to: &Redirect,
    found: &RouteMatch<'_>,
    request: &Request,
) -> Option<LocalReply> {
    let origin = Origin {
        head: &request.head,
        host: &request.host,
        scheme: request.scheme(client),
        listener_port: request.port(found.listener.port),
        prefix_len: found.prefix_len,
    };
    let location = HeaderValue::try_from(location(to, origin)).ok()?;
    let status = StatusCode::from_u16(to.status).ok()?;
    let mut fields = Fields::default();
    fields.add(Known::Location, location.as_bytes());
    if let Some(cors) = &found.rule.cors {
        cors.respond(&request.head, &mut fields);
    }
    found.rule.edits.response(&mut fields);
    Some(LocalReply::of_rule(status, fields))
}

#[cfg(feature = "fault-injection")]
fn asks_for_a_panic(request: &Request) -> bool {
    let mut fields = request.head.fields.iter();
    fields.any(|(name, _)| name == b"x-limpet-panic")
}
