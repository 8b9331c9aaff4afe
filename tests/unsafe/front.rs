//! The front's memory: its functions of C's against naive ones, what it hands out, and what the kernel
//! left on its stack.
#![cfg(test)]

// What is not asked here, or not of Miri, the front asks.
#[allow(dead_code)]
#[path = "../../src/front/bare/arena.rs"]
mod arena;
#[allow(dead_code)]
#[path = "../../src/front/bare/block.rs"]
mod block;
#[allow(dead_code)]
#[path = "../../src/front/bare/mem.rs"]
mod mem;

use std::ffi::{CStr, CString, c_char};
use std::iter::once;
use std::ptr::null;
use std::sync::atomic::Ordering::Relaxed;

use arena::MEMORY;

/// The longest that is copied without the processor's own string instructions, which Miri knows not.
const FEW: usize = 32;

/// The lengths to try: all of the small ones, and some around what is done a word at a time.
fn lengths() -> impl Iterator<Item = usize> {
    let long = [63, 64, 65, 255, 4096, 4099];
    (0..=FEW).chain(long.into_iter().filter(|_| !cfg!(miri)))
}

/// Bytes that differ from their neighbours.
fn noise(len: usize) -> Vec<u8> {
    (0..len).map(|place| (place * 37 + 11) as u8).collect()
}

#[test]
fn copies_are_whole_and_touch_nothing_else() {
    for len in lengths() {
        for start in 0..9 {
            let from = noise(start + len);
            let mut to = vec![0xee; start + len + 9];
            // SAFETY: both ranges lie in their vectors.
            let end =
                unsafe { mem::memcpy(to.as_mut_ptr().add(start), from.as_ptr().add(start), len) };
            assert_eq!(end, to[start..].as_mut_ptr());
            assert_eq!(to[start..][..len], from[start..]);
            assert!(to[..start].iter().chain(&to[start + len..]).all(|byte| *byte == 0xee));
        }
    }
}

#[test]
fn moves_may_overlap() {
    for len in lengths() {
        for (from, to) in [(0, 0), (0, 1), (1, 0), (0, 7), (7, 0), (0, 40), (40, 0)] {
            let mut bytes = noise(len + 40);
            let mut expected = bytes.clone();
            expected.copy_within(from..from + len, to);
            let start = bytes.as_mut_ptr();
            // SAFETY: both ranges lie in the vector, and both pointers come from the same one.
            unsafe { mem::memmove(start.add(to), start.add(from), len) };
            assert_eq!(bytes, expected, "{len} bytes from {from} to {to}");
        }
    }
}

#[cfg(not(miri))]
#[test]
fn a_range_is_filled() {
    for len in lengths() {
        let mut bytes = vec![1; len + 18];
        // SAFETY: the range lies in the vector.
        unsafe { mem::memset(bytes.as_mut_ptr().add(9), 0x1_02, len) };
        assert!(bytes[9..9 + len].iter().all(|byte| *byte == 2));
        assert!(bytes[..9].iter().chain(&bytes[9 + len..]).all(|byte| *byte == 1));
    }
}

#[test]
fn comparisons_are_those_of_slices() {
    for len in lengths() {
        let left = noise(len);
        let mut places: Vec<Option<usize>> = (0..len).map(Some).chain([None]).collect();
        places.dedup_by_key(|place| place.map(|place| place / 5));
        for place in places {
            for other in [0, 255] {
                let mut right = left.clone();
                place.into_iter().for_each(|place| right[place] = other);
                // SAFETY: both vectors have `len` bytes.
                let (order, differ) = unsafe {
                    let (a, b) = (left.as_ptr(), right.as_ptr());
                    (mem::memcmp(a, b, len), mem::bcmp(a, b, len))
                };
                assert_eq!(order.cmp(&0), left.cmp(&right));
                assert_eq!(differ != 0, left != right);
            }
        }
    }
}

#[test]
fn a_text_is_as_long_as_up_to_its_nul() {
    for len in lengths() {
        let text = CString::new(vec![b'x'; len]).unwrap();
        // SAFETY: it ends in NUL.
        assert_eq!(unsafe { mem::strlen(text.as_ptr().cast()) }, len);
    }
}

/// What the kernel would leave: argc, arguments, environment, auxiliary vector. All is leaked, as the
/// kernel's own stays.
fn kernels_block(arguments: &[&str], environment: &[&str], auxiliary: &[(usize, usize)]) {
    let text = |text: &&str| CString::new(*text).unwrap().into_raw().cast_const();
    let pointers = |texts: &[&str]| texts.iter().map(text).chain(once(null())).collect::<Vec<_>>();
    let mut block: Vec<*const c_char> = vec![null::<c_char>().with_addr(arguments.len())];
    block.extend(pointers(arguments));
    block.extend(pointers(environment));
    for (kind, value) in auxiliary {
        block.extend([*kind, *value].map(|word| std::ptr::with_exposed_provenance(word)));
    }
    block.extend([null(), null()]);
    MEMORY.stack.store(block.leak().as_mut_ptr().cast(), Relaxed);
}

/// One after the other: the block and the memory are the program's own.
#[test]
fn the_kernels_block_and_all_memory() {
    let executed = CString::new("/bin/pivot-complete").unwrap().into_raw();
    let auxiliary = [(12, 1000), (31, executed.expose_provenance())];
    let environment = ["A=1", "AB=2", "EMPTY=", "NO_SIGN", "PIVOT_X=y", "PIVOT_Z=w"];
    kernels_block(&["front", "complete", "bash"], &environment, &auxiliary);
    assert_eq!(block::arguments().collect::<Vec<_>>(), [&b"complete"[..], b"bash"]);
    for (name, value) in [("A", Some("1")), ("AB", Some("2")), ("EMPTY", Some("")), ("B", None)] {
        assert_eq!(block::variable(name.as_bytes()), value.map(str::as_bytes), "{name}");
    }
    assert_eq!(block::variable(b"NO_SIGN"), None);
    assert_eq!(block::variables_behind(b"PIVOT_").collect::<Vec<_>>(), [&b"X=y"[..], b"Z=w"]);
    assert_eq!(block::c_strings(block::environment_pointers()).count(), environment.len());
    assert_eq!(block::executed_path(), Some(&b"/bin/pivot-complete"[..]));
    assert_eq!(block::user(), 1000);
    // SAFETY: the first argument's own string.
    assert_eq!(unsafe { CStr::from_ptr(*block::argument_pointers()) }, c"front");
    // Nothing at all.
    kernels_block(&[], &[], &[]);
    assert_eq!((block::arguments().count(), block::variable(b"A")), (0, None));
    assert_eq!((block::executed_path(), block::user()), (None, 0));

    // Parts are apart, zero, and as long as there is room.
    let (first, second) = (arena::memory(10), arena::memory(0));
    let third = arena::memory(100);
    third.fill(3);
    first.fill(1);
    assert!(second.is_empty() && third.iter().all(|byte| *byte == 3));
    // What was taken back is given again.
    MEMORY.shorten(60);
    let again = arena::memory(60);
    again.fill(4);
    assert!(first.iter().all(|byte| *byte == 1));
    let rest = arena::memory(usize::MAX);
    assert!(rest.len() > 1000 && rest[..100].iter().all(|byte| *byte == 0));
    rest[rest.len() - 1] = 5;
    assert!(arena::memory(1).is_empty());
}
