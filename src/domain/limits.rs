//! The ten limits of a tier: what each is called, counted in, and starts from.

use super::tier::Limit;

/// One of the ten things a tier limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LimitName {
    Demos,
    Workflows,
    KnowledgeBases,
    Documents,
    Integrations,
    HelpdeskAgents,
    ApiCalls,
    DocumentSize,
    ChunkSize,
    ChunksPerDocument,
}

/// Limits that are shown together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Helpdesk,
    Workspace,
    Documents,
    Api,
}

/// What there is to know about a limit.
struct Facts {
    /// The spelling of the API and of stored names.
    key: &'static str,
    /// How the API names it inside a change.
    path: &'static str,
    column: &'static str,
    label: &'static str,
    /// What it is counted in, for one and for many.
    units: (&'static str, &'static str),
    group: Group,
}

const fn facts(
    [key, path, column, label]: [&'static str; 4],
    units: (&'static str, &'static str),
    group: Group,
) -> Facts {
    Facts { key, path, column, label, units, group }
}

/// In the order of [`LimitName::ALL`].
#[rustfmt::skip]
const FACTS: [Facts; 10] = [
    facts(["maxDemos", "limits.maxDemos", "max_demos", "Demos"], ("demo", "demos"), Group::Workspace),
    facts(["maxWorkflows", "limits.maxWorkflows", "max_workflows", "Workflows"], ("workflow", "workflows"), Group::Workspace),
    facts(["maxKnowledgeBases", "limits.maxKnowledgeBases", "max_knowledge_bases", "Knowledge bases"], ("knowledge base", "knowledge bases"), Group::Documents),
    facts(["maxDocuments", "limits.maxDocuments", "max_documents", "Documents"], ("document", "documents"), Group::Documents),
    facts(["maxIntegrations", "limits.maxIntegrations", "max_integrations", "Integrations"], ("integration", "integrations"), Group::Workspace),
    facts(["maxHelpdeskAgents", "limits.maxHelpdeskAgents", "max_helpdesk_agents", "Helpdesk agents"], ("agent", "agents"), Group::Helpdesk),
    facts(["apiCallsPerMonth", "limits.apiCallsPerMonth", "api_calls_per_month", "API calls per month"], ("call", "calls"), Group::Api),
    facts(["documentSizeLimit", "limits.documentSizeLimit", "document_size_limit", "Document size"], ("MB", "MB"), Group::Documents),
    facts(["chunkSize", "limits.chunkSize", "chunk_size", "Chunk size"], ("character", "characters"), Group::Documents),
    facts(["maxChunksPerDocument", "limits.maxChunksPerDocument", "max_chunks_per_document", "Chunks per document"], ("chunk", "chunks"), Group::Documents),
];

/// A megabyte as document sizes are counted.
pub const MIB: i64 = 1024 * 1024;
/// The largest number of anything, bytes included.
pub const MOST: i64 = i32::MAX as i64;
/// What a chunk's size can be.
pub const CHUNK_SIZES: (i64, i64) = (100, 32_000);

/// What the four seeded tiers start from, in the order of [`LimitName::ALL`].
const DEFAULTS: [(&str, [i64; 10]); 4] = [
    ("FREE", [1, 2, 1, 10, 1, 1, 1_000, 5 * MIB, 1_000, 50]),
    ("PRO", [5, 10, 5, 100, 3, 3, 10_000, 25 * MIB, 2_000, 200]),
    ("PRO_PLUS", [25, 50, 25, 1_000, 10, 5, 100_000, 100 * MIB, 4_000, 1_000]),
    ("ENTERPRISE", [-1, -1, -1, -1, -1, -1, -1, 500 * MIB, 8_000, -1]),
];

impl LimitName {
    pub const ALL: [Self; 10] = [
        Self::Demos,
        Self::Workflows,
        Self::KnowledgeBases,
        Self::Documents,
        Self::Integrations,
        Self::HelpdeskAgents,
        Self::ApiCalls,
        Self::DocumentSize,
        Self::ChunkSize,
        Self::ChunksPerDocument,
    ];

    /// The spelling of the API, such as `maxDemos`.
    pub fn key(self) -> &'static str {
        self.facts().key
    }

    /// Reads [`LimitName::key`] back.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.key() == key)
    }

    /// Its field in a change sent to the API, such as `limits.maxDemos`.
    pub fn path(self) -> &'static str {
        self.facts().path
    }

    /// Its column in the tables.
    pub fn column(self) -> &'static str {
        self.facts().column
    }

    /// What administrators read.
    pub fn label(self) -> &'static str {
        self.facts().label
    }

    /// What it is counted in.
    pub fn unit(self) -> &'static str {
        self.facts().units.1
    }

    /// What `count` of it are called.
    pub fn unit_of(self, count: i64) -> &'static str {
        if count == 1 { self.facts().units.0 } else { self.unit() }
    }

    /// Whether it can be without an end.
    pub fn can_be_unlimited(self) -> bool {
        self != Self::ChunkSize
    }

    /// Whether we know how much of it each tenant uses, so that a change's effect can be counted.
    pub fn is_counted(self) -> bool {
        matches!(self, Self::HelpdeskAgents | Self::Demos)
    }

    fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }
}

