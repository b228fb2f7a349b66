// Package winograd computes 3×3 convolutions at stride 1 and 2 and the 7×7 stem at
// stride 2 with fewer multiplications: tiles of 4×4 outputs by the minimal filtering
// algorithm F(4×4, r×r) of Winograd, as Lavin and Gray apply it to convolutional
// networks (Fast Algorithms for Convolutional Neural Networks, 2015, arXiv:1509.09308).
//
//	Y = Aᵀ [ Σ over input channels of (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// turns a tile of (r+3)×(r+3) samples d and r×r taps g into 4×4 outputs Y, at (r+3)²
// multiplications for each pair of channels instead of 16·r².
//
// [Pack] transforms weights, [New] plans a [Conv], [Conv.Run] computes a batch in a
// worker's [Scratch]; [PackStem], [NewStem] and [Stem.RunBlock] do the same for the
// stem. [kernel.Layout] says how activations lie in memory. A convolution's input needs the
// zero border that [Shape.Border] returns: one pixel on each side for 3×3, except on tiny
// images. Its output may have any border, which is not written.
//
// # What becomes F(4×4, r×r)
//
// A 3×3 convolution at stride 1 is r = 3: 36 products for 16 outputs instead of 144.
//
// At stride 2, the even and the odd rows and columns of the input form separate images,
// the phases, each of which is convolved at stride 1. Two of the kernel's three taps fall
// on odd samples and one on even samples. The one is taken as two taps, the second of
// which is 0, so r = 2; the products at ∞ (below) with that 0 are left out. The phases'
// products at the same position are added before the output transform. That makes 81
// products for 16 outputs instead of 144.
//
// The stem's 7 taps fall into 4 and 3: r = 4. Its phases and its 3 input channels
// become the 12 channels of one rearranged image: 49·12 products for 16 outputs
// instead of 784·3.
//
// # Tiles at the edge
//
// Outputs 0, 1 and 2 of a tile's axis do not use the product at ∞, and this product
// alone uses the last sample. So a tile may have three outputs along an axis instead of
// four, at r+2 products instead of r+3, with nothing else changed, not even a bit. An
// axis of n outputs is cut into ⌈n/4⌉ segments of four and of three: n = 7, which is
// ResNet's last stage, is 4+3, and 14 is 4+4+3+3, at 16 % fewer products than with
// tiles of four only.
//
// # The arithmetic
//
// It is the same, bit for bit, in plain Go, AVX2 and AVX-512, for any batch size and any
// division of the work, because vectors run over independent outputs only. All numbers
// are IEEE float32; fma is a fused multiply-add, rounded once.
//
// The points are ±½, ±2 and ∞; from r = 3 on also 0; for r = 4 also 1. ±½ and ±2 keep
// rounding errors lower than Lavin and Gray's ±1 and ±2 do, and make every constant of
// Bᵀ and Aᵀ exact in binary. With samples d₀ … of which the last is d₊, in the order of
// the positions:
//
//	r = 2   ½, −½, 2, −2, ∞         Bᵀ =   −2  −4   ½   1   0      Aᵀ = 2  2  ½  ½  0
//	                                        2  −4  −½   1   0           1 −1  1 −1  0
//	                                       −½  −¼   2   1   0           ½  ½  2  2  0
//	                                        ½  −¼  −2   1   0           ¼ −¼  4 −4  1
//	                                        1   0 −17/4 0   1
//
//	r = 3   0, ½, −½, 2, −2, ∞      Bᵀ =    1   0 −17/4 0   1   0  Aᵀ = 1  2  2  ½  ½  0
//	                                        0  −2  −4   ½   1   0       0  1 −1  1 −1  0
//	                                        0   2  −4  −½   1   0       0  ½  ½  2  2  0
//	                                        0  −½  −¼   2   1   0       0  ¼ −¼  4 −4  1
//	                                        0   ½  −¼  −2   1   0
//	                                        0   1   0 −17/4 0   1
//
//	r = 4   0, ½, −½, 2, −2, 1, ∞   Bᵀ: that of r = 3 applied to the six differences
//	                                d₁−d₀, …, d₆−d₅; and, for 1, (0 1 0 −17/4 0 1 0)
//	                                applied to d. Aᵀ: that of r = 3 with a column of ones
//	                                for 1.
//
// G's row for a finite point a is (1, a, …, aʳ⁻¹) over the product of a's distances
// from the other finite points, halved at ±½ and doubled at ±2: that is why Aᵀ's second
// row, aside from 0 and ∞, is of ones. The row for ∞ is (0, …, 0, 1). It is applied to
// columns, then to rows, as function filter says; for the stem, whose weights are few,
// in float64 and rounded once.
//
// Bᵀ is applied to columns first, then to rows; so is Aᵀ. Each in this order of
// operations, in which the products with powers of two are exact (method input and
// method output of type line):
//
//	at ±½    even = fma(−4, b, d), odd = fma(−4, a, c): fma(±½, odd, even)
//	at ±2    even = fma(−¼, b, d), odd = fma(−¼, a, c): fma(±2, odd, even)
//	at 0, ∞  fma(−17/4, b, a + c) of every other sample a, b, c; so at 1
//
//	s, t = sums of the products at ±½ and at ±2; u, v = their differences
//	y₀ = fma(2, s, fma(½, t, m₀))    y₁ = u + v
//	y₂ = fma(½, s, t + t)            y₃ = fma(¼, u, fma(4, v, m∞))
//	r = 2: y₀ = fma(2, s, ½·t).  r = 4: m₁ is added to m₀, to u + v, to m∞, and
//	y₂ = fma(½, s, fma(2, t, m₁))
//
// A position's sum is a chain of fma over phases and input channels in increasing
// order. It starts at 0 and includes the zero channels of the last block. Then the bias
// is added to y, then the residual. ReLU replaces y by 0 if 0 > y, so a NaN stays NaN.
//
// # How it is computed
//
// A [block] of tiles, about 28, goes through three kernels, one call each. The input
// transform writes [position][block of 16 channels][tile][16]. For each panel of 32
// output channels the matrix products of all positions multiply it by the panel's
// weights, [position][input channel][32]: a job keeps up to 14 tiles × 32 outputs in
// registers (AVX-512; 6 × 16 in AVX2) over the whole sum. The output transform turns the
// products, [position][tile][32], into outputs. This way the transformed input stays in
// the second-level cache while the weights are read once per block. Tiles are ordered by
// class, so that the tiles that need a product are adjacent, and a job is a range of them.
//
// The weights of large layers are not kept transformed, because they would be four to
// nine times as large and have to come from main memory. They are expanded when they are
// used, a panel and a chunk of input channels at a time, and the products of a chunk are
// added to those of the chunks before it. If images are small, a block holds the tiles of
// several, so that a batch reads and expands the weights once.
package winograd
