use tower_sse_client::EventName;

use super::*;

fn parse(args: &[&str]) -> Result<Asked> {
    Args::parse(lexopt::Parser::from_args(args))
}

fn parsed(args: &[&str]) -> Args {
    match parse(args) {
        Ok(Asked::Tail(args)) => *args,
        Ok(_) => panic!("help or version"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_url_without_a_scheme_is_one_of_http() {
    for (text, expected) in [
        ("localhost:3000/events", "http://localhost:3000/events"),
        ("https://a.example", "https://a.example/"),
        ("http://[::1]:80/?a=b", "http://[::1]:80/?a=b"),
    ] {
        assert_eq!(parsed(&[text]).request.uri(), expected);
    }
}

#[test]
fn a_post_is_json_unless_it_is_said_to_be_something_else() {
    let get = parsed(&["a"]).request;
    assert_eq!((get.method(), get.headers().get(CONTENT_TYPE)), (&Method::GET, None));

    let post = parsed(&["a", "--post", "{}"]).request;
    assert_eq!(post.method(), Method::POST);
    assert_eq!(post.headers()[CONTENT_TYPE], "application/json");

    let text = parsed(&["a", "--post=x", "-H", "Content-Type: text/plain"]).request;
    assert_eq!(text.headers()[CONTENT_TYPE], "text/plain");
}

#[test]
fn a_header_may_come_twice_and_hold_colons() {
    let headers = ["-H", "cookie: a=1", "--header", "Cookie:b=2", "-Hx: a:b:c"];
    let request = parsed(&[&headers[..], &["a"]].concat()).request;
    let cookies: Vec<_> = request.headers().get_all("cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(request.headers()["x"], "a:b:c");
}

#[test]
fn types_add_up_and_the_event_without_a_name_is_a_message() {
    let tick = Event::new("").with_name(EventName::from_static("tick"));
    for (args, expected) in [
        (&["a"][..], [true, true]),
        (&["a", "--types", "tick"], [true, false]),
        (&["a", "--types", "message,other"], [false, true]),
        (&["a", "--types", "tick", "--types", "message"], [true, true]),
    ] {
        let types = parsed(args).types;
        assert_eq!([types.wants(&tick), types.wants(&Event::new(""))], expected, "{args:?}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (args, expected) in [
        (&[][..], "URL is missing"),
        (&["a", "b"], "unexpected argument \"b\""),
        (&["a", "--nope"], "invalid option '--nope'"),
        (&["ftp://a"], "cannot parse argument \"ftp://a\": its scheme is neither http nor https"),
        (&["a", "-H", "x"], "cannot parse argument \"x\": a header is NAME: VALUE"),
        (&["a", "--from", "\u{1}"], "cannot parse argument \"\\u{1}\": no header can carry it"),
        (&["a", "--delay", "x"], "cannot parse argument \"x\": it is no number of seconds"),
        (
            &["a", "--delay=-1"],
            "cannot parse argument \"-1\": cannot convert float seconds to Duration: value is negative",
        ),
        (&["a", "--colour", "red"], "cannot parse argument \"red\": it is auto, always or never"),
        (&["a", "--post", "@/"], "cannot read /: Is a directory (os error 21)"),
    ] {
        let error = parse(args).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(expected), "{args:?}");
    }
}

#[test]
fn help_and_version_need_no_url() {
    for help in ["-h", "--help"] {
        assert!(matches!(parse(&[help]), Ok(Asked::Help)));
    }
    for version in ["-V", "--version"] {
        assert!(matches!(parse(&[version]), Ok(Asked::Version)));
    }
}

#[test]
fn help_has_every_option_and_fits_a_terminal() {
    for option in [
        "header",
        "post",
        "from",
        "types",
        "once",
        "max-failures",
        "no-reconnect",
        "delay",
        "colour",
    ] {
        assert!(HELP.contains(&format!("--{option}")), "{option}");
    }
    assert!(HELP.lines().all(|line| line.chars().count() <= 100));
}
