//! JSON written straight into text: a credential is written each time that one is signed.

use std::fmt::Display;

/// Writes values one after another; commas come by themselves.
#[derive(Debug, Default)]
pub struct JsonWriter {
    out: Vec<u8>,
    comma: bool,
}

impl JsonWriter {
    /// The text of one object.
    #[must_use]
    pub fn object_text(write: impl FnOnce(&mut Self)) -> String {
        // As long as most records.
        let mut this = Self { out: Vec::with_capacity(512), comma: false };
        this.object(write);
        this.into_text()
    }

    /// What was written.
    #[must_use]
    pub fn into_text(self) -> String {
        // Every part of it was text.
        String::from_utf8(self.out).unwrap_or_default()
    }

    fn begin(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    fn nest(&mut self, open: u8, close: u8, write: impl FnOnce(&mut Self)) {
        self.begin();
        self.out.push(open);
        self.comma = false;
        write(self);
        self.out.push(close);
        self.comma = true;
    }

    /// An object, of which `write` writes the members.
    pub fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.nest(b'{', b'}', write);
    }

    /// An array, of which `write` writes the items.
    pub fn array(&mut self, write: impl FnOnce(&mut Self)) {
        self.nest(b'[', b']', write);
    }

    /// The name of a member, whose value follows. It has no character to be escaped.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.begin();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.comma = false;
        self
    }

    /// A text.
    pub fn text(&mut self, value: &str) {
        self.begin();
        // Writing a text to memory does not fail.
        let _ = serde_json::to_writer(&mut self.out, value);
    }

    /// A text that has no character to be escaped: a date, an id, a number.
    pub fn plain(&mut self, value: impl Display) {
        use std::io::Write as _;
        self.begin();
        let _ = write!(self.out, "\"{value}\"");
    }

    /// A whole number.
    pub fn int(&mut self, value: i64) {
        use std::io::Write as _;
        self.begin();
        let _ = write!(self.out, "{value}");
    }

    /// true or false.
    pub fn bool(&mut self, value: bool) {
        self.begin();
        self.out.extend(if value { b"true".as_slice() } else { b"false" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_escapes_come_by_themselves() {
        let text = JsonWriter::object_text(|out| {
            out.key("a").text("x\"\n");
            out.key("b").array(|out| {
                out.int(-1);
                out.object(|_| {});
                out.bool(true);
            });
            out.key("c").plain(7);
        });
        assert_eq!(text, r#"{"a":"x\"\n","b":[-1,{},true],"c":"7"}"#);
    }
}
