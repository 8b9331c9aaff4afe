//! A file system of our own, over the kernel's FUSE protocol (`linux/fuse.h`, version 7.31):
//! stamps come from a clock that the test moves, and a hook acts right before any request.
//!
//! Nothing of it is cached by the kernel, so each call of a program becomes a request here.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::fuse_tree::{Content, Tree};
use super::fuse_wire::{attributes, entry, init, list, offset, text, u32_at, u64_at};

/// A mounted [`Tree`], until it is dropped.
pub struct Fuse {
    tree: Arc<Mutex<Tree>>,
    place: PathBuf,
}

impl Fuse {
    /// Mounts an empty tree at `place`, in this thread's mount namespace.
    #[track_caller]
    pub fn mount(place: &Path, clock_ns: i64) -> Self {
        Self::mount_tree(place, Arc::new(Mutex::new(Tree::new(clock_ns))))
    }

    /// Mounts the tree of another one at `place` too, as a second host does.
    #[track_caller]
    pub fn also_at(place: &Path, other: &Self) -> Self {
        Self::mount_tree(place, Arc::clone(&other.tree))
    }

    #[track_caller]
    fn mount_tree(place: &Path, tree: Arc<Mutex<Tree>>) -> Self {
        let device = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/fuse")
            .unwrap_or_else(|error| panic!("needs /dev/fuse: {error}"));
        let options = format!(
            "fd={},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions",
            device.as_raw_fd()
        );
        mount(Some("test"), place, Some("fuse"), MsFlags::empty(), Some(options.as_str()))
            .unwrap_or_else(|error| panic!("needs the right to mount FUSE: {error}"));
        let served = Arc::clone(&tree);
        std::thread::spawn(move || serve(device, &served));
        Self { tree, place: place.into() }
    }

    /// The files, while no request is served.
    pub fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap()
    }
}

impl Drop for Fuse {
    fn drop(&mut self) {
        let _ = umount2(&self.place, MntFlags::MNT_DETACH);
    }
}

/// Answers requests until the file system is unmounted.
fn serve(mut device: File, tree: &Mutex<Tree>) {
    let mut buffer = vec![0; (1 << 20) + 4096];
    loop {
        let len = match device.read(&mut buffer) {
            Ok(len) => len,
            Err(error) if error.raw_os_error() == Some(Errno::ENODEV as i32) => return,
            Err(_) => continue,
        };
        let request = Request::new(&buffer[..len]);
        if matches!(request.opcode, FORGET | BATCH_FORGET | INTERRUPT) {
            continue;
        }
        let Ok(mut tree) = tree.lock() else { return };
        if let Some(mut hook) = tree.hook.take() {
            let path = request.path(&tree);
            hook(&mut tree, request.name(), &path);
            tree.hook.get_or_insert(hook);
        }
        let answer = request.answer(&mut tree);
        drop(tree);
        let (error, body) = match answer {
            Ok(body) => (0, body),
            Err(error) => (-(error as i32), Vec::new()),
        };
        let mut reply = Vec::with_capacity(16 + body.len());
        reply.extend(u32::try_from(16 + body.len()).unwrap().to_le_bytes());
        reply.extend(error.to_le_bytes());
        reply.extend(request.unique.to_le_bytes());
        reply.extend(body);
        // Whoever asked may have been killed meanwhile.
        let _ = device.write(&reply);
    }
}

const LOOKUP: u32 = 1;
const FORGET: u32 = 2;
const GETATTR: u32 = 3;
const SETATTR: u32 = 4;
const READLINK: u32 = 5;
const SYMLINK: u32 = 6;
const MKNOD: u32 = 8;
const MKDIR: u32 = 9;
const UNLINK: u32 = 10;
const RMDIR: u32 = 11;
const RENAME: u32 = 12;
const OPEN: u32 = 14;
const READ: u32 = 15;
const WRITE: u32 = 16;
const STATFS: u32 = 17;
const RELEASE: u32 = 18;
const FSYNC: u32 = 20;
const FLUSH: u32 = 25;
const INIT: u32 = 26;
const OPENDIR: u32 = 27;
const READDIR: u32 = 28;
const RELEASEDIR: u32 = 29;
const FSYNCDIR: u32 = 30;
const CREATE: u32 = 35;
const INTERRUPT: u32 = 36;
const BATCH_FORGET: u32 = 42;
const RENAME2: u32 = 45;

