#![feature(auto_traits, no_core, lang_items, intrinsics, rustc_attrs)]
#![no_core]
#![no_std]
#![crate_type = "lib"]
#![allow(internal_features, dead_code)]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "sync"] pub trait Sync {}
impl<T: ?Sized> Sync for T {}
#[lang = "freeze"] unsafe auto trait Freeze {}
#[lang = "neg"] pub trait Neg { type Output; fn neg(self) -> Self::Output; }
impl Neg for i32 { type Output = i32; fn neg(self) -> i32 { -self } }
impl Neg for i64 { type Output = i64; fn neg(self) -> i64 { -self } }
impl Neg for i8 { type Output = i8; fn neg(self) -> i8 { -self } }
impl Neg for f64 { type Output = f64; fn neg(self) -> f64 { -self } }
#[lang = "unsize"] pub trait Unsize<T: PointeeSized>: PointeeSized {}
#[lang = "coerce_unsized"] pub trait CoerceUnsized<T> {}
impl<'a, 'b: 'a, T: ?Sized + Unsize<U>, U: ?Sized> CoerceUnsized<&'a U> for &'b T {}
#[lang = "drop_in_place"] unsafe fn drop_in_place<T: ?Sized>(to_drop: *mut T) { drop_in_place(to_drop) }
#[lang = "copy"] pub trait Copy {}
impl Copy for i32 {} impl Copy for u8 {} impl Copy for i64 {} impl Copy for i8 {} impl Copy for f64 {}
pub mod shapes {
    pub struct Point { pub x: i32, pub y: i32 }
    pub struct Pair(pub u8, pub i64);
    pub struct Unit;
    pub enum Color { Red, Green = 5, Blue }
    pub enum Shape { Circle(u32), Rect { w: u16, h: u16 }, Nothing }
    pub enum Maybe<T> { Some(T), None }
    pub union Bits { pub f: f32, pub u: u32 }
}
use shapes::*;

#[no_mangle] pub static POINT: Point = Point { x: 1, y: -2 };
#[no_mangle] pub static PAIR: Pair = Pair(7, -9);
#[no_mangle] pub static UNIT: Unit = Unit;
#[no_mangle] pub static COLOR: Color = Color::Green;
#[no_mangle] pub static CIRCLE: Shape = Shape::Circle(3);
#[no_mangle] pub static RECT: Shape = Shape::Rect { w: 4, h: 5 };
#[no_mangle] pub static NOTHING: Shape = Shape::Nothing;
#[no_mangle] pub static SOME: Maybe<i32> = Maybe::Some(42);
#[no_mangle] pub static SOME_REF: Maybe<&'static i32> = Maybe::Some(&NUMBER);
#[no_mangle] pub static NO_REF: Maybe<&'static i32> = Maybe::None;
#[no_mangle] pub static NUMBER: i32 = -5;
#[no_mangle] pub static TEXT: &'static str = "hello \"rust\"";
#[no_mangle] pub static SLICE: &'static [i32] = &[1, 2, 3];
#[no_mangle] pub static ARRAY: [u16; 4] = [1, 2, 3, 65535];
#[no_mangle] pub static NESTED: [[u8; 2]; 2] = [[1, 2], [3, 4]];
#[no_mangle] pub static TUPLE: (i8, bool, char) = (-1, true, '\u{20ac}');
#[no_mangle] pub static FLOATS: (f32, f64) = (1.5, -0.1);
#[no_mangle] pub static WIDE: u128 = 0x1000_0000_0000_0000_0000;
#[no_mangle] pub static BITS: Bits = Bits { f: 1.0 };
#[no_mangle] pub static FUNCTION: extern "C" fn(i32) -> i32 = twice;
#[no_mangle] pub static REFERENCE: &'static Point = &POINT;
#[no_mangle] pub extern "C" fn twice(n: i32) -> i32 { n }
