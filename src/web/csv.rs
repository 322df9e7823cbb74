//! Lists as files for a spreadsheet, sent while they are read.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt as _};

use super::error::Problem;
use crate::services::error::ServiceError;

const KIND: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");

/// A file of this name with these heads over all rows of the batches.
///
/// A fault on the way breaks the answer off, so that nobody takes a part for the whole. `batches` may be asked once
/// more after its end: compressing does so.
pub fn file<const N: usize>(
    name: &str,
    heads: [&'static str; N],
    batches: impl Stream<Item = Result<Vec<[String; N]>, ServiceError>> + Send + 'static,
) -> Response {
    let heads = stream::once(async move { Ok(vec![heads.map(str::to_owned)]) });
    let bytes = heads.chain(batches).map(|batch| {
        let rows = batch.inspect_err(|fault| tracing::error!(error = %fault, "an export broke off"))?;
        written(&rows)
    });
    let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) else {
        return Problem::internal().into_response();
    };
    let headers: [(HeaderName, HeaderValue); 2] = [(CONTENT_TYPE, KIND), (CONTENT_DISPOSITION, disposition)];
    (headers, Body::from_stream(bytes.fuse())).into_response()
}

/// The same as a text, as it was typed: for a field that people go on typing in.
pub fn text<const N: usize>(
    heads: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<String, ServiceError> {
    let fault = || ServiceError::Internal("a row could not be written");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heads).map_err(|_| fault())?;
    for row in rows {
        writer.write_record(&row).map_err(|_| fault())?;
    }
    let bytes = writer.into_inner().map_err(|_| fault())?;
    String::from_utf8(bytes).map_err(|_| fault())
}

/// Batch after batch, each read from where the one before it says that the list goes on.
pub fn batches<Row, Mark, Reading>(
    read: impl Fn(Option<Mark>) -> Reading + Send + 'static,
) -> impl Stream<Item = Result<Vec<Row>, ServiceError>> + Send + 'static
where
    Row: Send + 'static,
    Mark: Send + 'static,
    Reading: Future<Output = Result<(Vec<Row>, Option<Mark>), ServiceError>> + Send + 'static,
{
    stream::try_unfold((Some(None), read), async |(after, read)| {
        let Some(after) = after else { return Ok(None) };
        let (rows, next) = read(after).await?;
        Ok(Some((rows, (next.map(Some), read))))
    })
}

fn written<const N: usize>(rows: &[[String; N]]) -> Result<Bytes, ServiceError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let cells = row.iter().map(|cell| harmless(cell));
        let cells: Vec<Cow<'_, str>> = cells.collect();
        writer
            .write_record(cells.iter().map(|cell| cell.as_bytes()))
            .map_err(|_| ServiceError::Internal("a row could not be written"))?;
    }
    let bytes = writer.into_inner().map_err(|_| ServiceError::Internal("a row could not be written"))?;
    Ok(bytes.into())
}

/// The cell as text, also for spreadsheets that take some beginnings for a formula.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rows: &[[&str; 2]]) -> String {
        let rows: Vec<_> = rows.iter().map(|row| row.map(str::to_owned)).collect();
        String::from_utf8(written(&rows).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_are_made_harmless() {
        for beginning in ["=", "+", "-", "@", "\t", "\r"] {
            let cell = format!("{beginning}HYPERLINK(1)");
            assert_eq!(harmless(&cell), format!("'{cell}"));
        }
        for cell in ["", "Ana", "a=b", "1-2", "'=1", "José"] {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_inside_their_cell() {
        assert_eq!(
            text(&[["a,b", "say \"hi\""], ["two\nlines", ""]]),
            "\"a,b\",\"say \"\"hi\"\"\"\n\"two\nlines\",\n"
        );
        assert_eq!(text(&[["=1+1", "\"=1"]]), "'=1+1,\"\"\"=1\"\n");
    }
}
