//! Addresses that swallow what is sent to them: connecting to one says nothing, for seconds.

use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// As a pod whose network is gone: its queue is full, so that the kernel drops what asks for more.
pub struct Swallowing {
    pub address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<Socket>,
}

pub fn swallowing() -> Swallowing {
    let listener = silent(0);
    let address = listener.local_addr().expect("bound");
    let queued = (0..4).map(|_| {
        let client = socket();
        client.set_nonblocking(true).expect("an option");
        let _ = client.connect(&address.into());
        client
    });
    Swallowing {
        address,
        _queued: queued.collect(),
        _listener: listener,
    }
}

/// Takes connections into a queue of this length, and says nothing.
pub fn silent(queue: i32) -> TcpListener {
    let socket = socket();
    let any: SocketAddr = ([127, 0, 0, 1], 0).into();
    socket.bind(&any.into()).expect("a free port");
    socket.listen(queue).expect("it listens");
    socket.into()
}

fn socket() -> Socket {
    Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket")
}
