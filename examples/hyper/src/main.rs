//! The demo on plain hyper: `cargo run -p example-hyper`, and with `TLS=1` over HTTPS.

mod transport;

use example_app::{Demo, PAGE, Setup, StartError};
use http_body_util::{BodyExt, Either};
use hyper::{Request, Response, body, service::service_fn};
use tower::{BoxError, ServiceExt};
use transport::Transport;

#[tokio::main]
async fn main() -> Result<(), StartError> {
    let setup = Setup::from_env()?;
    let (demo, background) = Demo::open("hyper", &setup).await?;
    tokio::spawn(background);
    let served = demo.clone();
    let routes = service_fn(move |request| route(served.clone(), request));
    let transport = Transport::from_env()?;
    let listener = setup.listen(transport.scheme()).await?;
    // Without TLS, `tower_sse_serve::serve` takes a `tower::service_fn`, and a stream costs far less.
    demo.serve(transport.serve(listener, routes)).await;
    Ok(())
}

async fn route(
    demo: Demo,
    request: Request<impl body::Body>,
) -> Result<Response<impl body::Body<Data = body::Bytes, Error = BoxError>>, BoxError> {
    let text = match (request.method().as_str(), request.uri().path()) {
        ("GET", "/") => Response::builder()
            .header("content-type", "text/html; charset=utf-8")
            .body(PAGE.to_owned())?,
        ("GET", "/metrics") => Response::builder()
            .header("content-type", "text/plain; charset=utf-8")
            .body(demo.metrics())?,
        (_, "/events") => return Ok(demo.events().oneshot(request).await?.map(Either::Left)),
        ("POST", "/wall") => demo.post(request.into_body().into_data_stream()).await,
        _ => Response::builder().status(404).body(String::new())?,
    };
    Ok(text.map(Either::Right))
}

#[cfg(test)]
mod tests;
