//! Where a message is.

use super::place;
use crate::stamp::Stamp;

#[test]
fn reads_the_place_of_a_message() {
    let expected = Some((42, Stamp(1_795_713_224_123_456_789), 7));
    for reply in [
        "$JS.ACK.stream.consumer.1.42.3.1795713224123456789.7",
        "$JS.ACK._.hash.stream.consumer.1.42.3.1795713224123456789.7",
        "$JS.ACK.domain.hash.stream.consumer.1.42.3.1795713224123456789.7.token",
    ] {
        assert_eq!(place(reply), expected, "{reply}");
    }
    for reply in ["", "_INBOX.a.b", "$JS.ACK.a.b", "$JS.ACK.stream.consumer.1.x.3.4.7"] {
        assert_eq!(place(reply), None, "{reply}");
    }
}
