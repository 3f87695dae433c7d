//! The server, from outside.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

/// What a program makes of whatever goes wrong.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A `bench-server` in a process of its own, which ends with its owner.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts one that serves by this framework, on a port that is free, with variables of its
    /// environment.
    ///
    /// # Errors
    /// When it does not start, or does not listen within 5 seconds.
    pub fn start(framework: &str, settings: &[(&str, &str)]) -> Result<Self> {
        // Free when it is closed again, but for a race that would only end the run.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let program = env::current_exe()?.with_file_name("bench-server");
        let port = address.port().to_string();
        let process = Command::new(program)
            .args([framework, &port])
            .envs(settings.iter().copied())
            .spawn()?;
        let server = Self { process, address };
        for _ in 0..100 {
            if TcpStream::connect(address).is_ok() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err("the server does not listen".into())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection on which a path has been asked for.
    ///
    /// # Errors
    /// When the server does not take it.
    pub fn open(&self, path: &str) -> io::Result<TcpStream> {
        let mut socket = TcpStream::connect(self.address)?;
        write!(socket, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        Ok(socket)
    }

    /// The whole answer to a request, which is short.
    ///
    /// # Errors
    /// When there is none, or it is not 200.
    pub fn get(&self, path: &str) -> Result<String> {
        let mut socket = TcpStream::connect(self.address)?;
        write!(socket, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
            _ => Err(format!("{path}: {answer}").into()),
        }
    }

    /// How many subscribe.
    ///
    /// # Errors
    /// When it does not say so.
    pub fn subscribers(&self) -> Result<usize> {
        self.stat("subs")
    }

    /// A number of `/stats`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn stat(&self, name: &str) -> Result<usize> {
        let stats = self.get("/stats")?;
        let mut all = stats.split_whitespace().filter_map(|stat| stat.split_once('='));
        let (_, value) = all.find(|(other, _)| *other == name).ok_or("it is not in /stats")?;
        Ok(value.parse()?)
    }

    /// Asks it to stop, by SIGTERM.
    ///
    /// # Errors
    /// When it has ended.
    pub fn ask_to_stop(&self) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.process), Signal::TERM)?)
    }

    /// Waits for its end, for so long.
    ///
    /// # Errors
    /// When it does not end.
    pub fn ended(&mut self, within: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err("the server does not end".into())
    }

    /// Its resident memory, in bytes.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resident(&self) -> Result<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: usize = line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }

    /// How many files it has open, sockets included.
    ///
    /// # Errors
    /// When it has ended.
    pub fn files(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.count())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Allows as many open files as the hard limit does.
///
/// # Errors
/// When the system refuses.
pub fn raise_nofile() -> io::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    Ok(setrlimit(Resource::Nofile, raised)?)
}
