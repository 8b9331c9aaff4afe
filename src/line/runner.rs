//! The programs that run the command behind them (`uv run pivot`, `sudo pivot`): where on the line
//! that begins, and which environment it is taken from. The scripts pass such a line as it is.

use super::Words;

/// All there are, a way of one program to run another on each line: its name (`python3` is each
/// `python3.N`), the words between that and the command, behind a `$` where it takes programs from
/// ([`Home`]), and, of the options that it documents, those whose value is the next word.
///
/// What such an option says stands behind it: `>` the directory to run in, `^` the project (or a file of it, or
/// conda's root) whose environment is taken, `+` that environment, `!` the module that is run. `~` is one without a value, by
/// which an active environment goes first. A lone `=` says that words like `A=B` may stand before the
/// command, a lone `@` ones like `python@3.13`, a lone `+` ones like `+py=3.13`, a lone `.` that one word does.
const RUNNERS: &str = "\
uv run $V UV
uv tool run $P UV
uvx $P UV
poetry run $K -C> --directory> -P^ --project^
pdm run $K -c --config -L --lockfile -k --skip --env --env-file --venv \
-p^ --project^ --working-dir>
hatch run $P + -e --env -p --project --data-dir --cache-dir --config -i --include -x --exclude
hatch env run $P -e --env -i --include -x --exclude -f --filter -p --project --data-dir --cache-dir \
--config
pixi run $X PIXI
pixi r $X PIXI
pixi exec $P PIXI
pixi x $P PIXI
rye run $V --pyproject^
rye r $V --pyproject^
pipenv run $A --python --pypi-mirror
pipx run $P --spec --python --pip-args -i --index-url --with --backend
conda run $C CONDA
mamba run $C CONDA
micromamba run $C CONDA
mise exec $P MISE
mise x $P MISE
direnv exec $P .
dotenv run $P -f --file -q --quote -e --export
pyenv exec $P
aws-vault exec $P . -d --duration -t --mfa-token --region
op run $P --env-file --account --config --session
doppler run $P -p --project -c --config -t --token --scope
python $I -W -X --check-hash-based-pycs -m!
python3 $I -W -X --check-hash-based-pycs -m!
sudo $P = -C --close-from -g --group -h --host -p --prompt -R --chroot -r --role -t --type -T \
--command-timeout -U --other-user -u --user -D> --chdir>
doas $P -u -C -a
env $P = -u --unset -a --argv0 -C> --chdir>
time $P -f --format -o --output
nice $P -n --adjustment
ionice $P -c --class -n --classdata
taskset $P .
timeout $P . -k --kill-after -s --signal
stdbuf $P -i --input -o --output -e --error
nohup $P
setsid $P
flock $P . -w --wait --timeout -E --conflict-exit-code
systemd-run $P SYSTEMD
parallel $P PARALLEL
entr $P
caffeinate $P -t
strace $P -a -b -e -E -I -o -O -P -s -S -u -X
srun $P SRUN
salloc $P SRUN
chrt $P . -T --sched-runtime -P --sched-period -D --sched-deadline
numactl $P -i --interleave -p --preferred -P --preferred-many -m --membind -N --cpunodebind -C --physcpubind
prlimit $P -o --output
unbuffer $P
chronic $P
perf stat $P PERF
perf record $P PERF
perf trace $P PERF
asdf exec $P
dotenvx run $P -f --env-file -fk --env-keys-file -e --env --convention
infisical run $P --env --path --projectId --token --command --domain --tags
chamber exec $P . -b --backend -r --retries
devbox run $P -c --config -e --env --env-file
flox activate $P -d --dir -r --remote -m --mode
command $P
exec $P -a
watch $P -n --interval -q --equexit
xargs $P -a --arg-file -d --delimiter -E -I -L -n --max-args -P --max-procs --process-slot-var -s \
--max-chars";

/// Of the ways of uv.
const UV: &str = " -p --python -w --with --with-editable --with-requirements --extra --no-extra \
--group --no-group --only-group --env-file --package --index --default-index -i --index-url \
--extra-index-url -f --find-links -P --upgrade-package --upgrade-group --reinstall-package \
--index-strategy --keyring-provider --resolution --prerelease --fork-strategy -C --config-setting \
--config-settings-package --no-build-isolation-package --no-editable-package \
--prerelease-package --exclude-newer --exclude-newer-package --link-mode --no-sources-package --no-build-package --no-binary-package --refresh-package \
--python-platform --python-preference --preview-features --cache-dir --color --allow-insecure-host --config-file --from -c --constraints \
-b --build-constraints --overrides --torch-backend --directory> --project^ -m! --module! --active~";

