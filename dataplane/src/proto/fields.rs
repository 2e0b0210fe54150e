//! The fields of one head or trailer section, whatever the protocol: spans over one text, in the order they
//! came.
//!
//! A head's bytes are copied once, names become lower case where they lie, and what is added later is
//! written behind them. Taking a field away forgets its span. What was not touched is written on in runs, as it
//! stands. Nothing is hashed, and no field has memory of its own; the memory of all is the core's, which has
//! some to spare, in [`SpareFields`].
//!
//! It knows no protocol and no policy: what may stand in a head is decided before.
//!
//! Tested below, against a list of pairs that is edited alike.

use std::cell::RefCell;
use std::rc::Rc;

use super::field_name::{Known, KnownSet, Name};
use super::text::{is_space, text_len, trimmed};

/// How many of each a core keeps to spare.
const SPARE_MAX: usize = 64;
/// What grew beyond this is freed.
const SPARE_BYTES_MAX: usize = 8 * 1024;

/// Fields, with the text that they stand in.
#[derive(Debug, Default)]
pub struct Fields {
    text: Vec<u8>,
    list: Vec<Field>,
    present: KnownSet,
    /// Where the memory goes at the end; `None`: it is freed.
    spares: Option<Rc<SpareFields>>,
}

/// One core's memory for fields, so that a request allocates none.
#[derive(Debug, Default)]
pub struct SpareFields(RefCell<Vec<(Vec<u8>, Vec<Field>)>>);

/// Where a field stands in the text.
#[derive(Clone, Copy, Debug)]
struct Field {
    /// Where its name begins.
    start: u32,
    /// Where its value begins.
    value: u32,
    value_len: u32,
    name_len: u16,
    known: Option<Known>,
    /// Whether it stands there as it is sent: `name: value` and a line break.
    is_plain: bool,
}

impl Field {
    fn name(self) -> std::ops::Range<usize> {
        let start = self.start as usize;
        start..start + usize::from(self.name_len)
    }

    fn value(self) -> std::ops::Range<usize> {
        let start = self.value as usize;
        start..start + self.value_len as usize
    }

    /// With its line break.
    fn line(self) -> std::ops::Range<usize> {
        self.start as usize..self.value().end + 2
    }

    fn has_name(self, name: Name<'_>, text: &[u8]) -> bool {
        match name.known {
            Some(_) => self.known == name.known,
            None => self.known.is_none() && text[self.name()] == *name.text.as_bytes(),
        }
    }
}

impl Fields {
    /// None yet, in memory that the core has to spare.
    #[must_use]
    pub fn in_spare(spares: &Rc<SpareFields>) -> Self {
        let (text, list) = spares.0.borrow_mut().pop().unwrap_or_default();
        Self {
            text,
            list,
            present: KnownSet::default(),
            spares: Some(Rc::clone(spares)),
        }
    }

    /// Adds where a field stands in a text that [`Fields::adopt`] takes: its name, and after a colon so many bytes
    /// up to the line break.
    pub(in crate::proto) fn add_span(&mut self, start: usize, name_len: usize, value_len: usize) {
        self.list.push(Field {
            start: start as u32,
            value: (start + name_len + 1) as u32,
            value_len: value_len as u32,
            name_len: name_len as u16,
            known: None,
            is_plain: false,
        });
    }

    /// Takes the text in which the fields of [`Fields::add_span`] stand. It may have more, such as a first line; see
    /// [`Fields::text`].
    pub(in crate::proto) fn adopt(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
        for field in &mut self.list {
            let name = &mut self.text[field.name()];
            name.make_ascii_lowercase();
            field.known = Known::of(name);
            if let Some(known) = field.known {
                self.present = self.present.with(known);
            }
            let whole = &self.text[field.value()];
            let before = whole.iter().take_while(|byte| is_space(**byte)).count();
            let value = trimmed(&whole[before..]);
            field.is_plain = before == 1 && whole[0] == b' ' && value.len() + 1 == whole.len();
            field.value += before as u32;
            field.value_len = value.len() as u32;
        }
    }

