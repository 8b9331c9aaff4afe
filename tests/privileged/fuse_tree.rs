//! Files in memory under a clock that only the test moves: what [`super::fuse`] serves.

use std::collections::BTreeMap;

use nix::errno::Errno;

/// The number of the topmost directory, as FUSE has it.
pub const TOP: u64 = 1;

/// A file, directory or symbolic link.
pub struct Node {
    pub content: Content,
    pub permissions: u32,
    pub mtime_ns: i64,
    pub ctime_ns: i64,
    parent: u64,
    name: Vec<u8>,
}

/// What a node holds.
pub enum Content {
    File(Vec<u8>),
    Directory(BTreeMap<Vec<u8>, u64>),
    Link(Vec<u8>),
}

/// Called before a request is served: its name and the path it is about. It may edit the tree: to
/// whoever asked, that happens right before their call.
pub type Hook = Box<dyn FnMut(&mut Tree, &str, &str) + Send>;

/// All of a file system.
pub struct Tree {
    nodes: BTreeMap<u64, Node>,
    last: u64,
    /// What time it is for every stamp.
    pub clock_ns: i64,
    /// For how long the kernel may keep what it is told of a name or a file: seconds.
    pub kept_s: u64,
    pub hook: Option<Hook>,
}

impl Tree {
    /// An empty one.
    pub fn new(clock_ns: i64) -> Self {
        let mut tree = Self { nodes: BTreeMap::new(), last: TOP, clock_ns, kept_s: 0, hook: None };
        let top = tree.node(Content::Directory(BTreeMap::new()), 0o755, TOP, b"");
        tree.nodes.insert(TOP, top);
        tree
    }

    /// Writes a file in place, as of now; its inode stays. Makes the directories above a new one.
    #[track_caller]
    pub fn write(&mut self, path: &str, bytes: impl AsRef<[u8]>) {
        let (directories, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut parent = TOP;
        for directory in directories.split('/').filter(|name| !name.is_empty()) {
            parent = match self.find(parent, directory.as_bytes()) {
                Ok(number) => number,
                Err(_) => {
                    let content = Content::Directory(BTreeMap::new());
                    self.create(parent, directory.as_bytes(), content, 0o755).unwrap()
                }
            };
        }
        let file = self
            .find(parent, name.as_bytes())
            .or_else(|_| self.create(parent, name.as_bytes(), Content::File(vec![]), 0o644))
            .unwrap();
        let now = self.clock_ns;
        let node = self.get(file).unwrap();
        node.content = Content::File(bytes.as_ref().to_vec());
        (node.mtime_ns, node.ctime_ns) = (now, now);
    }

    /// The node at `path`, which must be there.
    #[track_caller]
    pub fn at(&mut self, path: &str) -> &mut Node {
        let names = path.split('/').filter(|name| !name.is_empty());
        let number = names.fold(TOP, |parent, name| self.find(parent, name.as_bytes()).unwrap());
        self.get(number).unwrap()
    }

    /// A node by its number.
    pub fn get(&mut self, number: u64) -> Result<&mut Node, Errno> {
        self.nodes.get_mut(&number).ok_or(Errno::ENOENT)
    }

    /// The path of a node from the top.
    pub fn path_of(&self, number: u64) -> String {
        let mut names = Vec::new();
        let mut at = number;
        while at != TOP
            && let Some(node) = self.nodes.get(&at)
        {
            names.push(String::from_utf8_lossy(&node.name).into_owned());
            at = node.parent;
        }
        names.reverse();
        names.join("/")
    }

    /// The entry `name` of a directory.
    pub fn find(&self, directory: u64, name: &[u8]) -> Result<u64, Errno> {
        match &self.nodes.get(&directory).ok_or(Errno::ENOENT)?.content {
            Content::Directory(entries) => entries.get(name).copied().ok_or(Errno::ENOENT),
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// Adds an entry; gives back its number.
    pub fn create(
        &mut self,
        directory: u64,
        name: &[u8],
        content: Content,
        permissions: u32,
    ) -> Result<u64, Errno> {
        if self.find(directory, name).is_ok() {
            return Err(Errno::EEXIST);
        }
        self.last += 1;
        let (number, node) = (self.last, self.node(content, permissions, directory, name));
        self.nodes.insert(number, node);
        self.enter(directory, name, number)?;
        Ok(number)
    }

    /// Takes an entry away; its node stays for whoever has it open.
    pub fn remove(&mut self, directory: u64, name: &[u8]) -> Result<(), Errno> {
        let number = self.find(directory, name)?;
        if let Content::Directory(entries) = &self.get(number)?.content
            && !entries.is_empty()
        {
            return Err(Errno::ENOTEMPTY);
        }
        self.touch(number);
        self.touch(directory);
        let Content::Directory(entries) = &mut self.get(directory)?.content else {
            return Err(Errno::ENOTDIR);
        };
        entries.remove(name);
        Ok(())
    }

    /// Moves an entry, over another one where there is one.
    pub fn rename(
        &mut self,
        (from, name): (u64, &[u8]),
        (to, new_name): (u64, &[u8]),
    ) -> Result<(), Errno> {
        let number = self.find(from, name)?;
        if self.find(to, new_name).is_ok_and(|target| target != number) {
            self.remove(to, new_name)?;
        }
        if let Content::Directory(entries) = &mut self.get(from)?.content {
            entries.remove(name);
        }
        self.touch(from);
        let now = self.clock_ns;
        let node = self.get(number)?;
        (node.parent, node.name, node.ctime_ns) = (to, new_name.to_vec(), now);
        self.enter(to, new_name, number)
    }

    fn enter(&mut self, directory: u64, name: &[u8], number: u64) -> Result<(), Errno> {
        self.touch(directory);
        match &mut self.get(directory)?.content {
            Content::Directory(entries) => entries.insert(name.to_vec(), number),
            _ => return Err(Errno::ENOTDIR),
        };
        Ok(())
    }

    /// Stamps a node: the content of a directory changed, the links of a file did.
    fn touch(&mut self, number: u64) {
        let now = self.clock_ns;
        if let Ok(node) = self.get(number) {
            node.ctime_ns = now;
            if let Content::Directory(_) = node.content {
                node.mtime_ns = now;
            }
        }
    }

    fn node(&self, content: Content, permissions: u32, parent: u64, name: &[u8]) -> Node {
        let (mtime_ns, ctime_ns) = (self.clock_ns, self.clock_ns);
        Node { content, permissions, mtime_ns, ctime_ns, parent, name: name.to_vec() }
    }
}

impl Node {
    /// The kind and permission bits.
    pub fn mode(&self) -> u32 {
        let kind = match self.content {
            Content::File(_) => libc_mode::FILE,
            Content::Directory(_) => libc_mode::DIRECTORY,
            Content::Link(_) => libc_mode::LINK,
        };
        kind | self.permissions
    }

    /// The length that stat tells.
    pub fn len(&self) -> usize {
        match &self.content {
            Content::File(bytes) | Content::Link(bytes) => bytes.len(),
            Content::Directory(_) => 4096,
        }
    }
}

/// The kinds of a mode, as in `sys/stat.h`.
mod libc_mode {
    pub const FILE: u32 = 0o100_000;
    pub const DIRECTORY: u32 = 0o040_000;
    pub const LINK: u32 = 0o120_000;
}