/// Of the ways of pixi.
const PIXI: &str = " -m^ --manifest-path^ -w --workspace --color --concurrent-downloads \
--concurrent-solves --pinning-strategy --pypi-keyring-provider --auth-file -e+ --environment+ \
-s --spec --with -c --channel -p --platform";

/// Of conda and those that do as it does.
const CONDA: &str =
    " -n+ --name+ -p+ --prefix+ --cwd> -r^ --root-prefix^ -e --env --label --rc-file";

/// Of the ways of mise.
const MISE: &str = " @ -E --env -j --jobs -C> --cd>";

/// Of Slurm's.
const SRUN: &str = " -A --account -c --cpus-per-task -C --constraint -d --dependency -D> --chdir> \
-e --error -G --gpus --gres -i --input -J --job-name -L --licenses -m --distribution --mem -M \
--clusters -n --ntasks -N --nodes -o --output -p --partition -q --qos -t --time -w --nodelist -x \
--exclude --export";

/// Of the ways of perf.
const PERF: &str = " -e --event -o --output -r --repeat -F --freq -c --count -C --cpu -D --delay -G --cgroup \
-I --interval-print -x --field-separator -j --branch-filter --call-graph -m --mmap-pages";

/// Of systemd's.
const SYSTEMD: &str = " -u --unit -p --property -E --setenv -H --host -M --machine -C --capsule \
--slice --description --service-type --uid --gid --nice --working-directory> --background \
--path-property --socket-property --timer-property --on-active --on-boot --on-calendar --on-startup \
--on-unit-active --on-unit-inactive";

/// Of GNU parallel's.
const PARALLEL: &str = " -j --jobs -P -a --arg-file -C --colsep -I -N -n --max-args -L -s -S --sshlogin \
--sshloginfile --joblog --results --res --delay --timeout --retries --load --memfree --nice --halt \
--tmpdir --tempdir --tagstring --wd> --workdir>";

/// Where a runner takes programs from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    /// Where the shell does.
    Path,
    /// Beside the interpreter, which is the runner itself.
    Interpreter,
    /// From the project's `.venv`.
    Venv,
    /// From the active environment, else from that.
    ActiveElseVenv,
    /// The same, where one of conda's may be active, too.
    AnyActiveElseVenv,
    /// From `.pixi/envs`.
    Pixi,
    /// From an environment of conda's, by its name or its prefix.
    Conda,
}

impl Home {
    /// That of a letter behind a `$`.
    fn read(letter: u8) -> Self {
        match letter {
            b'I' => Self::Interpreter,
            b'V' => Self::Venv,
            b'A' => Self::ActiveElseVenv,
            b'K' => Self::AnyActiveElseVenv,
            b'X' => Self::Pixi,
            b'C' => Self::Conda,
            _ => Self::Path,
        }
    }
}

/// One way of a program to run another one.
struct Way {
    /// The words before the command.
    command: &'static [u8],
    home: Home,
    options: &'static [u8],
}

impl Way {
    /// Reads a line of [`RUNNERS`], if that is about the program of this name.
    fn read(line: &'static [u8], name: &[u8]) -> Option<Self> {
        let behind = line.strip_prefix(name)?.strip_prefix(b" ")?;
        let mark = behind.iter().position(|&byte| byte == b'$')?;
        let options = match behind.get(mark + 2..)? {
            b" UV" => UV.as_bytes(),
            b" PIXI" => PIXI.as_bytes(),
            b" CONDA" => CONDA.as_bytes(),
            b" MISE" => MISE.as_bytes(),
            b" SRUN" => SRUN.as_bytes(),
            b" SYSTEMD" => SYSTEMD.as_bytes(),
            b" PERF" => PERF.as_bytes(),
            b" PARALLEL" => PARALLEL.as_bytes(),
            options => options,
        };
        Some(Self {
            command: behind.get(..mark)?,
            home: Home::read(*behind.get(mark + 1)?),
            options,
        })
    }

    /// What the value of an option says, a blank where that is nothing; `None` where it takes none.
    #[inline(never)]
    fn option(&self, option: &[u8]) -> Option<u8> {
        let mut known = self.options.split(|&byte| byte == b' ');
        known.find_map(|known| match known.strip_prefix(option)? {
            [] => Some(b' '),
            [mark] if mark.is_ascii_punctuation() && *mark != b'-' => Some(*mark),
            _ => None,
        })
    }

