package graph

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A foreignFormat is another program's format of models, which people have instead of an
// ONNX file. It is refused with its name and the way to an ONNX file.
type foreignFormat struct {
	what string // what the file is
	todo string // how to make an ONNX file of it
	// is recognises the first bytes of a file of this size. nil: by name only.
	is func(head []byte, size int64) bool
	// extensions are for files that no content gives away and that are not ONNX either.
	extensions []string
}

const (
	exportTorch = `in Python, load it into its network and run torch.onnx.export(model.eval(), torch.zeros(1, 3, 224, 224), "model.onnx")`
	// convertTF needs the name of the input to make it [N,3,H,W].
	convertTF    = "pip install tf2onnx, and python -m tf2onnx.convert "
	asChannels   = " --inputs-as-nchw INPUT-NAME --output model.onnx"
	fromOriginal = "give the .onnx file that it was made from, or export the original network again, as torch.onnx.export does"
)

// foreignFormats are in the order in which they are tried.
var foreignFormats = []foreignFormat{
	{"a Keras model", convertTF + "--keras FILE" + asChannels, isKeras, []string{".keras", ".h5", ".hdf5"}},
	{"a PyTorch file", exportTorch, isTorch, []string{".pth", ".pt", ".pt2", ".ckpt"}},
	{"a Python pickle (older PyTorch checkpoints look like this)", exportTorch, isPickle, []string{".pkl"}},
	{"a TensorFlow Lite model", convertTF + "--tflite FILE" + asChannels, at(4, "TFL3"), []string{".tflite"}},
	{"a safetensors file: weights without the network", exportTorch, isSafetensors, []string{".safetensors"}},
	{"a GGUF file: weights without the network", "export the original network with torch.onnx.export", at(0, "GGUF"), []string{".gguf"}},
	{"an ONNX Runtime model (.ort)", fromOriginal, at(4, "ORTM"), []string{".ort"}},
	{"an OpenVINO model", fromOriginal, isOpenVINO, nil},
	{"a TensorRT engine, which runs on one kind of GPU only", fromOriginal, nil, []string{".engine", ".plan", ".trt"}},
	{"a Core ML model", fromOriginal, nil, []string{".mlmodel", ".mlpackage"}},
	{"a TensorFlow graph", convertTF + "--graphdef FILE --inputs INPUT-NAME:0 --outputs OUTPUT-NAME:0 --inputs-as-nchw INPUT-NAME:0 --output model.onnx" +
		" (or --saved-model FOLDER, if it is a saved_model.pb)", nil, []string{".pb"}},
	{"weights without the network, as beside OpenVINO's .xml", fromOriginal, nil, []string{".bin", ".weights"}},
}

func (f *foreignFormat) error() error {
	return notModel("the file is %s, not an ONNX model: %s", f.what, f.todo)
}

// refuseForeign returns an error if the file at path, or the folder, is known by its
// content to be a model of another program. It leaves all other faults to the reader.
func refuseForeign(path string) error {
	stat, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if stat.IsDir() {
		return refuseFolder(path)
	}
	if !stat.Mode().IsRegular() {
		return nil // to open it could block
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 4096)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	for i := range foreignFormats {
		if is := foreignFormats[i].is; is != nil && is(head[:n], stat.Size()) {
			return foreignFormats[i].error()
		}
	}
	return nil
}

// refuseFolder recognises models that are folders.
func refuseFolder(path string) error {
	if _, err := os.Stat(filepath.Join(path, "saved_model.pb")); err == nil {
		return notModel("the folder is a TensorFlow SavedModel, not an ONNX model: %s", convertTF+"--saved-model FOLDER"+asChannels)
	}
	if hasPrefixFold([]byte(filepath.Ext(path)), ".mlpackage") {
		return notModel("the folder is a Core ML model, not an ONNX model: %s", fromOriginal)
	}
	return nil
}

// foreignByName returns err, the reason why a file is no model. If the file's extension
// says what it is instead, and not even sniff knows better, that is the better reason.
func foreignByName(path string, data []byte, err error) error {
	if !errors.Is(err, ErrNotModel) || sniff(data) != nil && !isZip(data) {
		return err
	}
	extension := strings.ToLower(filepath.Ext(path))
	for i := range foreignFormats {
		if slices.Contains(foreignFormats[i].extensions, extension) {
			return failure(ErrNotModel, "by its name, %w", foreignFormats[i].error())
		}
	}
	return err
}

// at recognises bytes at an offset, as of a flatbuffer's file identifier.
func at(offset int, magic string) func([]byte, int64) bool {
	return func(head []byte, _ int64) bool {
		return len(head) > offset && bytes.HasPrefix(head[offset:], []byte(magic))
	}
}

func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// isKeras recognises HDF5, which Keras alone uses for networks, and the zip of Keras 3.
func isKeras(head []byte, _ int64) bool {
	return bytes.HasPrefix(head, []byte("\x89HDF\r\n\x1a\n")) ||
		isZip(head) && bytes.Contains(head, []byte("config.json")) && bytes.Contains(head, []byte("keras"))
}

// isTorch recognises the zip that torch.save and torch.jit.save write: a pickle of the
// objects, data.pkl, comes first.
func isTorch(head []byte, _ int64) bool {
	return isZip(head) && bytes.Contains(head, []byte("/data.pkl"))
}

// isPickle recognises Python pickles of the protocols 2 to 5. Before version 1.6, PyTorch
// wrote some of them one after another.
func isPickle(head []byte, _ int64) bool {
	return len(head) > 2 && head[0] == 0x80 && 2 <= head[1] && head[1] <= 5
}

// isSafetensors recognises the length of a JSON header and its first byte.
func isSafetensors(head []byte, size int64) bool {
	if len(head) < 9 || head[8] != '{' {
		return false
	}
	length := binary.LittleEndian.Uint64(head)
	return length >= 2 && length <= uint64(size)
}

// isOpenVINO recognises the XML of OpenVINO's intermediate representation.
func isOpenVINO(head []byte, _ int64) bool {
	head = bytes.TrimLeft(head, "\ufeff \t\r\n")
	return bytes.HasPrefix(head, []byte("<net ")) || hasPrefixFold(head, "<?xml") && bytes.Contains(head, []byte("<net "))
}
