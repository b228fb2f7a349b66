// Package winograd computes convolutions with fewer multiplications: 3×3 at stride
// 1 and at stride 2.
package winograd
