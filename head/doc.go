// Package head is stage two. [Fit] trains one head, a fully connected layer, on cached
// features, as PyTorch's transfer-learning tutorial does
// (https://pytorch.org/tutorials/beginner/transfer_learning_tutorial.html): with
// cross-entropy, SGD with momentum and a learning rate that falls in steps. It keeps
// the weights of the best validation epoch. Its input is matrices of float32: the
// package knows nothing of images or stores.
//
// [FitSeeds] trains many heads, because one lucky seed proves nothing. [FitSource]
// trains on data that do not fit in memory. [Sweep] compares options by
// cross-validation. [Measure] computes accuracy and other metrics of a head.
// [Head.Save] and [Load] write and read a safetensors file, which Python opens too.
//
// # The same bits everywhere
//
// With the Fused engine a head depends only on the data and the options. Package
// kernel defines the order of sums. Exponentials and logarithms are computed here
// rather than by package math. Nothing depends on the number of processors. Logits are
// float32; softmax and losses are float64.
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
// So model.load_state_dict(load_file(path), strict=False) loads it unchanged. The
// header's __metadata__ holds the entries of Head.Meta, and two of this
// package's own: "classes", a JSON array of the classes' names in order, and
// "format", "pt". The same head gives the same bytes.
//
// # Differences from the tutorial
//
// The training loss of an epoch is the mean over its samples; the tutorial's
// first version divided a sum of batch means by the number of samples. The best
// weights are copied; in that version they were aliases, which later epochs changed.
package head

// Numerics names the arithmetic of the Fused engine and of [Head.Logits]. It
// changes whenever any bit of any trained head may change.
const Numerics = "fused-1"
