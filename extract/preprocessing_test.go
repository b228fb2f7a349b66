package extract

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/randomnet"
	"featurecache/extract/view"
)

// modelWith writes a network that reads 64×64 pixels, with metadata, and a file beside it
// unless its text is empty.
func modelWith(t *testing.T, metadata map[string]string, besideName, besideText string) string {
	t.Helper()
	var b bytes.Buffer
	if err := randomnet.WriteResNet(&b, randomnet.Options{Blocks: []int{1}, Width: 4, InputSize: 64, Classes: 2, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	text := b.Bytes()
	for key, value := range metadata { // ModelProto's metadata_props
		entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), key)
		entry = protowire.AppendString(protowire.AppendTag(entry, 2, protowire.BytesType), value)
		text = protowire.AppendBytes(protowire.AppendTag(text, 14, protowire.BytesType), entry)
	}
	dir := t.TempDir()
	if besideText != "" {
		if err := os.WriteFile(filepath.Join(dir, besideName), []byte(besideText), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "net.onnx")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func preprocessingOf(t *testing.T, path string, opt PreprocessingOptions) (Preprocessing, error) {
	t.Helper()
	model, err := graph.Load(path, ModelOptions(path, "", opt.Framing.Size))
	if err != nil {
		return Preprocessing{}, err
	}
	return PreprocessingOf(model, path, opt)
}

const (
	clipFile = `{"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":72},"crop_size":64}`
	timmText = `{"pretrained_cfg":{"input_size":[3,64,64],"interpolation":"lanczos","crop_pct":0.9,"crop_mode":"squash","mean":[0.5,0.5,0.5],"std":[0.25,0.25,0.25]}}`
)

// TestPreprocessing requires flags before metadata, before a file beside the model, before
// the defaults, each part on its own, and that all is said.
func TestPreprocessing(t *testing.T) {
	meta := map[string]string{"interpolation": "bicubic", "resize": "80x80", "crop": "64 floor", "mean": "0,0,0", "std": "1,1,1"}
	clipColours := Colours{Mean: [3]float32{0.48145466, 0.4578275, 0.40821073}, Std: [3]float32{0.26862954, 0.26130258, 0.27577711}}
	for name, c := range map[string]struct {
		metadata         map[string]string
		file, text       string
		opt              PreprocessingOptions
		by               view.Interpolation
		eval             view.Evaluation
		mean, std        [3]float32
		says, doubtsThat string
	}{
		"defaults": {by: view.Bilinear, eval: view.Evaluation{Resize: 73}, mean: view.ImageNetMean, std: view.ImageNetStd,
			says: "views of 64×64 by bilinear interpolation, for evaluation the shorter side resized to 73 and the middle cropped: the default; mean 0.485,0.456,0.406"},
		"transformers": {file: "preprocessor_config.json", text: clipFile, by: view.Bicubic, eval: view.Evaluation{Resize: 72, RoundDown: true}, mean: clipColours.Mean, std: clipColours.Std,
			says: "views of 64×64 by bicubic interpolation, for evaluation the shorter side resized to 72 and the middle cropped, the position rounded down: " +
				"from preprocessor_config.json beside the model; mean 0.48145467,0.4578275,0.40821072 std 0.26862955,0.2613026,0.2757771, RGB: from preprocessor_config.json beside the model"},
		"timm": {file: "config.json", text: timmText, by: view.Lanczos, eval: view.Evaluation{Resize: 71, Squash: true}, mean: half, std: [3]float32{0.25, 0.25, 0.25},
			says: "the image squashed to 71×71 and its middle cropped: from config.json beside the model"},
		"metadata": {metadata: meta, by: view.Bicubic, eval: view.Evaluation{Resize: 80, Squash: true, RoundDown: true}, std: one,
			says: "its middle cropped, the position rounded down: from the model's metadata; mean 0,0,0 std 1,1,1, RGB: from the model's metadata"},
		"metadata against a file": {metadata: meta, file: "preprocessor_config.json", text: clipFile, by: view.Bicubic, eval: view.Evaluation{Resize: 80, Squash: true, RoundDown: true}, std: one,
			says: "from the model's metadata", doubtsThat: "preprocessor_config.json beside the model says otherwise: views of 64, bicubic, resize to 72"},
		"flags against all": {metadata: meta, file: "preprocessor_config.json", text: clipFile,
			opt: PreprocessingOptions{FramingOptions{Interpolation: "bilinear", Resize: 90}, ColourOptions{Mean: half, Std: half}},
			by:  view.Bilinear, eval: view.Evaluation{Resize: 90}, mean: half, std: half,
			says:       "the middle cropped: the interpolation is from --interpolation, the rest from --resize; mean 0.5,0.5,0.5 std 0.5,0.5,0.5, RGB: from --mean and --std",
			doubtsThat: "views of 64, bicubic, resize to 72; preprocessor_config.json beside the model says otherwise: mean 0.48145467"},
		"flags that agree": {file: "preprocessor_config.json", text: clipFile, opt: PreprocessingOptions{FramingOptions{Interpolation: "bicubic", Resize: 72}, ColourOptions{Mean: clipColours.Mean, Std: clipColours.Std}},
			by: view.Bicubic, eval: view.Evaluation{Resize: 72}, mean: clipColours.Mean, std: clipColours.Std, says: "from --resize"},
		"one flag": {file: "config.json", text: timmText, opt: PreprocessingOptions{Framing: FramingOptions{Resize: 64, Squash: true}},
			by: view.Lanczos, eval: view.Evaluation{Resize: 64, Squash: true}, mean: half, std: [3]float32{0.25, 0.25, 0.25},
			says: "the whole image squashed: the interpolation is from config.json beside the model, the rest from --resize", doubtsThat: "config.json beside the model says otherwise"},
		"another size": {file: "preprocessor_config.json", text: clipFile, opt: PreprocessingOptions{Framing: FramingOptions{Size: 32}},
			by: view.Bicubic, eval: view.Evaluation{Resize: 36, RoundDown: true}, mean: clipColours.Mean, std: clipColours.Std,
			says: "views of 32×32 by bicubic interpolation, for evaluation the shorter side resized to 36 and the middle cropped, the position rounded down: " +
				"from preprocessor_config.json beside the model, scaled from a resize to 72 for views of 64"},
		"a file for another size": {file: "preprocessor_config.json", text: strings.NewReplacer("72", "256", "64", "224").Replace(clipFile),
			by: view.Bicubic, eval: view.Evaluation{Resize: 73, RoundDown: true}, mean: clipColours.Mean, std: clipColours.Std,
			says: "scaled from a resize to 256 for views of 224", doubtsThat: "is for views of 224×224, and this network reads 64×64"},
	} {
		got, err := preprocessingOf(t, modelWith(t, c.metadata, c.file, c.text), c.opt)
		f := got.Framing
		if err != nil || f.Interpolation != c.by || f.Evaluation != c.eval || got.Colours.Mean != c.mean || got.Colours.Std != c.std || got.Colours.BGR {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if !strings.Contains(got.String(), c.says) {
			t.Errorf("%s: says %q, want %q", name, got, c.says)
		}
		if doubt := got.Doubt(); (doubt == "") != (c.doubtsThat == "") || !strings.Contains(doubt, c.doubtsThat) {
			t.Errorf("%s: doubt %q, want %q", name, doubt, c.doubtsThat)
		}
		if tr := got.transform(view.DecodeOptions{}); tr.Size != f.Size || tr.Interpolation != c.by || tr.Evaluation != c.eval || tr.Std != c.std {
			t.Errorf("%s: transform %+v", name, tr)
		}
	}
}

// TestPreprocessingRefused requires messages that say what to do, and that flags make up for
// a file that can't be used.
func TestPreprocessingRefused(t *testing.T) {
	all := PreprocessingOptions{FramingOptions{Interpolation: "bicubic", Resize: 64}, ColourOptions{Std: one}}
	bad := `{"image_processor_type":"CLIPImageProcessor","resample":0}`
	for want, c := range map[string]struct {
		metadata map[string]string
		text     string
		opt      PreprocessingOptions
	}{
		"preprocessor_config.json: resample: 0 can't be done":                            {text: bad},
		"set --interpolation, --resize, --mean and --std instead, or move the file away": {text: bad, opt: PreprocessingOptions{Framing: all.Framing}},
		"":                           {text: bad, opt: all},
		" ":                          {text: bad, metadata: map[string]string{"interpolation": "bicubic", "resize": "64", "mean": "0,0,0", "std": "1,1,1"}},
		`metadata say resize "wide"`: {metadata: map[string]string{"resize": "wide"}},
		`the model's metadata: interpolation "box": want bilinear, bicubic or lanczos; set --interpolation`: {metadata: map[string]string{"interpolation": "box"}},
		"images resized to 63, from --resize, are smaller than the views of 64 that are cut out of them: set --resize to 64 or more": {
			opt: PreprocessingOptions{Framing: FramingOptions{Resize: 63}}},
	} {
		_, err := preprocessingOf(t, modelWith(t, c.metadata, "preprocessor_config.json", c.text), c.opt)
		if strings.TrimSpace(want) == "" && err != nil || strings.TrimSpace(want) != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v %s: %v, want %q", c.metadata, c.text, err, want)
		}
	}
}

// TestSizeBesideTheModel: a model that takes any size gets the one that the file says.
func TestSizeBesideTheModel(t *testing.T) {
	for text, want := range map[string]int{"": 0, clipFile: 64, "{": 0} {
		path := modelWith(t, nil, "preprocessor_config.json", text)
		if got := ModelOptions(path, "layer", 0); got != (graph.Options{Feature: "layer", Side: want}) {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if got := ModelOptions(modelWith(t, nil, "", ""), "", 32); got != (graph.Options{Height: 32, Width: 32}) {
		t.Errorf("asked for: %+v", got)
	}
}

// TestStoreKeepsThePreprocessing: features made with a file beside the model, and verified
// without it: the store says how they were made.
func TestStoreKeepsThePreprocessing(t *testing.T) {
	opt := testOptions(makeSet(t))
	opt.Backbone = modelWith(t, nil, "config.json", timmText)
	mustRun(t, opt)
	if err := os.WriteFile(filepath.Join(filepath.Dir(opt.Backbone), "config.json"), []byte(fmt.Sprintf(`{"pretrained_cfg":{"input_size":[3,%d,%d]}}`, 96, 96)), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Verify(t.Context(), VerifyOptions{Cache: opt.Cache, Backbone: opt.Backbone, Share: 1})
	if err != nil || r.Remade == 0 || len(r.Differ) > 0 || len(r.Missing) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if summary := mustRun(t, opt); summary.Reused != 0 {
		t.Errorf("%d views of another preprocessing were reused", summary.Reused)
	}
}
