package beside

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/extract/view"
)

// read writes the files and reads what they say.
func read(t *testing.T, files map[string]string) (*Settings, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Read(filepath.Join(dir, "model.onnx"))
}

var (
	clip3 = [2][3]float32{{0.48145466, 0.4578275, 0.40821073}, {0.26862954, 0.26130258, 0.27577711}}
	net3  = [2][3]float32{view.ImageNetMean, view.ImageNetStd}
	half3 = [2][3]float32{{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}
	unit3 = [2][3]float32{{}, {1, 1, 1}}
)

// TestTransformers reads files as models have them. The wanted numbers follow from
// transformers' sources.
func TestTransformers(t *testing.T) {
	const imageNetFields = `"image_mean":[0.485,0.456,0.406],"image_std":[0.229,0.224,0.225]`
	down := func(resize int) view.Evaluation { return view.Evaluation{Resize: resize, RoundDown: true} }
	squash := func(resize int) view.Evaluation { return view.Evaluation{Resize: resize, Squash: true} }
	for name, c := range map[string]struct {
		text    string
		size    int
		by      view.Interpolation
		eval    view.Evaluation
		colours [2][3]float32
	}{
		"CLIP": {`{"crop_size":{"height":224,"width":224},"do_center_crop":true,"do_convert_rgb":true,"do_normalize":true,"do_rescale":true,"do_resize":true,
			"feature_extractor_type":"CLIPFeatureExtractor","image_mean":[0.48145466,0.4578275,0.40821073],"image_processor_type":"CLIPImageProcessor",
			"image_std":[0.26862954,0.26130258,0.27577711],"resample":3,"rescale_factor":0.00392156862745098,"size":{"shortest_edge":224}}`, 224, view.Bicubic, down(224), clip3},
		"CLIP, old": {`{"crop_size":224,"do_center_crop":true,"do_normalize":true,"do_resize":true,"feature_extractor_type":"CLIPFeatureExtractor",
			"image_mean":[0.48145466,0.4578275,0.40821073],"image_std":[0.26862954,0.26130258,0.27577711],"resample":3,"size":224}`, 224, view.Bicubic, down(224), clip3},
		"DINOv2": {`{"crop_size":{"height":224,"width":224},"do_center_crop":true,"do_convert_rgb":true,"do_normalize":true,"do_rescale":true,"do_resize":true,` + imageNetFields + `,
			"image_processor_type":"BitImageProcessor","resample":3,"rescale_factor":0.00392156862745098,"size":{"shortest_edge":256}}`, 224, view.Bicubic, down(256), net3},
		"ViT":       {`{"image_processor_type":"ViTImageProcessor","size":{"height":384,"width":384},"resample":2,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}`, 384, view.Bilinear, squash(384), half3},
		"ViT, old":  {`{"do_normalize":true,"do_resize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],"size":224,"feature_extractor_type":"ViTFeatureExtractor"}`, 224, view.Bilinear, squash(224), half3},
		"ViT, fast": {`{"image_processor_type":"ViTImageProcessorFast","crop_size":null,"do_center_crop":null,"do_pad":null,"size":{"height":224,"width":224}}`, 224, view.Bilinear, squash(224), half3},
		"Swin":      {`{"image_processor_type":"ViTImageProcessor","resample":3,"size":{"height":224,"width":224},` + imageNetFields + `}`, 224, view.Bicubic, squash(224), net3},
		"SigLIP":    {`{"do_convert_rgb":null,"image_processor_type":"SiglipImageProcessor","resample":3,"size":{"height":256,"width":256}}`, 256, view.Bicubic, squash(256), half3},
		"ConvNeXt":  {`{"crop_pct":0.875,"image_processor_type":"ConvNextImageProcessor","resample":3,"size":{"shortest_edge":224},` + imageNetFields + `}`, 224, view.Bicubic, down(256), net3},
		"ConvNeXt, 384": {`{"crop_pct":0.95,"feature_extractor_type":"ConvNextFeatureExtractor","resample":3,"size":384,` + imageNetFields + `}`,
			384, view.Bicubic, squash(384), net3},
		"ConvNeXt, nothing said": {`{"image_processor_type":"ConvNextImageProcessor","resample":3,"size":{"shortest_edge":299}}`, 299, view.Bicubic, down(341), half3},
		"DeiT":                   {`{"image_processor_type":"DeiTImageProcessor","size":{"height":256,"width":256},"crop_size":{"height":224,"width":224},"resample":3,` + imageNetFields + `}`, 224, view.Bicubic, view.Evaluation{Resize: 256, Squash: true, RoundDown: true}, net3},
		"BEiT, uncropped":        {`{"image_processor_type":"BeitImageProcessor","size":{"height":224,"width":224},"do_center_crop":false,"do_reduce_labels":true}`, 224, view.Bicubic, squash(224), half3},
		"LeViT":                  {`{"image_processor_type":"LevitImageProcessor","size":{"shortest_edge":224}}`, 224, view.Bicubic, down(256), net3},
		"PoolFormer":             {`{"image_processor_type":"PoolFormerImageProcessor","crop_pct":0.95,"size":{"shortest_edge":224}}`, 224, view.Bicubic, down(235), net3},
		"MobileNet":              {`{"image_processor_type":"MobileNetV2ImageProcessor"}`, 224, view.Bilinear, down(256), half3},
		"MobileViT":              {`{"image_processor_type":"MobileViTImageProcessor","crop_size":{"height":256,"width":256},"size":{"shortest_edge":288},"do_flip_channel_order":false}`, 256, view.Bilinear, down(288), unit3},
		"EfficientFormer":        {`{"image_processor_type":"EfficientFormerImageProcessor","size":{"shortest_edge":256},"crop_size":224}`, 224, view.Bicubic, down(256), net3},
		"no type":                {`{"size":{"shortest_edge":256},"crop_size":{"height":240,"width":240},"resample":1,` + imageNetFields + `}`, 240, view.Lanczos, down(256), net3},
		"0 to 255":               {`{"image_processor_type":"ViTImageProcessor","do_rescale":false,"image_mean":[127.5,127.5,127.5],"image_std":127.5}`, 224, view.Bilinear, squash(224), half3},
		"-1 to 1":                {`{"image_processor_type":"ViTImageProcessor","do_normalize":false,"rescale_factor":0.00784313725490196,"rescale_offset":true}`, 224, view.Bilinear, squash(224), half3},
		"0 to 1":                 {`{"image_processor_type":"ViTImageProcessor","do_normalize":false}`, 224, view.Bilinear, squash(224), unit3},
		"a wrapped timm":         {`{"image_processor_type":"TimmWrapperImageProcessor","pretrained_cfg":{"input_size":[3,240,240],"crop_pct":1.0}}`, 240, view.Bicubic, view.Evaluation{Resize: 240}, net3},
	} {
		got, err := read(t, map[string]string{transformersFile: c.text})
		want := &Settings{File: transformersFile, Size: c.size, Interpolation: c.by, Evaluation: c.eval, Mean: c.colours[0], Std: c.colours[1]}
		if err != nil || got == nil || *got != *want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
		}
	}
	if got, err := read(t, map[string]string{transformersFile: `{"image_processor_type":"MobileViTImageProcessor","size":{"shortest_edge":288}}`}); err != nil || !got.BGR {
		t.Errorf("MobileViT's channels: %+v, %v", got, err)
	}
}

