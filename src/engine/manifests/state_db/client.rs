//! The engine's side of the database: has a process of its own do what is wanted, within a time.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::StateDbError;
use super::request::{Access, KeyValue, LOCK, Operation};
use super::response::{Response, Values};
use super::wire::Message;
use crate::context::trust::Permit;
use crate::environment::program;
use crate::process::child::{self, End, Run};

/// How long reading may take: a second for the lock, another for what takes 10 ms. Whoever
/// waits here would otherwise compute what is read, which takes 150 ms.
const GET_TIMEOUT: Duration = Duration::from_secs(2);

/// How long writing may take: slow disks take seconds to sync; the answer was given before.
const PUT_TIMEOUT: Duration = Duration::from_secs(10);

/// The database of one project.
pub struct StateDb {
    engine: Option<PathBuf>,
    root: PathBuf,
    access: Access,
}

impl StateDb {
    /// The database of the project at `root`; nothing is opened yet.
    pub fn at(root: &Path, access: Access) -> Self {
        Self::served_by(program(), root, access)
    }

    /// The same, opened by processes of this engine.
    pub fn served_by(engine: Option<PathBuf>, root: &Path, access: Access) -> Self {
        Self { engine, root: root.to_path_buf(), access }
    }

    /// The values of `keys`, in their order.
    pub fn get_many(&self, keys: &[Vec<u8>]) -> Result<Values, StateDbError> {
        let used = self.root.join(".pivot/cache/complete").join(LOCK);
        if keys.is_empty() || !used.exists() {
            return Ok(vec![None; keys.len()]);
        }
        let mut request = Vec::new();
        keys.iter().for_each(|key| Message::write(Message::KEY, key, &mut request));
        let values = self.ask(Operation::Get, &request, Instant::now() + GET_TIMEOUT)?;
        if values.len() != keys.len() {
            return Err(StateDbError::Unavailable("it answered something else".into()));
        }
        Ok(values)
    }

    /// Writes all of `entries` or none, durably; those with too long a key are left out.
    ///
    /// A database that turns out to be damaged is replaced by one with these entries alone.
    pub fn put_many(&self, entries: &[KeyValue]) -> Result<(), StateDbError> {
        if self.access == Access::ReadOnly {
            return Err(StateDbError::ReadOnly);
        }
        if entries.is_empty() {
            return Ok(());
        }
        let mut request = Vec::new();
        for (key, value) in entries {
            Message::write(Message::KEY, key, &mut request);
            Message::write(Message::VALUE, value, &mut request);
        }
        let deadline = Instant::now() + PUT_TIMEOUT;
        match self.ask(Operation::PutMany, &request, deadline) {
            Err(StateDbError::Broken(_)) if Instant::now() < deadline => {
                self.ask(Operation::PutMany, &request, deadline)
            }
            result => result,
        }
        .map(|_| ())
    }

    /// Has one request served; a database that fails at it is set aside.
    fn ask(
        &self,
        operation: Operation,
        request: &[u8],
        deadline: Instant,
    ) -> Result<Values, StateDbError> {
        let (response, end) = self.run(operation, request, deadline)?;
        let mut set_aside = Vec::new();
        Message::write(Message::KEY, response.opened().unwrap_or_default(), &mut set_aside);
        let result = response.result(&end);
        if let Err(StateDbError::Broken(_)) = &result {
            // If that fails, the next one to find it broken tries again.
            let _ = self.run(Operation::SetAside, &set_aside, Instant::now() + GET_TIMEOUT);
        }
        result
    }

    fn run(
        &self,
        operation: Operation,
        request: &[u8],
        deadline: Instant,
    ) -> Result<(Response, End), StateDbError> {
        let unknown = || StateDbError::Unavailable("where this program is, is unknown".into());
        let engine = self.engine.as_ref().ok_or_else(unknown)?.as_os_str();
        let words = [engine, Operation::WORD.as_ref(), operation.as_str().as_ref()];
        let command: Vec<OsString> =
            words.into_iter().chain([self.root.as_os_str()]).map(OsStr::to_owned).collect();
        let run = Run {
            permit: &Permit::for_ourselves(),
            command: &command,
            pipe_argument: None,
            input: Some(request),
            set: &[],
            remove: &[],
            deadline,
            keep_stderr: false,
            openings: None,
            lent: None,
        };
        let mut response = Response::default();
        // It holds the lock until it ends.
        let end = child::run_to_end(&run, |piece| response.take(piece));
        Ok((response, end))
    }
}
