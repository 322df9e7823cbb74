//! Each metric's name and what it says.

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::{Gauges, Metrics};

impl Metrics {
    /// All of it in Prometheus' text form.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry())?;
        Ok(text)
    }

    fn registry(&self) -> Registry {
        let mut all = Registry::with_prefix("localboxs");
        all.register("http_requests", "Requests answered", self.requests.clone());
        all.register("http_request_seconds", "How long requests took", self.request_seconds.clone());
        all.register("http_connections", "Open connections of clients", self.connections.clone());
        all.register("chatwoot_calls", "Calls to Chatwoot by how they ended", self.calls.clone());
        all.register("chatwoot_call_seconds", "How long calls to Chatwoot took", self.call_seconds.clone());
        all.register(
            "chatwoot_calls_put_off",
            "Calls to Chatwoot that were not made, by why",
            self.calls_put_off.clone(),
        );
        all.register(
            "chatwoot_breaker_opened",
            "How often Chatwoot was left alone after failures",
            self.breaker_opened.clone(),
        );
        all.register("operation_attempts", "Steps of operations by how they ended", self.attempts.clone());
        all.register("operations_in_hand", "Operations this process works on", self.in_hand.clone());
        all.register("leases_lost", "Operations taken over by another process", self.leases_lost.clone());
        all.register(
            "stale_results_refused",
            "Results not stored because the lease was lost",
            self.results_refused.clone(),
        );
        all.register("database_faults", "Work that the database failed", self.database_faults.clone());
        self.now.register(&mut all);
        all
    }
}

impl Gauges {
    fn register(&self, all: &mut Registry) {
        all.register("build", "The running version", self.build.clone());
        all.register("uptime_seconds", "Since the process started", self.uptime.clone());
        all.register("stopping", "1 while the process drains", self.stopping.clone());
        all.register("database_up", "1 while the database answers", self.database_up.clone());
        all.register("database_pool_connections", "Connections to the database", self.pool.clone());
        all.register(
            "chatwoot_up",
            "0 while Chatwoot is left alone: away or failing",
            self.chatwoot_up.clone(),
        );
        all.register(
            "chatwoot_paused_seconds",
            "For how much longer Chatwoot asked not to be called",
            self.chatwoot_paused.clone(),
        );
        all.register("chatwoot_health", "1 for what the last look found", self.health.clone());
        all.register("operations", "Operations that are not done", self.operations.clone());
        all.register(
            "operations_oldest_due_seconds",
            "How long the operation due first has been waiting",
            self.oldest_due.clone(),
        );
        all.register("agents", "Agents that are not removed", self.agents.clone());
        all.register("drift", "Differences between what is set here and Chatwoot", self.drift.clone());
        all.register(
            "work_paused",
            "1 while work waits because many agents are missing in Chatwoot at once",
            self.work_paused.clone(),
        );
        all.register("replicas", "Processes that share the database", self.replicas.clone());
    }
}