/// One request: `fuse_in_header` and its body.
struct Request<'a> {
    opcode: u32,
    unique: u64,
    node: u64,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            opcode: u32_at(bytes, 4),
            unique: u64_at(bytes, 8),
            node: u64_at(bytes, 16),
            body: &bytes[40..],
        }
    }

    /// What a hook is told.
    fn name(&self) -> &'static str {
        match self.opcode {
            LOOKUP => "lookup",
            GETATTR => "getattr",
            SETATTR => "setattr",
            OPEN | OPENDIR => "open",
            READ | READDIR => "read",
            WRITE => "write",
            CREATE | MKNOD | MKDIR | SYMLINK => "create",
            RENAME | RENAME2 => "rename",
            UNLINK | RMDIR => "remove",
            FSYNC | FSYNCDIR => "sync",
            FLUSH | RELEASE | RELEASEDIR => "close",
            _ => "other",
        }
    }

    /// The path it is about: for a look-up that of the entry.
    fn path(&self, tree: &Tree) -> String {
        let directory = tree.path_of(self.node);
        if self.opcode != LOOKUP {
            return directory;
        }
        let entry = String::from_utf8_lossy(text(self.body)).into_owned();
        if directory.is_empty() { entry } else { format!("{directory}/{entry}") }
    }

    fn answer(&self, tree: &mut Tree) -> Result<Vec<u8>, Errno> {
        let (node, body) = (self.node, self.body);
        match self.opcode {
            INIT => Ok(init()),
            LOOKUP => {
                let number = tree.find(node, text(body))?;
                entry(tree, number)
            }
            GETATTR => attributes(tree, node),
            SETATTR => {
                set_attributes(tree, node, body)?;
                attributes(tree, node)
            }
            READLINK => match &tree.get(node)?.content {
                Content::Link(target) => Ok(target.clone()),
                _ => Err(Errno::EINVAL),
            },
            SYMLINK => {
                let name = text(body);
                let target = text(&body[name.len() + 1..]).to_vec();
                let number = tree.create(node, name, Content::Link(target), 0o777)?;
                entry(tree, number)
            }
            MKNOD => {
                let number = tree.create(node, text(&body[16..]), file(), permissions(body, 8))?;
                entry(tree, number)
            }
            MKDIR => {
                let content = Content::Directory(Default::default());
                let number = tree.create(node, text(&body[8..]), content, permissions(body, 4))?;
                entry(tree, number)
            }
            CREATE => {
                let mode = u32_at(body, 4) & !u32_at(body, 8) & 0o7777;
                let number = tree.create(node, text(&body[16..]), file(), mode)?;
                Ok([entry(tree, number)?, vec![0; 16]].concat())
            }
            UNLINK | RMDIR => tree.remove(node, text(body)).map(|()| Vec::new()),
            RENAME | RENAME2 => {
                let names = &body[if self.opcode == RENAME { 8 } else { 16 }..];
                if self.opcode == RENAME2 && u32_at(body, 8) != 0 {
                    return Err(Errno::EINVAL);
                }
                let name = text(names);
                let to = (u64_at(body, 0), text(&names[name.len() + 1..]));
                tree.rename((node, name), to).map(|()| Vec::new())
            }
            OPEN | OPENDIR => tree.get(node).map(|_| vec![0; 16]),
            READ => match &tree.get(node)?.content {
                Content::File(bytes) => {
                    let from = offset(body).min(bytes.len());
                    let len = (u32_at(body, 16) as usize).min(bytes.len() - from);
                    Ok(bytes[from..from + len].to_vec())
                }
                _ => Err(Errno::EISDIR),
            },
            WRITE => {
                let data = &body[40..40 + u32_at(body, 16) as usize];
                write(tree, node, offset(body), data)?;
                Ok([u32_at(body, 16).to_le_bytes(), [0; 4]].concat())
            }
            READDIR => list(tree, node, body),
            // 64 MiB of 4 KiB blocks, as many inodes; names of up to 255 bytes.
            STATFS => {
                let words = [1u64 << 14, 1 << 13, 1 << 13, 1 << 14, 1 << 13];
                let mut answer = words.map(u64::to_le_bytes).concat();
                answer.extend([4096u32, 255, 4096].map(u32::to_le_bytes).concat());
                answer.resize(80, 0);
                Ok(answer)
            }
            RELEASE | RELEASEDIR | FSYNC | FSYNCDIR | FLUSH => Ok(Vec::new()),
            _ => Err(Errno::ENOSYS),
        }
    }
}

fn set_attributes(tree: &mut Tree, number: u64, body: &[u8]) -> Result<(), Errno> {
    let valid = u32_at(body, 0);
    let now = tree.clock_ns;
    let node = tree.get(number)?;
    node.ctime_ns = now;
    if valid & 1 != 0 {
        node.permissions = u32_at(body, 68) & 0o7777;
    }
    if valid & 8 != 0
        && let Content::File(bytes) = &mut node.content
    {
        bytes.resize(usize::try_from(u64_at(body, 16)).map_err(|_| Errno::EFBIG)?, 0);
        node.mtime_ns = now;
    }
    if valid & 32 != 0 {
        let seconds = u64_at(body, 40).cast_signed();
        let given = seconds * 1_000_000_000 + i64::from(u32_at(body, 60));
        node.mtime_ns = if valid & 256 != 0 { now } else { given };
    }
    Ok(())
}

fn write(tree: &mut Tree, number: u64, at: usize, data: &[u8]) -> Result<(), Errno> {
    let now = tree.clock_ns;
    let node = tree.get(number)?;
    let Content::File(bytes) = &mut node.content else { return Err(Errno::EISDIR) };
    bytes.resize(bytes.len().max(at + data.len()), 0);
    bytes[at..at + data.len()].copy_from_slice(data);
    (node.mtime_ns, node.ctime_ns) = (now, now);
    Ok(())
}

fn file() -> Content {
    Content::File(Vec::new())
}

/// The mode at the start of a body without its umask, which lies at `mask`.
fn permissions(body: &[u8], mask: usize) -> u32 {
    u32_at(body, 0) & !u32_at(body, mask) & 0o7777
}