    /// Whether this word may stand before the command.
    fn takes_before(&self, word: &[u8]) -> bool {
        matches!(self.options, [b' ', mark @ (b'=' | b'@' | b'+'), ..] if word.contains(mark))
    }

    /// Whether a word of its own stands before the command.
    fn takes_word(&self) -> bool {
        self.options.starts_with(b" .")
    }
}

/// The program that a line is about.
#[derive(Clone, Copy, Default)]
pub struct Start<'w> {
    /// The number of the word that names it.
    pub number: usize,
    /// The directory that it runs in, where that is not the working one.
    pub directory: Option<&'w [u8]>,
    /// The pieces of what it is looked for by, as `project/environment.rs` reads that; none where it
    /// is the word itself.
    pub typed: [&'w [u8]; 4],
}

impl<'w> Start<'w> {
    /// The word typed as the command, or the pieces of what stands for it.
    pub fn pieces(&self, words: &Words<'w>) -> [&'w [u8]; 4] {
        let word = words.get(self.number).unwrap_or_default();
        match self.typed {
            _ if self.number == 0 || word.contains(&b'/') => [word, b"", b"", b""],
            [b"", ..] => [b"pivot", b"", b"", b""],
            typed => typed,
        }
    }
}

/// Finds where `pivot` begins in the words before number `end`: at the first, unless that is one of
/// the runners.
///
/// `None` where a runner runs something else, or nothing yet.
pub fn find<'w>(words: &Words<'w>, end: usize) -> Option<Start<'w>> {
    let name = file_name(words.get(0).unwrap_or_default());
    if is_pivot(name) { Some(Start::default()) } else { find_behind(words, end, name) }
}

#[cold]
#[inline(never)]
fn find_behind<'w>(words: &Words<'w>, end: usize, first: &'w [u8]) -> Option<Start<'w>> {
    let (mut start, mut name) = (Start::default(), first);
    while !is_pivot(name) && !name.starts_with(MODULE) {
        let name_there = match name.strip_prefix(b"python3.") {
            Some(minor) if !minor.is_empty() && minor.iter().all(u8::is_ascii_digit) => b"python3",
            _ => name,
        };
        let (mut next, mut is_runner) = (None, false);
        for line in RUNNERS.as_bytes().split(|&byte| byte == b'\n') {
            let Some(way) = Way::read(line, name_there) else { continue };
            is_runner = true;
            next = next.or_else(|| behind(&way, words, start, end));
        }
        if start.number == 0 && !is_runner {
            return Some(start);
        }
        start = next?;
        name = file_name(words.get(start.number)?);
    }
    Some(start)
}

/// The module behind its option, in one word.
const MODULE: &[u8] = b"-mpivot";

/// What a runner's options say of the command.
#[derive(Default)]
struct Said<'w> {
    directory: Option<&'w [u8]>,
    project: Option<&'w [u8]>,
    /// The option, and the environment that it names.
    environment: Option<(&'w [u8], &'w [u8])>,
    module: bool,
    /// Whether an active environment goes before the project's.
    active: bool,
}

/// Goes on behind a runner, which stands at `start`, to the command that it runs.
#[inline(never)]
fn behind<'w>(way: &Way, words: &Words<'w>, start: Start<'w>, end: usize) -> Option<Start<'w>> {
    let mut left = way.command;
    let (mut said, mut number) = (Said::default(), start.number + 1);
    let mut takes_word = way.takes_word();
    while number < end && !said.module {
        let word = words.get(number)?;
        // A lone `-` is one of env's.
        if word.starts_with(b"-") {
            if word == b"--" && left.is_empty() {
                number += 1;
                break;
            }
            number = read_option(way, words, number, &mut said);
            continue;
        }
        if !left.is_empty() {
            left = left.strip_prefix(word)?.strip_prefix(b" ")?;
        } else if takes_word {
            takes_word = false;
        } else if !way.takes_before(word) {
            break;
        }
        number += 1;
    }
    if !left.is_empty() || takes_word || number >= end {
        return None;
    }
    // An interpreter without a module runs a file, which may be Pivot's own program.
    if way.home == Home::Interpreter && !said.module && !words.get(number)?.ends_with(b"/pivot") {
        return None;
    }
    let home = if said.active { Home::ActiveElseVenv } else { way.home };
    let typed = match typed(home, words.get(start.number)?, &said) {
        [b"", ..] => start.typed,
        typed => typed,
    };
    Some(Start { number, directory: said.directory.or(start.directory), typed })
}

