//! Saves as people make them, at random: a TAB soon after is a hit. All of them in `scripts/soak`.

use super::*;
use crate::support::oracle::Random;
use crate::support::soak;

/// What a TAB may wait for behind a save, beside twice what the discovery takes by itself.
const SOON: Duration = Duration::from_secs(1);

/// One save; gives the stages that there are then.
fn edit(sandbox: &Sandbox, random: &mut Random, number: usize) -> Vec<String> {
    let names = vec![format!("n{number}"), format!("m{}", number % 3)];
    let text = format!("NAMES = {names:?}\n");
    match random.below(5) {
        // In place, or in two pieces.
        0 => drop(sandbox.write("project/names.py", text)),
        1 => {
            sandbox.write("project/names.py", "NAMES = [");
            std::thread::sleep(Duration::from_millis(random.below(150) as u64));
            sandbox.write("project/names.py", text);
        }
        // As an editor does: another file gets the name, the old one stays beside it.
        2 => {
            sandbox.write("project/.names.swp", text);
            fs::copy(sandbox.path("project/names.py"), sandbox.path("project/names.py~")).unwrap();
            fs::rename(sandbox.path("project/.names.swp"), sandbox.path("project/names.py"))
                .unwrap();
        }
        // The pipeline as well.
        3 => {
            sandbox.write("project/pipeline.py", format!("# {number}\n{PIPELINE}"));
            sandbox.write("project/names.py", text);
        }
        // As a package, and back again.
        _ => {
            fs::remove_file(sandbox.path("project/names.py")).unwrap();
            std::thread::sleep(Duration::from_millis(random.below(400) as u64));
            sandbox.write("project/names.py", text);
        }
    }
    names
}

/// How long the look took that found the last answer: the discovery's own time on this machine now.
fn own_time(sandbox: &Sandbox) -> Duration {
    let trace = fs::read_to_string(sandbox.path("trace")).unwrap();
    let last = trace.lines().rfind(|line| line.contains("prewarm prewarmed discovered"));
    let nanoseconds =
        last.and_then(|line| line.rsplit(' ').next()?.strip_suffix("ns")?.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

#[test]
fn soon_behind_any_save_a_tab_is_a_hit() {
    let sandbox = project();
    let _watched = Watched(&sandbox);
    let (_shell, _) = begun(&sandbox);
    let mut random = Random(soak::seed());
    let mut late = Vec::new();
    let count = soak::count(4, 500);
    for number in 0..count {
        let names = edit(&sandbox, &mut random, number);
        let saved = std::time::Instant::now();
        let stages: String = names.iter().map(|name| format!("demo/fit@{name}\n")).collect();
        wait_for(&format!("{number}: {names:?}"), &sandbox, || {
            cached(&sandbox).as_deref() == Some(&stages)
        });
        let (took, own) = (saved.elapsed(), own_time(&sandbox));
        // What is asked every 200 ms is seen so much later.
        if took > SOON + 2 * own + Duration::from_millis(200) {
            late.push((number, took, own));
        }
    }
    // On a machine with other work a watcher, which lets that go first, is late.
    assert!(!soak::is_whole() || late.is_empty(), "{} of {count}: {late:?}", late.len());
}
