//! Lists that cannot be read, or only in part: rows are told by number, good ones offered, what was typed stays.

use axum::http::Method;

use crate::imports::{pasted, send};
use crate::support::{Answer, Office};

const OWNER: &str = "owner@acme.example";
const IMPORT: &str = "/integrations/helpdesk/import";

fn typed(page: &Answer) -> String {
    let document = scraper::Html::parse_document(page.text());
    let area = scraper::Selector::parse("textarea#list").unwrap();
    document.select(&area).next().unwrap().text().collect()
}

#[tokio::test]
async fn what_is_no_list_is_refused_with_what_was_typed() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let before = office.everything().await;
    let many = format!("name\n{}", "Ana\n".repeat(501));
    let large = format!("name\n{}", "x".repeat(1024 * 1024));
    for (list, sentence) in [
        ("", "There are no rows yet"),
        (" \n ", "There are no rows yet"),
        ("Ana,One\nBen,Two", "It says “Ana, One”"),
        ("<b>,x\nBen,Two", "It says “<b>, x”"),
        ("name,phone\nAna,1", "a column “phone” that isn't known"),
        ("name,name\nAna,1", "“name” twice"),
        ("name\n", "no rows below it"),
        (&many, "The list has 501 rows. 500 is the most"),
        (&large, "larger than 1 MB"),
    ] {
        for htmx in [false, true] {
            let page = send(&mut owner, list, b"", htmx).await;
            assert_eq!(page.status, 422, "{sentence}");
            assert!(page.words("title").starts_with("Error: "), "{sentence}");
            assert!(page.words("#error-summary").contains(sentence), "{}", page.words("#error-summary"));
            assert!(page.words("#list-error").contains(sentence));
            assert!(page.has("#list[aria-invalid=true]") && page.has("#error-summary a[href='#list']"));
            assert_eq!(typed(&page), list, "{sentence}");
        }
    }
    assert_eq!(office.everything().await, before);
    assert!(office.app.column("SELECT status FROM imports").await.is_empty());
}

#[tokio::test]
async fn files_of_every_usual_encoding_are_read() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[]).await.client;
    let text = "name\r\nJosé “Pepe”\r\n";
    let utf16 = |big: bool| -> Vec<u8> {
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    };
    for (kind, file) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8 with a mark", [b"\xEF\xBB\xBF", text.as_bytes()].concat()),
        ("UTF-16 little end first", [b"\xFF\xFE", &utf16(false)[..]].concat()),
        ("UTF-16 big end first", [b"\xFE\xFF", &utf16(true)[..]].concat()),
        ("Windows-1252", b"name\r\nJos\xe9 \x93Pepe\x94\r\n".to_vec()),
    ] {
        let answer = send(&mut owner, "", &file, false).await;
        assert_eq!(answer.status, 303, "{kind}: {}", answer.text());
        let preview = owner.get(answer.header("location")).await;
        assert_eq!(preview.texts("#rows td[data-label=Name]"), ["José “Pepe”"], "{kind}");
        assert_eq!(preview.texts("#rows td[data-label=Row]"), ["2"], "{kind}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_list_says_so_at_its_field() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    for (file, sentence) in
        [(&b"PK\x03\x04rest"[..], "Save it as CSV there"), (b"\xFF\xFE\x00\xD8\x41", "This file isn't text")]
    {
        let page = send(&mut owner, "", file, false).await;
        assert_eq!(page.status, 422);
        assert!(page.words("#file-error").contains(sentence) && page.has("#file[aria-invalid=true]"));
    }
    for (file, sentence) in [
        ("Namen\nJosé".as_bytes(), "The first row must name the columns"),
        (b"\x89PNG\r\n\x1a\n\x0dIHDR", "The first row must name the columns"),
        (&vec![b'x'; 1024 * 1024 + 1][..], "larger than 1 MB"),
    ] {
        for htmx in [false, true] {
            let wrong = send(&mut owner, "", file, htmx).await;
            assert_eq!((wrong.status, typed(&wrong)), (422, String::new()), "{sentence}");
            assert!(wrong.words("#file-error").contains(sentence), "{}", wrong.text());
            assert!(wrong.has("#error-summary a[href='#file']") && !wrong.has("#list-error"), "{sentence}");
        }
    }
    assert_eq!(
        send(&mut owner, "", b"name\nAna", false).await.status,
        303,
        "the mended file is all it takes"
    );
    let both = send(&mut owner, "name\nAna", b"name\nBen", false).await;
    assert!(both.words("#list-error").contains("not both") && typed(&both).contains("Ana"));
}

#[tokio::test]
async fn bad_rows_are_told_by_number_and_the_good_ones_offered() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "ENTERPRISE", &[1]).await.client;
    let long = "x".repeat(101);
    let list = format!(
        "name;inboxes\nAna;1\n;1\n\nBen\0;1\n{long};\nana;\nCara;9;9\nCyd;99\nEva;\u{202e}\nDora;\"1\nFay;1\n"
    );
    let place = pasted(&mut owner, &list).await;
    let preview = owner.get(&place).await;
    let expected = [
        ("2", "Can be created"),
        ("3", "Enter the agent's name."),
        ("5", "a NUL"),
        ("6", "100 characters at most"),
        ("7", "The same name as in row 2"),
        ("8", "more cells than the first one"),
        ("9", "“99” isn't one of your inboxes"),
        ("10", "isn't one of your inboxes"),
        ("11", "never closed"),
        ("12", "Can be created"),
    ];
    let rows = preview.texts("#rows tbody tr");
    assert_eq!(rows.len(), expected.len(), "{rows:#?}");
    for (row, (number, words)) in rows.iter().zip(expected) {
        assert!(row.starts_with(&format!("{number} ")) || row.starts_with(number), "{row}");
        assert!(row.contains(words), "{row}");
    }
    assert_eq!(preview.words("#start"), "Create 2 agents");
    owner.post(&format!("{place}/start"), &[]).await;
    crate::imports::work_off(&office).await;
    let failed = owner.get(&format!("{place}/not-created.csv")).await;
    assert!(failed.text().contains("Cyd,,99,“99” isn't one of your inboxes. Check its name or number.\n"));
    let fixed = failed.text().replace("99", "1").replace("ana,", "Ana Two,");
    let preview = {
        let place = pasted(&mut owner, &fixed).await;
        owner.get(&place).await
    };
    let words = preview.words("#plan-title");
    assert!(words.starts_with("8 rows: ") && words.contains("can be created"), "{words}");
}

