//! Many subscribers.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use memchr::memmem;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;

use crate::clock::nanos;
use crate::server::Result;

/// Subscribers that one thread reads, each as soon as something has come.
#[derive(Debug)]
pub struct Readers {
    epoll: OwnedFd,
    readers: Vec<Reader>,
}

#[derive(Debug)]
struct Reader {
    socket: TcpStream,
    /// The beginning of an event, of which the rest has not come yet.
    rest: Vec<u8>,
    seen: u64,
}

/// How long nothing may come.
const PATIENCE: Duration = Duration::from_secs(30);

impl Readers {
    /// None yet.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, readers: Vec::new() })
    }

    /// Adds one, who has asked for the stream.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add(&mut self, socket: TcpStream) -> Result<()> {
        socket.set_nonblocking(true)?;
        let place = epoll::EventData::new_u64(self.readers.len() as u64);
        epoll::add(&self.epoll, &socket, place, epoll::EventFlags::IN)?;
        self.readers.push(Reader { socket, rest: Vec::new(), seen: 0 });
        Ok(())
    }

    /// Lets all go but the first ones.
    pub fn truncate(&mut self, len: usize) {
        self.readers.truncate(len);
    }

    /// Reads until each has got so many messages, in their order, and gives how many nanoseconds
    /// after its making each of them came.
    ///
    /// # Errors
    /// When one gets anything else, or nothing comes for long.
    pub fn read(&mut self, messages: u64) -> Result<Vec<u64>> {
        self.readers.iter_mut().for_each(|reader| reader.seen = 0);
        let all = messages as usize * self.readers.len();
        let mut latencies = Vec::with_capacity(all);
        let mut buffer = vec![0; 64 << 10];
        let mut events = Vec::with_capacity(1024);
        let mut last = Instant::now();
        while latencies.len() < all {
            let timeout = Timespec { tv_sec: 1, tv_nsec: 0 };
            epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&timeout))?;
            for event in events.drain(..) {
                let place = event.data.u64() as usize;
                self.readers[place].read(&mut buffer, &mut latencies)?;
                last = Instant::now();
            }
            if last.elapsed() > PATIENCE {
                return Err(format!("{} of {all} messages came", latencies.len()).into());
            }
        }
        Ok(latencies)
    }
}

impl Reader {
    fn read(&mut self, buffer: &mut [u8], latencies: &mut Vec<u64>) -> Result<()> {
        let read = match self.socket.read(buffer) {
            Ok(0) => return Err("the server closed a stream".into()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            read => read?,
        };
        let now = nanos();
        self.rest.extend_from_slice(&buffer[..read]);
        let mut start = 0;
        while let Some(len) = memmem::find(&self.rest[start..], b"\n\n") {
            // The head, and a comment, have none.
            if let Some((made, seq)) = stamp(&self.rest[start..start + len]) {
                if seq != self.seen {
                    return Err(format!("message {seq} came in place of {}", self.seen).into());
                }
                self.seen += 1;
                latencies.push(now.saturating_sub(made));
            }
            start += len + 2;
        }
        self.rest.drain(..start);
        Ok(())
    }
}

/// When a message was made, and its number.
fn stamp(event: &[u8]) -> Option<(u64, u64)> {
    let at = memmem::find(event, br#"{"t":"#)?;
    let text = std::str::from_utf8(event.get(at + 5..at + 40)?).ok()?;
    let (made, seq) = text.split_once(r#","s":"#)?;
    Some((made.parse().ok()?, seq.parse().ok()?))
}
