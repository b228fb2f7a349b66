package view

import "fmt"

// difference sums up how two runs of samples differ.
type difference struct {
	max           int
	n, equal, sum int
}

func compare(got, want []uint8) (d difference) {
	if len(got) != len(want) {
		return difference{max: 256, n: len(want)}
	}
	for i, g := range got {
		e := int(g) - int(want[i])
		e = max(e, -e)
		d.max = max(d.max, e)
		d.sum += e
		if e == 0 {
			d.equal++
		}
	}
	d.n = len(got)
	return d
}

func (d *difference) add(e difference) {
	d.max = max(d.max, e.max)
	d.n += e.n
	d.equal += e.equal
	d.sum += e.sum
}

func (d difference) String() string {
	return fmt.Sprintf("of %d samples %.4f %% are equal; differences: max %d, mean %.5f",
		d.n, 100*float64(d.equal)/float64(d.n), d.max, float64(d.sum)/float64(d.n))
}
