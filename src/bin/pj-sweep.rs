//! `pj-sweep`: everything lives in the library; see [`pj::sweep`].
fn main() {
    pj::sweep::main()
}
