//! A wire between two programs that can be cut, frozen, or cut right after certain bytes went through.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Listens on a free port of 127.0.0.1 and passes every byte on to another address, until told otherwise.
#[derive(Debug)]
pub struct Cutter {
    address: SocketAddr,
    state: watch::Sender<State>,
    last_words: Arc<Mutex<Option<Vec<u8>>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Whole,
    /// Connections stay, and are taken, but nothing goes through.
    Frozen,
    /// Connections are closed, and refused.
    Cut,
}

struct Wire {
    target: SocketAddr,
    state: watch::Receiver<State>,
    last_words: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Cutter {
    /// Starts before this address.
    pub async fn before(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = watch::Sender::new(State::Whole);
        let last_words = Arc::default();
        let wire = Wire { target, state: state.subscribe(), last_words: Arc::clone(&last_words) };
        tokio::spawn(listen(listener, address, wire));
        Ok(Self { address, state, last_words })
    }

    /// Where to connect instead of the target.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes what is open and refuses what comes.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Lets nothing through, in either direction, without closing anything.
    pub fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    /// Makes it whole again; what was frozen goes on.
    pub fn mend(&self) {
        self.state.send_replace(State::Whole);
    }

    /// Once: passes on the next bytes that contain these, swallows the answer to them and closes that connection.
    pub fn cut_after(&self, bytes: &[u8]) {
        *self.last_words.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes.to_owned());
    }

    /// Whether [`Cutter::cut_after`] is still waiting for its bytes.
    pub fn is_waiting(&self) -> bool {
        self.last_words.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

async fn listen(listener: TcpListener, address: SocketAddr, mut wire: Wire) {
    let mut listening = Some(listener);
    loop {
        if wire.state.wait_for(|state| *state != State::Cut).await.is_err() {
            return;
        }
        let listener = match listening.take() {
            Some(listener) => listener,
            None => match TcpListener::bind(address).await {
                Ok(listener) => listener,
                Err(_) => return,
            },
        };
        loop {
            let accepted = tokio::select! {
                cut = wire.state.wait_for(|state| *state == State::Cut) => match cut {
                    Ok(_) => break,
                    Err(_) => return,
                },
                accepted = listener.accept() => accepted,
            };
            if let Ok((client, _)) = accepted {
                tokio::spawn(relay(client, wire.clone()));
            }
        }
    }
}

async fn relay(client: TcpStream, wire: Wire) {
    let Ok(server) = TcpStream::connect(wire.target).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let doomed = AtomicBool::new(false);
    let mut cut = wire.state.clone();
    tokio::select! {
        () = pass(from_client, to_server, &wire, &doomed, true) => {}
        () = pass(from_server, to_client, &wire, &doomed, false) => {}
        _ = cut.wait_for(|state| *state == State::Cut) => {}
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    wire: &Wire,
    doomed: &AtomicBool,
    asking: bool,
) {
    let mut state = wire.state.clone();
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if state.wait_for(|state| *state != State::Frozen).await.is_err() {
            return;
        }
        if asking && wire.are_last_words(&bytes[..count]) {
            doomed.store(true, Ordering::SeqCst);
        }
        if !asking && doomed.load(Ordering::SeqCst) {
            return;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

impl Wire {
    fn clone(&self) -> Self {
        Self { target: self.target, state: self.state.clone(), last_words: Arc::clone(&self.last_words) }
    }

    fn are_last_words(&self, bytes: &[u8]) -> bool {
        let mut wanted = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        let found = wanted.as_ref().is_some_and(|wanted| bytes.windows(wanted.len()).any(|at| at == wanted));
        if found {
            *wanted = None;
        }
        found
    }
}