/// Reads the option that is the word `number`; returns the number of the word behind it and its value.
#[inline(never)]
fn read_option<'w>(way: &Way, words: &Words<'w>, number: usize, said: &mut Said<'w>) -> usize {
    let word = words.get(number).unwrap_or_default();
    let (option, value) = split(way, word);
    let Some(says) = way.option(option) else { return number + 1 };
    if says == b'~' {
        said.active = true;
        return number + 1;
    }
    if says == b'!' {
        said.module = true;
        // Of `-mpivot` the command is a part.
        return number + usize::from(value.is_none());
    }
    let apart = value.is_none();
    let value = value.or_else(|| words.get(number + 1));
    match says {
        b'>' => said.directory = value,
        b'^' => said.project = value.map(without_file),
        b'+' => said.environment = value.map(|value| (option, value)),
        _ => {}
    }
    number + 1 + usize::from(apart)
}

/// The pieces of [`Start::typed`] for such a home; nothing where that is the word itself.
#[inline(never)]
fn typed<'w>(home: Home, runner: &'w [u8], said: &Said<'w>) -> [&'w [u8]; 4] {
    match (home, said.project, said.environment) {
        (Home::Interpreter, ..) => match runner.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => [runner.get(..=slash).unwrap_or_default(), b"pivot", b"", b""],
            None => Default::default(),
        },
        (Home::Venv, Some(project), _) => [project, b"//.venv/", b"", b""],
        (Home::Venv, None, _) => [b".venv/", b"", b"", b""],
        (Home::ActiveElseVenv, Some(project), _) => [b"@", project, b"//.venv/", b""],
        (Home::ActiveElseVenv, None, _) => [b"@.venv/", b"", b"", b""],
        (Home::AnyActiveElseVenv, Some(project), _) => [b"@@", project, b"//.venv/", b""],
        (Home::AnyActiveElseVenv, None, _) => [b"@@.venv/", b"", b"", b""],
        (Home::Pixi, Some(project), Some((_, name))) => [project, b"//.pixi/envs/", name, b"/"],
        (Home::Pixi, Some(project), None) => [project, b"//.pixi/envs/default/", b"", b""],
        (Home::Pixi, None, Some((_, name))) => [b".pixi/envs/", name, b"/", b""],
        (Home::Pixi, None, None) => [b".pixi/envs/default/", b"", b"", b""],
        (Home::Conda, Some(root), Some((b"-n" | b"--name", b"base"))) => [root, b"/", b"", b""],
        (Home::Conda, Some(root), Some((b"-n" | b"--name", name))) => [root, b"/envs/", name, b"/"],
        (Home::Conda, _, Some((b"-n" | b"--name", name))) => [b":", name, b"/", b""],
        (Home::Conda, _, Some((_, prefix))) => [prefix, b"/", b"", b""],
        _ => Default::default(),
    }
}

/// The directory that a project's file (`pixi.toml`) lies in, where it is that which is named.
fn without_file(project: &[u8]) -> &[u8] {
    if !project.ends_with(b".toml") {
        return project;
    }
    match project.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => project.get(..slash.max(1)).unwrap_or_default(),
        None => b".",
    }
}

/// An option, and its value where that is in the same word: `--name=value`, `-nvalue`; of several
/// letters in one word the one that takes a value.
fn split<'w>(way: &Way, word: &'w [u8]) -> (&'w [u8], Option<&'w [u8]>) {
    if word.starts_with(b"--") {
        let Some(equals) = word.iter().position(|&byte| byte == b'=') else { return (word, None) };
        return (word.get(..equals).unwrap_or_default(), word.get(equals + 1..));
    }
    for (at, letter) in word.iter().enumerate().skip(1) {
        let Some(option) = SHORT.get(usize::from(letter.wrapping_sub(b'A'))) else { continue };
        if way.option(option).is_some() {
            return (option, word.get(at + 1..).filter(|value| !value.is_empty()));
        }
    }
    (word, None)
}

