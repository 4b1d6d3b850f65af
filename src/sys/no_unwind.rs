//! What the standard library asks of an unwinder, answered with nothing: a release's panic aborts, and its tables are not
//! in the file (`no-unwind.ld`), so a walk along the stack could only go astray. With the walk go the symbolizer and the
//! C++ unwinder, more than half of what `pj-sweep` would weigh.
//! The names and types are those of the Itanium C++ ABI, level I.
//!
//! Must never: be in a build that unwinds.

use core::ffi::{c_int, c_void};

/// `_URC_END_OF_STACK`.
const END_OF_STACK: c_int = 5;

// SAFETY: the program has no other unwinder: these are the only definitions of the names, with the ABI's types.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_trace: *const c_void, _argument: *mut c_void) -> c_int {
    END_OF_STACK
}

/// Only an unwinding stack asks these, and none unwinds here.
macro_rules! unreachable_names {
    ($($name:ident)*) => {$(
        // SAFETY: as above; it takes no argument and never answers, so no caller's expectation of either can be broken.
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> ! {
            std::process::abort()
        }
    )*};
}
unreachable_names! {
    _Unwind_GetDataRelBase _Unwind_GetIP _Unwind_GetIPInfo _Unwind_GetLanguageSpecificData _Unwind_GetRegionStart
    _Unwind_GetTextRelBase _Unwind_Resume _Unwind_SetGR _Unwind_SetIP _Unwind_RaiseException _Unwind_DeleteException
    _Unwind_GetCFA _Unwind_FindEnclosingFunction
}
