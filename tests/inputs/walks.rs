//! What Pivot looks at only while it fingerprints a stage: an attribute that a module computes when it is
//! asked for. It is no source, and no input of the names.

use std::fs;

use super::status::states;
use crate::support::real_pivot::RealPivot;
use crate::support::{Pivot, Sandbox, ran, soak};

const PIPELINE: &str = "import os, sys\nsys.path.insert(0, os.path.dirname(__file__))\nimport pivot\nfrom pivot import Pipeline\nimport settings\n\
                        stage = getattr(pivot, 'stage', lambda function: function)\n\
                        @stage\ndef train() -> RESULT:\n    return {'a': settings.RATE}\n\
                        @stage\ndef other() -> RESULT:\n    return {'a': 1}\n\
                        pipeline = Pipeline('demo')\nADD\n";

/// How a module comes by its attribute, and what is done to have it another.
type Walk = (&'static str, &'static str, fn(&mut Sandbox));

const WALKS: [Walk; 5] = [
    ("a file", "import json\n    return json.load(open('rates.json'))[name]", |sandbox| {
        drop(sandbox.write("project/rates.json", "{\"RATE\": 2, \"LOSS\": 3}"));
    }),
    ("a module", "import values\n    return values.RATE", |sandbox| {
        drop(sandbox.write("project/values.py", "RATE = 2\n"));
    }),
    ("the environment", "import os\n    return int(os.environ.get('RATE', '1'))", |sandbox| {
        sandbox.set("RATE", "2");
    }),
    ("a listing", "import os\n    return len(os.listdir('data'))", |sandbox| {
        drop(sandbox.write("project/data/two", ""));
    }),
    ("a question", "import os\n    return 1 + os.path.exists('data/two')", |sandbox| {
        drop(sandbox.write("project/data/two", ""));
    }),
];

#[test]
fn what_pivot_looks_at_while_it_fingerprints_is_in_a_manifests_record() {
    for pivot in Pivot::in_turn() {
        for (what, body, change) in soak::share(2, WALKS) {
            let mut sandbox = Sandbox::with(pivot);
            sandbox.start_trace();
            sandbox.make_directory("project/.pivot");
            let (result, add, train) = match pivot {
                Pivot::V0511 => ("dict", "with pipeline:\n    train()\n    other()", "demo/train"),
                Pivot::V010 => {
                    let add = "for each in (train, other):\n    \
                               pipeline.register(each, name=each.__name__)";
                    ("None", add, "train")
                }
            };
            sandbox.write(
                "project/pipeline.py",
                PIPELINE.replace("RESULT", result).replace("ADD", add),
            );
            let settings = format!(
                "def __getattr__(name):\n    if name != 'RATE': raise AttributeError(name)\n    {body}\n"
            );
            sandbox.write("project/settings.py", settings);
            sandbox.write("project/rates.json", "{\"RATE\": 1, \"LOSS\": 3}");
            sandbox.write("project/values.py", "RATE = 1\n");
            sandbox.write("project/data/one", "");
            let what = format!("{what}, {pivot:?}");
            let all = |sandbox: &Sandbox| sandbox.run(&["manifest", "--json"]).lines().join("\n");
            let first = all(&sandbox);
            let cached = sandbox.run(&["manifest", train, "--cached"]);
            // With the environment no store of everyone's may tell.
            if cached.code == 0 {
                assert_eq!(all(&sandbox), first, "{what}");
                assert_eq!(sandbox.run(&["manifest", train, "--cached"]).code, 0, "{what}");
                RealPivot::of(&sandbox).tell("ran", &sandbox, "project", &[]);
                let said = states(&sandbox, &what);
                assert!(said.iter().all(|line| line.ends_with(" unchanged")), "{what}: {said:?}");
                let trace = sandbox.trace();
                assert_eq!(trace.last().unwrap(), "engine answered fresh", "{what}");
            } else {
                assert!(what.starts_with("the environment"), "{what}: {cached:?}");
            }
            change(&mut sandbox);
            let cached = sandbox.run(&["manifest", train, "--cached"]);
            assert_eq!((cached.code, cached.stdout.as_str()), (3, ""), "{what}");
            if !what.starts_with("the environment") {
                // No name depends on it.
                assert_eq!(sandbox.run(&["stages", "--cached"]).code, 0, "{what}");
                let said = states(&sandbox, &what);
                let is_right = said[0].contains("changed") && said[1].ends_with(" unchanged");
                assert!(is_right, "{what}: {said:?}");
            }
            let second = all(&sandbox);
            assert_ne!(second, first, "{what}");
            // As with no cache at all, StateDB included.
            fs::remove_dir_all(sandbox.path("project/.pivot/cache")).unwrap();
            assert_eq!(all(&sandbox), second, "{what}");
            let complete = sandbox.path("project/.pivot/cache/complete");
            for entry in fs::read_dir(complete).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.extension().is_some_and(|extension| extension == "store") {
                    fs::remove_file(entry).unwrap();
                }
            }
            sandbox.write("project/rates.json", "{\"RATE\": 5}");
            sandbox.write("project/values.py", "RATE = 5\n");
            sandbox.write("project/data/five", "");
            sandbox.set("RATE", "5");
            let third = all(&sandbox);
            let is_question = what.starts_with("a question");
            assert_eq!(third == second, is_question, "{what}");
            assert_eq!(ran(sandbox.front_in("project", &["manifest", "nobody"])).code, 1);
        }
    }
}
