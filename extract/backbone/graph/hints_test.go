package graph

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHints goes through all operators of ONNX 1.23: each can run, or has a hint of its own.
func TestHints(t *testing.T) {
	list, err := os.ReadFile(filepath.Join("testdata", "operators.txt"))
	if err != nil {
		t.Fatal(err)
	}
	operators := strings.Fields(string(list))
	if len(operators) < 200 {
		t.Fatalf("%d operators", len(operators))
	}
	unknown := make(map[string]bool)
	for op := range hints {
		unknown[op] = true
	}
	for _, op := range operators {
		delete(unknown, op)
		hint, isHinted := hints[op]
		if isHinted == (ruleFor(op) != nil) {
			t.Errorf("%s has a rule: %v, and a hint: %v", op, ruleFor(op) != nil, isHinted)
		}
		onConstants := ruleFor(op) == nil && folderFor(op) != nil || op == "Constant"
		if onConstants != (hint == hintConstant) {
			t.Errorf("%s is folded: %v, and its hint is %q", op, onConstants, hint)
		}
		// Names that say what they are, whatever the table's author thought.
		lower := strings.ToLower(op)
		if strings.Contains(lower, "quantize") || strings.HasPrefix(op, "QLinear") || strings.HasSuffix(op, "Integer") {
			if hint != hintQuantised {
				t.Errorf("%s: %q", op, hint)
			}
		}
		if strings.HasPrefix(op, "Sequence") && hint != hintSequence || strings.HasPrefix(op, "Random") && hint != hintTraining {
			t.Errorf("%s: %q", op, hint)
		}
	}
	for op := range unknown {
		t.Errorf("ONNX has no operator %s", op)
	}
	for op, want := range map[string]string{"com.microsoft::QLinearAdd": hintQuantised, "com.microsoft::DynamicQuantizeMatMul": hintQuantised, "com.microsoft::FusedConv": hintForeign, "NewOp": hintEarlier} {
		if got := unsupportedOp(op).Error(); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q", op, got)
		}
	}
}
