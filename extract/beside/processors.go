package beside

import (
	"strings"

	"featurecache/extract/view"
)

// A processor is one of transformers' image processors: what it does with its settings, and
// the settings that hold where a file is silent. transformers' sources are the reference.
type processor struct {
	// edge says that a bare size is the length of the shorter side; otherwise both sides
	// get it.
	edge bool
	// resized computes the evaluation's resize and the size of the view from the size in
	// the file; nil takes the size itself.
	resized  func(p *processor, o *object, size *Settings)
	size     int     // 0: the file must say
	crop     int     // 0: no crop unless the file says
	cropPct  float64 // of those that have one
	resample float64 // Pillow's number of the filter
	mean     [3]float64
	std      [3]float64
	raw      bool // does not normalise unless the file says
	flips    bool // blue comes first unless the file says
}

// Pillow's numbers of the filters, and what says that the file must tell. Of ConvNeXt's
// processor, for one, the default has not always been the same.
const (
	unsaid         = -1
	pillowLanczos  = 1
	pillowBilinear = 2
	pillowBicubic  = 3
)

var (
	half     = [3]float64{0.5, 0.5, 0.5}
	imageNet = widened(view.ImageNetMean)
	imageStd = widened(view.ImageNetStd)
	clipMean = [3]float64{0.48145466, 0.4578275, 0.40821073}
	clipStd  = [3]float64{0.26862954, 0.26130258, 0.27577711}
)

// processors are those whose behaviour is known, by the beginning of their class's name.
func processors() map[string]*processor {
	clip := &processor{edge: true, size: 224, crop: 224, resample: pillowBicubic, mean: clipMean, std: clipStd}
	vit := &processor{size: 224, resample: pillowBilinear, mean: half, std: half}
	square := func(size int, resample float64, mean, std [3]float64) *processor {
		return &processor{size: size, resample: resample, mean: mean, std: std}
	}
	mobile := &processor{edge: true, size: 256, crop: 224, resample: pillowBilinear, mean: half, std: half}
	deit := &processor{size: 256, crop: 224, resample: pillowBicubic, mean: half, std: half}
	return map[string]*processor{
		"CLIP":            clip,
		"Bit":             clip,
		"ViTHybrid":       clip,
		"ViT":             vit,
		"Siglip":          square(224, pillowBicubic, half, half),
		"Blip":            square(384, pillowBicubic, clipMean, clipStd),
		"Pvt":             square(224, pillowBilinear, imageNet, imageStd),
		"DINOv3ViT":       square(224, pillowBilinear, imageNet, imageStd),
		"DeiT":            deit,
		"Beit":            deit,
		"EfficientFormer": {size: 224, crop: 224, resample: pillowBicubic, mean: imageNet, std: imageStd},
		"MobileNetV1":     mobile,
		"MobileNetV2":     mobile,
		"MobileViT":       {edge: true, size: 224, crop: 256, resample: pillowBilinear, raw: true, flips: true},
		"Levit":           {edge: true, resized: levit, size: 224, crop: 224, resample: pillowBicubic, mean: imageNet, std: imageStd},
		"PoolFormer":      {edge: true, resized: byShare, size: 224, crop: 224, cropPct: 0.9, resample: pillowBicubic, mean: imageNet, std: imageStd},
		"ConvNext":        {edge: true, resized: convNext, size: 384, cropPct: 224. / 256, resample: unsaid, mean: half, std: half},
	}
}

// lookUp finds the processor that a file names. The names ending in Fast, Pil and the older
// FeatureExtractor mean the same.
func lookUp(name string) (*processor, bool) {
	for _, end := range []string{"Fast", "Pil"} {
		name = strings.TrimSuffix(name, end)
	}
	kind, ok := strings.CutSuffix(name, "ImageProcessor")
	if !ok {
		kind, ok = strings.CutSuffix(name, "FeatureExtractor")
	}
	p := processors()[kind]
	return p, ok && p != nil
}

// levit resizes the shorter side to 256/224 of the size.
func levit(_ *processor, _ *object, s *Settings) {
	if !s.Evaluation.Squash {
		s.Evaluation.Resize = int(256. / 224 * float64(s.Evaluation.Resize))
	}
}

// byShare resizes the shorter side to the size divided by crop_pct. Without a crop_pct,
// which the file must then make null, it is the size.
func byShare(p *processor, o *object, s *Settings) {
	if _, silent := o.fields["crop_pct"]; silent && !o.has("crop_pct") {
		return
	}
	s.Evaluation.Resize = o.shareOf(s.Evaluation.Resize, p.cropPct)
	s.Evaluation.Squash = false
}

// convNext crops like byShare below 384, and from there on squashes. The size is that of
// the view.
func convNext(p *processor, o *object, s *Settings) {
	s.Size = s.Evaluation.Resize
	if s.Evaluation.Squash {
		o.fail("size", "%s, want shortest_edge", o.shown("size"))
	}
	if s.Size >= 384 {
		s.Evaluation.Squash = true
		return
	}
	s.Evaluation.Resize = o.shareOf(s.Size, p.cropPct)
}

// shareOf divides a size by crop_pct.
func (o *object) shareOf(size int, otherwise float64) int {
	share := o.number("crop_pct", otherwise)
	if !(share > 0 && share <= 1) {
		o.fail("crop_pct", "%v, want more than 0 and at most 1", share)
		return size
	}
	return int(min(float64(size)/share, maxSide+1))
}
