//! Finding people by what somebody types, whatever the letter case and the script.

use deunicode::deunicode;

/// What is stored to be searched: a name as written and in plain Latin letters, and an address, all lower case.
///
/// Databases fold case differently (SQLite knows ASCII only), so it is done here.
pub fn text_of(name: &str, email: &str) -> String {
    format!("{}\n{}\n{}", folded(name), folded(&deunicode(name)), folded(email))
}

/// What somebody typed, in the form to look for within [`text_of`]; empty finds everybody.
pub fn folded(typed: &str) -> String {
    let words: Vec<&str> = typed.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(typed: &str) -> bool {
        text_of("Émile  李雷", "Owner+emile@Acme.example").contains(&folded(typed))
    }

    #[test]
    fn a_name_is_found_in_any_case_with_or_without_its_accents() {
        assert!(finds("émile") && finds("ÉMILE") && finds("emile") && finds("Mile"));
        assert!(finds("李雷") && finds("li lei") && finds("  émile 李雷 "));
        assert!(finds("ACME") && finds("") && finds("\0"));
        assert!(!finds("emil lei") && !finds("ana"));
    }
}