    /// What was taken, and behind it what was added.
    pub(in crate::proto) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether there is such a field.
    #[must_use]
    pub fn has(&self, known: Known) -> bool {
        self.present.contains(known)
    }

    /// Whether there is any of these.
    #[must_use]
    pub fn has_any(&self, known: KnownSet) -> bool {
        self.present.meets(known)
    }

    /// The value of the first field of that name.
    pub fn get<'n>(&self, name: impl Into<Name<'n>>) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The values of all fields of that name, in their order.
    pub fn all<'n>(&self, name: impl Into<Name<'n>>) -> impl DoubleEndedIterator<Item = &[u8]> {
        let name = name.into();
        let may_have = name.known.is_none_or(|known| self.has(known));
        let list = if may_have { &self.list[..] } else { &[] };
        let found = list
            .iter()
            .filter(move |field| field.has_name(name, &self.text));
        found.map(|field| &self.text[field.value()])
    }

    /// Names and values of all fields, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let pair = |field: &Field| (&self.text[field.name()], &self.text[field.value()]);
        self.list.iter().map(pair)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a field behind the others.
    ///
    /// # Panics
    /// If the value holds what no field may: it would end the field, and begin another.
    pub fn add<'n>(&mut self, name: impl Into<Name<'n>>, value: &[u8]) {
        assert_eq!(text_len(value), value.len(), "a field's value is one line");
        let name = name.into();
        let start = self.text.len();
        write(&mut self.text, name.text.as_bytes(), value);
        self.list.push(Field {
            start: start as u32,
            value: (start + name.text.len() + 2) as u32,
            value_len: value.len() as u32,
            name_len: name.text.len() as u16,
            known: name.known,
            is_plain: true,
        });
        if let Some(known) = name.known {
            self.present = self.present.with(known);
        }
    }

    /// Puts one field in the place of all of that name; see [`Fields::add`].
    pub fn set<'n>(&mut self, name: impl Into<Name<'n>>, value: &[u8]) {
        let name = name.into();
        self.remove(name);
        self.add(name, value);
    }

    /// Takes all fields of that name away.
    pub fn remove<'n>(&mut self, name: impl Into<Name<'n>>) {
        let name = name.into();
        if let Some(known) = name.known {
            if !self.has(known) {
                return;
            }
            self.present = self.present.without(known);
        }
        let text = &self.text;
        self.list.retain(|field| !field.has_name(name, text));
    }

    /// Takes all of these away.
    pub fn remove_any(&mut self, known: KnownSet) {
        if self.has_any(known) {
            self.present = self.present.minus(known);
            self.list.retain(|field| !field.is_in(known));
        }
    }

    /// Writes them as they go over the wire in HTTP/1.1, but for these.
    pub fn encode(&self, out: &mut Vec<u8>, but: KnownSet) {
        let mut run = 0..0;
        for field in self.list.iter().filter(|field| !field.is_in(but)) {
            let line = field.line();
            if field.is_plain && line.start == run.end {
                run.end = line.end;
                continue;
            }
            out.extend_from_slice(&self.text[std::mem::take(&mut run)]);
            if field.is_plain {
                run = line;
            } else {
                write(out, &self.text[field.name()], &self.text[field.value()]);
            }
        }
        out.extend_from_slice(&self.text[run]);
    }
}

impl Field {
    fn is_in(&self, known: KnownSet) -> bool {
        self.known.is_some_and(|field| known.contains(field))
    }
}

