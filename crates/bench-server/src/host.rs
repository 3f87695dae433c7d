//! The frameworks, each with the response type that its users return.

pub(crate) mod actix_web;
pub(crate) mod axum;
pub(crate) mod hyper;
pub(crate) mod serve;
pub(crate) mod warp;
