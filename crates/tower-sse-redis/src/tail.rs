//! The end of a log, as it grows.

use std::sync::Arc;

use redis::RedisResult;
use tower_sse_hub::log::{BoxFuture, LogError, Page, Tail};

use crate::fault;
use crate::follow::Follow;
use crate::lines::Lines;

/// The end of a log, as it grows.
pub(crate) struct RedisTail {
    lines: Arc<Lines>,
    /// It goes on where it was when somebody waits again: a turn that was sent will be answered.
    turn: Option<Turn>,
}

enum Turn {
    Next(Box<Follow>),
    Now(BoxFuture<'static, (Box<Follow>, RedisResult<Page>)>),
}

impl RedisTail {
    pub(crate) fn new(lines: Arc<Lines>, follow: Follow) -> Self {
        Self { lines, turn: Some(Turn::Next(Box::new(follow))) }
    }
}

impl Tail for RedisTail {
    fn next(&mut self) -> BoxFuture<'_, Result<Page, LogError>> {
        Box::pin(async {
            if let Some(Turn::Next(mut follow)) = self.turn.take_if(|turn| turn.is_next()) {
                self.turn = Some(Turn::Now(Box::pin(async move {
                    let page = follow.turn().await;
                    (follow, page)
                })));
            }
            let Some(Turn::Now(turn)) = &mut self.turn else {
                return Err(LogError::transient("tail has ended"));
            };
            let (follow, page) = turn.await;
            self.turn = None;
            match page {
                Ok(page) => {
                    self.turn = Some(Turn::Next(follow));
                    Ok(page)
                }
                Err(error) => {
                    if fault::is_of_connection(&error) {
                        self.lines.drop_connections().await;
                    }
                    Err(fault::of_log(error))
                }
            }
        })
    }
}

impl Turn {
    fn is_next(&self) -> bool {
        matches!(self, Self::Next(_))
    }
}
