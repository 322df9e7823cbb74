//! The address an agent signs in to Chatwoot with, made from the tenant's own.

use deunicode::deunicode;

/// The longest local part a mail server must accept (RFC 5321), in octets.
const MAX_LOCAL: usize = 64;
/// The longest tag a name becomes; the rest of the name is left out of the address.
const MAX_TAG: usize = 40;

/// The addresses to try for an agent called `name`, best first: `local+tag@domain`, then `-2`, `-3`, …
///
/// `owner` must be an address (see [`is_usable_address`]); its existing tag is kept and extended.
pub fn candidates(owner: &str, name: &str) -> impl Iterator<Item = String> {
    let owner = owner.to_lowercase();
    let (local, domain) = split(&owner);
    let (local, domain) = (local.to_owned(), domain.to_owned());
    let tag = tag(name);
    (1_u32..).map(move |attempt| {
        let suffix = if attempt == 1 { String::new() } else { format!("-{attempt}") };
        format!("{}@{domain}", with_tag(&local, &tag, &suffix))
    })
}

/// The addresses of which [`candidates`] can have made this one, the longest first.
///
/// An owner whose own part was too long to be kept whole is not among them.
pub fn owners(address: &str) -> Vec<String> {
    let address = address.to_lowercase();
    let (local, domain) = split(&address);
    let Some(plus) = local.find('+') else { return Vec::new() };
    let ends = local.char_indices().filter(|(at, letter)| *at == plus || (*at > plus && *letter == '.'));
    let mut owners: Vec<String> = ends.map(|(at, _)| format!("{}@{domain}", &local[..at])).collect();
    owners.retain(|owner| is_usable_address(owner));
    owners.reverse();
    owners
}

/// Whether Chatwoot 4.9.2 would take this as an e-mail address, and a plus tag can be added to it.
pub fn is_usable_address(text: &str) -> bool {
    let (local, domain) = split(text);
    let labels: Vec<&str> = domain.split('.').collect();
    let label_ok =
        |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let top_ok =
        labels.last().is_some_and(|top| top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()));
    let local_ok = (1..=MAX_LOCAL).contains(&local.len())
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
    text.len() <= 200 && local_ok && labels.len() >= 2 && labels.iter().all(label_ok) && top_ok
}

fn split(address: &str) -> (&str, &str) {
    address.rsplit_once('@').unwrap_or((address, ""))
}

fn tag(name: &str) -> String {
    let ascii = deunicode(name).to_lowercase();
    let words: Vec<&str> =
        ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut tag = words.join(".");
    tag.truncate(MAX_TAG);
    let tag = tag.trim_end_matches('.');
    if tag.is_empty() { "agent".to_owned() } else { tag.to_owned() }
}

/// Shortens the tag, then the owner's part, so that the whole stays within [`MAX_LOCAL`] octets.
fn with_tag(local: &str, tag: &str, suffix: &str) -> String {
    let joint = if local.contains('+') { '.' } else { '+' };
    let least = 8_usize.min(tag.len());
    let local = &local[..local.len().min(MAX_LOCAL - 1 - least - suffix.len())];
    let room = MAX_LOCAL - local.len() - 1 - suffix.len();
    let tag = tag[..tag.len().min(room)].trim_end_matches('.');
    format!("{local}{joint}{tag}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(owner: &str, name: &str) -> String {
        candidates(owner, name).next().unwrap()
    }

    #[test]
    fn names_become_readable_ascii_tags() {
        assert_eq!(first("owner@acme.com", "Ana Ruiz"), "owner+ana.ruiz@acme.com");
        assert_eq!(first("owner@acme.com", "José"), "owner+jose@acme.com");
        assert_eq!(first("owner@acme.com", "李雷"), "owner+li.lei@acme.com");
        assert_eq!(first("Owner@Acme.com", " --O'Neill, Jr.-- "), "owner+o.neill.jr@acme.com");
    }

    #[test]
    fn a_name_without_any_letter_left_is_called_agent() {
        assert_eq!(first("owner@acme.com", "…"), "owner+agent@acme.com");
    }

    #[test]
    fn an_existing_tag_is_extended() {
        assert_eq!(first("a+b@acme.com", "José"), "a+b.jose@acme.com");
    }

    #[test]
    fn a_taken_address_gets_a_number() {
        let three: Vec<String> = candidates("owner@acme.com", "Ana").take(3).collect();
        assert_eq!(three, ["owner+ana@acme.com", "owner+ana-2@acme.com", "owner+ana-3@acme.com"]);
    }

    #[test]
    fn addresses_chatwoot_refuses_are_not_usable() {
        for good in ["a@b.co", "a.b+c@sub.example.io", "o'neill@acme.com"] {
            assert!(is_usable_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "a@b.c",
            "a@b_c.com",
            "a b@c.com",
            "a@b..com",
            "a@b.com.",
            "ü@b.com",
            "a@[1.2.3.4]",
            "@b.co",
        ] {
            assert!(!is_usable_address(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_tells_whose_it_can_be() {
        assert_eq!(owners("owner+ana.ruiz@acme.com"), ["owner+ana@acme.com", "owner@acme.com"]);
        assert_eq!(owners("A+b.Jose@acme.com"), ["a+b@acme.com", "a@acme.com"]);
        assert_eq!(owners("owner@acme.com"), [""; 0]);
        assert_eq!(owners("+ana@acme.com"), [""; 0]);
        assert_eq!(owners("nobody"), [""; 0]);
    }

    proptest::proptest! {
        #[test]
        fn whoever_an_address_was_made_for_is_found_again(local in "[a-z][a-z.]{0,20}[a-z]", plus in proptest::bool::ANY, name in "\\PC{0,60}", nth in 0_usize..200) {
            let owner = if plus { format!("{local}+t@acme.com") } else { format!("{local}@acme.com") };
            let address = candidates(&owner, &name).nth(nth).unwrap();
            proptest::prop_assert!(owners(&address).contains(&owner), "{address}");
        }

        #[test]
        fn every_name_gives_an_address_within_bounds(local in "[a-z][a-z.]{0,62}[a-z]", plus in proptest::bool::ANY, name in "\\PC{0,200}", nth in 0_usize..2000) {
            let owner = if plus { format!("{}+t@acme.com", &local[..local.len().min(60)]) } else { format!("{local}@acme.com") };
            let address = candidates(&owner, &name).nth(nth).unwrap();
            let (local, _) = split(&address);
            proptest::prop_assert!(local.len() <= MAX_LOCAL, "{address}");
            proptest::prop_assert!(is_usable_address(&address), "{address}");
            proptest::prop_assert!(!local.ends_with('.') && !local.ends_with('+'));
        }
    }
}
