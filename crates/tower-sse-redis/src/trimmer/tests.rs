use std::time::Duration;

use redis::{Arg, Cmd, Value};
use tower_sse_hub::Position;

use super::Trimmer;

const UPTO: Position = Position::new(900_000, 3);

fn text(command: Option<Cmd>) -> String {
    let arg = |arg| match arg {
        Arg::Simple(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => panic!("{arg:?} is no text"),
    };
    command.iter().flat_map(Cmd::args_iter).map(arg).collect::<Vec<_>>().join(" ")
}

fn time(seconds: &str, micros: &str) -> Value {
    Value::Array(vec![Value::BulkString(seconds.into()), Value::BulkString(micros.into())])
}

async fn due() -> Trimmer {
    let trimmer = Trimmer::new(Duration::from_secs(100));
    assert_eq!(text(trimmer.command("log", UPTO)), "");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(text(trimmer.command("log", UPTO)), "TIME");
    trimmer
}

#[tokio::test(start_paused = true)]
async fn trims_by_the_clock_of_the_server() {
    let mut trimmer = due().await;
    trimmer.learn(time("500", "123456"));
    assert_eq!(text(trimmer.command("log", UPTO)), "XTRIM log MINID = 400123-0");
    trimmer.learn(Value::Int(7));
    assert_eq!(text(trimmer.command("log", UPTO)), "");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(text(trimmer.command("log", UPTO)), "TIME");
}

#[tokio::test(start_paused = true)]
async fn leaves_what_was_not_followed_yet() {
    let mut trimmer = due().await;
    trimmer.learn(time("5000", "0"));
    assert_eq!(text(trimmer.command("log", UPTO)), "XTRIM log MINID = 900000-3");
    assert_eq!(text(trimmer.command("log", Position::default())), "XTRIM log MINID = 0-0");
}

#[tokio::test(start_paused = true)]
async fn asks_later_when_it_is_not_told_the_time() {
    for reply in [Value::Nil, Value::Int(1), time("99", "0"), time("", "")] {
        let mut trimmer = due().await;
        trimmer.learn(reply);
        assert_eq!(text(trimmer.command("log", UPTO)), "");
    }
}
