//! Where a request comes from: the peer, or what a proxy that we trust says.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::app::App;

/// The client's address; `None` only when there is no connection, as in tests.
pub struct ClientIp(pub Option<IpAddr>);

impl FromRequestParts<App> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions, &parts.headers, app))
    }
}

impl ClientIp {
    /// The same of a request that is not taken apart yet.
    pub fn of(extensions: &Extensions, headers: &HeaderMap, app: &App) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .collect();
        Self(peer.map(|peer| client(peer, &forwarded, &app.config.trusted_proxies)))
    }
}

/// Walks back from the peer as long as the one who speaks is a trusted proxy.
fn client(peer: IpAddr, forwarded: &[&str], trusted: &[String]) -> IpAddr {
    let mut client = peer;
    for hop in forwarded.iter().rev() {
        if !trusted.iter().any(|network| contains(network, client)) {
            break;
        }
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

fn contains(network: &str, ip: IpAddr) -> bool {
    let (address, bits) = match network.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u32>().ok()),
        None => (network, Some(u32::MAX)),
    };
    match (address.trim().parse::<IpAddr>(), ip, bits) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(ip), Some(bits)) => {
            let shift = 32 - bits.min(32);
            (u64::from(u32::from(network)) >> shift) == (u64::from(u32::from(ip)) >> shift)
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(ip), Some(bits)) => {
            let differing = u128::from(network) ^ u128::from(ip);
            differing.leading_zeros() >= bits.min(128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<String> = trusted.iter().map(ToString::to_string).collect();
        client(peer.parse().unwrap(), forwarded, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"], &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed_for_one_hop_only() {
        let hops = ["6.6.6.6", "198.51.100.1"];
        assert_eq!(seen("10.1.2.3", &hops, &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(seen("10.1.2.3", &hops, &["10.0.0.0/8", "198.51.100.1"]), "6.6.6.6");
    }

    #[test]
    fn networks_are_compared_by_their_bits() {
        assert!(contains("0.0.0.0/0", "203.0.113.9".parse().unwrap()));
        assert!(contains("fd00::/8", "fd12::1".parse().unwrap()));
        assert!(!contains("fd00::/8", "fe80::1".parse().unwrap()));
        assert!(!contains("10.0.0.0/33x", "10.0.0.1".parse().unwrap()));
    }
}
