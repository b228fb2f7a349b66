package graph_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/extract/backbone/graph"
)

// zipOf is an archive of files, whose content is stored as it is.
func zipOf(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = f.Write([]byte(`{"keras_version": "3.12.0"}`))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Models of other programs are refused with their name and the command that makes an ONNX
// file, whatever they are called if the content gives them away.
func TestForeignFormats(t *testing.T) {
	const noModel = "\xff\xff\xff\xff nothing that can be recognised"
	torch := "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03." // of torch.save before 1.6
	for _, c := range []struct {
		name, data string
		want, todo string
	}{
		{"a.onnx", string(zipOf(t, "archive/data.pkl", "archive/byteorder")), "a PyTorch file", "torch.onnx.export(model.eval(), torch.zeros(1, 3, 224, 224)"},
		{"b.bin", torch, "a Python pickle", "torch.onnx.export("},
		{"c.pt2", noModel, "by its name, the file is a PyTorch file", "torch.onnx.export("},
		{"d.pth", string(zipOf(t, "version")), "by its name, the file is a PyTorch file", "torch.onnx.export("},
		{"e.onnx", "\x89HDF\r\n\x1a\n\x00\x00", "a Keras model", "python -m tf2onnx.convert --keras FILE --inputs-as-nchw"},
		{"f.onnx", string(zipOf(t, "metadata.json", "config.json", "model.weights.h5")), "a Keras model", "tf2onnx.convert --keras"},
		{"g.h5", noModel, "by its name, the file is a Keras model", "tf2onnx.convert --keras"},
		{"h.onnx", "\x1c\x00\x00\x00TFL3\x14\x00", "a TensorFlow Lite model", "python -m tf2onnx.convert --tflite FILE"},
		{"i.onnx", "\x12\x00\x00\x00\x00\x00\x00\x00" + `{"w":{"dtype":"F3"}}`, "a safetensors file", "torch.onnx.export("},
		{"j.safetensors", noModel, "a safetensors file", "torch.onnx.export("},
		{"k.onnx", "GGUF\x03\x00\x00\x00", "a GGUF file", "torch.onnx.export"},
		{"l.onnx", "\x18\x00\x00\x00ORTM\x00\x00\x00\x00", "an ONNX Runtime model", "give the .onnx file that it was made from"},
		{"m.xml", "<?xml version=\"1.0\"?>\n<net name=\"x\" version=\"11\">", "an OpenVINO model", "give the .onnx file"},
		{"n.bin", noModel, "beside OpenVINO's .xml", "give the .onnx file"},
		{"o.engine", noModel, "a TensorRT engine", "give the .onnx file"},
		{"p.MLMODEL", "\x08\x05\x12\x02\x0a\x00", "a Core ML model", "give the .onnx file"},
		{"q.pb", "\x0a\x08\x0a\x01x\x12\x03Foo", "a TensorFlow graph", "tf2onnx.convert --graphdef FILE --inputs"},
		// What is known better than by the name.
		{"r.pth", "", "the file is empty", "download"},
		{"s.h5", "<!DOCTYPE html><html>", "a web page", "fetch the raw file"},
		{"t.pt", "version https://git-lfs.github.com/spec/v1\n", "Git-LFS pointer", "git lfs pull"},
		{"u.xml", "<?xml version=\"1.0\"?>\n<rss>", "a web page", "fetch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeFile(t, t.TempDir(), c.name, []byte(c.data))
			checkRefused(t, path, graph.ErrNotModel, c.want)
			checkRefused(t, path, graph.ErrNotModel, c.todo)
		})
	}
}

// A model's name is not held against it.
func TestForeignNames(t *testing.T) {
	for _, name := range []string{"x.pb", "x.pth", "x.bin", "x"} {
		if _, err := graph.Load(writeFile(t, t.TempDir(), name, small(conv("x", "y", 3))), graph.Options{}); err != nil {
			t.Error(err)
		}
	}
}

func TestForeignFolders(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "saved_model.pb", nil)
	checkRefused(t, dir, graph.ErrNotModel, "TensorFlow SavedModel")
	checkRefused(t, dir, graph.ErrNotModel, "python -m tf2onnx.convert --saved-model FOLDER")
	core := filepath.Join(dir, "net.mlpackage")
	if err := os.Mkdir(core, 0o700); err != nil {
		t.Fatal(err)
	}
	checkRefused(t, core, graph.ErrNotModel, "a Core ML model")
}

// A large file is named for what it is, not for its size.
func TestForeignLargeFile(t *testing.T) {
	large := writeFile(t, t.TempDir(), "llm.gguf", []byte("GGUF\x03\x00\x00\x00"))
	if err := os.Truncate(large, 1<<40); err != nil {
		t.Skip("no sparse files here: ", err)
	}
	checkRefused(t, large, graph.ErrNotModel, "a GGUF file")
}

// No message is cut short.
func TestForeignMessagesFit(t *testing.T) {
	for _, extension := range strings.Fields("h5 pth pkl tflite safetensors gguf ort engine mlmodel pb bin") {
		path := writeFile(t, t.TempDir(), "model."+extension, []byte("\xff\xff\xff\xff …"))
		if _, err := graph.Load(path, graph.Options{}); err == nil || strings.HasSuffix(err.Error(), "…") || !strings.Contains(err.Error(), "by its name") {
			t.Error(fmt.Errorf(".%s: %w", extension, err))
		}
	}
}
