// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT
//! libmpcc as batches.rs needs it: C's declarations, and a type that keeps the rules.
//! docs/languages.md says why things are as they are here.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::{size_of, MaybeUninit};
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;

pub const DRAIN: c_int = 0;
pub const NO_TIMEOUT: u64 = u64::MAX;
/// What a pump that panicked answers.
pub const PANICKED: c_int = -1;

#[repr(C)]
pub struct Instance {
    _private: [u8; 0],
}

#[repr(C)]
pub struct Batch {
    pub items: *const c_void,
    pub count: usize,
    pub slot: u32,
    pub attempt: u32,
    pub id: u64,
    pub due: c_int,
    pub waited_ms: u64,
    pub data: *mut c_void,
}

pub type Pump = extern "C" fn(*mut Batch, *mut c_void) -> c_int;
pub type Drop = extern "C" fn(*const Batch, c_int, *mut c_void);

/// The callbacks that are not used here are plain pointers.
#[repr(C)]
pub struct Options {
    pub item_size: usize,
    pub slot_count: u32,
    pub batch_size: u32,
    pub max_concurrency: u32,
    pub push_interval_ms: u64,
    pub capacity: usize,
    pub max_memory: usize,
    pub r#loop: *mut c_void,
    pub pump_on: c_int,
    pub worker_count: u32,
    pub max_attempts: u32,
    pub retry_delay_ms: u64,
    pub retry_delay_max_ms: u64,
    pub pump_timeout_ms: u64,
    pub max_batch_weight: usize,
    pub weigh: *const c_void,
    pub weigh_arg: *mut c_void,
    pub on_drop: Option<Drop>,
    pub on_room: *const c_void,
    pub on_cancel: *const c_void,
    pub isolate_failures: bool,
    pub manual: bool,
    pub on_wake: *const c_void,
    pub wake_arg: *mut c_void,
    pub lane_capacity: usize,
    pub allocator: *const c_void,
    pub reserved: [u64; 16],
}

#[repr(C)]
pub struct Stats {
    pub pushed: u64,
    pub rejected: u64,
    pub delivered: u64,
    pub dropped: u64,
    pub orphaned: u64,
    pub queued: u64,
    pub queued_peak: u64,
    pub batches: u64,
    pub batches_full: u64,
    pub batches_interval: u64,
    pub batches_flush: u64,
    pub batches_drain: u64,
    pub in_flight: u64,
    pub retries: u64,
    pub timeouts: u64,
    pub wakeups: u64,
    pub pump_ns_total: u64,
    pub pump_ns_max: u64,
    pub wait_ms_max: u64,
    pub reserved: [u64; 13],
}

mod c {
    use super::*;

    #[link(name = "mpcc")]
    extern "C" {
        pub fn mpcc_strerror(code: c_int) -> *const c_char;
        pub fn mpcc_options_init(options: *mut Options);
        pub fn mpcc_create(instance: *mut *mut Instance, options: *const Options) -> c_int;
        pub fn mpcc_start(instance: *mut Instance, pump: Pump, state: *mut c_void) -> c_int;
        pub fn mpcc_push(instance: *mut Instance, item: *const c_void, slot: u32) -> c_int;
        pub fn mpcc_complete(
            instance: *mut Instance,
            mode: c_int,
            done: *const c_void,
            argument: *mut c_void,
        ) -> c_int;
        pub fn mpcc_wait(instance: *mut Instance, timeout_ms: u64) -> c_int;
        pub fn mpcc_destroy(instance: *mut Instance) -> c_int;
        pub fn mpcc_stats(instance: *const Instance, stats: *mut Stats) -> c_int;
    }
}

fn checked(code: c_int) -> Result<(), String> {
    if code == 0 {
        return Ok(());
    }
    // A constant string, never NULL, for any code.
    let sentence = unsafe { CStr::from_ptr(c::mpcc_strerror(code)) };
    Err(sentence.to_string_lossy().into_owned())
}

impl Options {
    pub fn new() -> Options {
        let mut options = MaybeUninit::uninit();
        unsafe {
            c::mpcc_options_init(options.as_mut_ptr());
            options.assume_init()
        }
    }
}

type Closure<T> = Box<dyn FnMut(u32, &[T]) -> c_int + Send>;

/// Batches of plain values. `Copy`, for the library moves bytes and runs no destructors; `Send`,
/// for the pump is another thread's. The pump never runs on two threads at once: it is on the loop.
pub struct Batcher<T: Copy + Send + 'static> {
    instance: *mut Instance,
    pump: *mut Closure<T>,
    items: PhantomData<T>,
}

// Every function that is called through a shared reference may be called on any thread.
unsafe impl<T: Copy + Send + 'static> Send for Batcher<T> {}
unsafe impl<T: Copy + Send + 'static> Sync for Batcher<T> {}

impl<T: Copy + Send + 'static> Batcher<T> {
    /// `options.item_size` is set here.
    pub fn start(
        mut options: Options,
        pump: impl FnMut(u32, &[T]) -> c_int + Send + 'static,
    ) -> Result<Batcher<T>, String> {
        let mut instance = ptr::null_mut();
        options.item_size = size_of::<T>();
        options.pump_on = 0; // one closure: workers would call it side by side
        checked(unsafe { c::mpcc_create(&mut instance, &options) })?;

        let closure: Closure<T> = Box::new(pump);
        let batcher = Batcher {
            instance,
            pump: Box::into_raw(Box::new(closure)),
            items: PhantomData,
        };
        checked(unsafe { c::mpcc_start(instance, Self::on_batch, batcher.pump.cast()) })?;
        Ok(batcher)
    }

    pub fn push(&self, item: T, slot: u32) -> Result<(), String> {
        checked(unsafe { c::mpcc_push(self.instance, (&item as *const T).cast(), slot) })
    }

    pub fn stats(&self) -> Stats {
        let mut stats = MaybeUninit::uninit();
        unsafe {
            c::mpcc_stats(self.instance, stats.as_mut_ptr());
            stats.assume_init()
        }
    }

    /// C calls this: no panic may leave it.
    extern "C" fn on_batch(batch: *mut Batch, state: *mut c_void) -> c_int {
        catch_unwind(AssertUnwindSafe(|| unsafe {
            let items = std::slice::from_raw_parts((*batch).items.cast::<T>(), (*batch).count);
            let pump = &mut *state.cast::<Closure<T>>();
            pump((*batch).slot, items)
        }))
        .unwrap_or(PANICKED)
    }
}

/// Delivers what is queued. The closure outlives the instance, which may call it until the end.
impl<T: Copy + Send + 'static> std::ops::Drop for Batcher<T> {
    fn drop(&mut self) {
        unsafe {
            c::mpcc_complete(self.instance, DRAIN, ptr::null(), ptr::null_mut());
            c::mpcc_wait(self.instance, NO_TIMEOUT);
            if c::mpcc_destroy(self.instance) == 0 {
                std::mem::drop(Box::from_raw(self.pump));
            }
        }
    }
}
