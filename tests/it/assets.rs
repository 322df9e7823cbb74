use axum::http::Method;

use crate::support::{Client, TestApp};

async fn style(client: &mut Client) -> String {
    client.get("/sign-in").await.attribute("link[rel=stylesheet]", "href")
}

#[tokio::test]
async fn every_file_that_a_page_names_is_there_for_ever() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let page = client.get("/sign-in").await;
    let icons =
        page.text().split('"').find(|part| part.contains("icons.")).unwrap().split('#').next().unwrap();
    let mut files = vec![
        (page.attribute("link[rel=stylesheet]", "href"), "text/css; charset=utf-8"),
        (page.attribute("link[rel=icon]", "href"), "image/svg+xml"),
        (icons.to_owned(), "image/svg+xml"),
    ];
    for script in page.text().split("<script src=\"").skip(1) {
        files.push((script.split('"').next().unwrap().to_owned(), "text/javascript; charset=utf-8"));
    }
    assert_eq!(files.len(), 5);
    for (file, kind) in files {
        let answer = client.get(&file).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{file}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(!answer.body.is_empty());
    }
}

#[tokio::test]
async fn a_file_is_sent_small_and_not_again_when_it_is_known() {
    let app = TestApp::new().await;
    let mut client = app.anonymous();
    let file = style(&mut client).await;
    let mut sizes = Vec::new();
    let mut tags = Vec::new();
    for offer in ["", "gzip", "gzip, br", "br;q=0, gzip"] {
        let answer = client.call(Method::GET, &file).header("accept-encoding", offer).send().await;
        sizes.push((answer.header("content-encoding").to_owned(), answer.body.len()));
        assert_eq!(answer.header("vary"), "Accept-Encoding");
        let tag = answer.header("etag").to_owned();
        let call = client.call(Method::GET, &file).header("accept-encoding", offer);
        let known = call.header("if-none-match", &tag).send().await;
        assert_eq!((known.status, known.body.len()), (304, 0), "{offer}");
        tags.push(tag);
    }
    assert_eq!(
        sizes.iter().map(|(encoding, _)| encoding.as_str()).collect::<Vec<_>>(),
        ["", "gzip", "br", "gzip"]
    );
    assert!(sizes[2].1 < sizes[1].1 && sizes[1].1 < sizes[0].1, "{sizes:?}");
    assert!(sizes[2].1 <= 6 * 1024, "the style sheet outgrew its budget");
    assert!(tags[0] != tags[1] && tags[1] != tags[2]);
}

#[tokio::test]
async fn an_outdated_name_is_not_found() {
    let app = TestApp::new().await;
    for file in [
        "/assets/app.0000000000000000.css",
        "/assets/app.css",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/Cargo.toml",
    ] {
        assert_eq!(app.anonymous().get(file).await.status, 404, "{file}");
    }
}
