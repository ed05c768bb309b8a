// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT
//! This example shows how to push from several Rust threads and get slices in a closure.
//!
//! batches            push, pump, and check that nothing was lost or out of order
//! batches --layout   print where Rust puts the fields of C's structs

mod mpcc;

use mpcc::{Batch, Batcher, Options, Stats};
use std::mem::{size_of, MaybeUninit};
use std::ptr::addr_of;
use std::sync::{Arc, Mutex};

const THREADS: u32 = 4;
const ITEMS: u32 = 50_000;
const SLOTS: u32 = 2;

#[derive(Clone, Copy, PartialEq, Debug)]
struct Item {
    thread: u32,
    number: u32,
}

type Seen = Arc<Mutex<Vec<Vec<Item>>>>;

/// The pump panics on its first batch, which comes again.
fn push_and_pump(seen: &Seen) -> Result<Stats, String> {
    let mut options = Options::new();
    options.slot_count = SLOTS;
    options.max_attempts = 2;
    options.retry_delay_ms = 1;
    let (taken, mut broken) = (Arc::clone(seen), true);
    let batcher = Batcher::start(options, move |slot, items: &[Item]| {
        if std::mem::replace(&mut broken, false) {
            panic!("this is meant to be here: the example's sink broke");
        }
        taken.lock().unwrap()[slot as usize].extend_from_slice(items);
        0
    })?;

    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let batcher = &batcher;
            scope.spawn(move || {
                for number in 0..ITEMS {
                    let item = Item { thread, number };
                    batcher.push(item, number % SLOTS).expect("push");
                }
            });
        }
    });
    while batcher.stats().delivered < u64::from(THREADS * ITEMS) {
        std::thread::yield_now();
    }
    Ok(batcher.stats())
}

/// Each slot has each thread's numbers of that slot, in order, once.
fn check_order(seen: &Seen) {
    let slots = seen.lock().unwrap();
    for slot in 0..SLOTS {
        for thread in 0..THREADS {
            let numbers = slots[slot as usize].iter().filter(|item| item.thread == thread);
            let expected = (slot..ITEMS).step_by(SLOTS as usize);
            assert!(numbers.map(|item| item.number).eq(expected), "slot {slot}, thread {thread}");
        }
    }
}

fn size_behind<T>(_field: *const T) -> usize {
    size_of::<T>()
}

macro_rules! layout {
    ($name:literal, $type:ty, $($field:ident)*) => {
        println!(concat!($name, " {}"), size_of::<$type>());
        let place = MaybeUninit::<$type>::uninit();
        let start = place.as_ptr();
        $(
            let field = unsafe { addr_of!((*start).$field) };
            let offset = field as usize - start as usize;
            let name = stringify!($field).trim_start_matches("r#");
            println!("  {} {} {}", name, offset, size_behind(field));
        )*
    };
}

fn print_layout() {
    layout!("mpcc_batch_t", Batch, items count slot attempt id due waited_ms data);
    layout!("mpcc_options_t", Options, item_size slot_count batch_size max_concurrency
        push_interval_ms capacity max_memory r#loop pump_on worker_count max_attempts
        retry_delay_ms retry_delay_max_ms pump_timeout_ms max_batch_weight weigh weigh_arg on_drop
        on_room on_cancel isolate_failures manual on_wake wake_arg lane_capacity allocator
        reserved);
    layout!("mpcc_stats_t", Stats, pushed rejected delivered dropped orphaned queued queued_peak
        batches batches_full batches_interval batches_flush batches_drain in_flight retries
        timeouts wakeups pump_ns_total pump_ns_max wait_ms_max reserved);
}

fn main() -> Result<(), String> {
    if std::env::args().nth(1).as_deref() == Some("--layout") {
        print_layout();
        return Ok(());
    }
    let seen: Seen = Arc::new(Mutex::new(vec![Vec::new(); SLOTS as usize]));
    let stats = push_and_pump(&seen)?;
    check_order(&seen);
    assert_eq!((stats.retries, stats.dropped), (1, 0));
    println!("{} items in {} batches, one of them twice", stats.delivered, stats.batches);
    Ok(())
}
