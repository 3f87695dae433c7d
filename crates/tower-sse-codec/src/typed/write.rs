//! Splitting an enum value into its variant's name and the JSON of what the variant holds.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Display;

use serde::ser::{
    Error as _, Impossible, Serialize, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleVariant, Serializer,
};

type Json<'a> = serde_json::Serializer<&'a mut Vec<u8>>;
type Error = serde_json::Error;

/// The name of the variant as serde knows it, and the JSON of its content.
pub(crate) fn split<T: Serialize + ?Sized>(value: &T) -> Result<(&'static str, String), Error> {
    let mut data = Vec::with_capacity(128);
    let name = value.serialize(Variant(&mut Json::new(&mut data)))?;
    Ok((name, String::from_utf8(data).map_err(Error::custom)?))
}

/// Takes the variant of an enum, and leaves its content to the JSON serializer.
struct Variant<'s, 'b>(&'s mut Json<'b>);

/// The content of a variant with fields, and the name of the variant.
struct Content<C>(C, &'static str);

impl<C: SerializeStruct> SerializeStructVariant for Content<C> {
    type Ok = &'static str;
    type Error = C::Error;

    fn serialize_field<T>(&mut self, key: &'static str, value: &T) -> Result<(), C::Error>
    where
        T: Serialize + ?Sized,
    {
        self.0.serialize_field(key, value)
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), C::Error> {
        self.0.skip_field(key)
    }

    fn end(self) -> Result<&'static str, C::Error> {
        self.0.end().map(|_| self.1)
    }
}

impl<C: SerializeTuple> SerializeTupleVariant for Content<C> {
    type Ok = &'static str;
    type Error = C::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.0.serialize_element(value)
    }

    fn end(self) -> Result<&'static str, C::Error> {
        self.0.end().map(|_| self.1)
    }
}

fn no_variant<T>() -> Result<T, Error> {
    Err(Error::custom("value is no variant of an externally tagged enum"))
}

macro_rules! refuse {
    ($($method:ident($($ty:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $ty),*) -> Result<$ok, Error> {
            no_variant()
        })*
    };
}

impl<'s, 'b> Serializer for Variant<'s, 'b> {
    type Ok = &'static str;
    type Error = Error;
    type SerializeSeq = Impossible<&'static str, Error>;
    type SerializeTuple = Impossible<&'static str, Error>;
    type SerializeTupleStruct = Impossible<&'static str, Error>;
    type SerializeTupleVariant = Content<<&'s mut Json<'b> as Serializer>::SerializeTuple>;
    type SerializeMap = Impossible<&'static str, Error>;
    type SerializeStruct = Impossible<&'static str, Error>;
    type SerializeStructVariant = Content<<&'s mut Json<'b> as Serializer>::SerializeStruct>;

    fn serialize_unit_variant(
        self,
        _enum: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<&'static str, Error> {
        self.0.serialize_unit().map(|()| variant)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _enum: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<&'static str, Error> {
        value.serialize(self.0).map(|()| variant)
    }

    fn serialize_tuple_variant(
        self,
        _enum: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Ok(Content(self.0.serialize_tuple(len)?, variant))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Ok(Content(self.0.serialize_struct(name, len)?, variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<&'static str, Error> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<&'static str, Error> {
        value.serialize(self)
    }

    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Result<&'static str, Error> {
        no_variant()
    }

    refuse! {
        serialize_bool(bool) -> &'static str;
        serialize_i8(i8) -> &'static str;
        serialize_i16(i16) -> &'static str;
        serialize_i32(i32) -> &'static str;
        serialize_i64(i64) -> &'static str;
        serialize_u8(u8) -> &'static str;
        serialize_u16(u16) -> &'static str;
        serialize_u32(u32) -> &'static str;
        serialize_u64(u64) -> &'static str;
        serialize_f32(f32) -> &'static str;
        serialize_f64(f64) -> &'static str;
        serialize_char(char) -> &'static str;
        serialize_str(&str) -> &'static str;
        serialize_bytes(&[u8]) -> &'static str;
        serialize_none() -> &'static str;
        serialize_unit() -> &'static str;
        serialize_unit_struct(&'static str) -> &'static str;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
    }
}
