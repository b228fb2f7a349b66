package graph

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Options say what to take from a model.
type Options struct {
	// Feature names the tensor to take as features. If it is empty, they are the input of
	// the last fully connected layer, or the model's output if there is no such layer.
	Feature string
	// Height and Width set the size of the input image. Zero means what the model
	// declares. If that is symbolic, it means what the model's metadata say, see
	// [Framing], else Side, else 224.
	Height, Width int
	Side          int
}

// Load reads the ONNX model at path, and the files beside it that hold its weights. Its
// errors are one line that says what to do. Their kinds are [ErrNotModel], [ErrInvalid]
// and [ErrUnsupported].
func Load(path string, opt Options) (*Graph, error) {
	info, err := Inspect(path, opt)
	if err != nil {
		return nil, err
	}
	return info.Graph, nil
}

// Info describes a model for a reader.
type Info struct {
	Graph           *Graph // nil when the model can't run
	Producer        string // the exporter and its version
	Opset           int64  // version of ONNX's operator set
	Inputs, Outputs []TensorInfo
	Files           []string // names of the files beside the model that hold weights
	Tensors         []string // names of what the nodes make, in order; any can be the feature
	Params          int      // number of weights and biases, classifier included
	Feature         string   // the tensor taken as features, as the model names it, and [cls] or [mean] where that is taken of its tokens
	Why             string   // why that one
	Problems        []error  // one for each node that is not supported

	tensor   string      // the feature without what is taken of its tokens
	tokens   tokenChoice // what is taken of the feature's tokens
	meanAxes []int64     // the axes of the feature that a mean is taken over
}

// Inspect reads the model as [Load] does. If it fails, it also returns what it had read
// before the error.
func Inspect(path string, opt Options) (*Info, error) {
	info := &Info{}
	err := info.load(path, opt)
	if err == nil {
		return info, nil
	}
	var all *cannotRun
	if errors.As(err, &all) {
		info.Problems = all.nodes
	} else {
		info.Problems = []error{err}
	}
	return info, &problem{kind: kindOf(err), msg: fmt.Sprintf("backbone: load %s: %s", path, oneLine(err.Error())), cause: err}
}

func (info *Info) load(path string, opt Options) error {
	if err := refuseForeign(path); err != nil {
		return err
	}
	data, err := readFile(path)
	if err != nil {
		return err
	}
	return foreignByName(path, data, info.parse(data, filepath.Dir(path), opt))
}

// parse reads a model whose weights may lie in other files of the folder dir.
func (info *Info) parse(data []byte, dir string, opt Options) error {
	_, err := info.read(data, dir, opt)
	return err
}

// read is parse, and returns what the file itself says.
func (info *Info) read(data []byte, dir string, opt Options) (*model, error) {
	if err := sniff(data); err != nil {
		return nil, err
	}
	m, err := parseModel(data)
	if err != nil {
		return nil, err
	}
	return m, info.understand(m, data, dir, opt)
}

// understand makes the graph of a model.
func (info *Info) understand(m *model, data []byte, dir string, opt Options) error {
	info.Producer, info.Opset = m.producer, m.opset
	info.Outputs = m.outputs
	files, err := m.readExternal(dir)
	if err != nil {
		return err
	}
	digest := make(chan [sha256.Size]byte, 1)
	go func() { digest <- hashAll(data, files) }()
	for _, f := range files {
		info.Files = append(info.Files, f.name)
	}
	nodes, err := m.decode()
	if err != nil {
		return err
	}
	net, err := newNetwork(m, nodes)
	if err != nil {
		return err
	}
	if said, err := m.framing.parse(); err == nil && said.Size > 0 {
		opt.Side = said.Size
	}
	if err := info.build(net, opt); err != nil {
		return err
	}
	info.Graph.Hash, info.Graph.colours, info.Graph.framing = <-digest, m.colours, m.framing
	return nil
}

func hashAll(data []byte, files []dataFile) (digest [sha256.Size]byte) {
	sum := sha256.New()
	sum.Write(data)
	for _, f := range files {
		sum.Write(f.data)
	}
	sum.Sum(digest[:0])
	return digest
}

// maxFile is protobuf's own limit; larger models keep their weights beside them.
const maxFile = 1 << 31

// readFile reads a regular file. It refuses a directory, a pipe or a device, which could
// block.
func readFile(path string) ([]byte, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	if !stat.Mode().IsRegular() {
		return nil, notModel("it is not a regular file: give the path of an .onnx file")
	}
	if stat.Size() >= maxFile {
		return nil, notModel("it is larger than 2 GiB, which no ONNX file can be: give the path of an .onnx file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	defer f.Close()
	data := make([]byte, stat.Size())
	if _, err := io.ReadFull(f, data); err != nil && len(data) > 0 {
		return nil, err
	}
	return data, nil
}

// wideFeatures is the number of values from which on an unpooled image is hardly meant as
// features: VGG's classifier pools to 25,088, and then has two more layers.
const wideFeatures = 8192

// build makes the graph of the decoded network.
func (info *Info) build(net *network, opt Options) error {
	for _, t := range net.inputs {
		if net.tensors[t.Name] == nil { // old exporters list weights as inputs too
			info.Inputs = append(info.Inputs, t)
		}
	}
	for _, t := range net.tensors {
		if t.typ.isFloat() {
			info.Params += t.len()
		}
	}
	for _, n := range net.nodes {
		if n.branch == nil {
			info.Tensors = append(info.Tensors, n.out...)
		}
	}
	chosen, err := net.chooseFeature(opt.Feature)
	if err != nil {
		return err
	}
	info.Feature, info.tensor, info.Why = chosen.tensor, chosen.tensor, chosen.why
	if len(info.Inputs) != 1 {
		return cmp.Or(net.checkOperators(chosen.tensor), unsupported("the model has %d inputs: only networks that see one image can run", len(info.Inputs)))
	}
	image, err := net.image(info.Inputs[0], opt)
	if err != nil {
		return cmp.Or(net.checkOperators(chosen.tensor), err)
	}
	l, err := net.lower(chosen.tensor, image, info.Inputs[0].Name)
	if err != nil {
		return err
	}
	out, note := l.known[chosen.tensor], ""
	if out.val == nil {
		return unsupported("the features %q are not computed from the image", chosen.tensor)
	}
	if out, err = l.summarise(&chosen, out, opt.Feature == ""); err != nil {
		return err
	}
	if len(l.layers) == 0 || out.val == image.val {
		return unsupported("the features %q are not computed from the image", chosen.tensor)
	}
	info.Why, info.tokens, info.meanAxes = chosen.why, chosen.tokens, chosen.meanAxes
	info.Feature = chosen.tensor + chosen.tokens.suffix()
	if s := out.val.Shape; opt.Feature == "" && chosen.logits != "" && s.H*s.W > 1 && s.Len() >= wideFeatures {
		note = fmt.Sprintf("the features are %d values wide, for nothing pools the image before the last fully connected layer; "+
			"if that layer makes an embedding instead of classifying, take it: --feature %s", s.Len(), chosen.logits)
		info.Why += "; " + note
	}
	layers, err := fuse(l.layers, out.val)
	if err != nil {
		return err
	}
	info.Graph = &Graph{
		Note:     note,
		Input:    image.val,
		Features: out.val,
		Layers:   joinHeads(narrow(layers, out.val)),
		Logits:   chosen.logits,
		Params:   info.Params,
	}
	return nil
}
