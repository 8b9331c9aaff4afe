//! What fish alone has.

use super::*;

#[test]
fn descriptions_stand_beside_names_in_pivots_order() {
    let sandbox = Sandbox::new();
    sandbox.answer(Shell::Fish, &DESCRIBED);
    let mut session = Session::start(Shell::Fish, &sandbox);
    let listed = session.list("pivot config get ", "last");
    assert!(listed.contains("zeta  (one, two: three)"), "{listed:?}");
    session.clear();
    // How many columns the list has depends on the names: the order is asked for.
    let file = sandbox.path("candidates").display().to_string();
    session.command(&format!("complete --do-complete 'pivot config get ' > {file}"));
    let candidates = sandbox.read("candidates");
    let described = [
        "zeta\tone, two: three",
        "alpha",
        "mid:dle\tfirst line",
        "com,ma\tone, two: three",
        "escape\t [31mred",
        "longer_than_those_with_help",
        "last",
    ];
    assert_eq!(candidates.lines().collect::<Vec<&str>>(), described);
}
