//! The streams that are decoded, made so that what is in them is known without a decoder.

use crate::cut::Cut;
use crate::tally::Tally;

/// A kind of stream.
#[derive(Debug)]
pub(crate) struct Corpus {
    pub(crate) name: &'static str,
    /// The name of the corpus that is alike, with events of half the size.
    pub(crate) half: Option<&'static str>,
    /// The ways in which it is cut.
    pub(crate) cuts: &'static [Cut],
    /// The data of an event, by the number of the event.
    data: fn(usize) -> String,
    /// The number of an event and its data as the bytes of the stream.
    wire: fn(usize, &str) -> String,
}

/// A stream, and what is in it.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) stream: String,
    pub(crate) tally: Tally,
}

// Big events are not cut into bytes: a decoder that looks at everything again with each chunk would
// take minutes.
pub(crate) const CORPORA: [Corpus; 8] = [
    Corpus { name: "delta", ..USUAL },
    Corpus { name: "typed", wire: typed, ..USUAL },
    Corpus { name: "4k", data: |i| json(i, 4 << 10), ..USUAL },
    Corpus { name: "lines", data: lines, ..USUAL },
    Corpus { name: "crlf", wire: crlf, ..USUAL },
    Corpus { name: "keep-alive", wire: keep_alive, ..USUAL },
    Corpus { name: "big", cuts: &BIG_CUTS, data: |i| json(i, 256 << 10), ..USUAL },
    Corpus {
        name: "big-512k",
        half: Some("big"),
        cuts: &[Cut::Bytes(64)],
        data: |i| json(i, 512 << 10),
        ..USUAL
    },
];

const USUAL: Corpus = Corpus { name: "", half: None, cuts: &Cut::ALL, data: delta, wire: plain };

const BIG_CUTS: [Cut; 4] = {
    let [all_but_bytes @ .., Cut::BYTE] = Cut::ALL else { unreachable!() };
    all_but_bytes
};

impl Corpus {
    /// A stream of at least `len` bytes.
    pub(crate) fn record(&self, len: usize) -> Recording {
        let (mut stream, mut tally) = (String::new(), Tally::default());
        while stream.len() < len {
            let i = tally.events;
            let data = (self.data)(i);
            stream += &(self.wire)(i, &data);
            tally.add(&data);
        }
        Recording { stream, tally }
    }
}

impl Recording {
    pub(crate) fn chunks(&self, cut: Cut) -> Vec<&[u8]> {
        cut.chunks(&self.stream)
    }
}

/// What a language model streams: a word or two in JSON. One in eight is not ASCII.
fn delta(i: usize) -> String {
    const WORDS: [&str; 8] =
        [" the", " stream", " of", " tokens", "\\n\\n", " naïve", ",", " \\\"understanding\\\""];
    let word = WORDS[i % WORDS.len()];
    format!(
        r#"{{"id":"chatcmpl-A1b2C3d4","object":"chat.completion.chunk","created":1735689600,"choices":[{{"index":0,"delta":{{"content":"{word}"}}}}]}}"#
    )
}

/// So many bytes in one line.
fn json(i: usize, len: usize) -> String {
    let head = format!(r#"{{"seq":{i},"blob":""#);
    let blob: String = ('a'..='z').cycle().take(len - head.len() - 2).collect();
    head + &blob + "\"}"
}

/// Eight lines of 32 bytes.
fn lines(i: usize) -> String {
    let line = format!("{i:>8} {}", "abcdefghijklmnopqrstuvw");
    [line.as_str(); 8].join("\n")
}

fn plain(_: usize, data: &str) -> String {
    format!("data: {}\n\n", data.replace('\n', "\ndata: "))
}

fn typed(i: usize, data: &str) -> String {
    format!("event: content_block_delta\nid: {i}\ndata: {data}\n\n")
}

fn crlf(i: usize, data: &str) -> String {
    plain(i, data).replace('\n', "\r\n")
}

fn keep_alive(i: usize, data: &str) -> String {
    plain(i, data) + ": keep-alive\n\n"
}
