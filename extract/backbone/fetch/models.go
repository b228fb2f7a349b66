package fetch

import (
	"slices"
	"strings"
)

// A Model is a file that can be fetched, pinned to its content.
type Model struct {
	Name    string   // as the command line knows it: "resnet18"
	File    string   // its file's name, which is the zoo's
	Size    int64    // bytes
	SHA256  string   // in hexadecimal
	Sources []string // URLs to try, in order
}

// Models lists the ResNets of the ONNX model zoo, in float32 and of opset 7, with
// ImageNet's weights and torchvision's normalisation. Sizes and hashes are those of
// the Git-LFS pointers in github.com/onnx/models, validated/vision/classification/resnet/model.
// v2 are the networks with pre-activation.
func Models() []Model {
	return []Model{
		zoo("resnet18", "resnet18-v1-7", 46820737, "4e8f8653e7a2222b3904cc3fe8e304cd8b339ce1d05fd24688162f86fb6df52c"),
		zoo("resnet34", "resnet34-v1-7", 87302588, "883a41b2e30ddc2e422c108b091b5e70b92d37dc5c345a2c563dcae27971e2cc"),
		zoo("resnet50", "resnet50-v1-7", 102583340, "af16a04a6ec48ac494065d4439fe9dea590d337b9ca6dc328160ccf04a217b9c"),
		zoo("resnet101", "resnet101-v1-7", 178914043, "760702f6ec0138f71ebac66f4e95d1c72dc9267a8544f4d4667a53075fd0497c"),
		zoo("resnet152", "resnet152-v1-7", 241816206, "b0ec92437bf8c9d0739bf9bafdea9638e13f9e3c1e2fb766ad546cc182fd3f6d"),
		zoo("resnet18-v2", "resnet18-v2-7", 46806737, "3b4d048057854022232aa20bf68262e31718ab7119a17f920b8a2dc1433f824b"),
		zoo("resnet34-v2", "resnet34-v2-7", 87288587, "3d3815e25f4b1ea967e2a526a3b27ef2a03af1725bdc199a63a271c26862d914"),
		zoo("resnet50-v2", "resnet50-v2-7", 102442452, "79102261eb6e5fd7af5d27f41316293e388c5cb691e5d25bfb035c4f64fefe31"),
		zoo("resnet101-v2", "resnet101-v2-7", 178682301, "3a0a819ea0953fb4700b0d98e43540aeee253e5b4c503c552b0c7979fc67767d"),
		zoo("resnet152-v2", "resnet152-v2-7", 241503848, "40fb3f6dd313ba786a2c8077a0ef7d7b4afeda5d037365400d3a7fbc2b1bee64"),
	}
}

// zoo is a model of the zoo, which has moved: its first home says that it serves
// no large files since July 2025, and names the second.
func zoo(name, stem string, size int64, hash string) Model {
	file := stem + ".onnx"
	return Model{
		Name: name, File: file, Size: size, SHA256: hash,
		Sources: []string{
			"https://huggingface.co/onnxmodelzoo/" + stem + "/resolve/main/" + file,
			"https://media.githubusercontent.com/media/onnx/models/main/validated/vision/classification/resnet/model/" + file,
		},
	}
}

// Find returns the model of the given name.
func Find(name string) (Model, bool) {
	models := Models()
	i := slices.IndexFunc(models, func(m Model) bool { return m.Name == name })
	if i < 0 {
		return Model{}, false
	}
	return models[i], true
}

// Names lists the models' names in one line.
func Names() string {
	var names []string
	for _, m := range Models() {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}
