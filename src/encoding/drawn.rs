//! Names for what a drawing of bytes shows: the drawing at the head of a file says what each is.

/// Fields, each right behind the one before, with the length of each in bytes; and the length of all of
/// them as `LEN_BYTES`.
macro_rules! fields {
    ($name:ident: $len:expr $(, $($rest:tt)*)?) => {
        #[doc = concat!("`", stringify!($name), "`, as drawn.")]
        pub const $name: $crate::encoding::layout::Field<{ $len }> =
            $crate::encoding::layout::Field::first();
        $crate::encoding::drawn::fields!(@behind $name; $($($rest)*)?);
    };
    (@behind $before:ident; $name:ident: $len:expr $(, $($rest:tt)*)?) => {
        #[doc = concat!("`", stringify!($name), "`, as drawn.")]
        pub const $name: $crate::encoding::layout::Field<{ $len }> = $before.then();
        $crate::encoding::drawn::fields!(@behind $name; $($($rest)*)?);
    };
    (@behind $last:ident;) => {
        /// The length of all of them, in bytes.
        pub const LEN_BYTES: usize = $last.end();
    };
}
pub(crate) use fields;

/// An enum of numbers that a drawing tells.
macro_rules! numbers {
    ($(#[$about:meta])* $name:ident: $($variant:ident = $number:literal),+ $(,)?) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(
                #[doc = concat!("Number ", $number, ", as drawn.")]
                $variant = $number,
            )+
        }
    };
}
pub(crate) use numbers;
