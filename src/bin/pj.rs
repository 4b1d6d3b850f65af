//! `pj`: everything lives in the library; see [`pj::cli`].

/// musl's own gives every page back at once and asks for it again; a thousand records show that.
#[cfg(target_env = "musl")]
#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() {
    pj::cli::main()
}
