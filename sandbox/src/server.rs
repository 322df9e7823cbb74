//! Listening, and the way of one call from the connection to its answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::answer::Answer;
use crate::call::Call;
use crate::delivery::{Delivery, deliver};
use crate::inner::Inner;
use crate::plan::Plan;
use crate::script::{Closed, Script};

/// Until there may be file descriptors again.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(10);
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// A running listener; dropping it leaves it running.
#[derive(Debug)]
pub(crate) struct Listening {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Listening {
    /// Listens on the address and answers every call from the shared state.
    pub(crate) async fn start(address: SocketAddr, inner: Arc<Inner>) -> io::Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, inner, stopped));
        Ok((Self { stop, task }, address))
    }

    /// Closes the listener and every open connection, and returns when that is done.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        let _ = self.task.await;
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(serve(stream, Arc::clone(&inner)))),
                Err(_) => sleep(PAUSE_AFTER_FAILURE).await,
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, inner: Arc<Inner>) {
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| {
        let inner = Arc::clone(&inner);
        let reset = Arc::clone(&reset);
        async move { respond(request, inner, &reset).await }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = Pin::new(&mut connection).await;
    if ended.is_err() && reset.load(Ordering::Relaxed) {
        let stream = connection.into_parts().io.into_inner();
        let _ = stream.set_zero_linger();
    }
}

/// The answer to one request; an error closes the connection without a byte.
async fn respond(
    request: Request<Incoming>,
    inner: Arc<Inner>,
    reset: &AtomicBool,
) -> Result<Response<Script>, Closed> {
    let mut call = received(request).await?;
    let plan = inner.plan(&call);
    if plan.strips_underscores {
        call.headers = without_underscores(&call.headers);
    }
    let number = inner.note(&call);
    let answer = if plan.delay.is_zero() {
        work(&inner, &call, &plan)
    } else {
        late_work(&inner, call, &plan).await?
    };
    if !plan.hold.is_zero() {
        sleep(plan.hold).await;
    }
    match deliver(plan.reply, &answer, inner.now()) {
        Delivery::Send(response) => {
            inner.answered(number, response.status().as_u16());
            Ok(*response)
        }
        Delivery::Hang => std::future::pending().await,
        Delivery::Close => Err(Closed),
        Delivery::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(Closed)
        }
    }
}

/// Whatever the caller gets to see, the work is done here and now or not at all.
fn work(inner: &Inner, call: &Call, plan: &Plan) -> Answer {
    let answer = if plan.commits { inner.answer(call) } else { Answer::empty() };
    if plan.is_fault() {
        inner.reached(plan);
    }
    answer
}

/// Chatwoot finishes what it has begun even if the caller has gone, so this goes on without it.
async fn late_work(inner: &Arc<Inner>, call: Call, plan: &Plan) -> Result<Answer, Closed> {
    let inner = Arc::clone(inner);
    let plan = plan.clone();
    let run = inner.run();
    let task = tokio::spawn(async move {
        sleep(plan.delay).await;
        (inner.run() == run).then(|| work(&inner, &call, &plan))
    });
    task.await.ok().flatten().ok_or(Closed)
}

async fn received(request: Request<Incoming>) -> Result<Call, Closed> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await;
    let body: Bytes = body.map_err(|_| Closed)?.to_bytes();
    Ok(Call {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    })
}

fn without_underscores(headers: &HeaderMap) -> HeaderMap {
    let kept = headers.iter().filter(|(name, _)| !name.as_str().contains('_'));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
