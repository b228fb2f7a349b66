// Package head is stage two: it trains the fully connected layer on cached
// features, measures it, and reads and writes its file. It knows nothing of
// images or stores: its input is matrices of float32.
//
// [Fit] trains one head, as PyTorch's transfer-learning tutorial does
// (https://pytorch.org/tutorials/beginner/transfer_learning_tutorial.html):
// cross-entropy, SGD with momentum, a step-wise falling learning rate, and the
// weights of the best validation epoch kept. [FitSeeds] trains many, because
// one lucky seed proves nothing. [FitSource] trains on more than fits in memory.
// [Sweep] compares options by cross-validation. [Measure] computes what a trained head is
// worth, and [Head.Save] and [Load] keep it in a safetensors file that Python
// opens too.
//
// # The same bits everywhere
//
// With the Fused engine a head depends on the data and the options alone. Sums
// run in an order that package kernel defines, exponentials and logarithms are
// computed here rather than by package math, and nothing depends on the number
// of workers. Logits are float32; softmax and losses are float64.
//
// # The head's file
//
// It is in the safetensors format
// (https://github.com/huggingface/safetensors#format): eight bytes with the
// header's length, little-endian; a JSON header; the tensors' bytes. Names and
// shapes are PyTorch's, for a model whose classifier is called fc, as in its
// ResNets:
//
//	fc.weight   [C,D]  fc.bias   [C]   torch.nn.Linear(D, C)
//
//	fc.0.weight [H,D]  fc.0.bias [H]   with a hidden layer: torch.nn.Sequential(
//	fc.2.weight [C,H]  fc.2.bias [C]     Linear(D, H), ReLU(), Linear(H, C))
//
// so that model.load_state_dict(load_file(path), strict=False) takes it as it
// is. The header's __metadata__ holds the entries of Head.Meta, and two of this
// package's own: "classes", a JSON array of the classes' names in order, and
// "format", "pt". The same head gives the same bytes.
//
// # Differences from the tutorial
//
// The training loss of an epoch is the mean over its samples; the tutorial's
// first version divided a sum of batch means by the number of samples. The best
// weights are copied when they are best; in that version they were aliases
// that went on training.
package head

// Numerics names the arithmetic of the Fused engine and of [Head.Logits]. It
// changes whenever any bit of any trained head may change.
const Numerics = "fused-1"