func TestTimm(t *testing.T) {
	const colours = `"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5]`
	for name, c := range map[string]struct {
		text string
		size int
		by   view.Interpolation
		eval view.Evaluation
	}{
		"ViT": {`{"architecture":"vit_base_patch16_224","num_classes":1000,"pretrained_cfg":{"tag":"augreg","custom_load":false,"input_size":[3,224,224],
			"fixed_input_size":true,"interpolation":"bicubic","crop_pct":0.9,"crop_mode":"center",` + colours + `,"num_classes":1000,"pool_size":null}}`, 224, view.Bicubic, view.Evaluation{Resize: 248}},
		"SigLIP":               {`{"pretrained_cfg":{"input_size":[3,384,384],"interpolation":"bicubic","crop_pct":1.0,"crop_mode":"squash",` + colours + `}}`, 384, view.Bicubic, view.Evaluation{Resize: 384, Squash: true}},
		"squashed and cropped": {`{"pretrained_cfg":{"input_size":[3,288,288],"interpolation":"lanczos","crop_pct":0.95,"crop_mode":"squash",` + colours + `}}`, 288, view.Lanczos, view.Evaluation{Resize: 303, Squash: true}},
		"old, without a mode":  {`{"input_size":[3,299,299],"interpolation":"bilinear","crop_pct":0.875,` + colours + `,"test_crop_pct":1}`, 299, view.Bilinear, view.Evaluation{Resize: 341}},
		"defaults":             {`{"pretrained_cfg":{"input_size":[3,224,224],` + colours + `,"crop_pct":null}}`, 224, view.Bicubic, view.Evaluation{Resize: 256}},
		"DINOv2 of size 518":   {`{"pretrained_cfg":{"input_size":[3,518,518],"interpolation":"bicubic","crop_pct":1.0,"crop_mode":"center",` + colours + `}}`, 518, view.Bicubic, view.Evaluation{Resize: 518}},
	} {
		got, err := read(t, map[string]string{timmFile: c.text})
		want := &Settings{File: timmFile, Size: c.size, Interpolation: c.by, Evaluation: c.eval, Mean: half3[0], Std: half3[1]}
		if err != nil || got == nil || *got != *want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
		}
	}
}

