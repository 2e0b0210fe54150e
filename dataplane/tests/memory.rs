//! That memory does not grow with what is carried. Each test is alone in its process, which it measures.

mod support;

#[path = "tls/scene.rs"]
#[allow(dead_code)]
mod scene;
#[path = "memory/transfer.rs"]
mod transfer;

use limpet_dataplane::Driver;
use support::{Client, Gateway, alone, forward_to, resident_bytes};
use transfer::{LavishBackend, PIECE, SlowBackend, Wire};

const CARRIED: usize = 300 * 1024 * 1024;
/// Encrypting takes a while in a build for tests.
const CARRIED_ENCRYPTED: usize = 100 * 1024 * 1024;
/// What one transfer may add, the test's own buffers and the allocator's slack included.
const GROWTH_MAX: usize = 1024 * 1024;
/// How many clients wait in the middle of their transfers at once.
const SLOW: usize = 8;
/// What each of them may add, with what its own end of the transfer needs.
const GROWTH_EACH_MAX: usize = 768 * 1024;
const NAME: &str = "a.example";

fn expect_growth(transfer: impl Fn(usize) -> usize, carried: usize, max: usize) {
    transfer(16 * PIECE);
    let before = resident_bytes();
    let growth = transfer(carried).saturating_sub(before);
    assert!(growth <= max, "grew by {growth} bytes");
}

fn encrypting(driver: Driver, backend: &support::Backend) -> scene::Gateway {
    let snapshot = scene::snapshot(&[(NAME, backend.address)]);
    scene::Gateway::start(driver, snapshot, &scene::certificates(&[NAME]))
}

/// As many clients as are slow at once.
fn many<S: Wire>(connect: impl Fn() -> Client<S>) -> Vec<Client<S>> {
    (0..SLOW).map(|_| connect()).collect()
}

#[test]
fn an_upload_of_300_mib_to_a_slow_endpoint_grows_memory_by_no_more_than_1_mib() {
    let name = "an_upload_of_300_mib_to_a_slow_endpoint_grows_memory_by_no_more_than_1_mib";
    alone(name, |driver| {
        let slow = SlowBackend::start();
        let gateway = Gateway::start(driver, forward_to(&[slow.backend.address]));
        let upload = |len| slow.upload(vec![gateway.connect()], NAME, len);
        expect_growth(upload, CARRIED, GROWTH_MAX);
    });
}

#[test]
fn a_client_that_takes_its_download_slowly_costs_a_window() {
    alone(
        "a_client_that_takes_its_download_slowly_costs_a_window",
        |driver| {
            let lavish = LavishBackend::start();
            let gateway = Gateway::start(driver, forward_to(&[lavish.backend.address]));
            let download = |len| lavish.download(many(|| gateway.connect()), NAME, len);
            expect_growth(download, CARRIED, SLOW * GROWTH_EACH_MAX);
        },
    );
}

#[test]
fn an_encrypted_upload_to_a_slow_endpoint_costs_a_window() {
    let name = "an_encrypted_upload_to_a_slow_endpoint_costs_a_window";
    alone(name, |driver| {
        let slow = SlowBackend::start();
        let gateway = encrypting(driver, &slow.backend);
        let upload = |len| slow.upload(many(|| gateway.connect_to(NAME)), NAME, len);
        expect_growth(upload, CARRIED_ENCRYPTED, SLOW * GROWTH_EACH_MAX);
    });
}

#[test]
fn a_client_that_takes_its_encrypted_download_slowly_costs_a_window() {
    alone(
        "a_client_that_takes_its_encrypted_download_slowly_costs_a_window",
        |driver| {
            let lavish = LavishBackend::start();
            let gateway = encrypting(driver, &lavish.backend);
            let download = |len| lavish.download(many(|| gateway.connect_to(NAME)), NAME, len);
            expect_growth(download, CARRIED_ENCRYPTED, SLOW * GROWTH_EACH_MAX);
        },
    );
}
