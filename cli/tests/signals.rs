//! What signals do to a running gateway.

mod support;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use support::{Backends, Limpet, PATIENCE, free_port, gateway};

#[test]
fn signals_that_mean_something_to_others_end_nothing() {
    let (backends, port) = (Backends::start(1), free_port());
    let mut limpet = Limpet::start(&[
        ("echo.yaml", &backends.manifest()),
        ("gateway.yaml", &gateway(port)),
    ]);
    // The kernel would deliver these first, as their numbers are lower.
    limpet.signal("USR1");
    limpet.signal("USR2");
    assert!(limpet.terminate().success());
}

/// The Service `echo` with one pod, which takes requests and answers none.
fn silent_pod() -> (TcpListener, String) {
    let pod = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = pod.local_addr().expect("it is bound").port();
    let manifest = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: echo, namespace: test-infra}}\n\
         spec: {{ports: [{{name: http, port: 80}}]}}\n---\n\
         apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
         metadata: {{name: echo-1, namespace: test-infra, labels: {{kubernetes.io/service-name: echo}}}}\n\
         addressType: IPv4\nports: [{{name: http, port: {port}}}]\n\
         endpoints: [{{addresses: [127.0.0.1], targetRef: {{kind: Pod, name: silent, uid: uid-of-silent}}}}]\n"
    );
    (pod, manifest)
}

#[test]
fn ctrl_c_again_ends_it_at_once() {
    let ((pod, manifest), port) = (silent_pod(), free_port());
    let mut limpet = Limpet::start(&[("echo.yaml", &manifest), ("gateway.yaml", &gateway(port))]);
    let mut client = TcpStream::connect(("127.0.0.1", port)).expect("it is served");
    client
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .expect("sent");
    let _asked = pod.accept().expect("the pod is asked");
    limpet.signal("INT");
    // The drain has begun once nobody is taken in any more.
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(Instant::now() < until, "it goes on accepting");
    }
    let start = Instant::now();
    limpet.signal("INT");
    assert_eq!(limpet.wait().code(), Some(130));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}
