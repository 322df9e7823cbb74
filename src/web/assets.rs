//! Files that browsers may keep for ever: their names change with their content.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use rust_embed::RustEmbed;

use super::error::Problem;
use crate::app::App;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const BROTLI_QUALITY: u32 = 11;
/// The smallest and the largest that the format knows, in bits.
const BROTLI_WINDOWS: (u32, u32) = (10, 22);

static ASSETS: LazyLock<Vec<Asset>> =
    LazyLock::new(|| Files::iter().filter_map(|name| Asset::read(&name)).collect());
static BY_URL: LazyLock<HashMap<&str, &Asset>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| (asset.url.as_str(), asset)).collect());

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/static/"]
struct Files;

struct Asset {
    name: String,
    /// `/assets/NAME.HASH.ext`.
    url: String,
    hash: String,
    kind: HeaderValue,
    plain: Bytes,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

pub fn router() -> Router<App> {
    Router::new().route("/assets/{*file}", get(serve))
}

/// Where browsers find the file of this name in `static/`; empty when there is none.
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| &asset.url)
}

/// Compresses every file, so that no request has to wait for it.
pub fn prepare() {
    for asset in &*ASSETS {
        asset.brotli();
        asset.gzip();
    }
}

async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some(asset) = BY_URL.get(format!("/assets/{file}").as_str()) else {
        return Problem::of_status(StatusCode::NOT_FOUND).into_response();
    };
    let (bytes, encoding) = asset.encoded_for(&headers);
    let tag = format!("\"{}{}\"", asset.hash, encoding.map_or_else(String::new, |name| format!("-{name}")));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.kind.clone())], bytes).into_response()
    };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

impl Asset {
    fn read(name: &str) -> Option<Self> {
        let file = Files::get(name)?;
        let hash = hash_of(file.metadata.sha256_hash());
        let (stem, extension) = name.rsplit_once('.')?;
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let charset = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
        Some(Self {
            name: name.to_owned(),
            url: format!("/assets/{stem}.{hash}.{extension}"),
            hash,
            kind: HeaderValue::try_from(format!("{kind}{charset}")).ok()?,
            plain: Bytes::from(file.data.into_owned()),
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        })
    }

    /// The smallest form that the browser says it reads.
    fn encoded_for(&self, headers: &HeaderMap) -> (Bytes, Option<&'static str>) {
        if accepts(headers, "br")
            && let Some(bytes) = self.brotli()
        {
            return (bytes, Some("br"));
        }
        if accepts(headers, "gzip")
            && let Some(bytes) = self.gzip()
        {
            return (bytes, Some("gzip"));
        }
        (self.plain.clone(), None)
    }

    fn brotli(&self) -> Option<Bytes> {
        self.brotli.get_or_init(|| self.worthwhile(brotli(&self.plain))).clone()
    }

    fn gzip(&self) -> Option<Bytes> {
        self.gzip.get_or_init(|| self.worthwhile(gzip(&self.plain))).clone()
    }

    fn worthwhile(&self, compressed: std::io::Result<Vec<u8>>) -> Option<Bytes> {
        compressed.ok().filter(|bytes| bytes.len() < self.plain.len()).map(Bytes::from)
    }
}

/// The first 8 bytes in hex: enough to tell versions of one file apart.
fn hash_of(content: [u8; 32]) -> String {
    let first = content.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

fn brotli(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer =
        brotli::CompressorWriter::new(Vec::new(), plain.len().max(1), BROTLI_QUALITY, window(plain.len()));
    writer.write_all(plain)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

/// Bits of a window over the whole file: what it takes to compress grows with the window, not with the file.
fn window(length: usize) -> u32 {
    (usize::BITS - length.leading_zeros()).clamp(BROTLI_WINDOWS.0, BROTLI_WINDOWS.1)
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(plain)?;
    writer.finish()
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next() == Some(encoding)
                && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}
