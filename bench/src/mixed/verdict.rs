//! Whether the program is after the load as it was at its beginning.

use std::sync::Arc;

use super::sample::{COUNTED, Look, MEASURES, MEMORY, Minute, medians};
use super::tally::Tally;
use crate::many::say;

/// Per cent that memory may grow.
const GROWTH: u64 = 5;
/// The first sixth is for warming up, the second is compared with the last: of an hour, ten minutes each.
const PARTS: usize = 6;

/// One program's hour.
pub struct Verdict {
    pub label: &'static str,
    pub minutes: Vec<Minute>,
    pub tally: Arc<Tally>,
    pub panics: usize,
    /// Whether it ended in order when asked.
    pub in_order: bool,
    /// Whether the audit log is whole.
    pub audit: bool,
    /// People of ours in Chatwoot whom nobody knows of here, and agents that are not there although they should be.
    pub differs: usize,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        let sound = self.in_order && self.audit && self.differs == 0;
        self.grown().is_empty() && self.tally.so_far().unexpected == 0 && self.panics == 0 && sound
    }

    pub fn print(&self) {
        let (early, late) = (medians(&self.early()), medians(&self.late()));
        say(&format!("\n{}: median of the second sixth and of the last", self.label));
        for (nth, name) in MEASURES.iter().enumerate() {
            say(&format!("  {name:<10}{:>9}{:>9}", early[nth], late[nth]));
        }
        let counts = self.tally.so_far();
        say(&format!(
            "  answers by class 1xx to 5xx: {:?}, left unread: {}",
            &counts.answers[1..],
            counts.abandoned
        ));
        say(&format!("  agents created: {}", counts.created));
        say(&format!("  5xx in the words for a Chatwoot that is away: {}", counts.away));
        say(&format!("  answers that must not be: {}; panics: {}", counts.unexpected, self.panics));
        for words in &counts.words {
            say(&format!("    {words}"));
        }
        let yes = |so| if so { "yes" } else { "NO" };
        say(&format!("  ended in order: {}; audit log whole: {}", yes(self.in_order), yes(self.audit)));
        say(&format!("  people and agents that do not belong together: {}", self.differs));
        for words in self.grown() {
            say(&format!("  GREW: {words}"));
        }
    }

    /// What grew: memory by more than [`GROWTH`]; of what is counted, a late median above everything early.
    fn grown(&self) -> Vec<String> {
        let (early, late) = (self.early(), medians(&self.late()));
        let before = medians(&early);
        let mut grown = Vec::new();
        if late[MEMORY] * 100 > before[MEMORY] * (100 + GROWTH) {
            grown.push(format!("{} from {} to {}", MEASURES[MEMORY], before[MEMORY], late[MEMORY]));
        }
        for measure in COUNTED {
            let most = early.iter().map(|look| look[measure]).max().unwrap_or(0);
            if late[measure] > most {
                grown.push(format!("{} from at most {most} to {}", MEASURES[measure], late[measure]));
            }
        }
        grown
    }

    fn early(&self) -> Vec<Look> {
        let part = part(self.minutes.len());
        self.minutes.iter().skip(part).take(part).map(|minute| minute.look).collect()
    }

    fn late(&self) -> Vec<Look> {
        self.minutes.iter().rev().take(part(self.minutes.len())).map(|minute| minute.look).collect()
    }
}

/// How many minutes warming up, the beginning and the end take each.
pub fn part(minutes: usize) -> usize {
    (minutes / PARTS).max(1)
}
