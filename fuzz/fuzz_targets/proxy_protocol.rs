#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| limpet_hostile::proxy_protocol(bytes));
