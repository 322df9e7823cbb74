//! Lets administrators find people and agents among very many by the beginning of a name or an address, and agents
//! by their state.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Index, table and what beginnings are looked for.
const BEGINNINGS: [(&str, &str, &str); 5] = [
    ("users_email_beginning", "users", "email"),
    // Both begin with the name in lower case, whatever the script.
    ("users_name_beginning", "users", "search_text"),
    ("helpdesk_users_email_beginning", "helpdesk_users", "email"),
    ("helpdesk_users_name_beginning", "helpdesk_users", "search"),
    ("demos_name_beginning", "demos", "lower(business_name)"),
];
const STATES: [(&str, &str); 3] = [
    ("helpdesk_users_state", "helpdesk_users (state, id)"),
    ("helpdesk_users_no_password", "helpdesk_users (state, id) WHERE NOT password_set"),
    ("operations_failed", "operations (helpdesk_user_id) WHERE status = 'failed'"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        // PostgreSQL's own order of texts depends on the language, and is none that beginnings could be found in.
        let order = if conn.get_database_backend() == DbBackend::Postgres { " text_pattern_ops" } else { "" };
        for (name, table, text) in BEGINNINGS {
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON {table} ({text}{order})")).await?;
        }
        for (name, place) in STATES {
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON {place}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let names = BEGINNINGS.iter().map(|(name, ..)| name).chain(STATES.iter().map(|(name, _)| name));
        for name in names {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        Ok(())
    }
}
