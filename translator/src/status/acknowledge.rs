//! `Programmed`, from the data plane's answer.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use limpet_schema::messages;
use serde_json::Value;

use super::condition::{MESSAGE_CHARS_MAX, fitting, with_id};
use super::{INGRESS_LISTENER, ObjectStatus};

/// What a data plane answered to a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By listener name: where it is served, or why it cannot be.
    pub listeners: BTreeMap<String, Result<SocketAddr, String>>,
    /// Why the whole snapshot was refused.
    pub refused: Option<String>,
    /// Nobody has answered yet: nothing is settled.
    pub is_pending: bool,
}

/// How a `Programmed` condition ends.
struct Verdict {
    status: &'static str,
    reason: &'static str,
    message: String,
}

/// Whether an answer may change what is said about an object: of routes, which have no `Programmed`
/// and of which there are most, it changes nothing.
#[must_use]
pub fn awaits_answer(object: &ObjectStatus) -> bool {
    !["HTTPRoute", "XBackend"].contains(&object.kind.as_str())
}

/// Settles every `Programmed` that waits for the data plane.
pub fn acknowledge(statuses: &mut [ObjectStatus], report: &Report) {
    if report.is_pending {
        return;
    }
    for object in statuses.iter_mut().filter(|object| awaits_answer(object)) {
        match object.kind.as_str() {
            "Gateway" | "ListenerSet" => acknowledge_gateway(object, report),
            "Ingress" => acknowledge_ingress(object, report),
            _ => {
                settle(&mut object.status, &report.whole());
            }
        }
    }
}

impl Report {
    fn whole(&self) -> Verdict {
        match &self.refused {
            None => programmed(),
            Some(refused) => Verdict {
                status: "False",
                reason: "ProgrammingFailed",
                message: with_id(
                    format_args!("The data plane keeps the configuration it had: {refused}"),
                    &messages::SNAPSHOT_REFUSED,
                ),
            },
        }
    }

    fn listener(&self, name: &str) -> Verdict {
        match (&self.refused, self.listeners.get(name)) {
            (None, Some(Err(error))) => Verdict {
                status: "False",
                reason: "Invalid",
                message: with_id(
                    format_args!(
                        "{error}. Free the address or choose another; ports below 1024 need a \
                         privilege"
                    ),
                    &messages::LISTENER_ADDRESS_UNAVAILABLE,
                ),
            },
            (None, None) => Verdict {
                status: "Unknown",
                reason: "Pending",
                message: "Waiting for the data plane".to_owned(),
            },
            _ => Verdict {
                reason: self.whole().reason_of_listener(),
                ..self.whole()
            },
        }
    }
}

impl Verdict {
    /// The Gateway API knows `Invalid`, not `ProgrammingFailed`.
    fn reason_of_listener(&self) -> &'static str {
        if self.status == "True" {
            "Programmed"
        } else {
            "Invalid"
        }
    }
}

/// What we say of what is served.
const SERVED: &str = "Served by the data plane";

/// Whether a status says, in our words, that the object is served.
#[must_use]
pub fn says_served(status: &Value) -> bool {
    let mut conditions = status["conditions"].as_array().into_iter().flatten();
    conditions.any(|known| {
        known["type"] == "Programmed" && known["status"] == "True" && known["message"] == SERVED
    })
}

fn programmed() -> Verdict {
    Verdict {
        status: "True",
        reason: "Programmed",
        message: SERVED.to_owned(),
    }
}

/// A Gateway is programmed when one of its listeners is.
fn acknowledge_gateway(object: &mut ObjectStatus, report: &Report) {
    let mut served = None;
    for listener in items(&mut object.status, "listeners") {
        let name = listener["name"].as_str().unwrap_or_default();
        let kind = &object.kind;
        let name = format!("{kind}/{}/{}/{name}", object.namespace, object.name);
        let verdict = report.listener(&name);
        let is_served = verdict.status == "True";
        let was_waiting = settle(listener, &verdict);
        if was_waiting && (is_served || served.is_none()) {
            served = Some(verdict);
        }
    }
    if let Some(mut verdict) = served {
        if verdict.status == "False" && report.refused.is_none() {
            verdict.reason = "AddressNotUsable";
        }
        settle(&mut object.status, &verdict);
    }
}

fn acknowledge_ingress(object: &mut ObjectStatus, report: &Report) {
    let Some(ingress) = object.status.pointer_mut("/loadBalancer/ingress/0") else {
        return;
    };
    let port = &mut ingress["ports"][0];
    match (&report.refused, report.listeners.get(INGRESS_LISTENER)) {
        // Any port was asked for; another one is what clients see, wherever it leads.
        (None, Some(Ok(address))) if port["port"] == 0 => port["port"] = address.port().into(),
        (None, Some(Ok(_))) => {}
        (None, None) => {}
        _ => {
            port["error"] = "ProgrammingFailed".into();
            object
                .warnings
                .push(report.listener(INGRESS_LISTENER).message);
        }
    }
}

/// Looks, and adds nothing: indexing would put null where there is none.
fn items<'a>(holder: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = holder.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// Whether there was a `Programmed` that waited.
fn settle(holder: &mut Value, verdict: &Verdict) -> bool {
    let waiting = items(holder, "conditions")
        .find(|condition| condition["type"] == "Programmed" && condition["status"] == "Unknown");
    let Some(condition) = waiting else {
        return false;
    };
    condition["status"] = verdict.status.into();
    condition["reason"] = verdict.reason.into();
    condition["message"] = fitting(verdict.message.clone(), MESSAGE_CHARS_MAX).into();
    true
}