/// One field, as it goes over the wire in HTTP/1.1.
pub fn write(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for part in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

impl Clone for Fields {
    fn clone(&self) -> Self {
        let mut clone = match &self.spares {
            Some(spares) => Self::in_spare(spares),
            None => Self::default(),
        };
        clone.text.extend_from_slice(&self.text);
        clone.list.extend_from_slice(&self.list);
        clone.present = self.present;
        clone
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        let Some(spares) = &self.spares else { return };
        let mut spares = spares.0.borrow_mut();
        if self.text.capacity() <= SPARE_BYTES_MAX && spares.len() < SPARE_MAX {
            self.text.clear();
            self.list.clear();
            spares.push((
                std::mem::take(&mut self.text),
                std::mem::take(&mut self.list),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::field_name::FieldName;

    fn fields(text: &str) -> Fields {
        let text = text.replace('|', "\r\n");
        let mut fields = Fields::default();
        let mut at = 0;
        for line in text.split_inclusive("\r\n") {
            let name_len = line.find(':').expect("a field");
            fields.add_span(at, name_len, line.len() - name_len - 3);
            at += line.len();
        }
        fields.adopt(text.as_bytes());
        fields
    }

    fn encoded(fields: &Fields, but: KnownSet) -> String {
        let mut out = Vec::new();
        fields.encode(&mut out, but);
        String::from_utf8(out).expect("ASCII").replace("\r\n", "|")
    }

    #[test]
    fn names_are_lower_case_and_values_have_no_space_around_them() {
        let check = |text: &str, expected: &str| {
            assert_eq!(encoded(&fields(text), KnownSet::default()), expected);
        };
        check("Host: a|X-B: c d|", "host: a|x-b: c d|");
        check("a:b|", "a: b|");
        check("a:  b|c:\td|e: f |g: h|", "a: b|c: d|e: f|g: h|");
        check("a:|b: |c:  |", "a: |b: |c: |");
    }

    #[test]
    fn all_of_a_name_are_found_in_their_order() {
        let fields = fields("Cookie: a|x: 1|cookie: b|X: 2|");
        let all = |name: &str| {
            let name = FieldName::parse(name.as_bytes()).expect("a token");
            let found: Vec<_> = fields.all(&name).collect();
            found.concat()
        };
        assert_eq!(all("cookie"), b"ab");
        assert_eq!(all("x"), b"12");
        assert_eq!(all("host"), b"");
        assert_eq!(fields.get(Known::Cookie), Some(&b"a"[..]));
        assert!(!fields.has(Known::Host));
    }

    #[test]
    fn what_is_left_out_is_not_written() {
        let fields = fields("host: a|te: b|c: d|connection: e|");
        let but = KnownSet::of(&[Known::Te, Known::Connection]);
        assert_eq!(encoded(&fields, but), "host: a|c: d|");
    }

    #[test]
    #[should_panic(expected = "one line")]
    fn a_value_never_begins_another_field() {
        Fields::default().add(Known::Location, b"a\r\nset-cookie: b");
    }

    proptest! {
        #[test]
        fn edits_are_what_they_are_on_a_list(edits in proptest::collection::vec((0..3, 0..4usize), 0..12)) {
            let names = ["host", "cookie", "x-a", "x-b"];
            let mut ours = fields("Host: 0|x-a:1|Cookie: 2|x-a: 3|");
            let mut list: Vec<(&str, String)> =
                [("host", "0"), ("x-a", "1"), ("cookie", "2"), ("x-a", "3")]
                    .map(|(name, value)| (name, value.to_owned())).into();
            for (number, (edit, name)) in edits.into_iter().enumerate() {
                let (name, value) = (names[name], format!("new{number}"));
                let parsed = FieldName::parse(name.as_bytes()).expect("a token");
                if edit != 1 {
                    list.retain(|(other, _)| *other != name);
                }
                if edit != 0 {
                    list.push((name, value.clone()));
                }
                match edit {
                    0 => ours.remove(&parsed),
                    1 => ours.add(&parsed, value.as_bytes()),
                    _ => ours.set(&parsed, value.as_bytes()),
                }
            }
            let expected: String = list.iter().map(|(name, value)| format!("{name}: {value}|")).collect();
            prop_assert_eq!(encoded(&ours, KnownSet::default()), expected);
            prop_assert_eq!(ours.has(Known::Host), list.iter().any(|(name, _)| *name == "host"));
        }
    }
}
