use std::fs;

use super::support::Program;

const SECRET: &str = "canary in a setting";

#[tokio::test]
async fn each_malformed_setting_stops_the_start_with_one_sentence() {
    let malformed = [
        ("DATABASE_URL", "mysql://localhost/x"),
        ("HOST", "here"),
        ("PORT", "70000"),
        ("APP_BASE_URL", "helpdesk.acme.example"),
        ("CHATWOOT_BASE_URL", "https://chat.example.com/app"),
        ("CHATWOOT_BASE_URL", "https://me:secret@chat.example.com"),
        ("CHATWOOT_BASE_URL", "ftp://chat.example.com"),
        ("CHATWOOT_ACCOUNT_ID", "first"),
        ("CHATWOOT_ACCOUNT_ID", "0"),
        ("CHATWOOT_API_KEY", SECRET),
        ("CHATWOOT_PLATFORM_API_KEY", SECRET),
        ("INTEGRATION_ENCRYPTION_KEY", SECRET),
        ("RUST_LOG", "info=info=info"),
        ("LOG_FORMAT", "xml"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("METRICS_ADDR", "9200"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:secret@collector:4317"),
        ("OTEL_EXPORTER_OTLP_HEADERS", SECRET),
        ("ADMIN_SECOND_FACTOR", "maybe"),
        ("SIGN_IN_LINKS", "maybe"),
        ("LEASE_SECONDS", "0"),
    ];
    for (variable, value) in malformed {
        let mut program = Program::new().await;
        program.set(variable, value);
        let ran = program.run(&["serve"]);
        assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""), "{variable}");
        let sentence = ran.err.strip_suffix(".\n").unwrap_or_else(|| panic!("{variable}: {}", ran.err));
        assert!(sentence.starts_with(&format!("{variable} must be ")), "{sentence}");
        assert!(!sentence.contains('\n') && !sentence.contains(value), "{sentence}");
    }
}

#[tokio::test]
async fn every_fault_is_reported_at_once() {
    let mut program = Program::new().await;
    program.set("PORT", "x");
    program.set("HOST", "x");
    program.set("LOG_FORMAT", "x");
    let ran = program.run(&["migrate", "status"]);
    let named: Vec<&str> = ran.err.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!((ran.status, named), (Some(1), vec!["HOST", "PORT", "LOG_FORMAT"]));
}

#[tokio::test]
async fn an_empty_value_is_the_same_as_none() {
    let mut program = Program::new().await;
    for variable in
        ["HOST", "PORT", "CHATWOOT_ACCOUNT_ID", "CHATWOOT_API_KEY", "DATABASE_URL_FILE", "RUST_LOG"]
    {
        program.set(variable, " ");
    }
    program.run(&["migrate", "status"]).succeeded();
}

#[tokio::test]
async fn a_flag_wins_over_the_environment_and_that_over_dotenv() {
    let mut program = Program::new().await;
    program.unset("DATABASE_URL");
    fs::write(program.folder().join(".env"), "DATABASE_URL=sqlite://from-dotenv.db?mode=rwc\n").unwrap();
    program.run(&["migrate", "up"]).succeeded();
    program.set("DATABASE_URL", "sqlite://from-environment.db?mode=rwc");
    program.run(&["migrate", "up"]).succeeded();
    program.run(&["migrate", "up", "--database-url", "sqlite://from-flag.db?mode=rwc"]).succeeded();
    program.run(&["--database-url", "sqlite://from-early-flag.db?mode=rwc", "migrate", "up"]).succeeded();
    for name in ["from-dotenv.db", "from-environment.db", "from-flag.db", "from-early-flag.db"] {
        assert!(program.folder().join(name).exists(), "{name}");
    }
}

#[tokio::test]
async fn an_unreadable_line_in_dotenv_is_not_repeated() {
    let program = Program::new().await;
    fs::write(program.folder().join(".env"), format!("CHATWOOT_API_KEY={SECRET}\n")).unwrap();
    let ran = program.run(&["migrate", "status"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.starts_with("The file .env has a line") && !ran.err.contains("canary"), "{}", ran.err);
}

#[tokio::test]
async fn a_secret_can_stand_in_a_file() {
    let mut program = Program::new().await;
    let file = program.folder().join("secret");
    fs::write(&file, format!("{}\n", program.database.url)).unwrap();
    program.unset("DATABASE_URL");
    program.set("DATABASE_URL_FILE", file.display().to_string());
    program.run(&["migrate", "up"]).succeeded();
    assert!(program.run(&["migrate", "status"]).succeeded().out.contains("applied"));
}

#[tokio::test]
async fn a_secret_file_that_cannot_be_used_is_named() {
    let mut program = Program::new().await;
    let empty = program.folder().join("empty");
    fs::write(&empty, "\n").unwrap();
    program.set("CHATWOOT_API_KEY_FILE", "/does/not/exist");
    let missing = program.run(&["serve"]).err;
    assert!(
        missing.starts_with("CHATWOOT_API_KEY_FILE names /does/not/exist, which cannot be read"),
        "{missing}"
    );
    program.set("CHATWOOT_API_KEY_FILE", empty.display().to_string());
    assert!(
        program.run(&["serve"]).err.contains("which is empty; correct it or unset CHATWOOT_API_KEY_FILE.")
    );
    program.set("CHATWOOT_API_KEY", "token");
    program
        .run(&["serve"])
        .failed_with("CHATWOOT_API_KEY and CHATWOOT_API_KEY_FILE are both set; unset one of them.");
}
