//! Reads a type from JSON, and knows where it is: which value has the wrong type, and which fields the type
//! does not have.
//!
//! One reader for all of it: to put one that counts and one that knows the path around serde_json's doubles
//! the time that it takes to build the types' code, of which there is much. It refuses to read text: that is
//! `parse`. Tested below and by the golden files.

use std::cell::RefCell;

use limpet_schema::rules::PROBLEMS_MAX;
use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::map::Iter;
use serde_json::{Number, Value};

use super::fault::{Fault, ReadError};
use limpet_schema::near::near;

/// The most unknown fields for which it is guessed what was meant: an answer names fewer, and a hostile
/// object has a million.
const GUESSES_MAX: usize = 2 * PROBLEMS_MAX;

/// The value with its type, and the fields that the type does not have.
pub fn read<'v, T: Deserialize<'v>>(value: &'v Value) -> (Result<T, Fault>, Vec<Unknown>) {
    let unknown = RefCell::new(Vec::new());
    let reader = Reader {
        value,
        path: &Path::Root,
        beside: &[],
        unknown: &unknown,
    };
    let read = T::deserialize(reader).map_err(Fault::from);
    (read, unknown.into_inner())
}

/// A field that the type does not have.
#[derive(Debug, PartialEq)]
pub struct Unknown {
    /// Which: `spec.rules[0].pathh`.
    pub field: String,
    /// A field beside it that may have been meant: `path`.
    pub meant: Option<&'static str>,
}

/// Where a value is.
#[derive(Clone, Copy)]
pub enum Path<'p> {
    /// The whole.
    Root,
    /// A field of an object.
    Field(&'p Path<'p>, &'p str),
    /// A place of a list.
    Item(&'p Path<'p>, usize),
}

impl Path<'_> {
    /// Names and indexes, from the root on.
    pub fn parts(&self) -> Vec<String> {
        match self {
            Self::Root => Vec::new(),
            Self::Field(parent, name) => parent.and(name),
            Self::Item(parent, index) => parent.and(&index.to_string()),
        }
    }

    fn and(&self, part: &str) -> Vec<String> {
        let mut parts = self.parts();
        parts.push(part.to_owned());
        parts
    }

    /// As people write it: `spec.rules[0].matches`.
    pub fn shown(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(Path::Root, name) => (*name).to_owned(),
            Self::Field(parent, name) => format!("{}.{name}", parent.shown()),
            Self::Item(parent, index) => format!("{}[{index}]", parent.shown()),
        }
    }
}

#[derive(Clone, Copy)]
struct Reader<'v, 'p> {
    value: &'v Value,
    path: &'p Path<'p>,
    /// The fields of the type that it is a field of.
    beside: &'static [&'static str],
    unknown: &'p RefCell<Vec<Unknown>>,
}

impl<'v, 'p> Reader<'v, 'p> {
    /// For a value inside.
    fn at<'q>(
        &self,
        value: &'v Value,
        path: &'q Path<'q>,
        beside: &'static [&'static str],
    ) -> Reader<'v, 'q>
    where
        'p: 'q,
    {
        let unknown = self.unknown;
        Reader {
            value,
            path,
            beside,
            unknown,
        }
    }

    fn number<V: Visitor<'v>>(number: &Number, visitor: V) -> Result<V::Value, ReadError> {
        match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), _, _) => visitor.visit_u64(number),
            (_, Some(number), _) => visitor.visit_i64(number),
            (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
        }
    }

    fn list<V: Visitor<'v>>(self, list: &'v [Value], visitor: V) -> Result<V::Value, ReadError> {
        let mut items = Items {
            list: self,
            rest: list.iter().enumerate(),
        };
        let read = visitor.visit_seq(&mut items)?;
        match items.rest.len() {
            0 => Ok(read),
            _ => Err(ReadError::invalid_length(
                list.len(),
                &"fewer elements in array",
            )),
        }
    }

    fn value<V: Visitor<'v>>(
        self,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => Self::number(number, visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(list) => self.list(list, visitor),
            Value::Object(fields) => visitor.visit_map(Fields {
                object: self,
                known,
                rest: fields.iter(),
                next: None,
            }),
        }
    }

    /// A word, or an object with one field that says which.
    fn variant<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let (name, value) = match self.value {
            Value::String(name) => (name, None),
            Value::Object(fields) if fields.len() == 1 => {
                let (name, value) = fields.iter().next().expect("it has one");
                (name, Some(value))
            }
            _ => {
                return Err(ReadError::custom(
                    "must be one word, or an object with one field",
                ));
            }
        };
        visitor.visit_enum(Variant {
            of: self,
            name,
            value,
        })
    }
}

