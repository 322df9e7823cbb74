//! Accounts people look after themselves: a second factor, sessions they recognise, links to set a password,
//! and what a list of 100,000 users needs to be searched and sorted.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

#[derive(DeriveMigrationName)]
pub struct Migration;

const USER_COLUMNS: [&str; 5] =
    ["last_sign_in_at", "search_text", "second_factor_secret", "second_factor_since", "second_factor_step"];
const SESSION_COLUMNS: [&str; 4] = ["signed_in_at_ms", "last_used_ms", "browser", "network"];

/// One index for each order that the list of users can have, with everything its filters look at.
const INDEXES: [(&str, &str); 5] = [
    ("users_by_name", "search_text, id, tier, role, disabled_at"),
    ("users_by_email", "email, id, search_text, tier, role, disabled_at"),
    ("users_by_tier", "tier, search_text, id, role, disabled_at"),
    ("users_by_agents", "seats_used, search_text, id, tier, role, disabled_at"),
    ("users_by_sign_in", "last_sign_in_at{nulls}, id, search_text, tier, role, disabled_at"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = [
            timestamp_with_time_zone_null("last_sign_in_at"),
            text("search_text").default("").take(),
            text_null("second_factor_secret"),
            timestamp_with_time_zone_null("second_factor_since"),
            big_integer_null("second_factor_step"),
        ];
        let sessions = [
            big_integer_null("signed_in_at_ms"),
            big_integer("last_used_ms").default(0).take(),
            string("browser").default("").take(),
            string_null("network"),
        ];
        add(manager, "users", users).await?;
        add(manager, "sessions", sessions).await?;
        let conn = manager.get_connection();
        conn.execute_unprepared(
            "UPDATE sessions SET signed_in_at_ms = created_at_ms, last_used_ms = created_at_ms",
        )
        .await?;
        fill_search_text(manager).await?;
        // Whoever never signed in comes first, as in SQLite by itself.
        let is_sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        for (name, columns) in INDEXES {
            let columns = columns.replace("{nulls}", if is_sqlite { "" } else { " NULLS FIRST" });
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON users ({columns})")).await?;
        }
        for table in [recovery_codes(), password_links()] {
            manager.create_table(table).await?;
        }
        let link_owner =
            Index::create().name("password_links_user").table("password_links").col("user_id").to_owned();
        manager.create_index(link_owner).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["password_links", "recovery_codes"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (name, _) in INDEXES {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        for (table, columns) in [("sessions", &SESSION_COLUMNS[..]), ("users", &USER_COLUMNS[..])] {
            for column in columns {
                manager.alter_table(Table::alter().table(table).drop_column(*column).to_owned()).await?;
            }
        }
        Ok(())
    }
}

/// SQLite adds one column at a time.
async fn add<const N: usize>(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: [ColumnDef; N],
) -> Result<(), DbErr> {
    for column in columns {
        manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
    }
    Ok(())
}

/// Here and not in SQL: SQLite's `lower` knows no letters beyond ASCII.
async fn fill_search_text(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let conn = manager.get_connection();
    let backend = manager.get_database_backend();
    let read = Statement::from_string(backend, "SELECT email, name FROM users");
    for row in conn.query_all_raw(read).await? {
        let (email, name): (String, String) = (row.try_get("", "email")?, row.try_get("", "name")?);
        let folded = format!("{}\n{email}", name.to_lowercase());
        let write = "UPDATE users SET search_text = $1 WHERE email = $2";
        conn.execute_raw(Statement::from_sql_and_values(backend, write, [folded.into(), email.into()]))
            .await?;
    }
    Ok(())
}

fn recovery_codes() -> TableCreateStatement {
    Table::create()
        .table("recovery_codes")
        .col(uuid("user_id"))
        .col(string("code_hash"))
        .col(timestamp_with_time_zone_null("used_at"))
        .primary_key(Index::create().col("user_id").col("code_hash"))
        .foreign_key(&mut owner("recovery_codes"))
        .to_owned()
}

fn password_links() -> TableCreateStatement {
    Table::create()
        .table("password_links")
        .col(string("token_hash").primary_key())
        .col(uuid("user_id"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .foreign_key(&mut owner("password_links"))
        .to_owned()
}

fn owner(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "user_id")
        .to("users", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
