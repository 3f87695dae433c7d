use redis::Value;

use super::CheckUp;
use crate::settings::Settings;

const GOOD: [(&str, &str); 7] = [
    ("redis_version", "7.0.15"),
    ("maxmemory", "1000000"),
    ("maxmemory_policy", "noeviction"),
    ("aof_enabled", "1"),
    ("role", "master"),
    ("connected_slaves", "0"),
    ("proto-max-bulk-len", "536870912"),
];

fn check_up(changes: &[(&str, &str)]) -> CheckUp {
    let info: String =
        GOOD.iter().chain(changes).map(|(name, value)| format!("{name}:{value}\r\n")).collect();
    CheckUp::read(Value::BulkString(format!("# Server\r\n{info}").into()), Value::Nil)
}

#[test]
fn warns_of_what_loses_entries() {
    let settings = Settings::new("log".into());
    let cases: [(&[(&str, &str)], &str); 11] = [
        (&[], ""),
        (&[("maxmemory_policy", "allkeys-lru")], "may be evicted"),
        (&[("maxmemory_policy", "volatile-ttl")], "message ids"),
        (&[("maxmemory_policy", "volatile-ttl"), ("maxmemory", "0")], ""),
        (&[("appendfsync", "no")], "with the power"),
        (&[("aof_enabled", "0"), ("save", "")], "when redis ends"),
        (&[("aof_enabled", "0"), ("save", "60 1000")], "last snapshot is lost"),
        (&[("aof_enabled", "0")], "or all"),
        (&[("role", "slave")], "replica"),
        (&[("connected_slaves", "1"), ("min-replicas-to-write", "0")], "cut off"),
        (&[("proto-max-bulk-len", "1000000")], "larger events"),
    ];
    for (changes, warning) in cases {
        let warnings = check_up(changes).warnings(&settings).join("; ");
        let is_told =
            if warning.is_empty() { warnings.is_empty() } else { warnings.contains(warning) };
        assert!(is_told, "{changes:?}: {warnings}");
    }
}

#[test]
fn says_nothing_of_what_it_may_not_ask() {
    let nothing = CheckUp::read(Value::Nil, Value::Nil);
    assert!(nothing.warnings(&Settings::new("log".into())).is_empty());
    assert!(nothing.check_age().is_ok());
}

#[test]
fn is_told_by_the_version_that_a_server_is_too_old() {
    assert!(check_up(&[]).check_age().is_ok());
    assert!(check_up(&[("redis_version", "6.2.14")]).check_age().is_err());
    assert!(check_up(&[("redis_version", "8.0.1")]).check_age().is_ok());
}
