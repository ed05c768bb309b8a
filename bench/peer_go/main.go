// SPDX-FileCopyrightText: 2026 The libmpcc authors
// SPDX-License-Identifier: MIT

// The whole job of bench_batcher, done by google.golang.org/api/support/bundler: one bundler for
// each slot, bundles of 500 items or of what there is after 10 ms; the handler counts, and in
// the first round adds up. Prints how many million items a second one round takes, after some to get
// warm.
//
//	peer_go <producers> <slots>
//
// An item of two words is given by pointer into a block of 256, which spares the bundler an
// allocation for each. The window is that of bench_batcher: a producer books 256 items at a time,
// and naps while too many are on their way.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/api/support/bundler"
)

const (
	batch       = 500
	interval    = 10 * time.Millisecond
	together    = 256
	nap         = 100 * time.Microsecond
	patience    = 60 * time.Second
	roundTime   = 100 * time.Millisecond
	warmRounds  = 5
	firstItems  = 20000
	itemBytes   = 16
	memoryLimit = 1 << 40 // the window is the limit
)

type item struct {
	value, more uint64
}

// What all producers and handlers of a round share; each word on a line of its own.
type traffic struct {
	bundlers []*bundler.Bundler
	window   int64
	reads    bool // in this round the handlers add up what they get
	_        [64]byte
	booked   int64
	_        [64]byte
	pumped   int64
	_        [64]byte
	sum      uint64
	_        [64]byte
	expected int64
	ended    chan time.Time
}

func fail(what string) {
	fmt.Fprintln(os.Stderr, "peer_go:", what)
	os.Exit(1)
}

// The handlers of different slots run at the same time.
func (t *traffic) pump(bundle interface{}) {
	items := bundle.([]*item)
	if len(items) == 0 || len(items) > batch {
		fail("a bundle is empty or too large")
	}
	if t.reads {
		sum := uint64(0)
		for _, each := range items {
			sum += each.value
		}
		atomic.AddUint64(&t.sum, sum)
	}
	if atomic.AddInt64(&t.pumped, int64(len(items))) == t.expected {
		t.ended <- time.Now()
	}
}

func open(slots int) *traffic {
	t := &traffic{window: 1048576, ended: make(chan time.Time, 1)}
	if slots <= 16 {
		t.window = 131072
	}
	for slot := 0; slot < slots; slot++ {
		b := bundler.NewBundler(&item{}, t.pump)
		b.DelayThreshold = interval
		b.BundleCountThreshold = batch
		b.BufferedByteLimit = memoryLimit
		t.bundlers = append(t.bundlers, b)
	}
	return t
}

func (t *traffic) book(count int64) {
	booked := atomic.AddInt64(&t.booked, count)
	for atomic.LoadInt64(&t.pumped)+t.window < booked {
		time.Sleep(nap)
	}
}

// Values are 1 to each; slots are picked by a xorshift of the producer's own.
func (t *traffic) produce(producer, each int) {
	random := uint64(producer+1) * 0x9e3779b97f4a7c15
	for done := 0; done < each; {
		count := each - done
		if count > together {
			count = together
		}
		t.book(int64(count))
		for block := make([]item, count); len(block) > 0; block = block[1:] {
			slot := 0
			if len(t.bundlers) > 1 {
				random ^= random << 13
				random ^= random >> 7
				random ^= random << 17
				slot = int((random >> 32) * uint64(len(t.bundlers)) >> 32)
			}
			done++
			block[0] = item{uint64(done), uint64(slot)}
			if err := t.bundlers[slot].Add(&block[0], itemBytes); err != nil {
				fail(err.Error())
			}
		}
	}
}

// How long it took until the last item had been handled.
func (t *traffic) round(producers, items int, reads bool) time.Duration {
	each := items / producers
	t.reads = reads
	t.booked, t.pumped, t.sum = 0, 0, 0
	t.expected = int64(each) * int64(producers)
	start := make(chan struct{})
	var threads sync.WaitGroup
	for producer := 0; producer < producers; producer++ {
		threads.Add(1)
		go func(producer int) {
			defer threads.Done()
			<-start
			t.produce(producer, each)
		}(producer)
	}
	begin := time.Now()
	close(start)
	threads.Wait()
	select {
	case end := <-t.ended:
		if reads && t.sum != uint64(producers)*uint64(each)*uint64(each+1)/2 {
			fail("what came out is not what was pushed")
		}
		return end.Sub(begin)
	case <-time.After(patience):
		fail("items were lost")
		return 0
	}
}

func argument(text string) int {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		fail(text + " is no number of producers or slots")
	}
	return number
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: peer_go <producers> <slots>")
	}
	producers, slots := argument(os.Args[1]), argument(os.Args[2])
	t := open(slots)
	items := firstItems
	for i := 0; i < warmRounds; i++ {
		took := t.round(producers, items, i == 0) - interval
		if took < time.Millisecond {
			took = time.Millisecond
		}
		items = int(float64(items) * float64(roundTime) / float64(took))
	}
	items -= items % producers
	took := t.round(producers, items, false)
	fmt.Printf("%.6g\n", float64(items)/took.Seconds()/1e6)
}
