use super::support::{Program, free_port, http};

#[tokio::test]
async fn the_sandbox_prints_its_address_and_keys_that_it_accepts() {
    let program = Program::new().await;
    let port = free_port().to_string();
    let mut running = program.start(&["sandbox", "--port", &port]);
    running.says("Inboxes: ").await;
    let said = running.said();
    let value = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("no {name} in {said}")).to_owned()
    };
    let (base, account) = (value("CHATWOOT_BASE_URL"), value("CHATWOOT_ACCOUNT_ID"));
    assert_eq!(base, format!("http://127.0.0.1:{port}"));
    let calls = [
        (format!("{base}/api/v1/accounts/{account}/inboxes"), value("CHATWOOT_API_KEY")),
        (format!("{base}/platform/api/v1/accounts/{account}"), value("CHATWOOT_PLATFORM_API_KEY")),
    ];
    for (url, key) in calls {
        let answer = http().get(&url).header("api-access-token", key).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
    }
    running.stop().await;
}