#[tokio::test]
async fn two_megabytes_are_refused_before_they_are_read_and_only_lists_may_be_large() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    let large = vec![b'x'; 2 * 1024 * 1024];
    let refused = send(&mut owner, "", &large, false).await;
    assert_eq!(refused.status, 413);
    assert!(refused.words("main").contains("more than 1 MB, the most a list may have"));
    let refused = send(&mut owner, "", &large, true).await;
    assert_eq!((refused.status, refused.header("hx-retarget")), (413, "#alert"));
    let list = format!("name\n{}", "y".repeat(200 * 1024));
    let call = owner.call(Method::POST, "/integrations/helpdesk/agents/new");
    assert_eq!(call.form(&[("name", &list)]).send().await.status, 413, "others keep 64 KiB");
    let place = pasted(&mut owner, &list).await;
    let preview = owner.get(&place).await;
    assert!(preview.texts("#rows tbody tr")[0].contains("too long"));
}

#[tokio::test]
async fn a_form_that_is_no_form_is_refused() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "PRO", &[]).await.client;
    for (kind, body, status) in [
        ("text/plain", "name\nAna", 415),
        ("multipart/form-data", "name\nAna", 415),
        ("multipart/form-data; boundary=x", "--x\r\nbroken", 400),
        ("application/x-www-form-urlencoded", "list=name%0AAna", 303),
    ] {
        let answer = owner.call(Method::POST, IMPORT).body(kind, body).send().await;
        assert_eq!(answer.status, status, "{kind}: {}", answer.text());
    }
}

#[tokio::test]
async fn formulas_are_harmless_in_files_and_come_back_as_typed() {
    let office = Office::open().await;
    let mut owner = office.tenant(OWNER, "FREE", &[]).await.client;
    let list = "name,inboxes\n=cmd|x,9\n+Ana,9\n-Ben,9\n@Cara,9\n";
    let place = pasted(&mut owner, list).await;
    let file = owner.get(&format!("{place}/not-created.csv")).await;
    for name in ["'=cmd|x,", "'+Ana,", "'-Ben,", "'@Cara,"] {
        assert!(file.text().contains(&format!("\n{name}")), "{}", file.text());
    }
    let place = pasted(&mut owner, file.text()).await;
    let names = owner.get(&place).await.texts("#rows td[data-label=Name]");
    assert_eq!(names, ["=cmd|x", "+Ana", "-Ben", "@Cara"]);
}