impl Group {
    pub const ALL: [Self; 4] = [Self::Helpdesk, Self::Workspace, Self::Documents, Self::Api];

    pub fn label(self) -> &'static str {
        match self {
            Self::Helpdesk => "Helpdesk",
            Self::Workspace => "Workspace",
            Self::Documents => "Documents",
            Self::Api => "API",
        }
    }

    pub fn limits(self) -> impl Iterator<Item = LimitName> {
        LimitName::ALL.into_iter().filter(move |name| name.facts().group == self)
    }
}

/// A value for each of the ten limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits([i64; 10]);

impl Limits {
    /// Takes the stored values (-1 means no limit) in the order of [`LimitName::ALL`].
    pub fn new(stored: [i64; 10]) -> Self {
        Self(stored)
    }

    /// What a tier of this key starts from; `None` for tiers that we did not bring.
    pub fn defaults(tier: &str) -> Option<Self> {
        DEFAULTS.into_iter().find(|(key, _)| *key == tier).map(|(_, limits)| Self(limits))
    }

    pub fn get(&self, name: LimitName) -> Limit {
        Limit::from_stored(self.0[name as usize])
    }

    /// The stored and API form, where -1 means no limit.
    pub fn stored(&self, name: LimitName) -> i64 {
        self.get(name).stored()
    }

    /// The same with these values instead.
    #[must_use]
    pub fn with(mut self, changes: impl IntoIterator<Item = (LimitName, Limit)>) -> Self {
        for (name, limit) in changes {
            self.0[name as usize] = limit.stored();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_stands_in_one_group_and_reads_its_own_key_back() {
        let grouped: Vec<LimitName> = Group::ALL.into_iter().flat_map(Group::limits).collect();
        assert_eq!(grouped.len(), 10);
        for name in LimitName::ALL {
            assert!(grouped.contains(&name));
            assert_eq!(LimitName::parse(name.key()), Some(name));
            assert_eq!(name.path(), format!("limits.{}", name.key()));
        }
        assert_eq!(LimitName::parse("max_demos"), None);
    }

    #[test]
    fn a_change_touches_nothing_else() {
        let before = Limits::defaults("PRO").unwrap();
        let after = before.with([(LimitName::HelpdeskAgents, Limit::Unlimited)]);
        assert_eq!(after.stored(LimitName::HelpdeskAgents), -1);
        assert!(LimitName::ALL.into_iter().filter(|name| before.get(*name) != after.get(*name)).count() == 1);
        assert_eq!(Limits::defaults("GOLD"), None);
    }
}
