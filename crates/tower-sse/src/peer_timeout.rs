//! For how long a peer may take nothing.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// Has the system give up connections of this listener whose peer has vanished, or has read nothing
/// for `timeout`: what is to be sent to it is then not waited for any longer, and its stream ends.
///
/// It is for all frameworks alike, as connections inherit it from the listener that accepts them:
/// call it before the first is accepted. A client that pauses, as one may while a tab sleeps, and
/// for which more than its buffers hold is to be sent, is given up too, and resumes when it is back.
///
/// It sets TCP keep-alive, by which a peer that has vanished is noticed in silence, and on Linux and
/// Android `TCP_USER_TIMEOUT`, by which one that does not read is. Elsewhere, whether connections
/// inherit it is up to the system. Whole seconds count, at least 5.
///
/// ```
/// use std::net::TcpListener;
/// use std::time::Duration;
///
/// # fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// tower_sse::set_peer_timeout(&listener, Duration::from_secs(60))?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When the system does not take it.
pub fn set_peer_timeout<'a, L>(listener: &'a L, timeout: Duration) -> io::Result<()>
where
    SockRef<'a>: From<&'a L>,
{
    let socket = SockRef::from(listener);
    let seconds = timeout.as_secs().clamp(5, 24 * 3600);
    // So long a silence, with what is asked at its end and not answered.
    let probe = Duration::from_secs((seconds / 10).max(1));
    let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(seconds) - 4 * probe);
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple", windows))]
    let keepalive = keepalive.with_interval(probe);
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    let keepalive = keepalive.with_retries(4);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(Duration::from_secs(seconds)))?;
    Ok(())
}
