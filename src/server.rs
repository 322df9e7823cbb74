//! Accepts connections and ends them in order.

mod metrics;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use crate::app::App;
use crate::web;

/// What one client may take of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more wait until one ends.
    pub connections: usize,
    /// From the first byte until all headers are there, and how long an idle connection is kept.
    pub headers: Duration,
    /// How long running requests may take after the stop was asked for.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1024, headers: Duration::from_secs(10), farewell: Duration::from_secs(20) }
    }
}

/// Of those who watch.
const METRICS_CONNECTIONS: usize = 16;
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// After the system refused a connection, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `app.stopping`, then lets running requests finish.
pub async fn serve(app: App, listener: TcpListener) -> io::Result<()> {
    serve_within(app, listener, Limits::default()).await
}

/// As [`serve`], with limits of one's own.
pub async fn serve_within(app: App, listener: TcpListener, limits: Limits) -> io::Result<()> {
    tokio::task::spawn_blocking(web::assets::prepare);
    let stopping = app.stopping.clone();
    let connections = app.metrics.connections.clone();
    let router = web::router(app);
    let places = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    while let Some((stream, peer, place)) = next_client(&listener, &places, &stopping).await {
        let talk = talk(router.clone(), stream, peer, place, limits, stopping.clone());
        let count = Count::of(&connections);
        open.spawn(async move {
            talk.await;
            drop(count);
        });
    }
    drop(listener);
    open.close();
    if timeout(limits.farewell, open.wait()).await.is_err() {
        tracing::warn!(open = open.len(), "stopped before every request was finished");
    }
    Ok(())
}

/// Shows the metrics, and nothing else, until the process ends: also while it drains.
pub async fn show_metrics(app: App, listener: TcpListener) -> io::Result<()> {
    let limits = Limits { connections: METRICS_CONNECTIONS, ..Limits::default() };
    let router = metrics::router(app);
    let never = CancellationToken::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    while let Some((stream, peer, place)) = next_client(&listener, &places, &never).await {
        tokio::spawn(talk(router.clone(), stream, peer, place, limits, never.clone()));
    }
    Ok(())
}

/// Counts a connection as long as it lives.
struct Count(Gauge);

impl Count {
    fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.dec();
    }
}

async fn next_client(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stopping: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accept = async {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, place)),
                Err(fault) => {
                    tracing::warn!(error = %fault, "a connection could not be accepted");
                    sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stopping.cancelled() => None,
        client = accept => client,
    }
}

async fn talk(
    router: Router,
    stream: TcpStream,
    peer: SocketAddr,
    _place: OwnedSemaphorePermit,
    limits: Limits,
    stopping: CancellationToken,
) {
    // Small answers must not wait for more; a socket that refuses this is still usable.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        router.call(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(fault) = ended {
        tracing::debug!(error = %fault, "a connection ended early");
    }
}
