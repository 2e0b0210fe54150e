//! The floor: a bare TCP relay. One connection to the backend for each of a client, bytes copied
//! both ways, nothing looked at.

use std::net::SocketAddr;

use monoio::io::{AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt, Splitable};
use monoio::net::{ListenerOpts, TcpListener, TcpStream};

use crate::args::RelayArgs;
use crate::error::{Context, Result};
use crate::runtime;

/// Large enough for a 64 KiB body not to be cut up more than the socket does.
const BUFFER_BYTES: usize = 64 * 1024;

/// Relays until it is killed.
pub fn serve(args: &RelayArgs) -> Result<()> {
    let threads: Vec<_> = (0..args.workers)
        .map(|_| {
            let args = args.clone();
            std::thread::spawn(move || worker(&args))
        })
        .collect();
    for thread in threads {
        thread.join().expect("a worker never panics")?;
    }
    Ok(())
}

fn worker(args: &RelayArgs) -> Result<()> {
    let mut runtime = runtime::build(args.driver).context(|| "a runtime".to_owned())?;
    runtime.block_on(async {
        let options = ListenerOpts::new().reuse_port(true).backlog(1024);
        let listener = TcpListener::bind_with_config(args.listen, &options)
            .context(|| format!("cannot listen on {}", args.listen))?;
        loop {
            // A client that went away again is no reason to end.
            if let Ok((client, _)) = listener.accept().await {
                monoio::spawn(relay(client, args.to));
            }
        }
    })
}

async fn relay(client: TcpStream, to: SocketAddr) {
    let Ok(upstream) = TcpStream::connect(to).await else {
        return;
    };
    // Only latency would tell, and the bench shows it.
    let _ = client.set_nodelay(true);
    let _ = upstream.set_nodelay(true);
    let (client_read, client_write) = client.into_split();
    let (upstream_read, upstream_write) = upstream.into_split();
    monoio::spawn(copy(client_read, upstream_write));
    copy(upstream_read, client_write).await;
}

async fn copy(mut from: impl AsyncReadRent, mut to: impl AsyncWriteRent) {
    let mut buffer = Vec::with_capacity(BUFFER_BYTES);
    loop {
        let (read, full) = from.read(buffer).await;
        if !read.is_ok_and(|len| len > 0) {
            break;
        }
        let (written, empty) = to.write_all(full).await;
        if written.is_err() {
            break;
        }
        buffer = empty;
    }
    let _ = to.shutdown().await;
}
