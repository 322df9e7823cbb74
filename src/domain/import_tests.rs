use uuid::Uuid;

use super::*;
use crate::domain::tier::Limit;

fn inboxes() -> Vec<Inbox> {
    [(1, "One"), (2, "Sales, EU"), (3, "Twin"), (4, "Twin"), (77, "2")]
        .map(|(id, name)| Inbox { id: InboxId(id), name: name.into() })
        .into()
}

fn seats(used: u64, limit: Limit) -> Seats {
    Seats { used, limit, adjusted: None }
}

fn judged(text: &str) -> Vec<Verdict> {
    let known =
        [Known { id: AgentId(Uuid::nil()), name: "Old Hand".into(), email: "o+old@x.example".into() }];
    let rows = judge(read(text).unwrap(), &inboxes(), &known, seats(1, Limit::Unlimited));
    rows.into_iter().map(|(_, verdict)| verdict).collect()
}

fn chosen(cell: &str) -> Result<Vec<i64>, String> {
    match judged(&format!("name,inboxes\nAna,\"{cell}\"")).remove(0) {
        Verdict::Create { inboxes, .. } => Ok(inboxes.into_iter().map(|inbox| inbox.0).collect()),
        Verdict::Problem(problem) => Err(problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_heading_in_any_order_and_case_is_read_and_columns_of_ours_are_let_through() {
    for heading in ["name,inboxes,email", "Email,NAME ,Inboxes", "row,name,email,inboxes,problem", "name,,"] {
        assert!(read(&format!("{heading}\nx,x,x")).is_ok(), "{heading}");
    }
    assert_eq!(read("\u{FEFF}name\nAna").unwrap()[0].name, "Ana");
}

#[test]
fn what_is_no_list_says_what_is_missing() {
    assert_eq!(read(" \n"), Err(ListFault::Empty));
    assert_eq!(read("name,inboxes\n\n"), Err(ListFault::OnlyHeading));
    assert_eq!(read("Ana,One\nBen,Two"), Err(ListFault::Heading("Ana, One".into())));
    assert_eq!(read("name,phone\nAna,1"), Err(ListFault::UnknownColumn("phone".into())));
    assert_eq!(read("name,Name\nAna,1"), Err(ListFault::ColumnTwice("Name".into())));
    let list = |rows: usize| format!("name\n{}", "Ana\n".repeat(rows));
    assert_eq!(read(&list(500)).unwrap().len(), 500);
    assert_eq!(read(&list(501)), Err(ListFault::TooManyRows(501)));
}

#[test]
fn inboxes_are_meant_by_number_or_by_name_in_any_case() {
    assert_eq!(chosen(""), Ok(vec![]));
    assert_eq!(chosen("1"), Ok(vec![1]));
    assert_eq!(chosen("one; 3 | ONE"), Ok(vec![1, 3]));
    assert_eq!(chosen("One,3"), Ok(vec![1, 3]));
    assert_eq!(chosen("sales, eu"), Ok(vec![2]));
    assert_eq!(chosen("Sales, EU;1"), Ok(vec![2, 1]));
    assert_eq!(chosen("2"), Ok(vec![2]), "a number before a name");
    assert!(chosen("9").unwrap_err().contains("“9” isn't one of your inboxes"));
    assert!(chosen("One;Nobody's").unwrap_err().contains("“Nobody's” isn't one of your inboxes"));
    assert!(chosen("Twin").unwrap_err().starts_with("2 of your inboxes are called “Twin”"));
}

#[test]
fn a_name_stands_for_one_agent() {
    let verdicts = judged("name,email\nAna,\nold  HAND,\nana,\nSomebody,O+old@x.example");
    assert!(matches!(verdicts[0], Verdict::Create { .. }));
    assert_eq!(verdicts[1], Verdict::Exists(AgentId(Uuid::nil())));
    assert!(matches!(&verdicts[2], Verdict::Problem(words) if words.contains("row 2")));
    assert_eq!(verdicts[3], Verdict::Exists(AgentId(Uuid::nil())), "a row of ours that comes back");
}

#[test]
fn rows_that_cannot_be_used_keep_their_reason_and_the_others_are_offered() {
    let text = "name,inboxes\n,One\nA\0na,One\n🎉,\nBen,One,extra\nCara,One\n\"Dora";
    let verdicts = judged(text);
    let expected =
        ["Enter the agent's name.", "a NUL", "at least one letter", "more cells", "", "never closed"];
    for (verdict, expected) in verdicts.iter().zip(expected) {
        match verdict {
            Verdict::Problem(words) => assert!(words.contains(expected) && !expected.is_empty(), "{words}"),
            other => assert!(expected.is_empty() && matches!(other, Verdict::Create { .. }), "{other:?}"),
        }
    }
    assert_eq!(verdicts.len(), expected.len());
}

#[test]
fn the_first_rows_get_the_seats_that_are_left() {
    let rows = || read("name\nAna\n\u{0}\nBen\nCara\nOld").unwrap();
    let count = |used, limit| {
        let judged = judge(rows(), &[], &[], seats(used, limit));
        let is = |wanted: fn(&Verdict) -> bool| judged.iter().filter(|(_, verdict)| wanted(verdict)).count();
        (is(|v| matches!(v, Verdict::Create { .. })), is(|v| matches!(v, Verdict::NoSeat)))
    };
    assert_eq!(count(1, Limit::AtMost(3)), (2, 2));
    assert_eq!(count(5, Limit::AtMost(3)), (0, 4));
    assert_eq!(count(0, Limit::Unlimited), (4, 0));
}

#[test]
fn a_cell_that_our_own_files_made_harmless_comes_back_as_it_was() {
    let rows = read("name\n'=Ana\n'Ben\n'+x").unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["=Ana", "'Ben", "+x"]);
}
