//! The hand-over from the control thread to a core, in every interleaving of its steps.
//!
//! The code under test is the data plane's own; channel and bell are models. An order that nobody
//! would be woken for shows as a deadlock.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use loom::sync::{Arc, Condvar, Mutex, mpsc as channel};
use loom::thread;

#[path = "../src/server/hand_over/mailbox.rs"]
mod mailbox;

use mailbox::{Inbox, Line};

/// A socket that takes one byte: more rings are lost, as in a full one.
#[derive(Clone, Default)]
struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    fn wait(&self) {
        let (rings, woken) = &*self.0;
        let mut rings = rings.lock().expect("no panic");
        while !*rings {
            rings = woken.wait(rings).expect("no panic");
        }
    }

    fn set(&self, rings: bool) {
        *self.0.0.lock().expect("no panic") = rings;
        self.0.1.notify_all();
    }
}

impl mailbox::Bell for Bell {
    fn ring(&self) {
        self.set(true);
    }

    fn silence(&self) {
        self.set(false);
    }
}

fn pair() -> (Line<u8, Bell>, Inbox<u8, Bell>) {
    let (orders, received) = channel::channel();
    let bell = Bell::default();
    (Line::new(orders, bell.clone()), Inbox::new(received, bell))
}

#[test]
fn what_is_there_already_is_taken_without_waiting() {
    model(|| {
        let (line, inbox) = pair();
        line.give(1);
        assert_eq!(inbox.try_next(), Some(1));
        assert_eq!(inbox.try_next(), None);
    });
}

/// What a living core does.
fn take(inbox: &Inbox<u8, Bell>) -> u8 {
    let next = inbox.next(async || inbox.bell.wait());
    let mut context = Context::from_waker(Waker::noop());
    match pin!(next).poll(&mut context) {
        Poll::Ready(order) => order.expect("the line is there"),
        Poll::Pending => unreachable!("waiting blocks the thread here"),
    }
}

/// All interleavings with up to three switches that no wait explains: those that show a bug are
/// nearly always among them.
fn model(steps: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(steps);
}

#[test]
fn every_order_arrives_and_in_order() {
    model(|| {
        let (line, inbox) = pair();
        let giver = thread::spawn(move || {
            (1..=3).for_each(|order| line.give(order));
            line
        });
        assert_eq!([take(&inbox), take(&inbox), take(&inbox)], [1, 2, 3]);
        giver.join().expect("no panic");
    });
}

#[test]
fn every_order_of_two_givers_arrives() {
    model(|| {
        let (line, inbox) = pair();
        let line = Arc::new(line);
        let giver = |order| {
            let line = Arc::clone(&line);
            thread::spawn(move || line.give(order))
        };
        let givers = [giver(1), giver(2)];
        assert_eq!(take(&inbox) + take(&inbox), 3);
        for giver in givers {
            giver.join().expect("no panic");
        }
    });
}

/// Where a core's life ends.
#[derive(Clone, Copy)]
enum Death {
    BeforeTheBell,
    AfterTheBell,
    AfterSilence,
}

/// A core that dies, having taken nothing but a ring; or not, when an order is there already.
fn die(inbox: &Inbox<u8, Bell>, death: Death) -> Option<u8> {
    let rung = async || {
        match death {
            Death::BeforeTheBell => {}
            Death::AfterTheBell => inbox.bell.wait(),
            Death::AfterSilence => {
                inbox.bell.wait();
                mailbox::Bell::silence(&inbox.bell);
            }
        }
        std::future::pending().await
    };
    let mut context = Context::from_waker(Waker::noop());
    match pin!(inbox.next(rung)).poll(&mut context) {
        Poll::Ready(order) => order,
        Poll::Pending => None,
    }
}

#[test]
fn a_core_that_starts_again_takes_what_was_given_meanwhile() {
    for death in [
        Death::BeforeTheBell,
        Death::AfterTheBell,
        Death::AfterSilence,
    ] {
        model(move || {
            let (line, inbox) = pair();
            let giver = thread::spawn(move || {
                (1..=2).for_each(|order| line.give(order));
                line
            });
            let first = die(&inbox, death).unwrap_or_else(|| take(&inbox));
            assert_eq!([first, take(&inbox)], [1, 2]);
            giver.join().expect("no panic");
        });
    }
}
