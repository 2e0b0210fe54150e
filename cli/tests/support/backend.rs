//! Pods of the Service `echo`: a thread and a loopback address each. Each answers with its name.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

/// Pods that listen on 127.0.0.11, .12, ... and one port.
pub struct Backends {
    names: Vec<String>,
    port: u16,
}

impl Backends {
    /// Starts `count` pods, `pod-0`, `pod-1`, ...
    pub fn start(count: u8) -> Self {
        // A process that a parallel test starts holds a port that was tried for a moment longer.
        let bound = (0..100).find_map(|_| bind(count, super::free_port()));
        let (port, listeners) = bound.expect("one of a hundred ports is free");
        let start = |(index, listener)| {
            let name = format!("pod-{index}");
            serve(name.clone(), listener);
            name
        };
        Self {
            names: listeners.into_iter().enumerate().map(start).collect(),
            port,
        }
    }

    /// The Service and its EndpointSlice with all pods.
    pub fn manifest(&self) -> String {
        self.manifest_of(&self.names)
    }

    /// The same, with the pods that `keep` says.
    pub fn manifest_where(&self, keep: impl Fn(&str) -> bool) -> String {
        let kept: Vec<String> = self
            .names
            .iter()
            .filter(|name| keep(name))
            .cloned()
            .collect();
        self.manifest_of(&kept)
    }

    fn manifest_of(&self, names: &[String]) -> String {
        let endpoints: String = names.iter().map(|name| self.endpoint(name)).collect();
        let endpoints = if names.is_empty() {
            " []\n".to_owned()
        } else {
            format!("\n{endpoints}")
        };
        format!(
            "apiVersion: v1\n\
             kind: Service\n\
             metadata: {{name: echo, namespace: test-infra}}\n\
             spec:\n  ports:\n  - {{name: http, port: 80, targetPort: {port}}}\n\
             ---\n\
             apiVersion: discovery.k8s.io/v1\n\
             kind: EndpointSlice\n\
             metadata:\n  name: echo-1\n  namespace: test-infra\n  labels: {{kubernetes.io/service-name: echo}}\n\
             addressType: IPv4\n\
             ports:\n- {{name: http, port: {port}}}\n\
             endpoints:{endpoints}",
            port = self.port,
        )
    }

    fn endpoint(&self, name: &str) -> String {
        let index = self
            .names
            .iter()
            .position(|known| known == name)
            .expect("it is one of ours");
        format!(
            "- addresses: [127.0.0.{}]\n  conditions: {{ready: true}}\n  \
             targetRef: {{kind: Pod, namespace: test-infra, name: {name}, uid: uid-of-{name}}}\n",
            11 + index
        )
    }
}

/// A socket for each pod, where the port is free on all of their addresses.
fn bind(count: u8, port: u16) -> Option<(u16, Vec<TcpListener>)> {
    let address = |index: u8| (Ipv4Addr::new(127, 0, 0, 11 + index), port);
    let listeners = (0..count).map(|index| TcpListener::bind(address(index)));
    Some((port, listeners.collect::<Result<_, _>>().ok()?))
}

/// Answers every request on a socket with this name.
pub fn serve(name: String, listener: TcpListener) {
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let name = name.clone();
            thread::spawn(move || converse(&name, stream));
        }
    });
}

/// Answers requests without bodies until the peer has enough.
fn converse(name: &str, stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
        }
        let reply = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{name}",
            name.len()
        );
        stream.write_all(reply.as_bytes()).ok()?;
    }
}
