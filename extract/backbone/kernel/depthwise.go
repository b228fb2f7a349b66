package kernel

// runPixels is the number of adjacent pixels of a row that a depthwise convolution
// computes together. The sides of ImageNet networks' layers are 7 times a power of two.
// Rows of other lengths end with a run that computes some pixels again.
const runPixels = 7

// runOf is how many adjacent pixels the kernels of a convolution compute together:
// [runPixels] in the usual depthwise convolutions, whose pixels share inputs, else 1.
func runOf(c Conv, out, res Layout) int {
	narrow := (c.KW == 3 || c.KW == 5) && c.StrideW <= 2
	wide := c.KW == 7 && c.StrideW == 1
	if c.ownInputs() == 1 && c.DilationW == 1 && (narrow || wide) && out.W >= runPixels && res.C == 0 {
		return runPixels
	}
	return 1
}
