//! Behind `--all` a pipeline counts wherever it lies below ROOT: also where another user put it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::rights::{OWNER, Shared, VISITOR, chmod};
use crate::support::{pipeline_0511, ran, soak};

#[test]
fn anothers_pipeline_below_is_not_run_by_a_tab() {
    type Plant = fn(&Shared, &str);
    let plants: [(&str, Plant); 5] = [
        ("a directory of another's", |shared, planted| {
            shared.sandbox.write("project/theirs/pipeline.py", planted);
            shared.give("project/theirs", VISITOR);
        }),
        ("a directory that everyone may write to", |shared, planted| {
            shared.sandbox.write("project/open/pipeline.py", planted);
            chmod(&shared.sandbox.path("project/open"), 0o777);
        }),
        ("below one of another's", |shared, planted| {
            shared.sandbox.write("project/theirs/mine/pipeline.py", planted);
            shared.give("project/theirs", VISITOR);
            shared.give("project/theirs/mine", OWNER);
        }),
        ("another's file alone", |shared, planted| {
            shared.sandbox.write("project/mine/pipeline.py", planted);
            shared.give("project/mine/pipeline.py", VISITOR);
        }),
        ("a link through a directory of another's", |shared, planted| {
            shared.sandbox.write("project/theirs/mine/real.py", pipeline_0511("real", &["more"]));
            shared.sandbox.write("project/theirs/__init__.py", planted);
            shared.give("project/theirs", VISITOR);
            shared.give("project/theirs/mine", OWNER);
            shared.sandbox.make_directory("project/linked");
            symlink("../theirs/mine/real.py", shared.sandbox.path("project/linked/pipeline.py"))
                .unwrap();
        }),
    ];
    for (what, plant) in soak::share(2, plants) {
        let shared = Shared::with_pivot();
        let marker = shared.make_writable_for_all("executed");
        shared.sandbox.write("project/pipeline.py", pipeline_0511("demo", &["train"]));
        shared.sandbox.write("project/own/pipeline.py", pipeline_0511("own", &["more"]));
        shared.sandbox.make_directory("project/.pivot");
        shared.give("project", OWNER);
        let asked = || {
            let mut tab = shared.front(OWNER, "project", &["complete", "--rich", "bash", "1"]);
            tab.env("COMP_WORDS", "pivot\nrepro\n--all\n").env("COMP_CWORD", "3");
            ran(tab)
        };
        let own = asked();
        assert!(own.stdout.contains("own/more"), "{what}: {own:?}");
        plant(&shared, &format!("open({marker:?}, 'a').write('x')\n"));
        let said = asked();
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what}: {said:?}");
        assert!(fs::read(&marker).unwrap().is_empty(), "{what}: {said:?}");
        // Those of the pipeline here are known all the same.
        assert!(said.stdout.contains("demo/train"), "{what}: {said:?}");
    }
}
