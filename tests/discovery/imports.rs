//! What the driver imports beside a bare discovery: nothing.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Pivot, Sandbox, pipeline_0511, ran};

#[test]
fn the_driver_imports_what_a_bare_discovery_does() {
    let sandbox = Sandbox::project("").without_tabs();
    let told = sandbox.path("told");
    // At its end: what the recorders import late counts too.
    let tells = format!(
        "import atexit, sys\n\
         atexit.register(lambda: open({:?}, 'w').write('\\n'.join(sys.modules)))\n",
        told.display().to_string()
    );
    sandbox.write("project/pipeline.py", tells + &pipeline_0511("demo", &["train"]));
    let modules = |of: &str| {
        let text = fs::read_to_string(&told).unwrap_or_else(|error| panic!("{of}: {error}"));
        fs::remove_file(&told).unwrap();
        text.lines().map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let mut bare = sandbox.command(Pivot::V0511.bin().join("python"), "project");
    bare.args(["-Pc", "from pivot import discovery; discovery.discover_pipeline().list_stages()"]);
    assert_eq!(ran(bare).code, 0);
    let bare = modules("bare");
    assert!(bare.contains("pivot.discovery"), "{bare:?}");
    for round in ["compiled anew", "from what is kept"] {
        assert_eq!(sandbox.run(&["refresh"]).code, 0);
        let manifests = modules(round);
        fs::remove_dir_all(sandbox.path("project/.pivot/cache")).unwrap();
        let said = sandbox.run(&["stages"]);
        assert_eq!(said.stdout, "demo/train\n", "{said:?}");
        let driven = modules(round);
        let more: Vec<_> = driven.difference(&bare).collect();
        assert!(more.is_empty(), "{round}: {more:?}");
        // Fingerprints are another matter: Pivot itself imports for them.
        assert!(manifests.is_superset(&driven), "{round}");
        fs::remove_dir_all(sandbox.path("project/.pivot/cache")).unwrap();
    }
}
