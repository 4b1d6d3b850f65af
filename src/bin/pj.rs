//! `pj`: everything lives in the library; see [`pj::cli`].
fn main() {
    pj::cli::main()
}
