//! `pj-wrap`: everything lives in the library; see [`pj::guard`].

/// musl's own gives every page back at once and asks for it again.
#[cfg(target_env = "musl")]
#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() {
    pj::guard::main()
}
