//! Where the server is.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, RedisResult};

use crate::settings::Patience;

/// Where the server is.
pub(crate) enum Server {
    At(Box<Client>),
    /// Where sentinels say. It takes them itself to ask them, as it keeps its connections to them.
    #[cfg(feature = "sentinel")]
    Watched(Box<tokio::sync::Mutex<redis::sentinel::SentinelClient>>),
}

impl Server {
    /// A server at an address.
    pub(crate) fn at(info: ConnectionInfo) -> RedisResult<Self> {
        // What is small must not wait for the answer to what was sent before.
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        Ok(Self::At(Box::new(Client::open(info.set_tcp_settings(tcp))?)))
    }

    /// A server that is a client's.
    pub(crate) fn of_client(client: &Client) -> Self {
        Self::at(client.get_connection_info().clone())
            .unwrap_or_else(|_| Self::At(Box::new(client.clone())))
    }

    /// The master of this name, which is reached like this node.
    #[cfg(feature = "sentinel")]
    pub(crate) fn watched(
        sentinels: Vec<ConnectionInfo>,
        master: &str,
        node: &ConnectionInfo,
    ) -> RedisResult<Self> {
        use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
        use redis::{ConnectionAddr, TlsMode};

        let mut how = SentinelNodeConnectionInfo::default()
            .set_redis_connection_info(node.redis_settings().clone())
            .set_tcp_settings(node.tcp_settings().clone().set_nodelay(true));
        if let ConnectionAddr::TcpTls { insecure, .. } = node.addr() {
            how = how.set_tls_mode(if *insecure { TlsMode::Insecure } else { TlsMode::Secure });
        }
        let kind = SentinelServerType::Master;
        let client = SentinelClient::build(sentinels, String::from(master), Some(how), kind)?;
        Ok(Self::Watched(Box::new(tokio::sync::Mutex::new(client))))
    }

    /// A new connection, on which an answer may take some time longer than others.
    pub(crate) async fn connect(
        &self,
        patience: Patience,
        longer: Duration,
    ) -> RedisResult<MultiplexedConnection> {
        let how = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(patience.connect))
            .set_response_timeout(Some(patience.response + longer));
        match self {
            Self::At(client) => client.get_multiplexed_async_connection_with_config(&how).await,
            #[cfg(feature = "sentinel")]
            Self::Watched(sentinels) => {
                let ask = async { sentinels.lock().await.async_get_client().await };
                let client = tokio::time::timeout(patience.response, ask).await;
                let client = client.map_err(|_| late())??;
                client.get_multiplexed_async_connection_with_config(&how).await
            }
        }
    }
}

#[cfg(feature = "sentinel")]
fn late() -> redis::RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

/// Reads an address.
pub(crate) fn address(url: impl IntoConnectionInfo) -> RedisResult<ConnectionInfo> {
    url.into_connection_info()
}
