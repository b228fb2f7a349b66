// Package backbone runs the frozen network: images in, features out.
//
// [Load] reads an ONNX model and compiles it into a [Backbone], an immutable plan that
// all goroutines share. Each goroutine makes its own [Worker], which owns the memory for
// the activations of a batch, and calls [Worker.Run], which allocates nothing and locks
// nothing. Use one worker per core.
//
// # How a layer is computed
//
// Activations lie in blocks of 16 channels, [channels/16][rows][cols][16], with a border
// of zeros ([kernel.Layout]). A block of one pixel is one AVX-512 register or two of
// AVX2, so a kernel computes 16 independent outputs side by side and never adds across
// a register; that is why every instruction set rounds the same. The border is the padding
// of the layer that reads the value, so no kernel handles edges. It is written once, when a
// worker is made: a buffer is used again only for values of the same layout, and no kernel
// writes to a border.
//
// The image itself has 3 channels, and stays planar if only a stem or direct convolutions
// read it.
//
// A convolution is one step with its bias, residual and activation. The algorithm depends
// on the shape alone, because it decides the bits:
//
//   - 3×3 at stride 1 or 2: Winograd's F(4×4,3×3), and the same in four phases at
//     stride 2 (package winograd). Tiles of the input are transformed, multiplied by
//     transformed weights in 36 (or 4 × 25) small matrix products, and transformed back:
//     a quarter (or six tenths) of the multiplications.
//   - the 7×7 stem at stride 2: the image's even and odd rows and columns become 12
//     channels, and the convolution F(4×4,4×4).
//   - everything else: its definition, as a matrix product that gathers its left side
//     through a list of pixels ([kernel.Direct]); any size, stride, dilation or groups.
//     If there are many outputs, the left side is first packed into the order in which
//     the product reads it, a part that fits the second-level cache at a time. If groups
//     are so narrow that a block of channels holds several, as in depthwise convolutions,
//     a register of inputs is multiplied instead of one input for all lanes. The usual
//     depthwise kernels load an input once for all the pixels that use it.
//
// A concatenation costs nothing if its inputs have whole blocks of 16 channels: the
// layers that make them write straight into its memory, and a dense block of DenseNet
// is one buffer. Activations that are not a clamp, such as sigmoid and SiLU, are applied by
// a direct convolution to outputs that are still in the cache; after other layers they
// are separate steps, in place. So are the gains of squeeze-and-excitation.
//
// The products' kernel keeps 2 vectors of output channels × up to 14 tiles in registers
// over the whole sum over input channels (AVX2: 2 × 6), broadcasts an input once for
// both vectors and loads a vector of weights once for all tiles.
//
// # What each level of the memory holds
//
//   - registers: the sums of one tile of outputs, to the end of the sum.
//   - first-level cache (32–48 KiB): the weights of one position or tap, or of about 256
//     inputs of a direct convolution, for 16 or 32 output channels, while tile after tile
//     uses them.
//   - second-level cache (512 KiB–1 MiB): a block of about 28 transformed tiles, or the
//     packed inputs of about 200 pixels, while all weights are read past it. In the last
//     Winograd layers it is the other way round: the weights of 32 output channels and 128
//     input channels, which are transformed there, while all tiles of the batch are read
//     past them.
//   - third-level cache: one image's activations in the first layers, which run image by
//     image; a batch's activations in the last layers, which have more weights than
//     activations and run for the whole batch, so that the weights are read once.
//   - memory: the weights of the last layers as the model has them. Transformed, they
//     would be four to nine times as large, and reading them would take longer than
//     transforming them again for every batch.
//
// # Numerics
//
// All arithmetic is float32, rounded to nearest even. Sums of products are chains of
// fused multiply-adds in one fixed order over the input channels. In plain Go the fused
// multiply-add is made of float64 arithmetic and a correction ([kernel.FMA]), and gives
// the same bits. Neither the batch size, nor the position in a batch, nor the number of
// workers, nor the kernel level changes a bit. [Numerics] names this arithmetic.
package backbone
