//! What an administrator's key does in its account.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use super::http::{Call, Line, Transport};
use super::wire::{self, ListedAgent, Membership, NamedInbox, Numbered, Payload, Profile};
use super::{ChatwootError, ErrorKind, Linked, OwnedUser};
use crate::domain::drift::{Person, ROLE};
use crate::domain::ids::{ChatwootAccountId, ChatwootUserId, InboxId};
use crate::domain::inbox::Inbox;

/// What the account key's owner is in the configured account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Administrator,
    /// In the account, but not as an administrator: it cannot manage agents or inboxes.
    Agent,
    /// Not in the account, only in these (by Chatwoot's number).
    NotMember {
        visible: Vec<i64>,
    },
    /// In the account, which Chatwoot has suspended.
    Suspended,
}

/// What came of giving a person an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// Chatwoot lists the person among the inbox's members.
    Listed,
    /// Chatwoot took the person without a word (4.9.2 does not check), but it is not in the account.
    NotInAccount,
}

#[derive(Clone, Debug)]
pub(super) struct AccountClient {
    line: Line,
    account: ChatwootAccountId,
}

impl AccountClient {
    pub fn new(line: Line, account: ChatwootAccountId) -> Self {
        Self { line, account }
    }

    pub fn by(&self, transport: &Transport) -> Self {
        Self { line: self.line.by(transport), account: self.account }
    }

    pub async fn standing(&self) -> Result<Standing, ChatwootError> {
        let call = Call::get("account.standing", "/api/v1/profile".into());
        let profile: Profile = self.line.call(call, wire::json).await?;
        let ours = profile.accounts.iter().find(|membership| membership.id == self.account.0);
        Ok(ours.map_or_else(|| not_member(&profile), standing_of))
    }

    pub async fn inboxes(&self) -> Result<Vec<Inbox>, ChatwootError> {
        let call = Call::get("account.inboxes", self.path("inboxes")).listing();
        let list: Payload<NamedInbox> = self.line.call(call, wire::json).await?;
        let mut inboxes: Vec<Inbox> = list.payload.into_iter().map(Inbox::from).collect();
        // Chatwoot 4.9.2 loses its own order on the way out.
        inboxes.sort_by_key(|inbox| inbox.id);
        Ok(inboxes)
    }

    pub async fn agents(&self) -> Result<Vec<Person>, ChatwootError> {
        let call = Call::get("account.agents", self.path("agents")).listing();
        let agents = self.line.call(call, wire::list::<ListedAgent>).await?;
        Ok(agents.into_iter().map(Person::from).collect())
    }

    pub async fn inbox_members(&self, inbox: InboxId) -> Result<BTreeSet<ChatwootUserId>, ChatwootError> {
        let call = Call::get("account.inbox_members", self.path(&format!("inbox_members/{inbox}"))).listing();
        let members: Payload<Numbered> = self.line.call(call, wire::json).await?;
        Ok(members.payload.into_iter().map(|member| ChatwootUserId(member.id)).collect())
    }

    pub async fn make_agent(&self, user: &OwnedUser) -> Result<(), ChatwootError> {
        let path = self.path(&format!("agents/{}", user.id()));
        let call = Call::write("account.make_agent", Method::PATCH, path, Some(json!({ "role": ROLE })));
        self.line.call(call, |body| wire::about(user.id().0, body)).await
    }

    pub async fn add_agent(
        &self,
        user: &OwnedUser,
        name: &str,
        email: &str,
    ) -> Result<Linked, ChatwootError> {
        let body = json!({ "name": name, "email": email, "role": "agent" });
        let call = Call::write("account.add_agent", Method::POST, self.path("agents"), Some(body));
        match self.line.call(call, wire::json::<Numbered>).await {
            Ok(agent) if agent.id == user.id().0 => Ok(Linked::InAccount),
            Ok(_) => Ok(Linked::DifferentPerson),
            Err(error) if is_taken(&error) => Ok(Linked::AlreadyThere),
            Err(error) => Err(error),
        }
    }

    pub async fn remove_agent(&self, user: &OwnedUser) -> Result<(), ChatwootError> {
        let path = self.path(&format!("agents/{}", user.id()));
        let call = Call::write("account.remove_agent", Method::DELETE, path, None);
        self.line.call(call, wire::nothing).await.or_else(ChatwootError::gone_is_done)
    }

    pub async fn join_inbox(&self, user: &OwnedUser, inbox: InboxId) -> Result<Joined, ChatwootError> {
        let call = self.membership("account.join_inbox", Method::POST, user, inbox).listing();
        let members: Payload<Numbered> = self.line.call(call, wire::json).await?;
        let listed = members.payload.iter().any(|member| member.id == user.id().0);
        Ok(if listed { Joined::Listed } else { Joined::NotInAccount })
    }

    pub async fn leave_inbox(&self, user: &OwnedUser, inbox: InboxId) -> Result<(), ChatwootError> {
        let call = self.membership("account.leave_inbox", Method::DELETE, user, inbox);
        self.line.call(call, wire::nothing).await
    }

    /// Whether the person is among those of the inbox's members who are in the account.
    pub async fn has_inbox(&self, user: &OwnedUser, inbox: InboxId) -> Result<bool, ChatwootError> {
        Ok(self.inbox_members(inbox).await?.contains(&user.id()))
    }

    /// The member of the account that carries this tag.
    pub async fn tagged(&self, tag: &str) -> Result<Option<OwnedUser>, ChatwootError> {
        let people = self.agents().await?;
        let tagged = people.iter().find(|person| person.tag.as_deref() == Some(tag));
        Ok(tagged.map(|person| OwnedUser::proven_now(person.id.0)))
    }

    fn membership(&self, name: &'static str, method: Method, user: &OwnedUser, inbox: InboxId) -> Call {
        // Numbers, not strings: Chatwoot 4.9.2 knows its members only by numbers and refuses a repeat otherwise.
        let body = json!({ "inbox_id": inbox.0, "user_ids": [user.id().0] });
        Call::write(name, method, self.path("inbox_members"), Some(body))
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/accounts/{}/{rest}", self.account)
    }
}

fn standing_of(membership: &Membership) -> Standing {
    match (membership.status.as_deref(), membership.role.as_deref()) {
        (Some("suspended"), _) => Standing::Suspended,
        (_, Some("administrator")) => Standing::Administrator,
        _ => Standing::Agent,
    }
}

fn not_member(profile: &Profile) -> Standing {
    Standing::NotMember { visible: profile.accounts.iter().map(|membership| membership.id).collect() }
}

fn is_taken(error: &ChatwootError) -> bool {
    matches!(&error.kind, ErrorKind::Invalid { attributes } if attributes == &["user_id"])
}
