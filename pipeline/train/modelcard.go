package train

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"strings"
	"text/template"

	"featurecache/cache/durable"
	"featurecache/head"
	"featurecache/pipeline/trained"
)

// cardFile is the model card's name, beside the head.
const cardFile = "MODEL.md"

//go:embed modelcard.md.tmpl
var cardText string

// card is the template's data. It has no times and no paths of this machine, so that the
// same training gives the same card.
type card struct {
	*Result
	Provenance    trained.Provenance
	Preprocessing string // how they became the network's input and why; "" if not known
	In            int    // number of features
	Layers        string // the head as a PyTorch expression
	Units         int    // width of the hidden layer; 0: none
}

// writeCard writes what people should know before they use the head: data, procedure,
// metrics with intervals, limitations, and how to load it.
func (f *Fitted) writeCard(dir string) error {
	h := f.head
	c := card{Result: &f.Result, Provenance: f.provenance, Preprocessing: f.preprocessing, In: h.In}
	classes := len(h.Bias)
	c.Layers = fmt.Sprintf("torch.nn.Linear(%d, %d)", h.In, classes)
	if h.Hidden != nil {
		c.Units = len(h.Hidden.Bias)
		c.Layers = fmt.Sprintf("torch.nn.Sequential(torch.nn.Linear(%d, %d), torch.nn.ReLU(), torch.nn.Linear(%d, %d))",
			h.In, c.Units, c.Units, classes)
	}
	t, err := template.New(cardFile).Funcs(template.FuncMap{
		"images": imagesAre, "pct": percentage, "interval": interval, "cell": cell,
		"area":    func(p *float64) string { return fmt.Sprintf("%.3f", *p) },
		"weights": func(w []float64) string { return strings.Trim(fmt.Sprint(w), "[]") },
	}).Parse(cardText)
	if err != nil {
		return fmt.Errorf("model card: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, c); err != nil {
		return fmt.Errorf("model card: %w", err)
	}
	return durable.WriteBytes(filepath.Join(dir, cardFile), []byte(b.String()))
}

func imagesAre(n int) string {
	if n == 1 {
		return "1 image is"
	}
	return fmt.Sprintf("%d images are", n)
}

func percentage(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func interval(i head.Interval) string { return fmt.Sprintf("%.1f–%.1f %%", 100*i.Low, 100*i.High) }

// cell formats text as Markdown code that can't break out of a table's cell.
func cell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return "`` " + strings.NewReplacer("`", "'", "|", `\|`).Replace(s) + " ``"
}
