//go:build race

package backbone

// raceDetector slows plain Go down tenfold; tests of arithmetic then take samples.
const raceDetector = true
