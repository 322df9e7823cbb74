use sea_orm::ConnectionTrait as _;

use super::support::Program;

const EMAIL: &str = "owner@bakery.example";

/// A tenant whose chain has three entries.
async fn program() -> Program {
    let program = Program::migrated().await;
    program.run(&["user", "add", "--email", EMAIL, "--name", "Rosa"]).succeeded();
    for change in ["disable", "enable"] {
        program.run(&["user", change, "--email", EMAIL]).succeeded();
    }
    program
}

async fn execute(program: &Program, statements: &[&str]) {
    let db = program.database.open().await;
    for statement in statements {
        db.read().execute_unprepared(statement).await.unwrap();
    }
    db.close().await;
}

/// What somebody does who owns the database.
async fn unlock(program: &Program) {
    let walls: &[&str] = if program.database.is_postgres() {
        &["DROP FUNCTION audit_events_append_only() CASCADE"]
    } else {
        &["DROP TRIGGER audit_events_no_update", "DROP TRIGGER audit_events_no_delete"]
    };
    execute(program, walls).await;
}

#[tokio::test]
async fn a_whole_log_is_counted() {
    let program = Program::migrated().await;
    assert_eq!(program.run(&["audit", "verify"]).succeeded().out, "0 entries in 0 chains are whole.\n");
    program.run(&["user", "add", "--email", EMAIL, "--name", "Rosa"]).succeeded();
    assert_eq!(program.run(&["audit", "verify"]).succeeded().out, "1 entry in 1 chain is whole.\n");
    program.run(&["user", "add", "--email", "b@bakery.example", "--name", "Ben"]).succeeded();
    assert_eq!(program.run(&["audit", "verify"]).succeeded().out, "2 entries in 2 chains are whole.\n");
}

#[tokio::test]
async fn the_first_broken_entry_is_named_with_its_chain() {
    let program = program().await;
    unlock(&program).await;
    execute(&program, &["UPDATE audit_events SET actor = 'system' WHERE seq = 2"]).await;
    let ran = program.run(&["audit", "verify"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    let start = format!("The audit log is broken: in the chain of {EMAIL} (");
    assert!(ran.err.starts_with(&start), "{}", ran.err);
    assert!(
        ran.err.contains("), entry 2 (id ") && ran.err.contains(" UTC) was changed after it was written.")
    );
}

#[tokio::test]
async fn entries_that_are_gone_are_missed() {
    let program = program().await;
    unlock(&program).await;
    execute(&program, &["DELETE FROM audit_events WHERE seq = 3"]).await;
    let ran = program.run(&["audit", "verify"]);
    assert!(ran.err.contains("entry 3 is missing: the chain's last entry was cut off."), "{}", ran.err);
    execute(&program, &["DELETE FROM audit_events"]).await;
    let ran = program.run(&["audit", "verify"]);
    assert!(ran.err.contains("entry 1 is missing: the chain's last 3 entries were cut off."), "{}", ran.err);
    assert_eq!(ran.status, Some(1));
}

#[tokio::test]
async fn entries_from_before_the_chain_are_chained_by_the_migration() {
    let program = program().await;
    while program.run(&["migrate", "status"]).out.contains("applied  m20261128_000008") {
        program.run(&["migrate", "down"]).succeeded();
    }
    program.run(&["migrate", "up"]).succeeded();
    assert_eq!(program.run(&["audit", "verify"]).succeeded().out, "3 entries in 1 chain are whole.\n");
    program.run(&["user", "disable", "--email", EMAIL]).succeeded();
    assert_eq!(program.run(&["audit", "verify"]).succeeded().out, "4 entries in 1 chain are whole.\n");
}
