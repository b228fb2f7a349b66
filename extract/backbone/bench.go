package backbone

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"featurecache/extract/backbone/kernel"
)

// BenchOptions say how to measure a backbone.
type BenchOptions struct {
	Batch   int           // images per batch; 8 if zero
	Workers int           // goroutines that run batches in parallel; 1 if zero
	Time    time.Duration // to measure for, after a warm-up; 4 s if zero
}

// BenchResult is the time that a backbone takes, in milliseconds per image: the time of a
// worker's batch divided by the images that all workers compute in that time.
type BenchResult struct {
	Engine   string  `json:"engine"` // "pipeline"
	Threads  int     `json:"threads"`
	Batch    int     `json:"batch"`
	MsMin    float64 `json:"ms_min"`
	MsMedian float64 `json:"ms_median"`
	Kernel   string  `json:"kernel"`      // generic, avx2 or avx512
	Peak     float64 `json:"peak_gflops"` // of one core, see [kernel.Peak]
}

// Bench runs random images through the backbone for a while.
func (b *Backbone) Bench(opt BenchOptions) BenchResult {
	r := BenchResult{Engine: "pipeline", Threads: max(opt.Workers, 1), Batch: opt.Batch, Kernel: b.Kernel(), Peak: kernel.Peak(b.level)}
	if r.Batch < 1 {
		r.Batch = 8
	}
	if opt.Time <= 0 {
		opt.Time = 4 * time.Second
	}
	times := make([][]float64, r.Threads)
	var ready, done sync.WaitGroup
	ready.Add(r.Threads)
	for t := range times {
		done.Go(func() {
			w := b.NewWorker(r.Batch)
			images, features := w.Input(), make([]float32, r.Batch*b.Width())
			rng := rand.New(rand.NewPCG(0, uint64(t)))
			for i := range images {
				images[i] = float32(rng.NormFloat64())
			}
			for range 2 {
				w.Run(features, images, r.Batch)
			}
			ready.Done()
			ready.Wait()
			for end := time.Now().Add(opt.Time); time.Now().Before(end); {
				start := time.Now()
				w.Run(features, images, r.Batch)
				times[t] = append(times[t], time.Since(start).Seconds()*1e3/float64(r.Batch*r.Threads))
			}
		})
	}
	done.Wait()
	all := slices.Concat(times...)
	slices.Sort(all)
	r.MsMin, r.MsMedian = all[0], all[len(all)/2]
	return r
}
