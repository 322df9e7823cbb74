use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what systems and `scripts/lib/postgres.sh` choose from.
const FIRST: u16 = 10_000;
const COUNT: u16 = 9_000;

/// A port of 127.0.0.1 that nobody listens on and that no other test here is given, nor the one after it, which the
/// demo takes as well.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap();
    loop {
        let port = FIRST + (begin / 2 * 2).wrapping_add(NEXT.fetch_add(2, Ordering::SeqCst)) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
