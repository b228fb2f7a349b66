// Package kernel holds the arithmetic of the backbone: direct convolution, pooling,
// layer normalisation, activation functions and elementwise layers on activations in
// blocks of 16 channels, in plain Go, AVX2 and AVX-512, with the same bits from each.
package kernel