impl<'v> Deserializer<'v> for Reader<'v, '_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.value(&[], visitor)
            .map_err(|error| error.at(self.path))
    }

    fn deserialize_option<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'v>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let read = visitor.visit_newtype_struct(self);
        read.map_err(|error| error.at(self.path))
    }

    fn deserialize_enum<V: Visitor<'v>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.variant(visitor).map_err(|error| error.at(self.path))
    }

    fn deserialize_ignored_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let name = match self.path {
            Path::Field(_, name) => name,
            _ => "",
        };
        let mut unknown = self.unknown.borrow_mut();
        let is_guessed = unknown.len() < GUESSES_MAX;
        let known = self.beside.iter().copied().filter(|_| is_guessed);
        unknown.push(Unknown {
            field: self.path.shown(),
            meant: near(name, known),
        });
        visitor.visit_unit()
    }

    fn deserialize_struct<V: Visitor<'v>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let read = self.value(known, visitor);
        read.map_err(|error| error.at(self.path))
    }

    forward_to_deserialize_any! {
        <W: Visitor<'v>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

struct Items<'v, 'p> {
    list: Reader<'v, 'p>,
    rest: std::iter::Enumerate<std::slice::Iter<'v, Value>>,
}

impl<'v> SeqAccess<'v> for Items<'v, '_> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'v>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        let Some((index, value)) = self.rest.next() else {
            return Ok(None);
        };
        let path = &Path::Item(self.list.path, index);
        seed.deserialize(self.list.at(value, path, &[])).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Fields<'v, 'p> {
    object: Reader<'v, 'p>,
    known: &'static [&'static str],
    rest: Iter<'v>,
    next: Option<(&'v str, &'v Value)>,
}

impl<'v> MapAccess<'v> for Fields<'v, '_> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'v>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.next = Some((name, value));
        seed.deserialize(BorrowedStrDeserializer::new(name))
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let (name, value) = self
            .next
            .take()
            .expect("serde asks for the field's name first");
        let path = &Path::Field(self.object.path, name);
        seed.deserialize(self.object.at(value, path, self.known))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Variant<'v, 'p> {
    of: Reader<'v, 'p>,
    name: &'v str,
    value: Option<&'v Value>,
}

impl<'v, 'p> EnumAccess<'v> for Variant<'v, 'p> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'v>>(self, seed: S) -> Result<(S::Value, Self), ReadError> {
        let name = BorrowedStrDeserializer::<ReadError>::new(self.name);
        let name = seed.deserialize(name)?;
        Ok((name, self))
    }
}

impl<'v> Variant<'v, '_> {
    fn content<T>(
        self,
        read: impl FnOnce(Reader<'v, '_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let value = self.value.unwrap_or(&Value::Null);
        let path = &Path::Field(self.of.path, self.name);
        read(self.of.at(value, path, &[]))
    }
}

impl<'v> VariantAccess<'v> for Variant<'v, '_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        self.content(|reader| <()>::deserialize(reader))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'v>>(self, seed: S) -> Result<S::Value, ReadError> {
        self.content(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'v>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.content(|reader| reader.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'v>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.content(|reader| reader.deserialize_any(visitor))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Shape {
        name: String,
        #[serde(default)]
        sizes: Vec<u16>,
        kind: Option<Kind>,
        inner: Option<Box<Shape>>,
        #[serde(default)]
        labels: BTreeMap<String, String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Kind {
        Round,
        Square,
    }

    fn fault(value: &Value) -> (String, String) {
        let fault = read::<Shape>(value).0.expect_err("it is wrong");
        (fault.problem.field, fault.problem.message)
    }

    #[test]
    fn what_is_right_is_read_whole() {
        let value = json!({"name": "a", "sizes": [1, 2], "kind": "Round", "inner": {"name": "b", "kind": null},
            "labels": {"x": "y"}});
        let (shape, unknown) = read::<Shape>(&value);
        let shape = shape.expect("it is right");
        assert_eq!(shape.sizes, [1, 2]);
        assert_eq!(shape.kind, Some(Kind::Round));
        assert_eq!(shape.inner.expect("given").name, "b");
        assert_eq!(shape.labels["x"], "y");
        assert_eq!(unknown, []);
    }

    #[test]
    fn what_is_wrong_is_found_where_it_is() {
        let check = |value: Value, field: &str, message: &str| {
            assert_eq!(fault(&value), (field.to_owned(), message.to_owned()));
        };
        check(json!({"name": 1}), "name", "must be a string, is 1");
        check(
            json!({"name": "a", "sizes": [1, 70000]}),
            "sizes[1]",
            "must be a whole number, is 70000",
        );
        check(
            json!({"name": "a", "inner": {}}),
            "inner.name",
            "must be given",
        );
        check(
            json!({"name": "a", "kind": "Oval"}),
            "kind",
            "\"Oval\" is not \"Round\" or \"Square\"",
        );
        check(json!({"name": null}), "name", "must be a string, is null");
        check(
            json!({"name": "a", "labels": {"x": []}}),
            "labels.x",
            "must be a string, is a list",
        );
        check(
            json!([]),
            "",
            "invalid length 0, expected struct Shape with 5 elements",
        );
    }

    #[test]
    fn guesses_are_bounded() {
        let many = Value::Array(vec![json!({"name": "a", "nam": 1}); 1000]);
        let (_, found) = read::<Vec<Shape>>(&many);
        let guessed = found.iter().filter(|unknown| unknown.meant.is_some());
        assert_eq!((found.len(), guessed.count()), (1000, GUESSES_MAX));
    }

    #[test]
    fn fields_that_the_type_does_not_have_are_told_at_any_depth() {
        let value = json!({"name": "a", "nam": {"b": 1}, "inner": {"name": "b", "size": 1}});
        let (shape, found) = read::<Shape>(&value);
        assert!(shape.is_ok());
        let unknown = |field: &str, meant| Unknown {
            field: field.to_owned(),
            meant: Some(meant),
        };
        assert_eq!(
            found,
            [unknown("nam", "name"), unknown("inner.size", "sizes")]
        );
    }
}
