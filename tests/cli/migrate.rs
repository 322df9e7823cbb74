use super::support::Program;

#[tokio::test]
async fn changes_are_applied_taken_back_and_applied_again() {
    let program = Program::new().await;
    let status = || -> Vec<bool> {
        let out = program.run(&["migrate", "status"]).succeeded().out;
        out.lines().map(|line| line.starts_with("applied ")).collect()
    };
    let count = status().len();
    assert_eq!(status(), vec![false; count]);

    program.run(&["migrate", "up"]).succeeded();
    assert_eq!(status(), vec![true; count]);
    program.run(&["migrate", "up"]).succeeded();
    assert_eq!(status(), vec![true; count]);

    program.run(&["migrate", "down"]).succeeded();
    assert_eq!(status(), [vec![true; count - 1], vec![false]].concat());
    for _ in 1..count {
        program.run(&["migrate", "down"]).succeeded();
    }
    assert_eq!(status(), vec![false; count]);
    assert_eq!(program.run(&["migrate", "down"]).succeeded().out, "There is nothing to take back.\n");

    program.run(&["migrate", "up"]).succeeded();
    assert_eq!(status(), vec![true; count]);
}

#[tokio::test]
async fn a_command_that_needs_tables_says_how_to_make_them() {
    let program = Program::new().await;
    for args in [["user", "list"], ["demos", "list"]] {
        program.run(&args).failed_with("The database lacks tables; run `localboxs migrate up` first.");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_named_without_its_password() {
    let mut program = Program::new().await;
    program.set("DATABASE_URL", "postgres://me:canary@127.0.0.1:1/none");
    let ran = program.run(&["migrate", "up"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.starts_with("The database cannot be reached"), "{}", ran.err);
    assert!(ran.err.contains("DATABASE_URL") && !ran.err.contains("canary"), "{}", ran.err);
}
