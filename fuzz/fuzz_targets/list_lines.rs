//! List files: no bytes of any format may lose more than their own line, and none may panic.
#![no_main]

use holdfast_core::lists::{self, Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((format, file)) = bytes.split_first() else { return };
    let format = Format::from_byte(*format);
    let before = lists::parse(format, file);
    // A good line behind a bad one is still read: nothing that stands before it may swallow it.
    let mut longer = file.to_vec();
    longer.extend_from_slice(b"\n\n# end\n");
    let after = lists::parse(format, &longer);
    assert!(after.len() >= before.len(), "an empty end took entries away");
});
