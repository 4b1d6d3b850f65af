//! `pj-wrap`: everything lives in the library; see [`pj::guard`].
fn main() {
    pj::guard::main()
}