// TestNothingSaid: no file, or none about images, is no error.
func TestNothingSaid(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no file":           {},
		"transformers' own": {timmFile: `{"model_type":"vit","image_size":224}`},
		"another program's": {timmFile: `// not JSON`},
		"sound":             {transformersFile: `{"feature_extractor_type":"WhisperFeatureExtractor","feature_size":80,"sampling_rate":16000}`},
	} {
		if got, err := read(t, files); got != nil || err != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestRefused requires an error that names the file and the field.
func TestRefused(t *testing.T) {
	vit := func(fields string) map[string]string {
		return map[string]string{transformersFile: `{"image_processor_type":"ViTImageProcessor",` + fields + `}`}
	}
	timm := func(fields string) map[string]string {
		return map[string]string{timmFile: `{"pretrained_cfg":{"input_size":[3,224,224],` + fields + `}}`}
	}
	for want, files := range map[string]map[string]string{
		"preprocessor_config.json: not a JSON object":                   {transformersFile: `{"size": 224`},
		"not a JSON object: something follows":                          {transformersFile: `{} {}`},
		"not a JSON object: null":                                       {transformersFile: `null`},
		`image_processor_type: missing`:                                 {transformersFile: `{}`},
		`image_processor_type: "EfficientNetImageProcessor" is not one`: {transformersFile: `{"image_processor_type":"EfficientNetImageProcessor"}`},
		`image_processor_type: 7, want a string`:                        {transformersFile: `{"image_processor_type":7}`},
		`size: {"height":224,"width":196}, but images are made square`:  vit(`"size":{"height":224,"width":196}`),
		`size: {"longest_edge":224}, want a number`:                     vit(`"size":{"longest_edge":224}`),
		`size: [224,224], want a number`:                                vit(`"size":[224,224]`),
		`size: 224.5, want whole numbers`:                               vit(`"size":224.5`),
		`size: 1e99, want whole numbers`:                                vit(`"size":1e99`),
		`do_center_crop: false, but the resize leaves`:                  vit(`"size":{"shortest_edge":224}`),
		`resample: 0 can't be done`:                                     vit(`"resample":0`),
		`resample: "box" can't be done`:                                 vit(`"resample":"box"`),
		`do_resize: false`:                                              vit(`"do_resize":false`),
		`do_resize: "yes", want true or false`:                          vit(`"do_resize":"yes"`),
		`do_pad: true, a step`:                                          vit(`"do_pad":true`),
		`image_mean: [0.5,0.5], want three numbers`:                     vit(`"image_mean":[0.5,0.5]`),
		`image_mean: "x", want three numbers`:                           vit(`"image_mean":"x"`),
		`standard deviation 0,0,0: want finite`:                         vit(`"image_std":[0,0,0]`),
		`rescale_factor: -1, want more than 0`:                          vit(`"rescale_factor":-1`),
		`do_flip_channel_order: true with different means`:              vit(`"do_flip_channel_order":true,"image_mean":[0.1,0.2,0.3]`),
		`resized to 200 are smaller than the views of 224`:              {transformersFile: `{"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":200}}`},
		`crop_pct: 1.5, want more than 0 and at most 1`:                 timm(`"crop_pct":1.5`),
		`views of 224 from images resized to 8193: want at most 8192`:   timm(`"crop_pct":1e-9`),
		`config.json: pretrained_cfg.crop_mode: "border" can't be done`: timm(`"crop_mode":"border"`),
		`pretrained_cfg.interpolation: "random" can't be done`:          timm(`"interpolation":"random"`),
		`pretrained_cfg: 7, want an object`:                             {timmFile: `{"pretrained_cfg":7}`},
		`pretrained_cfg.input_size: [1,28,28], want [3, S, S]`:          {timmFile: `{"pretrained_cfg":{"input_size":[1,28,28]}}`},
		`resample: missing`:                                             {transformersFile: `{"size":{"height":4,"width":4}}`},
		`image_mean: image_mean or image_std is missing`:                {transformersFile: `{"size":{"height":4,"width":4},"resample":2}`},
	} {
		got, err := read(t, files)
		var field *FieldError
		if !errors.As(err, &field) || got != nil || !strings.Contains(err.Error(), want) || !strings.Contains(field.File, "config.json") {
			t.Errorf("%v: %+v, %v; want %q", files, got, err, want)
		}
	}
}

// TestTwoFiles: transformers' file decides, and timm's is only heard if it says otherwise.
func TestTwoFiles(t *testing.T) {
	const first = `{"image_processor_type":"ConvNextImageProcessor","resample":3,"size":{"shortest_edge":224},"image_mean":[0.5,0.5,0.5]}`
	timm := func(share string) string {
		return `{"pretrained_cfg":{"input_size":[3,224,224],"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5],"crop_pct":` + share + `}}`
	}
	for second, want := range map[string]string{
		timm("0.875"): "", timm("1"): "config.json says otherwise: views of 224, bicubic, resize to 224, mean 0.5,0.5,0.5",
		timm("0"): "another file can't be read", `{`: "",
	} {
		got, err := read(t, map[string]string{transformersFile: first, timmFile: second})
		if err != nil || got.File != transformersFile || got.Evaluation.Resize != 256 ||
			(want == "") != (got.Doubt == "") || !strings.Contains(got.Doubt, want) {
			t.Errorf("%s: %+v, %v", second, got, err)
		}
	}
}

// FuzzParse: any text gives settings that views can be made with, an error, or nothing.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":224},"crop_size":224,"do_rescale":false}`))
	f.Add([]byte(`{"image_processor_type":"ConvNextImageProcessor","size":384,"crop_pct":0.5,"image_mean":0.5,"rescale_factor":1e-300}`))
	f.Add([]byte(`{"pretrained_cfg":{"input_size":[3,224,224],"crop_pct":1e-3,"crop_mode":"squash","mean":[1,2,3]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, parse := range []func(*object) (*Settings, error){parseTransformers, parseTimmConfig} {
			s, err := parseFile(data, parse)
			if s == nil || err != nil {
				continue
			}
			if s.Size < 1 || s.Evaluation.Resize < s.Size || s.Evaluation.Resize > maxSide || !(min(s.Std[0], s.Std[1], s.Std[2]) > 0) {
				t.Fatalf("%s: %+v", data, s)
			}
		}
	})
}

// TestFolderOnnx checks that a model in a folder onnx finds the file above it, as
// transformers' models are published, and that a file beside it comes first.
func TestFolderOnnx(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "onnx"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, at := range []string{dir, filepath.Join(dir, "onnx")} {
		size := []string{"256", "384"}[i]
		text := `{"image_processor_type":"SiglipImageProcessor","resample":3,"size":{"height":` + size + `,"width":` + size + `}}`
		if err := os.WriteFile(filepath.Join(at, transformersFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Read(filepath.Join(dir, "onnx", "model.onnx"))
		if err != nil || s == nil || s.Size != []int{256, 384}[i] {
			t.Errorf("%+v, %v", s, err)
		}
	}
}