/// Each option of one letter, from `-A` to `-z`.
static SHORT: [[u8; 2]; 58] = {
    let mut options = [[b'-'; 2]; 58];
    let mut letter = 0;
    while letter < options.len() {
        options[letter][1] = b'A' + letter as u8;
        letter += 1;
    }
    options
};

/// Whether it is Pivot, perhaps of a release or with extras as `uvx` takes it, or the module of its command
/// line.
fn is_pivot(name: &[u8]) -> bool {
    let is_plain = |rest: &[u8]| rest.first().is_none_or(|byte| b"@[=<>~!".contains(byte));
    name.strip_prefix(b"pivot").is_some_and(|rest| is_plain(rest) || rest == b".cli")
}

/// What stands behind the last slash, or behind the colon that an environment's name ends in (hatch).
#[inline(never)]
fn file_name(word: &[u8]) -> &[u8] {
    word.rsplit(|&byte| matches!(byte, b'/' | b':')).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;
    use std::string::String;

    use super::*;

    /// Which word begins Pivot, where it is taken from, and the directory; empty where it is none's.
    fn found(line: &str) -> String {
        let mut storage = [0; 512];
        let words = Words::split(line.as_bytes(), &mut storage).unwrap();
        let Some(start) = find(&words, words.len()) else { return String::new() };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let mut found = format!("{}", start.number);
        for (mark, part) in [
            (" ", text(&start.typed.concat())),
            (" in ", text(start.directory.unwrap_or_default())),
        ] {
            if !part.is_empty() {
                found = found + mark + &part;
            }
        }
        found
    }

    #[test]
    fn where_pivot_begins() {
        for (line, expected) in [
            ("pivot", "0"),
            ("p repro", "0"),
            ("./pivot repro", "0"),
            ("uv run pivot", "2 .venv/"),
            ("~/.local/bin/uv run pivot", "2 .venv/"),
            ("uv run --with x -p 3.13 pivot repro", "6 .venv/"),
            ("uv run --with=x -p3.13 -v --no-sync -- pivot", "7 .venv/"),
            ("uv --directory d run --project=e pivot", "5 e//.venv/ in d"),
            ("uv run -m pivot repro", "3 .venv/"),
            ("uv run --module pivot", "3 .venv/"),
            ("uv run python -m pivot", "4 .venv/"),
            ("uv run --active pivot", "3 @.venv/"),
            ("uv run --active --project=e pivot", "4 @e//.venv/"),
            ("uv run --prerelease-package x=allow pivot", "4 .venv/"),
            ("uv run --python-preference system --preview-features x pivot", "6 .venv/"),
            ("uv run --with pivot", ""),
            ("uv run --with pivot pivot", "4 .venv/"),
            ("uv run pytest pivot", ""),
            ("uv run", ""),
            ("uv pip install pivot", ""),
            ("uv tool run --from x pivot", "5"),
            ("uvx --python 3.13 pivot@0.5.11", "3"),
            ("uvx pivot==0.5.11 repro", "1"),
            ("uvx pivot[s3]@latest repro", "1"),
            ("uvx pivots repro", ""),
            ("poetry -C d run pivot", "4 @@.venv/ in d"),
            ("poetry run -P d pivot", "4 @@d//.venv/"),
            ("pdm run -s pivot", "3 @@.venv/"),
            ("pdm run --venv test pivot", "4 @@.venv/"),
            ("hatch -e test run pivot", "4"),
            ("hatch run test:pivot repro", "2"),
            ("hatch env run -e test -- pivot", "6"),
            ("pdm --working-dir d run --env A=B pivot", "6 @@.venv/ in d"),
            ("pixi run -e gpu pivot", "4 .pixi/envs/gpu/"),
            ("pixi run pivot", "2 .pixi/envs/default/"),
            ("pixi r -e gpu pivot", "4 .pixi/envs/gpu/"),
            ("pixi exec -s pivot=0.5 pivot repro", "4"),
            ("rye run pivot", "2 .venv/"),
            ("rye r pivot", "2 .venv/"),
            ("rye run --pyproject d/pyproject.toml pivot", "4 d//.venv/"),
            ("pixi run -m d/pixi.toml -e gpu pivot", "6 d//.pixi/envs/gpu/"),
            ("pixi run --manifest-path=pixi.toml pivot", "3 .//.pixi/envs/default/"),
            ("pixi run -m /pixi.toml pivot", "4 ///.pixi/envs/default/"),
            ("pipx run --spec pivot[s3] pivot repro", "4"),
            ("mamba run -n x pivot", "4 :x/"),
            ("micromamba run -r /m -p /e/x pivot", "6 /e/x/"),
            ("micromamba run -r /m -n x pivot", "6 /m/envs/x/"),
            ("micromamba run -n base --root-prefix=/m pivot", "5 /m/"),
            ("mise x -- pivot", "3"),
            ("mise exec -C d -- pivot", "5 in d"),
            ("pipenv run pivot", "2 @.venv/"),
            ("conda run -n x --no-capture-output pivot", "5 :x/"),
            ("conda run -p /e/x --cwd d pivot", "6 /e/x/ in d"),
            ("conda run pivot", "2"),
            ("python -m pivot", "2"),
            ("python3.13 -X dev -Im pivot repro", "4"),
            (".venv/bin/python -m pivot", "2 .venv/bin/pivot"),
            ("/usr/bin/python3 -mpivot repro", "1 /usr/bin/pivot"),
            ("python -m pytest pivot", ""),
            ("python pivot", ""),
            ("python3.x -m pivot", "0"),
            ("sudo -nu bob A=B pivot", "4"),
            ("sudo -u bob -D d pivot", "5 in d"),
            ("env A=B C= -u X pivot", "5"),
            ("/usr/bin/env -i pivot", "2"),
            ("time -p pivot", "2"),
            ("nice -n 5 nohup pivot", "4"),
            ("nice -5 pivot", "2"),
            ("command -p pivot", "2"),
            ("exec -a x pivot", "3"),
            ("watch -dn 5 pivot status", "3"),
            ("xargs -n1 -P 4 -I{} pivot repro", "5"),
            ("doas -u bob pivot", "3"),
            ("timeout 10m pivot repro", "2"),
            ("timeout -k 5 --signal=INT 10m uv run pivot", "7 .venv/"),
            ("timeout pivot", ""),
            ("taskset -c 0-3 pivot", "3"),
            ("ionice -c 2 -n7 nice pivot", "5"),
            ("stdbuf -oL pivot", "2"),
            ("strace -fe trace=file pivot", "3"),
            ("caffeinate -is pivot", "2"),
            ("srun -n 1 --mem 4G --gres=gpu:1 pivot", "6"),
            ("direnv exec . pivot", "3"),
            ("direnv exec pivot", ""),
            ("direnv allow . pivot", ""),
            ("dotenv -f .env run -- uv run pivot", "7 .venv/"),
            ("pyenv exec pivot", "2"),
            ("aws-vault exec -d 1h work -- pivot", "6"),
            ("op run --env-file=.env -- pivot", "4"),
            ("doppler run -p work -c dev -- pivot", "7"),
            ("mise exec python@3.13 uv@0.5 -- uv run pivot", "7 .venv/"),
            ("mise exec python@3.13", ""),
            ("flock -n /tmp/lock pivot", "3"),
            ("systemd-run --user --scope -p MemoryMax=4G pivot", "5"),
            ("systemd-run --working-directory=/w -E A=B pivot", "4 in /w"),
            ("parallel -j 4 --bar pivot", "4"),
            ("entr -c pivot", "2"),
            ("python -m pivot.cli", "2"),
            (".venv/bin/python -m pivot.cli", "2 .venv/bin/pivot"),
            ("python -m pivot.other", ""),
            ("python -u .venv/bin/pivot repro", "2"),
            ("python pivot repro", ""),
            ("python src/pivots repro", ""),
            ("uv run python .venv/bin/pivot repro", "3 .venv/"),
            ("env - A=B pivot", "3"),
            ("env - pivot", "2"),
            ("hatch run +py=3.13 -os=mac test:pivot", "4"),
            ("hatch run +py=3.13 pytest pivot", ""),
            ("chrt -b 0 nice pivot", "4"),
            ("numactl -N 0 --membind=0 pivot", "4"),
            ("prlimit --nofile=4096 pivot", "2"),
            ("perf stat -e cycles pivot", "4"),
            ("perf pivot", ""),
            ("salloc -n 1 srun pivot", "4"),
            ("chamber exec work -- pivot", "4"),
            ("flox activate -d env -- pivot", "5"),
            ("sudo uv run pivot", "3 .venv/"),
            ("env A=B uv run --with x python3 -m pivot", "8 .venv/"),
            ("sudo make pivot", ""),
            ("sudo A=pivot", ""),
        ] {
            assert_eq!(found(line), expected, "{line}");
        }
    }
}
