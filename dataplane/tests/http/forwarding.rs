//! What reaches the backend, and what comes back.

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, forward_to};

on_both_drivers! {
    fn a_get_goes_to_the_backend_and_back(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let response = gateway.get("/");
        assert_eq!((response.status, response.text()), (200, "one"));
    }

    fn connections_are_kept_on_both_sides(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..10 {
            assert_eq!(client.get("/").text(), "one");
        }
        assert_eq!(backend.connections(), 1);
    }
}
