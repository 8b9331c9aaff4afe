//! Names that come out of the project's own modules, however they are imported.

use std::fs;

use super::shape::Shape;
use super::shapes;
use crate::support::Pivot;

shapes! {
    both: loop_in_a_module relative_imports package_that_computes namespace_package
        circular_import star_import lazy_attribute computed_module_name optional_module
        included_pipeline;
    of_0_1_0: module_becomes_package submodule_of_a_package
}

fn loop_in_a_module(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "from steps import NAMES")
        .numbered(
            "project/steps.py",
            "NAMES = []\nfor i in range(3):\n    NAMES.append(f'v000_{i}')\n",
        )
        .change_to("a longer loop", "project/steps.py", "NAMES = [f'fit_{i}' for i in range(5)]\n")
}

fn relative_imports(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "from steps.names import NAMES")
        .file("project/steps/__init__.py", "")
        .file(
            "project/steps/names.py",
            "from . import base\nfrom .deep.down import MORE\nNAMES = base.NAMES + MORE\n",
        )
        .numbered("project/steps/base.py", "NAMES = ['v000']\n")
        .file("project/steps/deep/__init__.py", "from .. import base\n")
        .numbered("project/steps/deep/down.py", "from ..base import NAMES\nMORE = ['w000']\n")
        .change("another relative import", |s| {
            s.write("project/steps/other.py", "MORE = ['other']\n");
            s.write("project/steps/names.py", "from .other import MORE as NAMES\n");
        })
}

fn package_that_computes(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "import steps\nNAMES = steps.NAMES")
        .numbered(
            "project/steps/__init__.py",
            "from .base import N\nNAMES = [f'v000_{i}' for i in range(N)]\n",
        )
        .file("project/steps/base.py", "N = 2\n")
        .change_to("what it computes with", "project/steps/base.py", "N = 3\n")
}

/// Two portions, of which the second lies elsewhere.
fn namespace_package(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "from team.near import NEAR\nfrom team.far import FAR\nNAMES = NEAR + FAR")
        .variable("PYTHONPATH", "shared")
        .numbered("project/team/near.py", "NEAR = ['v000']\n")
        .numbered("shared/team/far.py", "FAR = ['w000']\n")
        .change_to(
            "a portion shadows a module of the other",
            "project/team/far.py",
            "FAR = ['nearer']\n",
        )
        .change("and goes", |s| fs::remove_file(s.path("project/team/far.py")).unwrap())
        .change("the namespace becomes a package", |s| {
            s.write("project/team/far.py", "FAR = ['own']\n");
            s.write("project/team/__init__.py", "");
        })
}

fn circular_import(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "import left\nNAMES = left.names()")
        .file(
            "project/left.py",
            "import right\nBASE = 'base'\ndef names():\n    return right.names()\n",
        )
        .numbered("project/right.py", "import left\ndef names():\n    return [left.BASE, 'v000']\n")
        .change_to(
            "the other half",
            "project/left.py",
            "import right\nBASE = 'bass'\ndef names():\n    return right.names()\n",
        )
}

fn star_import(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "from steps import *")
        .file("project/steps.py", "from more import *\n")
        .numbered("project/more.py", "__all__ = ['NAMES']\nNAMES = ['train', 'v000']\n")
        .change_to("no longer from there", "project/steps.py", "NAMES = ['own']\n")
        .quiet_to(
            "the module that is no longer imported",
            "project/more.py",
            "NAMES = ['nobody']\n",
        )
}

/// PEP 562: the module that has the names is only imported when somebody asks for them.
fn lazy_attribute(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "import steps\nNAMES = steps.NAMES")
        .file(
            "project/steps.py",
            "def __getattr__(name):\n    if name == 'NAMES':\n        import heavy\n        \
             return heavy.NAMES\n    raise AttributeError(name)\n",
        )
        .numbered("project/heavy.py", "NAMES = ['train', 'v000']\n")
}

fn computed_module_name(pivot: Pivot) -> Shape {
    Shape::naming(
        pivot,
        "import importlib\nwhich = open('which').read().strip()\n\
         NAMES = importlib.import_module('models.' + which).NAMES",
    )
    .file("project/which", "small")
    .numbered("project/models/small.py", "NAMES = ['train', 'v000']\n")
    .file("project/models/large.py", "NAMES = ['train', 'w000']\n")
    .quiet_to(
        "the module that is not imported",
        "project/models/large.py",
        "NAMES = ['train', 'w001']\n",
    )
    .change_to("another one", "project/which", "large")
    .change_to("and its text", "project/models/large.py", "NAMES = ['last']\n")
}

fn optional_module(pivot: Pivot) -> Shape {
    Shape::naming(
        pivot,
        "try:\n    from local import NAMES\nexcept ImportError:\n    NAMES = ['default']",
    )
    .change_to("it appears", "project/local.py", "NAMES = ['mine']\n")
    .change_to("its text", "project/local.py", "NAMES = ['ours']\n")
    .change("it goes", |s| fs::remove_file(s.path("project/local.py")).unwrap())
    .change_to("it appears as a package", "project/local/__init__.py", "NAMES = ['packed']\n")
    .change("it goes again", |s| fs::remove_dir_all(s.path("project/local")).unwrap())
    .quiet_to("a file of that name that is no module", "project/local.txt", "NAMES")
}

fn module_becomes_package(pivot: Pivot) -> Shape {
    Shape::naming(pivot, "from steps import NAMES")
        .numbered("project/steps.py", "NAMES = ['v000']\n")
        .quiet_to("a directory without a package", "project/logs/steps.py", "x")
        .change_to(
            "a package of that name, which comes first",
            "project/steps/__init__.py",
            "NAMES = ['packed']\n",
        )
        .change("which goes", |s| fs::remove_file(s.path("project/steps/__init__.py")).unwrap())
}

fn submodule_of_a_package(pivot: Pivot) -> Shape {
    Shape::naming(
        pivot,
        "import steps\ntry:\n    from steps.extra import MORE\nexcept ImportError:\n    MORE = []\n\
         NAMES = steps.NAMES + MORE",
    )
    .numbered("project/steps/__init__.py", "NAMES = ['v000']\n")
    .change_to("it appears", "project/steps/extra.py", "MORE = ['more']\n")
    .change("it goes", |s| fs::remove_file(s.path("project/steps/extra.py")).unwrap())
    .quiet_to("another one", "project/steps/nobody.py", "x = 1\n")
}

/// A pipeline of a directory below is one of its modules (0.1.0: a file that it runs).
fn included_pipeline(pivot: Pivot) -> Shape {
    let (code, inner) = match pivot {
        Pivot::V0511 => (
            "from inner.pipeline import pipeline as inner\nfrom pivot import Pipeline\n\
             pipeline = Pipeline('outer')\npipeline.include(inner)\n",
            "NAMES = ['train', 'v000']\n",
        ),
        Pivot::V010 => (
            "import pathlib, runpy\nfrom pivot import Pipeline\npipeline = Pipeline('outer')\n\
             here = pathlib.Path(__file__).parent\n\
             pipeline.include(runpy.run_path(str(here / 'inner/pipeline.py'))['pipeline'])\n",
            "NAMES = ['train', 'v000']\n",
        ),
    };
    Shape::new(pivot)
        .file("project/pipeline.py", code)
        .numbered("project/inner/pipeline.py", &super::shape::pipeline_of(pivot, inner))
}
