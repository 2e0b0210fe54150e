//! What sessions cost: cryptography, memory, and requests at once.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};

use limpet_dataplane::{Driver, Settings};

use crate::on_both_drivers;
use crate::scene::{COOKIE, Keys, Pods, Sticky, ask, pod, sticky, visited};
use crate::support::{Backend, Client, PATIENCE, settings};

/// Well-formed pins that nobody sealed.
fn forged(number: usize) -> String {
    format!("EA{number:052}A")
}

/// A pod that holds each request until it is told to answer.
struct Holding {
    backend: Backend,
    arrived: Receiver<Sender<()>>,
}

impl Holding {
    fn start() -> Self {
        let (arrive, arrived) = mpsc::channel();
        let arrive = Mutex::new(arrive);
        let backend = Backend::start(move |peer| {
            while peer.receive().is_some() {
                let (release, released) = mpsc::channel();
                arrive
                    .lock()
                    .expect("not poisoned")
                    .send(release)
                    .expect("the test goes on");
                released.recv_timeout(PATIENCE).expect("released in time");
                peer.raw.send("HTTP/1.1 200 OK|content-length: 4||held");
            }
        });
        Self { backend, arrived }
    }

    /// The next request, which is answered by what this returns.
    fn next(&self) -> Sender<()> {
        self.arrived
            .recv_timeout(PATIENCE)
            .expect("a request arrives")
    }
}

/// One core, so that the bound is met exactly, and one pod with a pinned client.
fn held(driver: Driver, requests_per_session_max: u32) -> (Holding, Sticky, String) {
    let holding = Holding::start();
    let settings = Settings {
        workers: 1,
        requests_per_session_max,
        ..settings(driver)
    };
    let snapshot = sticky(vec![pod("a", holding.backend.address)]);
    let sticky = Sticky::with(settings, &Keys::new(), snapshot);
    let mut client = sticky.gateway.connect();
    client.send("GET / HTTP/1.1|host: test||");
    holding.next().send(()).expect("it waits");
    let pin = visited(client.response()).issued().to_owned();
    (holding, sticky, pin)
}

fn send(sticky: &Sticky, cookie: &str) -> Client {
    let mut client = sticky.gateway.connect();
    client.send(&format!("GET / HTTP/1.1|host: test|cookie: {cookie}||"));
    client
}

on_both_drivers! {
    fn a_remembered_pin_costs_no_cryptography(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let (_, pin) = sticky.sessions(1).remove(0);
        for _ in 0..100 {
            sticky.client_with(&pin);
        }
        assert!(sticky.opens().iter().all(|opens| *opens <= 1), "{:?}", sticky.opens());
    }

    fn a_flood_of_random_cookies_evicts_nothing(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let settings = Settings { sessions_max: 64, ..settings(driver) };
        let sticky = Sticky::with(settings, &Keys::new(), sticky(pods.all()));
        let (_, pin) = sticky.sessions(1).remove(0);
        for _ in 0..100 {
            sticky.client_with(&pin);
        }
        let mut client = sticky.gateway.connect();
        for number in 0..1000 {
            ask(&mut client, "GET", "/", &format!("cookie: {COOKIE}={}|", forged(number)));
        }
        let before = sticky.opens();
        assert!(before.iter().sum::<u64>() >= 1000, "each one was looked at");
        for _ in 0..100 {
            assert_eq!(sticky.client_with(&pin).pin, None);
        }
        assert_eq!(sticky.opens(), before, "it is still remembered");
    }

    fn more_sessions_than_the_table_holds_are_still_kept(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let settings = Settings { sessions_max: 16, ..settings(driver) };
        let sticky = Sticky::with(settings, &Keys::new(), sticky(pods.all()));
        let sessions = sticky.sessions(100);
        for (pod, pin) in sessions.iter().chain(&sessions) {
            let visit = sticky.client_with(pin);
            assert_eq!((&visit.pod, visit.pin), (pod, None));
        }
        let answers = sticky
            .gateway
            .plane
            .ask_affinity(|affinity| (affinity.occupied(), affinity.evictions()));
        for (occupied, evictions) in answers.into_iter().flatten() {
            assert!(occupied <= 16 && evictions > 0, "{occupied} {evictions}");
        }
    }

    fn requests_of_one_session_at_once_are_bounded(driver) {
        let (holding, sticky, pin) = held(driver, 2);
        let cookie = format!("{COOKIE}={pin}");
        let (mut first, one) = (send(&sticky, &cookie), holding.next());
        let (mut second, other) = (send(&sticky, &cookie), holding.next());
        let surplus = visited(send(&sticky, &cookie).response());
        assert_eq!((surplus.response.status, surplus.pin), (429, None));
        // Another session is not concerned.
        let mut stranger = sticky.gateway.connect();
        stranger.send("GET / HTTP/1.1|host: test||");
        holding.next().send(()).expect("it waits");
        assert_eq!(stranger.response().status, 200);
        for (client, release) in [(&mut first, one), (&mut second, other)] {
            release.send(()).expect("it waits");
            assert_eq!(client.response().status, 200);
        }
        let mut third = send(&sticky, &cookie);
        holding.next().send(()).expect("it waits");
        assert_eq!(third.response().status, 200);
    }

    fn the_bound_is_the_sessions_and_not_the_cookies(driver) {
        let (holding, sticky, pin) = held(driver, 1);
        let mut first = send(&sticky, &format!("{COOKIE}={pin}"));
        let one = holding.next();
        for disguise in [
            format!("{COOKIE}=x; {COOKIE}={pin}"),
            format!("{COOKIE}=\"{pin}\""),
            format!("{COOKIE}={}.{pin}", forged(1)),
        ] {
            assert_eq!(send(&sticky, &disguise).response().status, 429, "{disguise}");
        }
        one.send(()).expect("it waits");
        assert_eq!(first.response().status, 200);
    }

    fn a_client_that_leaves_gives_its_place_back(driver) {
        let (holding, sticky, pin) = held(driver, 1);
        let cookie = format!("{COOKIE}={pin}");
        let leaving = send(&sticky, &cookie);
        let release = holding.next();
        drop(leaving);
        release.send(()).expect("it waits");
        // From now on nothing is held.
        let Holding { backend: _backend, arrived } = holding;
        std::thread::spawn(move || {
            for release in arrived {
                let _ = release.send(());
            }
        });
        // The answer that nobody reads ends the request; until then the session's place is taken.
        let mut statuses = (0..1000).map(|_| send(&sticky, &cookie).response().status);
        assert!(statuses.any(|status| status == 200));
    }
}
