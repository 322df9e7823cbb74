//! A large installation, stored in bulk, and how long administrators wait for it.

use std::time::{Duration, Instant};

use localboxs::app::App;
use localboxs::clock::Clock;
use localboxs::config::Config;
use localboxs::db::{self, Db};
use localboxs::domain::limits::LimitName;
use localboxs::domain::tier::Limit;
use localboxs::domain::user::{Sort, UserFilter};
use localboxs::services::accounts::directory;
use localboxs::services::agents::across;
use localboxs::services::tier_limits;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::{Outcome, pages};

const ROUNDS: usize = 300;

/// How this database writes what differs between the two.
struct Words {
    id: &'static str,
    id_as_text: &'static str,
    now: &'static str,
    /// `n` from 1 to the number in place of `{}`.
    series: &'static str,
}

const SQLITE: Words = Words {
    id: "randomblob(16)",
    id_as_text: "hex(id)",
    now: "'2026-11-23T12:00:00+00:00'",
    series: "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s)",
};
const POSTGRES: Words = Words {
    id: "gen_random_uuid()",
    id_as_text: "id::text",
    now: "TIMESTAMPTZ '2026-11-23 12:00:00+00'",
    series: "(SELECT n FROM generate_series(1, {}) n)",
};

/// Applies the schema, stores about this many tenants and agents, and says how long the questions about them take.
pub async fn run(database: &str, tenants: u64, agents: u64) -> Outcome {
    let db = Db::connect(database, 2).await?;
    db::migrate::up(&db).await?;
    let begin = Instant::now();
    fill(&db, tenants, agents).await?;
    say(&format!(
        "stored {tenants} tenants and about {agents} agents in {:.1} s",
        begin.elapsed().as_secs_f64()
    ));
    let given = |name: &str| (name == "ADMIN_SECOND_FACTOR").then(|| "optional".to_owned());
    let app = App::new(Config::read(&given)?, db.clone(), None, Clock::System);
    for (tier, agents, demos) in [("FREE", 0, 0), ("FREE", 1, 1), ("PRO", 2, 1), ("PRO_PLUS", 4, 2)] {
        let wanted =
            [(LimitName::HelpdeskAgents, Limit::AtMost(agents)), (LimitName::Demos, Limit::AtMost(demos))];
        let mut over = 0;
        let times = time(async || {
            let preview = tier_limits::preview(&app, tier, &wanted).await?;
            over =
                preview.effects.iter().filter_map(|effect| effect.over.as_ref()).map(|over| over.total).sum();
            Ok(())
        });
        let times = times.await?;
        say(&format!("preview {tier} to {agents} agents and {demos} demos ({over} over): {times}"));
    }
    let times = time(async || Ok(tier_limits::list(&app).await.map(drop)?)).await?;
    say(&format!("all tiers with their tenants counted: {times}"));
    let times = time(async || Ok(tier_limits::history(&app, "PRO", None).await.map(drop)?)).await?;
    say(&format!("history of a tier: {times}"));
    lists(&app).await?;
    pages::run(&app).await?;
    db.close().await;
    Ok(())
}

/// The pages of Users and Agents.
async fn lists(app: &App) -> Outcome {
    for sort in Sort::ALL {
        let filter = UserFilter { sort, descending: true, ..UserFilter::default() };
        let times = time(async || Ok(directory::directory(app, &filter, 1).await.map(drop)?)).await?;
        say(&format!("users by {}: {times}", sort.key()));
    }
    let filter = UserFilter { search: "99".into(), ..UserFilter::default() };
    let times = time(async || Ok(directory::directory(app, &filter, 1).await.map(drop)?)).await?;
    say(&format!("users with a text in their name: {times}"));
    for show in ["attention", "all"] {
        let asked = across::Asked { show: show.into(), ..across::Asked::default() };
        let times = time(async || Ok(across::list(app, &asked).await.map(drop)?)).await?;
        say(&format!("agents, {show}: {times}"));
    }
    Ok(())
}

async fn fill(db: &Db, tenants: u64, agents: u64) -> Outcome {
    let conn = db.read();
    let sqlite = conn.get_database_backend() == DbBackend::Sqlite;
    let Words { id, id_as_text, now, series } = if sqlite { SQLITE } else { POSTGRES };
    let many = series.replace("{}", &tenants.to_string());
    // From none to twice the average, so that every lower limit is above some and below others.
    let most = 2 * agents / tenants.max(1);
    let seats = series.replace("{}", &most.max(1).to_string());
    let number = "CAST(substr(u.name, 8) AS integer)";
    for statement in [
        format!(
            "INSERT INTO users (id, email, name, search_text, password_hash, role, tier, created_at, updated_at) \
             SELECT {id}, 'tenant' || n || '@bench.example', 'Tenant ' || n, 'tenant ' || n || ' tenant' || n || \
             '@bench.example', '', 'USER', CASE WHEN n % 10 < 6 THEN 'FREE' \
             WHEN n % 10 < 8 THEN 'PRO' WHEN n % 10 < 9 THEN 'PRO_PLUS' ELSE 'ENTERPRISE' END, {now}, {now} FROM {many} s"
        ),
        format!(
            "INSERT INTO helpdesk_users (id, user_id, seat, name, email, search, tag, state, password_set, linked, verified, \
             created_at, updated_at) SELECT {id}, u.id, s.n, 'Agent ' || s.n, {number} || '+' || s.n || '@bench.example', \
             'agent ' || s.n, '', CASE WHEN {number} % 100 = 0 THEN 'needs_attention' ELSE 'ready' END, TRUE, TRUE, TRUE, {now}, {now} FROM users u JOIN {seats} s ON s.n <= {number} % {}",
            most + 1
        ),
        format!(
            "INSERT INTO demos (id, user_id, business_name, business_url, created_at) SELECT {id}, u.id, 'Business', \
             'https://business.example', {now} FROM users u JOIN {} s ON s.n <= {number} % 4",
            series.replace("{}", "3")
        ),
        format!(
            "INSERT INTO tenant_overrides (user_id, limit_name, value, reason, created_at) SELECT u.id, \
             'maxHelpdeskAgents', 9, 'bench', {now} FROM users u WHERE {number} % 200 = 0"
        ),
        format!(
            "INSERT INTO audit_events (id, at, tenant_id, actor, action, object, object_id, seq, prev_hash, hash) \
             SELECT {id}, {now}, user_id, 'system', 'agent.ready', 'agent', {id_as_text}, 1000000 + seat, '', '' FROM helpdesk_users"
        ),
        format!(
            "INSERT INTO audit_events (id, at, actor, action, object, object_id, seq, prev_hash, hash) \
             SELECT {id}, {now}, 'operator', 'tier.renamed', 'tier', 'PRO', 1000000 + n, '', '' FROM {many} s"
        ),
        if sqlite { "ANALYZE".to_owned() } else { "VACUUM ANALYZE".to_owned() },
    ] {
        conn.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Median and 99th percentile of many rounds.
pub async fn time(mut work: impl AsyncFnMut() -> Outcome) -> Outcome<String> {
    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        work().await?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let ms = |at: usize| times[at].as_secs_f64() * 1000.0;
    Ok(format!("p50 {:.1} ms, p99 {:.1} ms", ms(ROUNDS / 2), ms(ROUNDS * 99 / 100)))
}

#[expect(clippy::print_stdout, reason = "what it found is its answer")]
pub fn say(line: &str) {
    println!("{line}");
}
