//! A kernel that refuses system calls, as a container's seccomp profile has it do.
//!
//! The filter holds for the calling thread and those it starts from then on, for good.

#![allow(unsafe_code)]

use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter, sock_fprog};

/// The three system calls of io_uring, by their names and numbers (the same on all machines).
pub const IO_URING: [(&str, u32); 3] = [
    ("io_uring_setup", 425),
    ("io_uring_enter", 426),
    ("io_uring_register", 427),
];

/// What kernels and profiles refuse with.
pub const ERRORS: [(&str, i32); 2] = [("EPERM", libc::EPERM), ("ENOSYS", libc::ENOSYS)];

/// Refuses the calling thread a system call from now on.
pub fn refuse(system_call: u32, error: i32) {
    let step = |code: u32, jt, jf, k| sock_filter {
        code: u16::try_from(code).expect("BPF codes are 16 bits"),
        jt,
        jf,
        k,
    };
    let errno = u32::try_from(error).expect("errors are positive");
    let mut steps = [
        // `seccomp_data.nr`, at its beginning.
        step(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0),
        step(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, system_call),
        step(BPF_RET | BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | errno),
        step(BPF_RET | BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = sock_fprog {
        len: 4,
        filter: steps.as_mut_ptr(),
    };
    // SAFETY: the program is alive and as long as it says; the kernel copies it.
    let refused = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            | libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            )
    };
    assert_eq!(refused, 0, "{}", std::io::Error::last_os_error());
}

/// Refuses what `LIMPET_TEST_REFUSE` names, such as `io_uring_enter:EPERM`; whether it names any.
pub fn refuse_what_the_environment_names() -> bool {
    let Ok(named) = std::env::var("LIMPET_TEST_REFUSE") else {
        return false;
    };
    let (name, error) = named.split_once(':').expect("io_uring_enter:EPERM");
    let (_, number) = IO_URING
        .iter()
        .find(|(known, _)| *known == name)
        .expect(name);
    let (_, error) = ERRORS
        .iter()
        .find(|(known, _)| *known == error)
        .expect(error);
    refuse(*number, *error);
    true
}
