package graph

import "strings"

// Hints for operators that can't run, by what the operator is for.
const (
	hintEarlier   = "export the part of the network that ends before it, or name an earlier tensor as the feature"
	hintQuantised = "the model is quantised; export it in float32"
	hintControl   = "control flow can't run; export the model with a fixed input size"
	hintTraining  = "it is for training or draws random numbers; call model.eval() before exporting"
	hintRecurrent = "it is of a recurrent or language network; export the part that sees the image"
	hintDetection = "it is of a detector; name a tensor of its backbone as the feature"
	hintInput     = "it prepares the input; export the network from the normalised image on"
	hintSequence  = "lists and texts can't run; export the network from the normalised image on, with one tensor as its output"
	hintForeign   = "it is outside ONNX's standard operators; export the model with those only"
	hintConstant  = "it can run on constants only; simplify the model (onnxslim, onnxsim), or name an earlier tensor as the feature"
)

// hints has a hint for every operator of ONNX without a rule. The test reads the names of
// them all.
var hints = table(map[string]string{
	hintQuantised: "ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear",
	hintControl:   "If Loop Scan",
	hintTraining:  "Bernoulli Multinomial NegativeLogLikelihoodLoss RandomNormal RandomNormalLike RandomUniform RandomUniformLike SoftmaxCrossEntropyLoss",
	hintRecurrent: "CausalConvWithState GRU LSTM LinearAttention RNN ReverseSequence TensorScatter TfIdfVectorizer",
	hintDetection: "MaxRoiPool NonMaxSuppression RoiAlign TopK",
	hintInput:     "BlackmanWindow DFT HammingWindow HannWindow ImageDecoder MelWeightMatrix STFT",
	hintSequence: "ConcatFromSequence Optional OptionalGetElement OptionalHasElement RegexFullMatch SequenceAt SequenceConstruct SequenceEmpty " +
		"SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence StringConcat StringNormalizer StringSplit",
	hintConstant: "And ArgMax ArgMin Ceil Constant ConstantOfShape Cos CumSum Equal EyeLike Floor GatherElements GatherND Greater " +
		"GreaterOrEqual IsInf Less LessOrEqual Log LogSoftmax Mod NonZero Not OneHot Or Range ReduceLogSum ReduceProd Round ScatterElements " +
		"ScatterND Sign Sin Softplus Tan Trilu Xor",
	hintEarlier: "Acos Acosh AffineGrid Asin Asinh Atan Atanh BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Celu CenterCropPad " +
		"Col2Im Compress ConvTranspose Cosh CumProd DeformConv Det GlobalLpPool GridSample Hardmax LpNormalization LpPool MaxUnpool Mean " +
		"MeanVarianceNormalization Mish PRelu ReduceLogSumExp RotaryEmbedding Scatter Selu Shrink Sinh Softsign SwiGLU ThresholdedRelu Unique " +
		"Upsample",
})

// table turns hints with their operators into operators with their hints.
func table(byHint map[string]string) map[string]string {
	hints := make(map[string]string)
	for hint, operators := range byHint {
		for op := range strings.FieldsSeq(operators) {
			hints[op] = hint
		}
	}
	return hints
}

func unsupportedOp(op string) error {
	hint, known := hints[op]
	switch {
	case known:
	case strings.Contains(op, "::"):
		if hint = hintForeign; strings.Contains(strings.ToLower(op), "quant") || strings.Contains(op, "::QLinear") {
			hint = hintQuantised
		}
	default: // newer than the table
		hint = hintEarlier
	}
	return unsupported("the operator %s is not supported: %s", op, hint)
}
