//! Between `http` 1 and actix's `http` 0.2: the same values, in types of another version.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Uri, Version};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use http_body_util::Empty;

use crate::HostBody;

const SAME: &str = "what a service answers is valid in both versions of http";

/// The head of a request. What one version takes from a client, the other may refuse.
pub(crate) fn request(request: &HttpRequest) -> Result<http::Request<Empty<Bytes>>, http::Error> {
    let mut converted = http::Request::new(Empty::new());
    *converted.method_mut() = request.method().as_str().parse()?;
    *converted.uri_mut() = uri(request.uri())?;
    *converted.version_mut() = match request.version() {
        Version::HTTP_09 => http::Version::HTTP_09,
        Version::HTTP_10 => http::Version::HTTP_10,
        Version::HTTP_2 => http::Version::HTTP_2,
        Version::HTTP_3 => http::Version::HTTP_3,
        _ => http::Version::HTTP_11,
    };
    for (name, value) in request.headers() {
        converted.headers_mut().append(
            http::HeaderName::from_bytes(name.as_str().as_bytes())?,
            http::HeaderValue::from_bytes(value.as_bytes())?,
        );
    }
    if let Some(peer) = request.peer_addr() {
        converted.extensions_mut().insert(peer);
    }
    Ok(converted)
}

fn uri(uri: &Uri) -> Result<http::Uri, http::Error> {
    // Part by part: a path may be what would read as something else behind an authority.
    let mut parts = http::uri::Parts::default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    parts.path_and_query = Some(path.parse()?);
    if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        parts.scheme = Some(scheme.parse()?);
        parts.authority = Some(authority.as_str().parse()?);
    }
    Ok(http::Uri::from_parts(parts)?)
}

pub(crate) fn response<B>(
    request: &HttpRequest,
    response: http::Response<B>,
) -> HttpResponse<HostBody<B>> {
    let (head, body) = response.into_parts();
    let status = StatusCode::from_u16(head.status.as_u16()).expect(SAME);
    let mut converted = HttpResponse::with_body(status, HostBody { body });
    for (name, value) in &head.headers {
        converted.headers_mut().append(
            HeaderName::from_bytes(name.as_str().as_bytes()).expect(SAME),
            HeaderValue::from_bytes(value.as_bytes()).expect(SAME),
        );
    }
    // Actix would send chunks to a client that does not know them.
    converted.head_mut().no_chunking(request.version() < Version::HTTP_11);
    converted
}

#[cfg(test)]
mod tests;
