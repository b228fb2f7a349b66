//go:build !race

package backbone

const raceDetector = false
