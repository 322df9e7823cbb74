use chrono::DateTime;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::ids::UserId;

const INBOXES: [i64; 4] = [1, 2, 3, 4];

fn agent(number: i64) -> Agent {
    let id = AgentId(Uuid::from_u128(u128::try_from(number).unwrap()));
    Agent {
        name: format!("Agent {number}"),
        email: format!("owner+{number}@acme.example"),
        tag: format!("tag-{number}"),
        state: AgentState::Ready,
        chatwoot_user: Some(ChatwootUserId(number)),
        linked: true,
        verified: true,
        ..Agent::wished(id, UserId(Uuid::nil()), DateTime::UNIX_EPOCH)
    }
}

/// Agents 1 to `count`, each with a part of the inboxes.
fn wishes(count: i64) -> Vec<(Agent, Vec<InboxMapping>)> {
    let mapping =
        |inbox| InboxMapping { inbox: InboxId(inbox), wanted: true, present: true, unsettled_until: None };
    let inboxes =
        |number: i64| INBOXES.into_iter().filter(move |inbox| (number + inbox) % 2 == 0).map(mapping);
    (1..=count).map(|number| (agent(number), inboxes(number).collect())).collect()
}

fn wished(all: &[(Agent, Vec<InboxMapping>)]) -> Vec<Wished<'_>> {
    all.iter().map(|(agent, mappings)| Wished { agent, mappings }).collect()
}

/// A Chatwoot that agrees with every wish, with a human administrator and another tenant's inbox beside.
fn agreeing(all: &[(Agent, Vec<InboxMapping>)]) -> Seen {
    let person = |(agent, _): &(Agent, Vec<InboxMapping>)| Person {
        id: agent.chatwoot_user.unwrap(),
        name: agent.name.clone(),
        email: agent.email.clone(),
        role: Some(ROLE.to_owned()),
        tag: Some(agent.tag.clone()),
    };
    let human = Person {
        id: ChatwootUserId(1_000),
        name: "Human".into(),
        email: "human@chat.example".into(),
        role: Some("administrator".into()),
        tag: None,
    };
    let members = |inbox: i64| {
        let inside = all.iter().filter(|(_, mappings)| {
            mappings.iter().any(|mapping| mapping.inbox.0 == inbox && mapping.wanted)
        });
        let ours = inside.map(|(agent, _)| agent.chatwoot_user.unwrap());
        (InboxId(inbox), ours.chain([human.id]).collect())
    };
    Seen {
        inboxes: INBOXES.into_iter().map(members).collect(),
        people: all.iter().map(person).chain([human.clone()]).collect(),
        gone: BTreeSet::new(),
    }
}

fn tags(all: &[(Agent, Vec<InboxMapping>)]) -> BTreeSet<String> {
    all.iter().map(|(agent, _)| agent.tag.clone()).collect()
}

#[test]
fn an_agent_is_only_missed_where_it_should_be() {
    let mut all = wishes(1);
    assert!(expected_in_account(&all[0].0));
    let nobody = Seen::default();
    for change in [
        (|agent: &mut Agent| agent.state = AgentState::SettingUp) as fn(&mut Agent),
        |agent| agent.removal_wanted = true,
        |agent| agent.linked = false,
        |agent| agent.chatwoot_user = None,
    ] {
        all[0].0 = agent(1);
        change(&mut all[0].0);
        assert_eq!(differences(&wished(&all), &nobody), []);
    }
}

#[test]
fn a_number_that_belongs_to_somebody_else_says_that_the_person_is_gone() {
    let all = wishes(1);
    let mut seen = agreeing(&all);
    seen.people[0].tag = Some("tag-of-another-installation".into());
    let found = differences(&wished(&all), &seen);
    assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [Kind::PersonGone]);
}

#[test]
fn many_at_once_are_three_and_more_than_a_fifth() {
    let guards = |missing, watched| is_mass_disappearance(missing, watched);
    assert!(guards(3, 3) && guards(3, 14) && guards(21, 100));
    assert!(!guards(2, 2) && !guards(3, 15) && !guards(20, 100) && !guards(0, 0));
}

#[test]
fn every_stored_word_reads_back_to_itself() {
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.key()), Some(kind));
    }
}

/// What a person may do in Chatwoot to one agent, and what must be found.
fn edit(seen: &mut Seen, who: &Agent, edit: u8, inbox: i64) -> (Kind, i64) {
    let id = who.chatwoot_user.unwrap();
    let at = seen.people.iter().position(|person| person.id == id).unwrap();
    let members = seen.inboxes.get_mut(&InboxId(inbox)).unwrap();
    match edit {
        0 | 1 => {
            seen.people.remove(at);
            seen.inboxes.values_mut().for_each(|members| members.retain(|member| *member != id));
            if edit == 0 {
                seen.gone.insert(id);
                return (Kind::PersonGone, 0);
            }
            (Kind::LeftAccount, 0)
        }
        2 => {
            seen.people[at].role = Some("administrator".into());
            (Kind::RoleChanged, 0)
        }
        3 => {
            seen.people[at].role = None;
            (Kind::RoleChanged, 0)
        }
        4 => {
            seen.people[at].name.push('!');
            (Kind::Renamed, 0)
        }
        _ if members.remove(&id) => (Kind::LeftInbox, inbox),
        _ => {
            members.insert(id);
            (Kind::JoinedInbox, inbox)
        }
    }
}

proptest! {
    #[test]
    fn nothing_differs_from_a_chatwoot_that_agrees(count in 0_i64..20) {
        let all = wishes(count);
        prop_assert_eq!(differences(&wished(&all), &agreeing(&all)), []);
        prop_assert_eq!(unregistered(&agreeing(&all).people, &tags(&all)), []);
    }

    #[test]
    fn every_single_edit_is_found_and_nothing_else(
        count in 1_i64..20, who in 0_usize..20, kind in 0_u8..7, inbox in 1_i64..5,
    ) {
        let all = wishes(count);
        let who = &all[who % all.len()].0;
        let mut seen = agreeing(&all);
        let (kind, subject) = edit(&mut seen, who, kind, inbox);
        let found = differences(&wished(&all), &seen);
        prop_assert_eq!(found.len(), 1, "{:?}", found);
        prop_assert_eq!((found[0].agent, found[0].kind, found[0].subject), (Some(who.id), kind, subject));
        seen.people.reverse();
        prop_assert_eq!(differences(&wished(&all), &seen), found, "the order of a list changes nothing");
    }

    #[test]
    fn whoever_carries_a_mark_of_nobody_is_found(count in 0_i64..20, number in 2_000_i64..3_000) {
        let all = wishes(count);
        let mut seen = agreeing(&all);
        seen.people.insert(0, Person {
            id: ChatwootUserId(number),
            name: "Nobody's".into(),
            email: "nobody@acme.example".into(),
            role: None,
            tag: Some("unknown".into()),
        });
        let found = unregistered(&seen.people, &tags(&all));
        prop_assert_eq!(found.iter().map(|one| one.subject).collect::<Vec<_>>(), vec![number]);
        prop_assert_eq!(differences(&wished(&all), &seen), []);
    }
}
