use super::support::Program;

const COMMANDS: [&[&str]; 24] = [
    &[],
    &["serve"],
    &["demo"],
    &["sandbox"],
    &["migrate"],
    &["migrate", "up"],
    &["migrate", "down"],
    &["migrate", "status"],
    &["user"],
    &["user", "add"],
    &["user", "list"],
    &["user", "set-tier"],
    &["user", "set-role"],
    &["user", "set-password"],
    &["user", "disable"],
    &["user", "enable"],
    &["demos"],
    &["demos", "add"],
    &["demos", "list"],
    &["demos", "remove"],
    &["audit"],
    &["audit", "verify"],
    &["reconcile"],
    &["doctor"],
];

#[tokio::test]
async fn every_command_explains_itself() {
    let program = Program::new().await;
    for command in COMMANDS {
        let ran = program.run(&[command, &["--help"]].concat());
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{command:?}");
        assert!(ran.out.contains("Usage: localboxs"), "{command:?}: {}", ran.out);
    }
}

#[tokio::test]
async fn help_lists_what_works_and_nothing_that_does_not_yet() {
    let help = Program::new().await.run(&["--help"]).succeeded().out;
    for works in [
        "DATABASE_URL",
        "--chatwoot-platform-api-key",
        "TRUSTED_PROXIES",
        "LOG_FORMAT",
        "NAME_FILE",
        "ADMIN_SECOND_FACTOR",
        "SIGN_IN_LINKS",
        "INTEGRATION_ENCRYPTION_KEY",
        "METRICS_ADDR",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ] {
        assert!(help.contains(works), "{works} is not in: {help}");
    }
    for ours in ["lease", "check-seconds"] {
        assert!(!help.contains(ours), "{ours} is in: {help}");
    }
}

#[tokio::test]
async fn help_never_shows_what_the_environment_holds() {
    let mut program = Program::new().await;
    program.set("CHATWOOT_API_KEY", "canary-in-the-environment");
    for args in [["--help"], ["-h"]] {
        assert!(!program.run(&args).succeeded().out.contains("canary"));
    }
}

#[tokio::test]
async fn wrong_usage_ends_with_status_two() {
    let program = Program::new().await;
    let wrong: [&[&str]; 6] = [
        &["bogus"],
        &["user", "add"],
        &["user", "set-role", "--email", "a@b.example", "--role", "KING"],
        &["demos", "remove", "--email", "a@b.example", "--id", "1"],
        &["demo", "--database-url", "postgres://localhost/live"],
        &["sandbox", "--port", "99999"],
    ];
    for args in wrong {
        let ran = program.run(args);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{args:?}");
        assert!(!ran.err.is_empty(), "{args:?}");
    }
}
