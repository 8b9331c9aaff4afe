//! The scripts that `init SHELL` prints, and in which every TAB begins.

/// A shell's script, and its prompt hook where there is one.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// The shell's name.
    pub shell: &'static str,
    /// What completes.
    pub completion: &'static str,
    /// What `--prewarm` adds.
    pub prewarm: Option<&'static str>,
}

/// All there are.
pub const ALL: [Script; 6] = [
    Script {
        shell: "bash",
        completion: include_str!("../../completions/pivot.bash"),
        prewarm: Some(include_str!("../../completions/prewarm.bash")),
    },
    Script {
        shell: "zsh",
        completion: include_str!("../../completions/pivot.zsh"),
        prewarm: Some(include_str!("../../completions/prewarm.zsh")),
    },
    Script {
        shell: "fish",
        completion: include_str!("../../completions/pivot.fish"),
        prewarm: Some(include_str!("../../completions/prewarm.fish")),
    },
    Script {
        shell: "elvish",
        completion: include_str!("../../completions/pivot.elv"),
        prewarm: None,
    },
    Script {
        shell: "nushell",
        completion: include_str!("../../completions/pivot.nu"),
        prewarm: None,
    },
    Script {
        shell: "xonsh",
        completion: include_str!("../../completions/pivot.xsh"),
        prewarm: None,
    },
];

impl Script {
    /// The script of the shell of this name.
    pub fn named(shell: &str) -> Option<&'static Self> {
        ALL.iter().find(|script| script.shell == shell)
    }

    /// What `init` prints.
    pub fn text(&self, prewarm: bool) -> String {
        let hook = self.prewarm.filter(|_| prewarm);
        [Some(self.completion), hook].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}
