package graph

import "bytes"

// sniff recognises, by their first bytes, files that people often have instead of a model,
// and refuses each with its own message instead of a decoder's.
func sniff(data []byte) error {
	head := bytes.TrimLeft(data[:min(len(data), 512)], "\ufeff \t\r\n")
	switch {
	case len(data) == 0:
		return notModel("the file is empty: download or export it again")
	case hasPrefixFold(head, "<!doctype") || hasPrefixFold(head, "<html") || hasPrefixFold(head, "<?xml"):
		return notModel("the file is a web page, not a model: the download link led to an HTML page; fetch the raw file")
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return notModel("the file is a Git-LFS pointer, not the model itself: run 'git lfs pull', or download the file from the site")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return notModel("the file is a zip archive (a PyTorch checkpoint looks like this): export the network with torch.onnx.export")
	}
	return nil
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}
