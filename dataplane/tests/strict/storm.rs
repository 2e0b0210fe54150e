//! A worker that dies under a connect storm costs the connections it had, and none that waited.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use limpet_dataplane::DataPlane;

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, PATIENCE, forward_to};

const STORM: usize = 300;

/// What a busy core waits for before it dies.
struct Gate {
    reached: mpsc::Sender<()>,
    opened: mpsc::Receiver<()>,
}

/// Keeps every core busy until its gate opens, and has it die then.
fn block_then_die(plane: &DataPlane, gates: Vec<Gate>) {
    let gates = Arc::new(Mutex::new(gates));
    plane.ask_affinity::<()>(move |_| {
        let gate = gates.lock().expect("nobody panics with it").pop();
        let gate = gate.expect("there is one for each core");
        gate.reached.send(()).expect("the test waits");
        let _ = gate.opened.recv_timeout(PATIENCE);
        panic!("a test asked this worker to die");
    });
}

on_both_drivers! {
    fn clients_in_the_queue_of_a_worker_that_dies_are_served(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let (reached, is_reached) = mpsc::channel();
        let (keys, gates): (Vec<_>, Vec<_>) = (0..2)
            .map(|_| {
                let (key, opened) = mpsc::channel::<()>();
                (key, Gate { reached: reached.clone(), opened })
            })
            .unzip();
        thread::scope(|scope| {
            scope.spawn(|| block_then_die(&gateway.plane, gates));
            for _ in 0..2 {
                is_reached.recv_timeout(PATIENCE).expect("the core is busy");
            }
            // All of these wait in the queues.
            let mut waiting: Vec<Client> = (0..STORM).map(|_| gateway.connect()).collect();
            for client in &mut waiting {
                client.send("GET / HTTP/1.1|host: a||");
            }
            drop(keys);
            for client in &mut waiting {
                assert_eq!(client.response().text(), "one");
            }
        });
        let restarts = gateway.plane.metrics();
        assert!(restarts.contains("limpet_worker_restarts_total 2\n"), "{restarts}");
    }

    fn panics_in_a_storm_cost_their_own_connections_only(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let is_over = Arc::new(AtomicBool::new(false));
        let hostile: Vec<_> = (0..2)
            .map(|_| {
                let (is_over, address) = (Arc::clone(&is_over), gateway.address);
                thread::spawn(move || {
                    while !is_over.load(Ordering::SeqCst) {
                        let mut client = Client::connect(address);
                        client.send("GET / HTTP/1.1|host: a|x-limpet-panic: 1||").expect_closed();
                    }
                })
            })
            .collect();
        for _ in 0..STORM {
            assert_eq!(gateway.get("/").text(), "one");
        }
        is_over.store(true, Ordering::SeqCst);
        for client in hostile {
            client.join().expect("its connections are closed without an answer");
        }
    }
}
